/* Documents cut from a stream: against libyaml, which reads the text as a whole. */
#include "config.h"

#include "io_fixture.h"

#include <sys/ioctl.h>
#include <sys/wait.h>

#include "io/data.h"
#include "io/yaml_stream.h"

Suite *stream_suite(void);

static void put_file(const char *name, const char *text, size_t len)
{
  FILE *f = fopen(in_folder(name), "w");
  ck_assert_ptr_nonnull(f);
  ck_assert_uint_eq(fwrite(text, 1, len, f), len);
  ck_assert_int_eq(fclose(f), 0);
}

static struct yaml_stream *open_text(const char *text, size_t len)
{
  struct yaml_stream *s;
  put_file("s.yaml", text, len);
  ck_assert_int_eq(yaml_stream_open(&ctx, in_folder("s.yaml"), &s), STATUS_OK);
  return s;
}

static int ends[2];

static struct yaml_stream *open_pipe(void)
{
  static char path[32];
  struct yaml_stream *s;
  ck_assert_int_eq(pipe(ends), 0);
  snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
  ck_assert_int_eq(yaml_stream_open(&ctx, path, &s), STATUS_OK);
  return s;
}

/* The documents as "[text]" with a ! behind those that a line ended. */
static void spell(struct yaml_stream *s, struct strbuf *out)
{
  int source;
  bool ended;
  for (;;) {
    ck_assert_int_eq(yaml_stream_next(s, &source, &ended), STATUS_OK);
    if (source < 0) break;
    const struct source *src = &ctx.sources.data[source];
    ck_assert_uint_eq(src->text[src->len], 0);
    strbuf_putc(out, '[');
    strbuf_add(out, src->text, src->len);
    strbuf_puts(out, ended ? "]!" : "]");
  }
  ck_assert(!ended);
  ck_assert_int_eq(yaml_stream_next(s, &source, &ended), STATUS_OK);
  ck_assert_int_lt(source, 0);
}

static const struct {
  const char *text, *documents;
} cuts[] = {
    {"", "[]"},
    {"x: 1", "[x: 1]"},
    {"x: 1\n", "[x: 1\n]"},
    {"---\nx: 1\n", "[---\nx: 1\n]"},
    {"# a\n%YAML 1.1\n\n--- # b\nx: 1\n", "[# a\n%YAML 1.1\n\n--- # b\nx: 1\n]"},
    {"x: 1\n---\n", "[x: 1\n]!"},
    {"x: 1\n---", "[x: 1\n]!"},
    {"x: 1\n--- # nothing\n# more\n \t\n", "[x: 1\n]!"},
    {"x: 1\n...\n", "[x: 1\n...\n]!"},
    {"x: 1\n...", "[x: 1\n...]!"},
    {"x: 1\n... # end\n# more\n", "[x: 1\n... # end\n]!"},
    {"x: 1\n...\n...\n", "[x: 1\n...\n]!"},
    {"x: 1\n---\nx: 2\n", "[x: 1\n]![---\nx: 2\n]"},
    {"x: 1\n---\nx: 2\n---\n", "[x: 1\n]![---\nx: 2\n]!"},
    {"x: 1\n...\nx: 2\n...\n%YAML 1.1\n---\nx: 3",
     "[x: 1\n...\n]![x: 2\n...\n]![%YAML 1.1\n---\nx: 3]"},
    {"---\n---\n---\n", "[---\n]![---\n]!"},
    {"---\n...\n---\n...\n", "[---\n...\n]![---\n...\n]!"},
    {"--- {x: 1}\n--- {x: 2}\n", "[--- {x: 1}\n]![--- {x: 2}\n]"},
    {"---\tx: 1\n", "[---\tx: 1\n]"},
    {"---x: 1\n----\n --- \n...x\n", "[---x: 1\n----\n --- \n...x\n]"},
    {"x: |\n  a\n---\nx: 2\n", "[x: |\n  a\n]![---\nx: 2\n]"},
    {"x: 1\r\n---\r\nx: 2\r\n...\r\n", "[x: 1\r\n]![---\r\nx: 2\r\n...\r]!"},
    {"x: 1\r---\rx: 2\r", "[x: 1\r]![---\rx: 2\r]"},
    {"\xEF\xBB\xBF---\nx: 1\n---\nx: 2", "[\xEF\xBB\xBF---\nx: 1\n]![---\nx: 2]"},
    {"\xEF\xBB\xBF", "[\xEF\xBB\xBF]"},
    {"1\n...\n\xEF\xBB\xBF# two\n--- 2\n", "[1\n...\n]![\xEF\xBB\xBF# two\n--- 2\n]"},
    {"1\n...\n\xEF\xBB\xBF--- 2\n--- 3\n", "[1\n...\n]![\xEF\xBB\xBF--- 2\n]![--- 3\n]"},
    {"1\n...\n\xEF\xBB\xBF\n", "[1\n...\n]!"},
    {"1\n...\n# c\n\xEF\xBB\xBF--- 2\n", "[1\n...\n]![# c\n\xEF\xBB\xBF--- 2\n]"},
    {"\xEF\xBB\xBF\xEF\xBB\xBF%\n---\n", "[\xEF\xBB\xBF\xEF\xBB\xBF%\n]!"},
    {"1\n\xEF\xBB\xBF--- 2\n", "[1\n\xEF\xBB\xBF--- 2\n]"},
    {"%%MatrixMarket matrix array real general\n---\n",
     "[%%MatrixMarket matrix array real general\n---\n]"},
};

