#include "config.h"

#include "io_fixture.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

Suite *sink_suite(void);

static void create(const char *path, const char *text)
{
  FILE *f = fopen(path, "w");
  ck_assert_ptr_nonnull(f);
  ck_assert_int_eq(fputs(text, f) < 0, 0);
  ck_assert_int_eq(fclose(f), 0);
}

static void holds(const char *path, const char *text)
{
  int id = read_back(path);
  ck_assert_str_eq(ctx.sources.data[id].text, text);
}

/* How many names the folder has: a temporary that stayed would be one too many. */
static int names_in_folder(void)
{
  DIR *d = opendir(folder);
  int count = 0;
  ck_assert_ptr_nonnull(d);
  for (struct dirent *e; (e = readdir(d));)
    if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0) count++;
  closedir(d);
  return count;
}

static enum status write_text(const char *path, const char *text)
{
  struct sink *s;
  TRY(sink_open(&ctx, path, &s));
  enum status status = sink_puts(s, text);
  enum status closed = sink_commit(s);
  return status != STATUS_OK ? status : closed;
}

static mode_t mode_of(const char *path)
{
  struct stat st;
  ck_assert_int_eq(stat(path, &st), 0);
  return st.st_mode & 07777;
}

START_TEST(creates_and_replaces)
{
  umask(027);
  ck_assert_int_eq(write_text(in_folder("a"), "one\n"), STATUS_OK);
  holds(in_folder("a"), "one\n");
  ck_assert_int_eq(mode_of(in_folder("a")), 0640);
  ck_assert_int_eq(chmod(in_folder("a"), 0604), 0);
  ck_assert_int_eq(write_text(in_folder("a"), "two\n"), STATUS_OK);
  holds(in_folder("a"), "two\n");
  ck_assert_int_eq(mode_of(in_folder("a")), 0604);
  ck_assert_int_eq(names_in_folder(), 1);
}
END_TEST

START_TEST(keeps_the_old_until_commit)
{
  struct sink *s;
  create(in_folder("a"), "old");
  ck_assert_int_eq(sink_open(&ctx, in_folder("a"), &s), STATUS_OK);
  ck_assert_int_eq(sink_puts(s, "new"), STATUS_OK);
  ck_assert_int_eq(sink_flush(s), STATUS_OK);
  holds(in_folder("a"), "old");
  ck_assert_int_eq(names_in_folder(), 2);
  sink_abandon(s);
  sink_abandon(NULL);
  holds(in_folder("a"), "old");
  ck_assert_int_eq(names_in_folder(), 1);
}
END_TEST

START_TEST(follows_links)
{
  create(in_folder("target"), "old");
  ck_assert_int_eq(symlink("target", in_folder("second")), 0);
  ck_assert_int_eq(symlink("second", in_folder("first")), 0);
  ck_assert_int_eq(write_text(in_folder("first"), "new"), STATUS_OK);
  holds(in_folder("target"), "new");
  struct stat st;
  ck_assert_int_eq(lstat(in_folder("first"), &st), 0);
  ck_assert(S_ISLNK(st.st_mode));
  ck_assert_int_eq(symlink("fresh", in_folder("dangling")), 0);
  ck_assert_int_eq(write_text(in_folder("dangling"), "made"), STATUS_OK);
  holds(in_folder("fresh"), "made");
  ck_assert_int_eq(symlink("loop", in_folder("loop")), 0);
  ck_assert_int_eq(write_text(in_folder("loop"), "x"), STATUS_IO);
  ck_assert_int_eq(names_in_folder(), 6);
}
END_TEST

START_TEST(writes_to_devices_directly)
{
  struct stat before, after;
  ck_assert_int_eq(stat("/dev/null", &before), 0);
  ck_assert_int_eq(write_text("/dev/null", "gone"), STATUS_OK);
  ck_assert_int_eq(stat("/dev/null", &after), 0);
  ck_assert(S_ISCHR(after.st_mode) && before.st_ino == after.st_ino);
  ck_assert_int_eq(write_text("/dev/full", "x"), STATUS_IO);
  ck_assert_int_eq(ctx.diags.data[0].id, ERR_FILE_WRITE);
  ck_assert_int_eq(mkfifo(in_folder("fifo"), 0600), 0);
  int reader = open(in_folder("fifo"), O_RDONLY | O_NONBLOCK);
  char text[8] = "";
  ck_assert_int_eq(write_text(in_folder("fifo"), "through"), STATUS_OK);
  ck_assert_int_eq(read(reader, text, sizeof text - 1), 7);
  ck_assert_str_eq(text, "through");
  ck_assert_int_eq(stat(in_folder("fifo"), &after), 0);
  ck_assert(S_ISFIFO(after.st_mode));
  close(reader);
}
END_TEST

