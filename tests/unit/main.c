/* Runs the unit tests.  Arguments name the suites to run; none: all of them. */
#include "config.h"

#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Thousands of files are written here, and each would wait for the disk.  tests/io has the real one,
 * and lets it fail. */
int fsync(int fd)
{
  (void)fd;
  return 0;
}

#include "poison.h"

#define SUITES \
  SUITE(arithmetic) \
  SUITE(body) \
  SUITE(check) \
  SUITE(cmd) \
  SUITE(coloring) \
  SUITE(complex) \
  SUITE(compressed) \
  SUITE(data) \
  SUITE(depend) \
  SUITE(domain) \
  SUITE(evaluate) \
  SUITE(f64) \
  SUITE(inline) \
  SUITE(json) \
  SUITE(layout) \
  SUITE(library) \
  SUITE(linear) \
  SUITE(lower) \
  SUITE(mtx) \
  SUITE(nest) \
  SUITE(number) \
  SUITE(numbers) \
  SUITE(options) \
  SUITE(order) \
  SUITE(oracle) \
  SUITE(parse) \
  SUITE(pattern) \
  SUITE(plan) \
  SUITE(points) \
  SUITE(pool) \
  SUITE(problem) \
  SUITE(prune) \
  SUITE(rational) \
  SUITE(recovery) \
  SUITE(progress) \
  SUITE(report) \
  SUITE(scalar) \
  SUITE(shape) \
  SUITE(sink) \
  SUITE(special) \
  SUITE(stream) \
  SUITE(spy) \
  SUITE(starve) \
  SUITE(superblocks) \
  SUITE(trace) \
  SUITE(transform) \
  SUITE(vecmath) \
  SUITE(verify) \
  SUITE(verify_fields)

#define SUITE(name) Suite *name##_suite(void);
SUITES
#undef SUITE

static const struct {
  const char *name;
  Suite *(*make)(void);
} suites[] = {
#define SUITE(name) {#name, name##_suite},
    SUITES
#undef SUITE
};

static bool wanted(const char *name, int argc, char **argv)
{
  for (int i = 1; i < argc; i++)
    if (!strcmp(argv[i], name)) return true;
  return argc < 2;
}

int main(int argc, char **argv)
{
  poison_memory();
  /* seconds a test: enough on a busy machine, and in builds that check more */
  setenv("CK_DEFAULT_TIMEOUT", "120", 0);
  SRunner *runner = srunner_create(NULL);
  for (size_t i = 0; i < sizeof suites / sizeof *suites; i++)
    if (wanted(suites[i].name, argc, argv)) srunner_add_suite(runner, suites[i].make());
  srunner_run_all(runner, CK_NORMAL);
  int run = srunner_ntests_run(runner), failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  printf("%d passed, %d failed\n", run - failed, failed);
  return failed || !run ? EXIT_FAILURE : EXIT_SUCCESS;
}