START_TEST(cuts_documents)
{
  struct strbuf got = {0};
  struct yaml_stream *s = open_text(cuts[_i].text, strlen(cuts[_i].text));
  strbuf_puts(&got, "");
  spell(s, &got);
  strbuf_putc(&got, '\0');
  ck_assert_str_eq(got.data, cuts[_i].documents);
  strbuf_free(&got);
  yaml_stream_close(s);
}
END_TEST

START_TEST(json_is_not_cut)
{
  int source;
  bool ended;
  struct yaml_stream *s;
  put_file("p.json", "{}\n---\n", 7);
  ck_assert_int_eq(yaml_stream_open(&ctx, in_folder("p.json"), &s), STATUS_OK);
  ck_assert_int_eq(yaml_stream_next(s, &source, &ended), STATUS_OK);
  ck_assert(!ended);
  ck_assert_str_eq(ctx.sources.data[source].text, "{}\n---\n");
  yaml_stream_close(s);
}
END_TEST

/* --- A pipe that stays open ------------------------------------------------------------------- */

static void send(const char *text)
{
  ck_assert_int_eq(write(ends[1], text, strlen(text)), (ssize_t)strlen(text));
}

static void expect_document(struct yaml_stream *s, const char *text, size_t line)
{
  int source;
  bool ended;
  ck_assert_int_eq(yaml_stream_next(s, &source, &ended), STATUS_OK);
  ck_assert_int_ge(source, 0);
  ck_assert_str_eq(ctx.sources.data[source].text, text);
  ck_assert_uint_eq(ctx.sources.data[source].lines_before + 1, line);
  ck_assert(ended);
}

