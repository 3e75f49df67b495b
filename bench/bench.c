/* make bench: asdex against hand-written C and its peers.  See README.md in this folder. */
#include "config.h"

#include "bench.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

static struct bench bench = {.rounds = 3, .peer_max = 1000000, .points = 10000000};
static const char *csv = "bench.csv", *parent, *sections = "hessians,threads,colorings,numbers";

static const char usage_text[] =
    "usage: bench [OPTION...] [FILE.mtx...]\n"
    "  --sizes N,...      unknowns (1e3,1e4,1e5,1e6)\n"
    "  --problems P,...   rosen, broyden, bratu, minsurf, trans, lse (all)\n"
    "  --sections S,...   hessians, threads, colorings, numbers (all)\n"
    "  --rounds N         runs of each tool (3)\n"
    "  --peer-max N       unknowns up to which the AMPL Solver Library runs (1e6)\n"
    "  --points N         numbers of the point that is read (1e7)\n"
    "  --csv FILE         where the numbers go (bench.csv)\n"
    "  --folder DIR       for large temporary files (/dev/shm, TMPDIR, /tmp)\n"
    "  FILE.mtx           further graphs to color\n";

static void usage(void)
{
  fputs(usage_text, stderr);
  exit(2);
}

static void help(void)
{
  fputs(usage_text, stdout);
  exit(0);
}

/* --- options -------------------------------------------------------------------------------- */

static int64_t count_of(const char *text)
{
  char *end;
  double value = strtod(text, &end);
  if (*end || !(value >= 1 && value <= 1e9)) usage();
  return (int64_t)value;
}

static void take_sizes(char *list)
{
  for (char *word = strtok(list, ","); word; word = strtok(NULL, ",")) {
    int64_t size = count_of(word);
    if (size < 9 || !VEC_PUSH(&bench.sizes, size)) usage();
  }
}

static void take_problems(char *list)
{
  for (char *word = strtok(list, ","); word; word = strtok(NULL, ",")) {
    int p = problem_by_name(word);
    if (p < 0 || !VEC_PUSH(&bench.problems, p)) usage();
  }
}

static void take_options(int argc, char **argv)
{
  static const struct option options[] = {
      {"sizes", required_argument, NULL, 's'},    {"problems", required_argument, NULL, 'p'},
      {"sections", required_argument, NULL, 'S'}, {"rounds", required_argument, NULL, 'r'},
      {"peer-max", required_argument, NULL, 'm'}, {"points", required_argument, NULL, 'n'},
      {"csv", required_argument, NULL, 'c'},      {"folder", required_argument, NULL, 'f'},
      {"asdex", required_argument, NULL, 'a'},    {"models", required_argument, NULL, 'M'},
      {"help", no_argument, NULL, 'h'},           {NULL, 0, NULL, 0}};
  for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) switch (c) {
    case 's': take_sizes(optarg); break;
    case 'p': take_problems(optarg); break;
    case 'S': sections = optarg; break;
    case 'r': bench.rounds = (int)count_of(optarg); break;
    case 'm': bench.peer_max = count_of(optarg); break;
    case 'n': bench.points = count_of(optarg); break;
    case 'c': csv = optarg; break;
    case 'f': parent = optarg; break;
    case 'a': bench.asdex = optarg; break;
    case 'M': bench.models = optarg; break;
    case 'h': help(); break;
    default: usage();
    }
  for (; optind < argc; optind++)
    if (!VEC_PUSH(&bench.graphs, argv[optind])) usage();
  if (!bench.asdex || !bench.models) usage();
}

static void set_defaults(void)
{
  char sizes[] = "1e3,1e4,1e5,1e6", problems[] = "rosen,broyden,bratu,minsurf,trans,lse";
  if (!bench.sizes.len) take_sizes(sizes);
  if (!bench.problems.len) take_problems(problems);
}

/* --- the folder for files ------------------------------------------------------------------- */