static void fails(const char *path, enum error_id id)
{
  forget_diags();
  ck_assert_int_eq(write_text(path, "x"), STATUS_IO);
  ck_assert_uint_eq(ctx.diags.len, 1);
  ck_assert_msg(ctx.diags.data[0].id == id, "%s: %s", path, ctx.diags.data[0].message);
}

START_TEST(refuses_what_is_no_file)
{
  fails(folder, ERR_FILE_IS_FOLDER);
  fails(in_folder("new/"), ERR_FILE_IS_FOLDER);
  fails(in_folder("no/such/folder"), ERR_FILE_CREATE);
  fails("", ERR_FILE_OPEN);
  create(in_folder("file"), "x");
  fails(in_folder("file/below"), ERR_FILE_OPEN);
  ck_assert_int_eq(names_in_folder(), 1);
}
END_TEST

START_TEST(a_full_disk_leaves_the_old_file)
{
  create(in_folder("a"), "old");
  signal(SIGXFSZ, SIG_IGN);
  struct rlimit limit = {100000, 100000};
  struct sink *s;
  ck_assert_int_eq(sink_open(&ctx, in_folder("a"), &s), STATUS_OK);
  ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
  enum status status = STATUS_OK;
  for (int k = 0; k < 400000 && status == STATUS_OK; k++) status = sink_puts(s, "0123456789");
  ck_assert_int_eq(status, STATUS_IO);
  for (int k = 0; k < 100000; k++) { /* nothing happens any more, and nothing overflows */
    memset(sink_room(s, 30), 'x', 30);
    sink_used(s, 30);
  }
  ck_assert_int_eq(sink_commit(s), STATUS_IO);
  ck_assert_uint_eq(ctx.diags.len, 1);
  holds(in_folder("a"), "old");
  ck_assert_int_eq(names_in_folder(), 1);
}
END_TEST

/* Random pieces, through all ways in, against a plain text buffer. */
START_TEST(writes_all_pieces)
{
  struct strbuf expected = {0};
  struct sink *s;
  char *piece = malloc(400000);
  ck_assert_ptr_nonnull(piece);
  ck_assert_int_eq(sink_open(&ctx, in_folder("a"), &s), STATUS_OK);
  for (int round = 0; round < 300; round++) {
    size_t len = (size_t)random_below(round % 30 ? 3000 : 400000);
    for (size_t k = 0; k < len; k++) piece[k] = (char)('a' + random_below(26));
    strbuf_add(&expected, piece, len);
    if (random_below(2) && len <= 65536) {
      memcpy(sink_room(s, 65536), piece, len);
      sink_used(s, len);
    } else {
      ck_assert_int_eq(sink_write(s, piece, len), STATUS_OK);
    }
    if (random_below(20) == 0) ck_assert_int_eq(sink_flush(s), STATUS_OK);
  }
  ck_assert_int_eq(sink_commit(s), STATUS_OK);
  int id = read_back(in_folder("a"));
  ck_assert_uint_eq(ctx.sources.data[id].len, expected.len);
  ck_assert(!memcmp(ctx.sources.data[id].text, expected.data, expected.len));
  strbuf_free(&expected);
  free(piece);
}
END_TEST

static const int deadly[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGPIPE, SIGALRM, SIGTERM, SIGUSR1, SIGUSR2,
                             SIGXCPU, SIGXFSZ, SIGABRT, SIGBUS,  SIGFPE,  SIGILL,  SIGSEGV};
enum { DEADLY = sizeof deadly / sizeof *deadly };

/* What a child process ends with that runs `body`. */
static int child(void (*body)(void))
{
  int status;
  pid_t pid = fork();
  ck_assert_int_ge(pid, 0);
  if (pid == 0) {
    /* The test runner has handlers of its own. */
    for (size_t k = 0; k < DEADLY; k++) signal(deadly[k], SIG_DFL);
    body();
    leave(99);
  }
  ck_assert_int_eq(waitpid(pid, &status, 0), pid);
  return status;
}

static void to_closed_output(void)
{
  close(STDOUT_FILENO);
  leave(write_text("-", "x") == STATUS_IO ? 10 : 11);
}

static void nothing_to_closed_output(void)
{
  close(STDOUT_FILENO);
  leave(write_text(NULL, "") == STATUS_IO ? 10 : 11);
}

static void to_full_output(void)
{
  close(STDOUT_FILENO);
  if (open("/dev/full", O_WRONLY) != STDOUT_FILENO) leave(12);
  leave(write_text("/dev/stdout", "x") == STATUS_IO ? 10 : 11);
}