/* Matrix Market may come through a pipe in any pieces, and is not cut. */
START_TEST(a_matrix_is_not_cut)
{
  static const char text[] = "%%MatrixMarket matrix array real general\n1 1\n---\n5\n...\n";
  for (size_t cut = 0; cut < sizeof text - 1; cut++) {
    struct yaml_stream *s = open_pipe();
    int source;
    bool ended;
    fflush(NULL); /* the child has copies of what is not written yet */
    pid_t child = fork();
    if (child == 0) {
      bool sent = write(ends[1], text, cut) == (ssize_t)cut;
      usleep(1000);
      size_t rest = sizeof text - 1 - cut;
      _exit(sent && write(ends[1], text + cut, rest) == (ssize_t)rest ? 0 : 1);
    }
    close(ends[1]);
    ck_assert_int_eq(yaml_stream_next(s, &source, &ended), STATUS_OK);
    ck_assert_int_ge(source, 0);
    ck_assert_str_eq(ctx.sources.data[source].text, text);
    ck_assert(!ended);
    ck_assert_int_eq(yaml_stream_next(s, &source, &ended), STATUS_OK);
    ck_assert_int_lt(source, 0);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    yaml_stream_close(s);
    close(ends[0]);
  }
}
END_TEST

/* Each comes back without a byte more, or the test runs out of time. */
START_TEST(delivers_at_once)
{
  struct yaml_stream *s = open_pipe();
  int source;
  bool ended;
  alarm(20);
  send("---\nx: 1\n---\n");
  expect_document(s, "---\nx: 1\n", 1);
  send("x: 2\n--- ");
  expect_document(s, "---\nx: 2\n", 3);
  send("{x: 3}\n...\n");
  expect_document(s, "--- {x: 3}\n...\n", 5);
  send("x: 4\n---\nx: 5\n---\n");
  expect_document(s, "x: 4\n", 7);
  expect_document(s, "---\nx: 5\n", 8);
  close(ends[1]);
  ck_assert_int_eq(yaml_stream_next(s, &source, &ended), STATUS_OK);
  ck_assert_int_lt(source, 0);
  alarm(0);
  yaml_stream_close(s);
}
END_TEST

/* Byte by byte, so that every mark is seen in parts. */
START_TEST(takes_single_bytes)
{
  struct strbuf got = {0};
  const char *text = cuts[_i].text;
  struct yaml_stream *s = open_pipe();
  pid_t writer = fork();
  ck_assert_int_ge(writer, 0);
  if (writer == 0) {
    for (; *text; text++) {
      int waiting = 1;
      if (write(ends[1], text, 1) != 1) _exit(1);
      while (ioctl(ends[0], FIONREAD, &waiting) == 0 && waiting > 0) usleep(100);
    }
    _exit(0);
  }
  close(ends[1]);
  strbuf_puts(&got, "");
  spell(s, &got);
  strbuf_putc(&got, '\0');
  ck_assert_str_eq(got.data, cuts[_i].documents);
  strbuf_free(&got);
  yaml_stream_close(s);
  close(ends[0]);
  ck_assert_int_eq(waitpid(writer, NULL, 0), writer);
}
END_TEST

/* --- Against libyaml -------------------------------------------------------------------------- */

static const char *const pieces[] = {
    "x: 1\n",    "y: [1, 2]\n", "---\n",   "--- \n", "---\r\n",      "...\n",
    "... # c\n", "# c\n",       "\n",      "  \n",   "x: |\n",       "  a\n",
    "---x\n",    " ---\n",      "z: 'a\n", "  b'\n", "--- {w: 2}\n", "v: {file: f}\r\n",
    "u:\n",      "  - 1\n",     "-\n",     "..\n",   "q: \"---\"\n", "\xEF\xBB\xBF\n",
};

static void print_data(const struct data *d, struct strbuf *out)
{
  strbuf_printf(out, "%d", (int)d->kind);
  for (size_t i = 0; i < d->nentries; i++) {
    strbuf_printf(out, "{%s:", d->entries[i].key);
    print_data(d->entries[i].value, out);
    strbuf_putc(out, '}');
  }
  if (d->text) strbuf_printf(out, "'%s'", d->text);
  for (int64_t i = 0; i < d->nvalues; i++) strbuf_printf(out, " %g", d->values[i]);
}

static void print_place(struct strbuf *out, struct loc loc)
{
  size_t line, column;
  source_position(&ctx.sources.data[loc.source], loc.begin, &line, &column);
  strbuf_printf(out, "@%zu:%zu\n", line, column);
}