static void remove_folder(void)
{
  static const char *const files[] = {"hand.mtx", "asdex.mtx", "repeat.mtx", "asl.mtx",
                                      "model.nl", "graph.mtx", "point.mtx",  "messages"};
  char path[128];
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    snprintf(path, sizeof path, "%s/%s", bench.folder, files[i]);
    unlink(path);
  }
  rmdir(bench.folder);
}

/* In memory if there is such a file system: disks are not what is to be measured. */
static void make_folder(void)
{
  const char *chosen = parent                          ? parent
                       : access("/dev/shm", W_OK) == 0 ? "/dev/shm"
                                                       : getenv("TMPDIR");
  int len = snprintf(bench.folder, sizeof bench.folder, "%s/asdex-bench-XXXXXX",
                     chosen && *chosen ? chosen : "/tmp");
  if (len >= (int)sizeof bench.folder || !mkdtemp(bench.folder)) {
    fprintf(stderr, "bench: no folder for temporary files in %s: %s\n", chosen, strerror(errno));
    exit(1);
  }
  signal(SIGINT, SIG_IGN); /* what runs gets it, and then we end */
  atexit(remove_folder);
}

/* --- what there is -------------------------------------------------------------------------- */

static bool has_peer(const char *program, const char *name, const char *package)
{
  char path[512];
  snprintf(path, sizeof path, "%s/%s", bench.programs, program);
  if (access(path, X_OK) == 0) return true;
  printf("- %s is not installed (Debian: %s): left out.\n", name, package);
  return false;
}

static void print_processor(void)
{
  char line[256];
  FILE *f = fopen("/proc/cpuinfo", "r");
  while (f && fgets(line, sizeof line, f))
    if (!strncmp(line, "model name", 10)) {
      printf("- Processor: %s", strchr(line, ':') + 2);
      break;
    }
  if (f) fclose(f);
}

static void print_machine(void)
{
  struct utsname machine;
  char date[32];
  time_t seconds = time(NULL);
  strftime(date, sizeof date, "%Y-%m-%d", localtime(&seconds));
  printf("- Date: %s\n", date);
  print_processor();
  printf("- %ld processors, %.1f GB of memory", sysconf(_SC_NPROCESSORS_ONLN),
         1e-9 * (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE));
  if (uname(&machine) == 0) printf(", %s %s", machine.sysname, machine.machine);
  printf("\n- One thread, pinned, processor time; medians of %d runs in alternation.\n",
         bench.rounds);
}

static bool wanted(const char *section)
{
  return strstr(sections, section) != NULL;
}

int main(int argc, char **argv)
{
  static char folder[512];
  char *slash = strrchr(argv[0], '/');
  snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - argv[0]) : 1,
           slash ? argv[0] : ".");
  bench.programs = folder;
  take_options(argc, argv);
  set_defaults();
  make_folder();
  print_machine();
  bench.has_asl = has_peer("asl", "The AMPL Solver Library", "libamplsolver-dev");
  bench.has_colpack = has_peer("colpack", "ColPack", "libcolpack-dev");
  if (wanted("threads")) measure_threads(&bench);
  if (wanted("hessians")) measure_hessians(&bench);
  if (wanted("colorings")) measure_colorings(&bench);
  if (wanted("numbers")) measure_numbers(&bench);
  if (wanted("hessians")) report_hessians(&bench);
  if (wanted("threads")) report_threads(&bench);
  if (wanted("colorings")) report_colorings(&bench);
  if (wanted("numbers")) report_numbers(&bench);
  bool written = samples_write(&bench.samples, csv);
  if (!written) fprintf(stderr, "bench: %s could not be written: %s\n", csv, strerror(errno));
  if (bench.disagreement) puts("\nSome results were wrong or missing: see the messages above.");
  samples_free(&bench.samples);
  VEC_FREE(&bench.sizes);
  VEC_FREE(&bench.problems);
  VEC_FREE(&bench.graphs);
  return bench.disagreement || !written;
}