static void file_with_closed_output(void)
{
  close(STDOUT_FILENO);
  struct sink *s;
  if (sink_open(&ctx, in_folder("a"), &s) != STATUS_OK) leave(12);
  if (fcntl(STDOUT_FILENO, F_GETFD) >= 0) leave(13); /* the temporary must not be fd 1 */
  leave(sink_puts(s, "x") == STATUS_OK && sink_commit(s) == STATUS_OK ? 10 : 11);
}

START_TEST(standard_output_is_checked)
{
  ck_assert_int_eq(WEXITSTATUS(child(to_closed_output)), 10);
  ck_assert_int_eq(WEXITSTATUS(child(nothing_to_closed_output)), 10);
  ck_assert_int_eq(WEXITSTATUS(child(to_full_output)), 10);
  ck_assert_int_eq(WEXITSTATUS(child(file_with_closed_output)), 10);
  holds(in_folder("a"), "x");
}
END_TEST

static int signal_to_send;

static void interrupted(void)
{
  struct sink *s, *t;
  if (sink_open(&ctx, in_folder("a"), &s) != STATUS_OK) leave(1);
  if (sink_open(&ctx, in_folder("b"), &t) != STATUS_OK) leave(1);
  setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
  if (sink_puts(s, "half") != STATUS_OK || sink_flush(s) != STATUS_OK) leave(1);
  raise(signal_to_send);
  leave(2);
}

static void ignoring(void)
{
  signal(SIGHUP, SIG_IGN);
  signal_to_send = SIGHUP;
  struct sink *s;
  if (sink_open(&ctx, in_folder("a"), &s) != STATUS_OK) leave(1);
  raise(SIGHUP);
  leave(sink_puts(s, "new") == STATUS_OK && sink_commit(s) == STATUS_OK ? 10 : 2);
}

static void after_commit(void)
{
  if (write_text(in_folder("a"), "new") != STATUS_OK) leave(1);
  struct sigaction action;
  sigaction(SIGTERM, NULL, &action);
  leave(action.sa_handler == SIG_DFL ? 10 : 2);
}

START_TEST(signals_remove_the_temporary)
{
  create(in_folder("a"), "old");
  for (size_t k = 0; k < DEADLY; k++) {
    signal_to_send = deadly[k];
    int status = child(interrupted);
    ck_assert(WIFSIGNALED(status));
    ck_assert_int_eq(WTERMSIG(status), deadly[k]);
    holds(in_folder("a"), "old");
    ck_assert_int_eq(names_in_folder(), 1);
  }
  ck_assert_int_eq(WEXITSTATUS(child(after_commit)), 10);
  ck_assert_int_eq(WEXITSTATUS(child(ignoring)), 10);
  holds(in_folder("a"), "new");
}
END_TEST

START_TEST(same_file)
{
  create(in_folder("a"), "x");
  create(in_folder("b"), "x");
  ck_assert_int_eq(symlink("a", in_folder("link")), 0);
  ck_assert_int_eq(link(in_folder("a"), in_folder("hard")), 0);
  ck_assert(sink_same_file(in_folder("a"), in_folder("a")));
  ck_assert(sink_same_file(in_folder("link"), in_folder("a")));
  ck_assert(sink_same_file(in_folder("hard"), in_folder("link")));
  ck_assert(!sink_same_file(in_folder("a"), in_folder("b")));
  ck_assert(!sink_same_file(in_folder("new"), in_folder("a")));
  ck_assert(!sink_same_file(in_folder("a"), in_folder("new")));
  ck_assert(!sink_same_file("/dev/null", "/dev/null"));
  ck_assert(!sink_same_file(NULL, in_folder("a")));
  ck_assert(!sink_same_file("-", "-"));
}
END_TEST

START_TEST(refuses_to_overwrite_what_was_read)
{
  int source;
  create(in_folder("a"), "x");
  create(in_folder("b"), "x");
  ck_assert_int_eq(symlink("a", in_folder("link")), 0);
  ck_assert_int_eq(link(in_folder("a"), in_folder("hard")), 0);
  ck_assert_int_eq(sink_check_path(&ctx, in_folder("a")), STATUS_OK);
  ck_assert_int_eq(file_read(&ctx, "/dev/null", &source), STATUS_OK);
  ck_assert_int_eq(file_read(&ctx, in_folder("a"), &source), STATUS_OK);
  ck_assert_int_eq(sink_check_path(&ctx, in_folder("b")), STATUS_OK);
  ck_assert_int_eq(sink_check_path(&ctx, in_folder("new")), STATUS_OK);
  ck_assert_int_eq(sink_check_path(&ctx, "/dev/null"), STATUS_OK);
  ck_assert_int_eq(sink_check_path(&ctx, NULL), STATUS_OK);
  ck_assert_uint_eq(ctx.diags.len, 0);
  context_release_source(&ctx, source);
  ck_assert_int_eq(sink_check_path(&ctx, in_folder("a")), STATUS_USAGE);
  ck_assert_uint_eq(ctx.diags.len, 1); /* the same name: no note */
  ck_assert_int_eq(sink_check_path(&ctx, in_folder("link")), STATUS_USAGE);
  ck_assert_int_eq(sink_check_path(&ctx, in_folder("hard")), STATUS_USAGE);
  ck_assert_int_eq(ctx.diags.data[3].id, ERR_OUTPUT_IS_INPUT);
}
END_TEST