/* All documents as text, with their places; false where one is refused. */
static bool print_whole(const char *text, size_t len, struct strbuf *out, size_t *count)
{
  struct data_list list;
  if (data_parse_yaml_all(&ctx, add_bytes(text, len), DATA_REAL, &list) != STATUS_OK) return false;
  for (size_t i = 0; i < list.len; i++) {
    print_data(list.data[i], out);
    if (list.data[i]->kind != DATA_NULL) print_place(out, list.data[i]->loc);
  }
  *count = list.len;
  data_list_free(&list);
  return true;
}

static bool print_cut(const char *text, size_t len, struct strbuf *out, size_t *count)
{
  struct yaml_stream *s = open_pipe();
  int source;
  bool ended, good = true;
  ck_assert_int_eq(write(ends[1], text, len), (ssize_t)len); /* a pipe has room for it */
  close(ends[1]);
  for (*count = 0; good; ++*count) {
    struct data *d;
    ck_assert_int_eq(yaml_stream_next(s, &source, &ended), STATUS_OK);
    if (source < 0) break;
    good = data_parse_yaml(&ctx, source, DATA_REAL, &d) == STATUS_OK;
    if (!good) break;
    print_data(d, out);
    if (d->kind != DATA_NULL) print_place(out, d->loc);
    data_free(d);
  }
  yaml_stream_close(s);
  close(ends[0]);
  return good;
}

/* The same documents at the same places; libyaml has an empty one more if the text ends with `---`,
 * and what it refuses is refused, but for a document behind `...` that begins without `---`. */
START_TEST(agrees_with_libyaml)
{
  enum { ROUNDS = 20000, PIECES = sizeof pieces / sizeof *pieces };
  int accepted = 0, several = 0;
  random_state = 1;
  for (int round = 0; round < ROUNDS; round++) {
    struct strbuf text = {0}, whole = {0}, cut = {0};
    size_t nwhole, ncut;
    for (int k = random_below(8); k >= 0; k--) strbuf_puts(&text, pieces[random_below(PIECES)]);
    forget_diags();
    bool good = print_whole(text.data, text.len, &whole, &nwhole);
    bool bare = strstr(text.data, "...") != NULL;
    bool taken = print_cut(text.data, text.len, &cut, &ncut);
    ck_assert_msg(taken == good || (taken && bare), "%s: %s", taken ? "taken" : "refused",
                  text.data);
    if (good) {
      accepted++;
      several += nwhole > 1;
      if (nwhole == ncut + 1) strbuf_putc(&cut, '0' + DATA_NULL);
      ck_assert_msg(whole.len == cut.len && !memcmp(whole.data, cut.data, cut.len),
                    "%s\n%s\nnot\n%s", text.data, cut.data, whole.data);
    }
    strbuf_free(&text);
    strbuf_free(&whole);
    strbuf_free(&cut);
  }
  ck_assert_int_gt(accepted, ROUNDS / 20);
  ck_assert_int_gt(several, ROUNDS / 50);
}
END_TEST

/* --- Places, sizes, memory -------------------------------------------------------------------- */

START_TEST(places_are_those_of_the_file)
{
  static const char text[] = "x: 1\n---\nx: 2\n---\n# c\nx: [1,\n  \xFF]\n";
  struct yaml_stream *s = open_text(text, sizeof text - 1);
  int source;
  bool ended;
  struct data *d;
  for (int k = 0; k < 3; k++) ck_assert_int_eq(yaml_stream_next(s, &source, &ended), STATUS_OK);
  ck_assert_int_eq(data_parse_yaml(&ctx, source, DATA_REAL, &d), STATUS_DATA);
  expect_error(text, ERR_TEXT_UTF8, 7, 3);
  ck_assert_ptr_nonnull(strstr(ctx.diags.data[0].message, "offset 31;"));
  yaml_stream_close(s);
}
END_TEST

static enum status read_documents(struct yaml_stream *s, int64_t *count)
{
  int source;
  bool ended;
  for (*count = 0;; ++*count) {
    struct data *d;
    TRY(yaml_stream_next(s, &source, &ended));
    if (source < 0) return STATUS_OK;
    TRY(data_parse_yaml(&ctx, source, DATA_REAL, &d));
    data_free(d);
    context_rewind(&ctx);
  }
}

/* The most bytes at a time. */
static size_t in_use, most;

static void *counting_hook(void *user, void *old, size_t size)
{
  (void)user;
  size_t *head = old ? (size_t *)old - 2 : NULL;
  if (head) in_use -= *head;
  if (size == 0) {
    free(head);
    return NULL;
  }
  head = realloc(head, size + 2 * sizeof *head);
  if (!head) return NULL;
  *head = size;
  in_use += size;
  if (in_use > most) most = in_use;
  return head + 2;
}

static size_t memory_of(const char *text, size_t times)
{
  struct strbuf all = {0};
  int64_t count;
  struct yaml_stream *s;
  for (size_t k = 0; k < times; k++) strbuf_puts(&all, text);
  put_file("s.yaml", all.data, all.len);
  strbuf_free(&all);
  context_free(&ctx);
  most = in_use = 0;
  mem_set_hook(counting_hook, NULL);
  ck_assert_int_eq(yaml_stream_open(&ctx, in_folder("s.yaml"), &s), STATUS_OK);
  ck_assert_int_eq(read_documents(s, &count), STATUS_OK);
  ck_assert_int_eq(count, (int64_t)times);
  yaml_stream_close(s);
  context_free(&ctx);
  mem_set_hook(NULL, NULL);
  ck_assert_uint_eq(in_use, 0);
  return most;
}

START_TEST(memory_stays_constant)
{
  static const char point[] = "x: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]\ny: 3\n---\n";
  size_t few = memory_of(point, 100);
  ck_assert_uint_eq(memory_of(point, 100000), few); /* 5 MB */
}
END_TEST

START_TEST(takes_large_documents)
{
  enum { COUNT = 1000000 };
  struct strbuf text = {0};
  struct data *d;
  int source;
  bool ended;
  for (int k = 0; k < 2; k++) {
    strbuf_puts(&text, "x: [0");
    for (int i = 1; i < COUNT; i++) strbuf_puts(&text, i % 10 ? ",0.25" : ",\n 0.25");
    strbuf_puts(&text, "]\n---\n");
  }
  struct yaml_stream *s = open_text(text.data, text.len);
  for (int k = 0; k < 2; k++) {
    ck_assert_int_eq(yaml_stream_next(s, &source, &ended), STATUS_OK);
    ck_assert_int_eq(data_parse_yaml(&ctx, source, DATA_REAL, &d), STATUS_OK);
    ck_assert_int_eq(d->entries[0].value->nvalues, COUNT);
    data_free(d);
    context_rewind(&ctx);
  }
  yaml_stream_close(s);
  ctx.max_memory = 2000000;
  ck_assert_int_eq(yaml_stream_open(&ctx, in_folder("s.yaml"), &s), STATUS_OK);
  ck_assert_int_eq(yaml_stream_next(s, &source, &ended), STATUS_LIMIT);
  ck_assert_int_eq(ctx.diags.data[0].id, ERR_TOO_MUCH_MEMORY);
  yaml_stream_close(s);
  strbuf_free(&text);
}
END_TEST

START_TEST(missing_files_and_folders)
{
  struct yaml_stream *s;
  ck_assert_int_eq(yaml_stream_open(&ctx, folder, &s), STATUS_IO);
  ck_assert_ptr_null(s);
  ck_assert_int_eq(ctx.diags.data[0].id, ERR_FILE_IS_FOLDER);
  ck_assert_int_eq(yaml_stream_open(&ctx, in_folder("missing"), &s), STATUS_IO);
  ck_assert_int_eq(ctx.diags.data[1].id, ERR_FILE_OPEN);
  yaml_stream_close(NULL);
}
END_TEST