START_TEST(reads_files)
{
  int id;
  create(in_folder("empty"), "");
  holds(in_folder("empty"), "");
  ck_assert_int_eq(file_read(&ctx, folder, &id), STATUS_IO);
  ck_assert_int_eq(ctx.diags.data[0].id, ERR_FILE_IS_FOLDER);
  forget_diags();
  ck_assert_int_eq(file_read(&ctx, in_folder("missing"), &id), STATUS_IO);
  ck_assert_int_eq(ctx.diags.data[0].id, ERR_FILE_OPEN);
  ck_assert_ptr_nonnull(strstr(ctx.diags.data[0].message, "missing"));
  forget_diags();
  ctx.max_memory = 1000000;
  ck_assert_int_eq(file_read(&ctx, "/dev/zero", &id), STATUS_LIMIT); /* endless */
  ck_assert_int_eq(ctx.diags.data[0].id, ERR_TOO_MUCH_MEMORY);
}
END_TEST

static void reads_pipe(void)
{
  int ends[2], id;
  if (pipe(ends) != 0) leave(1);
  if (fork() == 0) {
    close(ends[0]);
    for (int k = 0; k < 50000; k++)
      if (write(ends[1], "01234567\n", 9) != 9) leave(1);
    leave(0);
  }
  close(ends[1]);
  dup2(ends[0], STDIN_FILENO);
  if (file_read(&ctx, "-", &id) != STATUS_OK) leave(2);
  const struct source *src = &ctx.sources.data[id];
  if (src->len != 450000 || strcmp(src->name, "<stdin>") != 0) leave(3);
  for (size_t k = 0; k < src->len; k++)
    if (src->text[k] != "01234567\n"[k % 9]) leave(4);
  leave(10);
}

START_TEST(reads_standard_input)
{
  ck_assert_int_eq(WEXITSTATUS(child(reads_pipe)), 10);
}
END_TEST

START_TEST(survives_failing_allocations)
{
  create(in_folder("a"), "old");
  enum status status = STATUS_LIMIT;
  for (long n = 1; status != STATUS_OK; n++) {
    forget_diags();
    ck_assert(VEC_RESERVE(&ctx.diags, 8));
    struct failing f = {.fail_at = n};
    mem_set_hook(failing_hook, &f);
    status = write_text(in_folder("a"), "new");
    mem_set_hook(NULL, NULL);
    ck_assert_int_eq(f.live, 0);
    ck_assert_int_eq(names_in_folder(), 1);
    if (status == STATUS_OK) break;
    ck_assert_int_eq(status, STATUS_LIMIT);
    holds(in_folder("a"), "old");
  }
  holds(in_folder("a"), "new");
}
END_TEST

Suite *sink_suite(void)
{
  Suite *suite = suite_create("sink");
  TCase *tc = tcase_create("sink");
  tcase_add_checked_fixture(tc, folder_setup, folder_teardown);
  tcase_set_timeout(tc, 60);
  tcase_add_test(tc, creates_and_replaces);
  tcase_add_test(tc, keeps_the_old_until_commit);
  tcase_add_test(tc, follows_links);
  tcase_add_test(tc, writes_to_devices_directly);
  tcase_add_test(tc, refuses_what_is_no_file);
  tcase_add_test(tc, a_full_disk_leaves_the_old_file);
  tcase_add_test(tc, writes_all_pieces);
  tcase_add_test(tc, standard_output_is_checked);
  tcase_add_test(tc, signals_remove_the_temporary);
  tcase_add_test(tc, same_file);
  tcase_add_test(tc, refuses_to_overwrite_what_was_read);
  tcase_add_test(tc, reads_files);
  tcase_add_test(tc, reads_standard_input);
  tcase_add_test(tc, survives_failing_allocations);
  suite_add_tcase(suite, tc);
  return suite;
}