START_TEST(survives_failing_allocations)
{
  static const char text[] = "x: 1\n---\nx: [1, 2]\n...\nx: 3\n";
  enum status status = STATUS_LIMIT;
  int64_t count;
  put_file("s.yaml", text, sizeof text - 1);
  for (long n = 1; status != STATUS_OK; n++) {
    struct failing f = {.fail_at = n};
    struct yaml_stream *s = NULL;
    forget_diags();
    mem_set_hook(failing_hook, &f);
    status = yaml_stream_open(&ctx, in_folder("s.yaml"), &s);
    if (status == STATUS_OK) status = read_documents(s, &count);
    yaml_stream_close(s);
    context_free(&ctx);
    mem_set_hook(NULL, NULL);
    ck_assert_int_eq(f.live, 0);
    ck_assert(status == STATUS_OK || status == STATUS_LIMIT);
    ck_assert_int_lt(n, 1000);
  }
  ck_assert_int_eq(count, 3);
}
END_TEST

/* --- Sources that stay ------------------------------------------------------------------------ */

START_TEST(files_are_taken_again)
{
  int first, again;
  put_file("d", "old", 3);
  ck_assert_int_eq(file_read(&ctx, in_folder("d"), &first), STATUS_OK);
  ck_assert_int_eq(file_read_again(&ctx, in_folder("d"), -1, &again), STATUS_OK);
  ck_assert_int_ne(first, again); /* nothing is kept yet */
  ctx.kept = 1;
  context_rewind(&ctx);
  ck_assert_uint_eq(ctx.sources.len, 1);
  put_file("d", "new", 3);
  ck_assert_int_eq(file_read_again(&ctx, in_folder("d"), -1, &again), STATUS_OK);
  ck_assert_int_eq(again, first);
  ck_assert_int_eq(file_read_again(&ctx, in_folder("d"), first, &again), STATUS_OK);
  ck_assert_int_eq(again, first);
  /* What a point names is read as it is now. */
  ck_assert_int_eq(file_read_again(&ctx, in_folder("d"), add_text("a point"), &again), STATUS_OK);
  ck_assert_str_eq(ctx.sources.data[again].text, "new");
  ck_assert_int_eq(FAIL(&ctx, BUG, NO_LOC, "none"), STATUS_BUG);
  context_rewind(&ctx);
  ck_assert_uint_eq(ctx.sources.len, 1);
  ck_assert_uint_eq(ctx.diags.len, 0);
  ck_assert_str_eq(ctx.sources.data[0].text, "old");
}
END_TEST

Suite *stream_suite(void)
{
  enum { CUTS = sizeof cuts / sizeof *cuts };
  Suite *s = suite_create("stream");
  TCase *c = tcase_create("stream");
  tcase_add_checked_fixture(c, folder_setup, folder_teardown);
  tcase_set_timeout(c, 60);
  tcase_add_loop_test(c, cuts_documents, 0, CUTS);
  tcase_add_test(c, json_is_not_cut);
  tcase_add_test(c, delivers_at_once);
  tcase_add_test(c, a_matrix_is_not_cut);
  tcase_add_loop_test(c, takes_single_bytes, 0, CUTS);
  tcase_add_test(c, agrees_with_libyaml);
  tcase_add_test(c, places_are_those_of_the_file);
  tcase_add_test(c, memory_stays_constant);
  tcase_add_test(c, takes_large_documents);
  tcase_add_test(c, missing_files_and_folders);
  tcase_add_test(c, survives_failing_allocations);
  tcase_add_test(c, files_are_taken_again);
  suite_add_tcase(s, c);
  return s;
}
