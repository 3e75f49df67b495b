#include "config.h"

#include "io_fixture.h"

#include <float.h>
#include <math.h>

#include "base/number.h"
#include "base/rational.h"

/* Numbers that a test made, dropped when it ends. */
static VEC(struct rational *) made;

static void teardown(void)
{
  for (size_t i = 0; i < made.len; i++) rational_drop(made.data[i]);
  VEC_FREE(&made);
}

static const struct rational *ours(enum rational_result result, struct rational *r)
{
  ck_assert_int_eq(result, RATIONAL_OK);
  ck_assert_ptr_nonnull(r);
  ck_assert(VEC_PUSH(&made, r));
  return r;
}

typedef enum rational_result unary(const struct rational *, struct rational **);
typedef enum rational_result binary(const struct rational *, const struct rational *,
                                    struct rational **);

static const struct rational *of(unary *f, const struct rational *a)
{
  struct rational *r;
  enum rational_result result = f(a, &r);
  return ours(result, r);
}

static const struct rational *of2(binary *f, const struct rational *a, const struct rational *b)
{
  struct rational *r;
  enum rational_result result = f(a, b, &r);
  return ours(result, r);
}

#define ADD(a, b) of2(rational_add, (a), (b))
#define SUB(a, b) of2(rational_sub, (a), (b))
#define MUL(a, b) of2(rational_mul, (a), (b))
#define DIV(a, b) of2(rational_div, (a), (b))

static const struct rational *whole(int64_t v)
{
  struct rational *r;
  enum rational_result result = rational_of_int(v, &r);
  return ours(result, r);
}

static const struct rational *real(double v)
{
  struct rational *r;
  enum rational_result result = rational_of_double(v, &r);
  return ours(result, r);
}

static const struct rational *power(const struct rational *a, int64_t k)
{
  struct rational *r;
  enum rational_result result = rational_powi(a, k, &r);
  return ours(result, r);
}

static const struct rational *spelled(const char *text, size_t len)
{
  struct rational *r;
  enum rational_result result = rational_parse(text, len, &r);
  return ours(result, r);
}

/* The number that a text `p/q` or a decimal names. */
static const struct rational *number(const char *text)
{
  const char *slash = strchr(text, '/');
  if (!slash) return spelled(text, strlen(text));
  return DIV(spelled(text, (size_t)(slash - text)), spelled(slash + 1, strlen(slash + 1)));
}

static void check_text(const struct rational *a, const char *expected)
{
  struct strbuf s = {0};
  rational_format(a, &s);
  ck_assert(!s.failed);
  ck_assert_str_eq(s.data, expected);
  strbuf_free(&s);
}

static bool equal(const struct rational *a, const struct rational *b)
{
  return rational_compare(a, b) == 0;
}

/* Fractions of 128-bit numbers. */
__extension__ typedef __int128 wide;

struct fraction {
  wide p, q;
};

static wide wide_abs(wide a)
{
  return a < 0 ? -a : a;
}

static struct fraction reduced(wide p, wide q)
{
  wide a = wide_abs(p), b = wide_abs(q);
  while (b) {
    wide rest = a % b;
    a = b;
    b = rest;
  }
  return q < 0 ? (struct fraction){-p / a, -q / a} : (struct fraction){p / a, q / a};
}

static char *write_wide(wide v, char *end)
{
  wide u = wide_abs(v);
  do {
    *--end = (char)('0' + (int)(u % 10));
    u /= 10;
  } while (u);
  if (v < 0) *--end = '-';
  return end;
}

static void check_fraction(const struct rational *a, struct fraction f)
{
  char p[50] = "", q[50] = "", text[100];
  snprintf(text, sizeof text, "%s", write_wide(f.p, p + 49));
  if (f.q != 1)
    snprintf(text + strlen(text), sizeof text - strlen(text), "/%s", write_wide(f.q, q + 49));
  check_text(a, text);
  ck_assert_int_eq(rational_is_whole(a), f.q == 1);
  ck_assert_int_eq(rational_sign(a), (f.p > 0) - (f.p < 0));
  int64_t v = 77;
  bool fits = f.q == 1 && f.p >= INT64_MIN && f.p <= INT64_MAX;
  ck_assert_int_eq(rational_to_int64(a, &v), fits);
  ck_assert_int_eq(v, fits ? (int64_t)f.p : 77);
}

static wide wide_floor(wide p, wide q)
{
  return p / q - (p % q < 0);
}

static struct fraction random_fraction(void)
{
  int shift = 1 + random_below(30);
  wide p = (wide)(random_bits() >> (63 - shift)) - ((wide)1 << shift);
  wide q = random_below(4) ? (wide)(random_bits() >> (64 - shift)) + 1 : 1;
  return reduced(p, q);
}

static const struct rational *of_fraction(struct fraction f)
{
  return DIV(whole((int64_t)f.p), whole((int64_t)f.q));
}

static void check_binary(struct fraction x, struct fraction y)
{
  const struct rational *a = of_fraction(x), *b = of_fraction(y);
  check_fraction(ADD(a, b), reduced(x.p * y.q + y.p * x.q, x.q * y.q));
  check_fraction(SUB(a, b), reduced(x.p * y.q - y.p * x.q, x.q * y.q));
  check_fraction(MUL(a, b), reduced(x.p * y.p, x.q * y.q));
  wide left = x.p * y.q, right = y.p * x.q;
  ck_assert_int_eq(rational_compare(a, b), (left > right) - (left < right));
  struct rational *r;
  if (y.p == 0) {
    ck_assert_int_eq(rational_div(a, b, &r), RATIONAL_DIVISION_BY_ZERO);
    ck_assert_ptr_null(r);
    ck_assert_int_eq(rational_mod(a, b, &r), RATIONAL_DIVISION_BY_ZERO);
    ck_assert_ptr_null(r);
    return;
  }
  check_fraction(DIV(a, b), reduced(x.p * y.q, x.q * y.p));
  wide times = y.p < 0 ? wide_floor(-left, -right) : wide_floor(left, right);
  check_fraction(of2(rational_mod, a, b), reduced(left - times * right, x.q * y.q));
}

static void check_unary(struct fraction x)
{
  const struct rational *a = of_fraction(x);
  wide half_up = (2 * wide_abs(x.p) + x.q) / (2 * x.q);
  check_fraction(of(rational_neg, a), (struct fraction){-x.p, x.q});
  check_fraction(of(rational_abs, a), (struct fraction){wide_abs(x.p), x.q});
  check_fraction(of(rational_floor, a), (struct fraction){wide_floor(x.p, x.q), 1});
  check_fraction(of(rational_ceil, a), (struct fraction){-wide_floor(-x.p, x.q), 1});
  check_fraction(of(rational_trunc, a), (struct fraction){x.p / x.q, 1});
  check_fraction(of(rational_round, a), (struct fraction){x.p < 0 ? -half_up : half_up, 1});
}

START_TEST(small_fractions)
{
  for (int i = 0; i < 5000; i++) {
    struct fraction x = random_fraction(), y = random_fraction();
    check_binary(x, random_below(8) ? y : x);
    check_unary(x);
    teardown();
  }
  for (int p = -8; p <= 8; p++)
    for (int q = 1; q <= 4; q++) {
      check_unary(reduced(p, q));
      for (int r = -8; r <= 8; r++) check_binary(reduced(p, q), reduced(r, q % 3 + 1));
      teardown();
    }
}
END_TEST

/* Whole numbers around the ends of what fits in 64 bits, as results and as operands. */
START_TEST(whole_numbers)
{
  static const int64_t ends[] = {
      INT64_MIN, INT64_MIN + 1, INT64_MIN / 2, -3037000500,   -2,       -1, 0, 1, 2,
      3,         3037000500,    INT64_MAX / 2, INT64_MAX - 1, INT64_MAX};
  enum { N = sizeof ends / sizeof *ends };
  for (int i = 0; i < N; i++) {
    check_unary((struct fraction){ends[i], 1});
    for (int k = 0; k < N; k++)
      check_binary((struct fraction){ends[i], 1}, (struct fraction){ends[k], 1});
    /* From beyond and back. */
    const struct rational *a = whole(ends[i]), *far = MUL(whole(INT64_MIN), whole(4));
    const struct rational *back = SUB(ADD(a, far), far);
    check_fraction(back, (struct fraction){ends[i], 1});
    ck_assert(equal(back, a));
    check_fraction(of(rational_neg, of(rational_neg, a)), (struct fraction){ends[i], 1});
  }
}
END_TEST

START_TEST(whole_powers)
{
  for (int base = -5; base <= 5; base++) {
    wide expected = 1;
    for (int k = 0; k <= 40; k++, expected *= base) {
      check_fraction(power(whole(base), k), (struct fraction){expected, 1});
      const struct rational *half = DIV(whole(base), whole(2));
      check_fraction(power(half, k), reduced(expected, (wide)1 << k));
      if (base) check_fraction(power(half, -k), reduced((wide)1 << k, expected));
    }
  }
  struct rational *r;
  ck_assert_int_eq(rational_powi(whole(0), -1, &r), RATIONAL_DIVISION_BY_ZERO);
  ck_assert_ptr_null(r);
  check_text(power(whole(0), 0), "1");
  check_text(power(whole(0), INT64_MAX), "0");
  check_text(power(whole(1), INT64_MIN), "1");
  check_text(power(whole(-1), INT64_MIN), "1");
  check_text(power(whole(-1), INT64_MAX), "-1");
  check_text(power(number("-2/3"), 3), "-8/27");
  check_text(power(number("-2/3"), -3), "-27/8");
}
END_TEST

/* Any number of up to so many decimal digits over another. */
static const struct rational *random_number(int digits)
{
  char text[2000];
  const struct rational *part[2];
  for (int i = 0; i < 2; i++) {
    int n = 1 + random_below(digits);
    for (int k = 0; k < n; k++) text[k] = (char)('0' + random_below(10));
    text[n] = '\0';
    part[i] = number(text);
  }
  if (rational_sign(part[1]) == 0) part[1] = whole(1);
  const struct rational *r = random_below(5) ? DIV(part[0], part[1]) : part[0];
  return random_below(2) ? r : of(rational_neg, r);
}

static void check_round_trip(const struct rational *a)
{
  struct strbuf s = {0};
  rational_format(a, &s);
  ck_assert(!s.failed);
  const struct rational *back = number(s.data);
  ck_assert(equal(a, back));
  check_text(back, s.data);
  ck_assert_uint_eq(rational_bits(a), rational_bits(back));
  strbuf_free(&s);
}

START_TEST(field_laws)
{
  for (int i = 0; i < 400; i++) {
    int digits = i % 20 ? 60 : 1900;
    const struct rational *a = random_number(digits), *b = random_number(digits),
                          *c = random_number(digits), *zero = whole(0), *one = whole(1);
    ck_assert(equal(MUL(a, ADD(b, c)), ADD(MUL(a, b), MUL(a, c))));
    ck_assert(equal(ADD(SUB(a, b), b), a));
    ck_assert(equal(ADD(a, b), ADD(b, a)));
    ck_assert(equal(MUL(MUL(a, b), c), MUL(a, MUL(b, c))));
    ck_assert(equal(SUB(a, a), zero));
    ck_assert(equal(ADD(a, of(rational_neg, a)), zero));
    ck_assert_int_eq(rational_compare(a, b), rational_sign(SUB(a, b)));
    ck_assert_int_eq(rational_compare(b, a), -rational_compare(a, b));
    if (rational_sign(a)) {
      ck_assert(equal(MUL(DIV(b, a), a), b));
      ck_assert(equal(power(a, -1), DIV(one, a)));
    }
    ck_assert(equal(power(a, 3), MUL(MUL(a, a), a)));
    check_round_trip(a);
    teardown();
  }
}
END_TEST

/* floor(a) ≤ a < floor(a) + 1, and the like. */
START_TEST(rounding_identities)
{
  for (int i = 0; i < 400; i++) {
    const struct rational *a = random_number(i % 20 ? 50 : 900), *b = random_number(50),
                          *one = whole(1), *half = number("1/2");
    const struct rational *floor = of(rational_floor, a), *ceil = of(rational_ceil, a);
    ck_assert(rational_is_whole(floor) && rational_is_whole(ceil));
    ck_assert_int_le(rational_compare(floor, a), 0);
    ck_assert_int_lt(rational_compare(a, ADD(floor, one)), 0);
    ck_assert_int_ge(rational_compare(ceil, a), 0);
    ck_assert_int_lt(rational_compare(SUB(ceil, one), a), 0);
    ck_assert(equal(of(rational_trunc, a), rational_sign(a) < 0 ? ceil : floor));
    const struct rational *size = of(rational_abs, a);
    const struct rational *round = of(rational_floor, ADD(size, half));
    ck_assert(equal(of(rational_round, a), rational_sign(a) < 0 ? of(rational_neg, round) : round));
    if (rational_sign(b)) {
      const struct rational *mod = of2(rational_mod, a, b);
      ck_assert(equal(mod, SUB(a, MUL(b, of(rational_floor, DIV(a, b))))));
      ck_assert(rational_sign(mod) == 0 || rational_sign(mod) == rational_sign(b));
    }
    teardown();
  }
}
END_TEST

START_TEST(spelled_exactly)
{
  static const struct {
    const char *text, *value;
  } cases[] = {{"0.1", "1/10"},
               {"-0.75", "-3/4"},
               {".5", "1/2"},
               {"5.", "5"},
               {"+1.50e+3", "1500"},
               {"1.5D2", "150"},
               {"1.5d-2", "3/200"},
               {"25e-2", "1/4"},
               {"0e999999999", "0"},
               {"-0.0E-99999999999999999999999", "0"},
               {"00012", "12"},
               {"000.00120", "3/2500"},
               {"10000000000000000000000000e-25", "1"},
               {"0.00000000000000000000000001e26", "1"},
               {"123456789012345678", "123456789012345678"},
               {"1234567890123456789", "1234567890123456789"},
               {"9223372036854775807", "9223372036854775807"},
               {"-9223372036854775808", "-9223372036854775808"},
               {"9223372036854775808", "9223372036854775808"},
               {"1e18", "1000000000000000000"},
               {"1e19", "10000000000000000000"},
               {"-12.5e1", "-125"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    check_text(spelled(cases[i].text, strlen(cases[i].text)), cases[i].value);
}
END_TEST

/* ±digits with a point somewhere, and perhaps an exponent; and its value, by scaling. */
static size_t random_decimal(char *text, int exponent_range, const struct rational **value)
{
  int whole_digits = random_below(25), fraction = random_below(25), k = 0;
  char digits[64];
  if (whole_digits + fraction == 0) fraction = 1;
  size_t n = 0, m = 0;
  if (random_below(2)) digits[m++] = text[n++] = "+-"[random_below(2)];
  for (int i = 0; i < whole_digits; i++) digits[m++] = text[n++] = "00123456789"[random_below(11)];
  if (fraction || random_below(2)) text[n++] = '.';
  for (int i = 0; i < fraction; i++) digits[m++] = text[n++] = "00123456789"[random_below(11)];
  if (random_below(3)) {
    k = random_below(2 * exponent_range + 1) - exponent_range;
    n += (size_t)sprintf(text + n, random_below(2) ? "e%d" : "E%+d", k);
  }
  if (value) *value = MUL(spelled(digits, m), power(whole(10), k - fraction));
  return n;
}

START_TEST(spelled_decimals)
{
  for (int i = 0; i < 3000; i++) {
    char text[100];
    const struct rational *expected;
    size_t n = random_decimal(text, 40, &expected);
    ck_assert_msg(equal(spelled(text, n), expected), "%.*s", (int)n, text);
    teardown();
  }
}
END_TEST

START_TEST(syntax_is_that_of_numbers)
{
  for (int i = 0; i < 200000; i++) {
    char text[12];
    int n = random_below(9);
    for (int k = 0; k < n; k++) text[k] = "0123..eE-+x "[random_below(12)];
    double v;
    struct rational *r;
    bool wrong = number_parse(text, (size_t)n, &v) == NUMBER_SYNTAX;
    enum rational_result result = rational_parse(text, (size_t)n, &r);
    ck_assert_msg((result == RATIONAL_SYNTAX) == wrong, "%.*s: %d", n, text, (int)result);
    ck_assert((result == RATIONAL_OK) == (r != NULL));
    rational_drop(r);
  }
}
END_TEST

static void check_parse(const char *text, enum rational_result expected)
{
  struct rational *r;
  enum rational_result result = rational_parse(text, strlen(text), &r);
  ck_assert_msg(result == expected, "%.40s: %d", text, (int)result);
  ck_assert((result == RATIONAL_OK) == (r != NULL));
  rational_drop(r);
}

START_TEST(spelled_fractions)
{
  static const char *const good[] = {
      "1/3", "-4/6", "7", "0/5", "+3/-9", "1e2/3", ".5/2", "1/8388608e3", "36893488147419103232/6"};
  static const char *const bad[] = {"/",   "1/",  "/3",   "1//3", "1/2/3",
                                    "1/x", "x/1", "1 /2", "",     "nan"};
  struct rational *r;
  for (size_t k = 0; k < sizeof good / sizeof *good; k++) {
    enum rational_result result = rational_parse_fraction(good[k], strlen(good[k]), &r);
    ck_assert_msg(rational_compare(ours(result, r), number(good[k])) == 0, "%s", good[k]);
  }
  for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
    ck_assert_int_eq(rational_parse_fraction(bad[k], strlen(bad[k]), &r), RATIONAL_SYNTAX);
    ck_assert_ptr_null(r);
  }
  ck_assert_int_eq(rational_parse_fraction("1/0", 3, &r), RATIONAL_DIVISION_BY_ZERO);
  ck_assert_ptr_null(r);
  ck_assert_int_eq(rational_parse_fraction("1/1e99999999", 12, &r), RATIONAL_TOO_LARGE);
  ck_assert_ptr_null(r);
  enum rational_result cut = rational_parse_fraction("12/34", 4, &r); /* 12/3 */
  check_text(ours(cut, r), "4");
}
END_TEST

/* None of these allocates anything. */
START_TEST(spelled_too_large)
{
  enum { N = 10000000 };
  char *digits = malloc(N + 1);
  ck_assert_ptr_nonnull(digits);
  memset(digits, '7', N);
  digits[N] = '\0';
  struct failing f = {.fail_at = 1, .forever = true};
  mem_set_hook(failing_hook, &f);
  check_parse("1e-1141622225", RATIONAL_TOO_LARGE);
  check_parse("1e1141622225", RATIONAL_TOO_LARGE);
  check_parse("-3.5e99999999999999999999999999", RATIONAL_TOO_LARGE);
  check_parse("3.5e-99999999999999999999999999", RATIONAL_TOO_LARGE);
  check_parse("3.5e9223372036854775807", RATIONAL_TOO_LARGE);
  check_parse("3.5e-9223372036854775808", RATIONAL_TOO_LARGE);
  check_parse("1e5050446", RATIONAL_TOO_LARGE);
  check_parse("1e-5050446", RATIONAL_TOO_LARGE);
  check_parse(digits, RATIONAL_TOO_LARGE);
  digits[1] = '.';
  check_parse(digits, RATIONAL_TOO_LARGE);
  digits[N - 1] = 'e';
  check_parse(digits, RATIONAL_SYNTAX);
  mem_set_hook(NULL, NULL);
  ck_assert_int_eq(f.calls, 0);
  free(digits);
}
END_TEST

START_TEST(long_spellings)
{
  enum { N = 3000000 };
  char *text = malloc(N + 64);
  ck_assert_ptr_nonnull(text);
  memset(text, '0', N + 2);
  text[1] = '.';
  snprintf(text + N + 1, 60, "1e+%d", N);
  check_text(number(text), "1");
  memset(text, '0', N + 1);
  text[0] = '1';
  snprintf(text + N + 1, 60, "e-%d", N);
  check_text(number(text), "1");
  free(text);
}
END_TEST

/* 10^5050445 has RATIONAL_BITS_MAX bits: floor(5050445·log2(10)) + 1. */
START_TEST(spelled_at_the_limit)
{
  ck_assert_uint_eq(rational_bits(number("1e5050445")), RATIONAL_BITS_MAX);
  ck_assert_uint_eq(rational_bits(number("1e-5050445")), RATIONAL_BITS_MAX);
  check_parse("2e5050445", RATIONAL_TOO_LARGE);
  check_parse("9e5050445", RATIONAL_TOO_LARGE);
}
END_TEST

static void check_result(enum rational_result result, enum rational_result expected,
                         struct rational *r)
{
  ck_assert_int_eq(result, expected);
  ck_assert((result == RATIONAL_OK) == (r != NULL));
  rational_drop(r);
}

START_TEST(limits)
{
  enum { MAX = RATIONAL_BITS_MAX };
  struct rational *r;
  enum rational_result result;
  const struct rational *one = whole(1), *two = whole(2), *top = power(two, MAX - 1),
                        *small = power(two, MAX - 2);
  ck_assert_uint_eq(rational_bits(top), MAX);
  ck_assert_uint_eq(rational_bits(power(two, 1 - MAX)), MAX);
  ck_assert_uint_eq(rational_bits(SUB(top, one)), MAX - 1);
  ck_assert_uint_eq(rational_bits(ADD(top, SUB(top, one))), MAX);
  ck_assert_uint_eq(rational_bits(MUL(small, two)), MAX);
  ck_assert_uint_eq(rational_bits(DIV(one, top)), MAX);
  ck_assert_uint_eq(rational_bits(DIV(two, top)), MAX - 1);
  result = rational_powi(two, MAX, &r);
  check_result(result, RATIONAL_TOO_LARGE, r);
  result = rational_powi(two, -MAX, &r);
  check_result(result, RATIONAL_TOO_LARGE, r);
  result = rational_powi(whole(-2), INT64_MIN, &r);
  check_result(result, RATIONAL_TOO_LARGE, r);
  result = rational_powi(number("3/2"), INT64_MAX, &r);
  check_result(result, RATIONAL_TOO_LARGE, r);
  result = rational_powi(whole(3), MAX / 2 + MAX / 4, &r);
  check_result(result, RATIONAL_TOO_LARGE, r);
  result = rational_add(top, top, &r);
  check_result(result, RATIONAL_TOO_LARGE, r);
  result = rational_sub(of(rational_neg, top), top, &r);
  check_result(result, RATIONAL_TOO_LARGE, r);
  result = rational_mul(top, two, &r);
  check_result(result, RATIONAL_TOO_LARGE, r);
  result = rational_mul(top, top, &r);
  check_result(result, RATIONAL_TOO_LARGE, r);
  result = rational_mul(DIV(one, top), number("1/2"), &r);
  check_result(result, RATIONAL_TOO_LARGE, r);
  result = rational_div(top, number("1/2"), &r);
  check_result(result, RATIONAL_TOO_LARGE, r);
  result = rational_add(DIV(one, top), number("1/3"), &r);
  check_result(result, RATIONAL_TOO_LARGE, r);
  result = rational_mod(DIV(one, top), number("1/3"), &r);
  check_result(result, RATIONAL_TOO_LARGE, r);
  /* Over the same denominator nothing grows. */
  const struct rational *a = DIV(two, power(whole(3), 10000000));
  ck_assert(equal(SUB(ADD(a, a), a), a));
  ck_assert(equal(of2(rational_mod, ADD(a, a), a), whole(0)));
}
END_TEST

static const struct rational *scaled(int64_t m, int e)
{
  return MUL(whole(m), power(whole(2), e));
}

static bool has_even_mantissa(double v)
{
  uint64_t b;
  memcpy(&b, &v, sizeof b);
  return b % 2 == 0;
}

/* Infinity counts as 2^1024 here, as rounding sees it. */
static const struct rational *value_of(double v)
{
  if (!isinf(v)) return real(v);
  return scaled(v < 0 ? -1 : 1, 1024);
}

/* No neighbour of the double is nearer; at the same distance the double is the even one. */
static void check_nearest(const struct rational *a)
{
  double d = rational_to_double(a);
  ck_assert(!isnan(d));
  const struct rational *error = of(rational_abs, SUB(a, value_of(d)));
  double next[] = {nextafter(d, -INFINITY), nextafter(d, INFINITY)};
  for (int i = 0; i < 2; i++) {
    if (next[i] == d || (isinf(d) && rational_compare(of(rational_abs, a), scaled(1, 1024)) > 0))
      continue;
    int order = rational_compare(error, of(rational_abs, SUB(a, value_of(next[i]))));
    ck_assert_msg(order < 0 || (order == 0 && has_even_mantissa(d)), "%a is not the nearest", d);
  }
}

START_TEST(doubles_there_and_back)
{
  static const double special[] = {0,
                                   1,
                                   -1,
                                   DBL_MAX,
                                   -DBL_MAX,
                                   DBL_MIN,
                                   5e-324,
                                   -5e-324,
                                   0.1,
                                   0x1p63,
                                   -0x1p63,
                                   0x1p64,
                                   0x1.8p62,
                                   0x1p-1022,
                                   0x0.fffffffffffffp-1022,
                                   9007199254740993.0,
                                   0.5};
  for (size_t i = 0; i < sizeof special / sizeof *special; i++)
    ck_assert(rational_to_double(real(special[i])) == special[i]);
  for (int i = 0; i < 20000; i++) {
    double v = random_double();
    ck_assert_msg(same_bits(rational_to_double(real(v)), v), "%a", v);
    if (made.len > 1000) teardown();
  }
  ck_assert(!signbit(rational_to_double(real(-0.0))));
  struct rational *r;
  enum rational_result result = rational_of_double(INFINITY, &r);
  check_result(result, RATIONAL_SYNTAX, r);
  result = rational_of_double(NAN, &r);
  check_result(result, RATIONAL_SYNTAX, r);
  check_text(real(0.1), "3602879701896397/36028797018963968");
  check_text(real(0x1p70), "1180591620717411303424");
  check_text(real(-0x1p63), "-9223372036854775808");
}
END_TEST

/* Around the middle between neighbours, in all ranges of doubles. */
START_TEST(nearest_near_the_middle)
{
  for (int i = 0; i < 1500; i++) {
    double v = i % 3 ? random_double() : ldexp(1 + random_below(50), random_below(5) - 1074);
    if (i % 7 == 0) v = ldexp(1, random_below(2090) - 1070);
    if (i % 50 == 0) v = DBL_MAX;
    v = fabs(v);
    double up = nextafter(v, INFINITY);
    const struct rational *middle = MUL(ADD(value_of(v), value_of(up)), number("1/2"));
    const struct rational *tiny = DIV(middle, power(whole(3), 40 + random_below(600)));
    if (random_below(2)) middle = of(rational_neg, middle);
    check_nearest(middle);
    check_nearest(ADD(middle, tiny));
    check_nearest(SUB(middle, tiny));
    ck_assert(fabs(rational_to_double(middle)) == (has_even_mantissa(v) ? v : up));
    teardown();
  }
}
END_TEST

START_TEST(nearest_of_quotients)
{
  for (int i = 0; i < 3000; i++) {
    int digits = i % 30 ? 1 + random_below(60) : 1000;
    const struct rational *a = random_number(digits);
    if (i % 2) a = MUL(a, power(whole(10), random_below(640) - 320));
    check_nearest(a);
    teardown();
  }
  ck_assert(rational_to_double(number("1e400")) == INFINITY);
  ck_assert(rational_to_double(number("-1e40000")) == -INFINITY);
  ck_assert(rational_to_double(number("1e-400")) == 0);
  ck_assert(rational_to_double(number("-1e-40000")) == 0);
  ck_assert(rational_to_double(number("-1/3")) == -1.0 / 3);
  ck_assert(rational_to_double(whole(9007199254740993)) == 9007199254740992.0);
  ck_assert(rational_to_double(whole(INT64_MAX)) == 0x1p63);
}
END_TEST

/* Reading a decimal as a double is rounding the number that it spells. */
START_TEST(nearest_of_decimals)
{
  for (int i = 0; i < 20000; i++) {
    char text[100];
    size_t n = random_decimal(text, 350, NULL);
    double expected;
    if (number_parse(text, n, &expected) == NUMBER_OVERFLOW)
      expected = *text == '-' ? -INFINITY : INFINITY;
    double v = rational_to_double(spelled(text, n));
    ck_assert_msg(v == expected, "%.*s: %a, not %a", (int)n, text, v, expected);
    if (made.len > 1000) teardown();
  }
}
END_TEST

START_TEST(sizes)
{
  ck_assert_uint_eq(rational_bits(whole(0)), 1);
  ck_assert_uint_eq(rational_bits(whole(-1)), 1);
  ck_assert_uint_eq(rational_bits(whole(255)), 8);
  ck_assert_uint_eq(rational_bits(whole(-256)), 9);
  ck_assert_uint_eq(rational_bits(whole(INT64_MIN)), 64);
  ck_assert_uint_eq(rational_bits(number("3/1024")), 11);
  ck_assert_uint_eq(rational_bits(number("1025/2")), 11);
}
END_TEST

static const struct rational *fault(enum rational_result why, int32_t where)
{
  struct rational *r;
  enum rational_result result = rational_fault(why, where, &r);
  return ours(result, r);
}

START_TEST(faults_pass_through)
{
  static binary *const binaries[] = {rational_add, rational_sub, rational_mul, rational_div,
                                     rational_mod};
  static unary *const unaries[] = {rational_neg,  rational_abs,   rational_floor,
                                   rational_ceil, rational_trunc, rational_round};
  const struct rational *f = fault(RATIONAL_IRRATIONAL, 7), *g = fault(RATIONAL_TOO_LARGE, -1);
  const struct rational *others[] = {whole(0), whole(1), whole(5), number("2/3")};
  for (size_t i = 0; i < sizeof binaries / sizeof *binaries; i++) {
    ck_assert_ptr_eq(of2(binaries[i], f, g), f);
    ck_assert_ptr_eq(of2(binaries[i], g, f), g);
    for (size_t k = 0; k < sizeof others / sizeof *others; k++) {
      ck_assert_ptr_eq(of2(binaries[i], f, others[k]), f);
      ck_assert_ptr_eq(of2(binaries[i], others[k], f), f);
    }
  }
  for (size_t i = 0; i < sizeof unaries / sizeof *unaries; i++)
    ck_assert_ptr_eq(of(unaries[i], f), f);
  for (int k = -2; k <= 3; k++) ck_assert_ptr_eq(power(f, k), f);
  enum rational_result why = RATIONAL_OK;
  int32_t where = 0;
  ck_assert(rational_is_fault(f, &why, &where));
  ck_assert(why == RATIONAL_IRRATIONAL && where == 7);
  ck_assert(rational_is_fault(g, NULL, NULL));
  ck_assert(!rational_is_fault(others[3], &why, &where));
  ck_assert(why == RATIONAL_IRRATIONAL && where == 7);
  int64_t v;
  ck_assert(!rational_is_whole(f) && !rational_to_int64(f, &v));
  ck_assert(isnan(rational_to_double(f)));
  ck_assert_uint_eq(rational_bits(f), 0);
  check_text(f, "nan");
}
END_TEST

START_TEST(references)
{
  struct failing f = {0};
  mem_set_hook(failing_hook, &f);
  struct rational *r, *other;
  ck_assert_int_eq(rational_parse("1e30", 4, &r), RATIONAL_OK);
  ck_assert_ptr_eq(rational_keep(r), r);
  long live = f.live;
  ck_assert_int_gt(live, 0);
  rational_drop(r);
  ck_assert_int_eq(f.live, live);
  ck_assert_int_eq(rational_abs(r, &other), RATIONAL_OK);
  ck_assert_ptr_eq(other, r);
  rational_drop(r);
  ck_assert_int_eq(f.live, live);
  rational_drop(other);
  ck_assert_int_eq(f.live, 0);
  rational_drop(NULL);
  ck_assert_ptr_null(rational_keep(NULL));
  /* The commonest numbers take no memory. */
  for (int v = -1; v <= 2; v++) {
    ck_assert_int_eq(rational_of_int(v, &r), RATIONAL_OK);
    for (int k = 0; k < 3; k++) rational_drop(rational_keep(r));
    for (int k = 0; k < 3; k++) rational_drop(r);
  }
  ck_assert_int_eq(f.live, 0);
  mem_set_hook(NULL, NULL);
}
END_TEST

/* All operations on two operands; their results are added up to a text.  The first result that is
 * not RATIONAL_OK ends it. */
static enum rational_result many(const struct rational *a, const struct rational *b,
                                 struct strbuf *out)
{
  static binary *const binaries[] = {rational_add, rational_sub, rational_mul, rational_div,
                                     rational_mod};
  static unary *const unaries[] = {rational_neg,  rational_abs,   rational_floor,
                                   rational_ceil, rational_trunc, rational_round};
  struct rational *r = NULL;
  enum rational_result result = RATIONAL_OK;
  for (size_t i = 0; !result && i < 16; i++) {
    if (i < 5)
      result = binaries[i](a, b, &r);
    else if (i < 11)
      result = unaries[i - 5](a, &r);
    else if (i == 11)
      result = rational_powi(a, -5, &r);
    else if (i == 12)
      result = rational_parse("-123456789012345678901234.5e-7", 30, &r);
    else if (i == 13)
      result = rational_of_double(0x1.8p-70, &r);
    else if (i == 14)
      result = rational_of_int(77, &r);
    else
      result = rational_fault(RATIONAL_TOO_LARGE, 3, &r);
    ck_assert((result == RATIONAL_OK) == (r != NULL));
    if (!r) break;
    rational_format(r, out);
    rational_drop(r);
    if (out->failed) result = RATIONAL_NO_MEMORY;
  }
  return result;
}

static void check_failing(const struct rational *a, const struct rational *b, long step)
{
  struct strbuf expected = {0}, a_text = {0}, b_text = {0};
  rational_format(a, &a_text);
  rational_format(b, &b_text);
  int order = rational_compare(a, b);
  double value = rational_to_double(a);
  ck_assert_int_eq(many(a, b, &expected), RATIONAL_OK);
  enum rational_result result = RATIONAL_NO_MEMORY;
  for (long n = 1; result != RATIONAL_OK; n += step) {
    ck_assert_int_lt(n, 100000);
    struct strbuf text = {0};
    struct failing f = {.fail_at = n, .forever = n % 2};
    mem_set_hook(failing_hook, &f);
    result = many(a, b, &text);
    if (result == RATIONAL_OK) ck_assert_str_eq(text.data, expected.data);
    ck_assert(result == RATIONAL_OK || result == RATIONAL_NO_MEMORY);
    strbuf_free(&text);
    ck_assert_int_eq(f.live, 0);
    f = (struct failing){.fail_at = 1, .forever = true};
    ck_assert_int_eq(rational_compare(a, b), order);
    ck_assert_int_eq(rational_compare(b, a), -order);
    ck_assert(same_bits(rational_to_double(a), value));
    ck_assert_int_eq(f.live, 0);
    mem_set_hook(NULL, NULL);
    check_text(a, a_text.data);
    check_text(b, b_text.data);
  }
  strbuf_free(&expected);
  strbuf_free(&a_text);
  strbuf_free(&b_text);
}

START_TEST(memory_runs_out)
{
  check_failing(number("123456789012345678901234567890/97"), number("-355/113"), 1);
  check_failing(number("-7/3"), number("1e25"), 1);
  check_failing(whole(INT64_MIN), whole(INT64_MAX), 1);
  check_failing(whole(-12), whole(5), 1);
}
END_TEST

/* So large that GMP takes scratch memory from the heap. */
START_TEST(memory_runs_out_for_large_numbers)
{
  const struct rational *a = DIV(power(whole(3), 60000), power(whole(7), 30000));
  const struct rational *b = DIV(power(whole(3), 60001), ADD(power(whole(7), 30000), whole(2)));
  check_failing(a, b, 3);
}
END_TEST

/* GMP takes memory to compare large fractions; without it the order is the same. */
START_TEST(comparing_without_memory)
{
  const struct rational *p = power(whole(3), 170000), *q = power(whole(7), 90000), *one = whole(1);
  const struct rational *a = DIV(p, q), *near[] = {DIV(ADD(p, one), q), DIV(p, ADD(q, one)),
                                                   DIV(ADD(p, one), ADD(q, one)), a,
                                                   DIV(MUL(p, whole(3)), ADD(q, one))};
  for (size_t i = 0; i < sizeof near / sizeof *near; i++) {
    int order = rational_compare(a, near[i]);
    ck_assert_int_eq(order, rational_sign(SUB(a, near[i])));
    struct failing f = {.fail_at = 1, .forever = true};
    mem_set_hook(failing_hook, &f);
    ck_assert_int_eq(rational_compare(a, near[i]), order);
    ck_assert_int_eq(rational_compare(near[i], a), -order);
    mem_set_hook(NULL, NULL);
    ck_assert(f.calls > 0 || i > 2);
    ck_assert_int_eq(f.live, 0);
  }
}
END_TEST

START_TEST(format_remembers_failure)
{
  const struct rational *a = number("1e30");
  for (long n = 1; n <= 2; n++) {
    struct strbuf s = {0};
    struct failing f = {.fail_at = n};
    mem_set_hook(failing_hook, &f);
    rational_format(a, &s);
    strbuf_free(&s);
    mem_set_hook(NULL, NULL);
    ck_assert_int_eq(f.live, 0);
    ck_assert_int_ge(f.calls, n);
  }
}
END_TEST

START_TEST(none_without_gmp)
{
  struct rational *r;
  enum rational_result result = rational_of_int(1, &r);
  check_result(result, RATIONAL_NO_MEMORY, r);
  result = rational_of_double(0.5, &r);
  check_result(result, RATIONAL_NO_MEMORY, r);
  result = rational_parse("1", 1, &r);
  check_result(result, RATIONAL_NO_MEMORY, r);
  result = rational_fault(RATIONAL_IRRATIONAL, 0, &r);
  check_result(result, RATIONAL_NO_MEMORY, r);
}
END_TEST

Suite *rational_suite(void)
{
  Suite *suite = suite_create("rational");
  TCase *tc = tcase_create("rational");
  tcase_add_checked_fixture(tc, NULL, teardown);
  tcase_set_timeout(tc, 60);
  suite_add_tcase(suite, tc);
  if (!rational_available) {
    tcase_add_test(tc, none_without_gmp);
    return suite;
  }
  tcase_add_test(tc, small_fractions);
  tcase_add_test(tc, whole_numbers);
  tcase_add_test(tc, whole_powers);
  tcase_add_test(tc, field_laws);
  tcase_add_test(tc, rounding_identities);
  tcase_add_test(tc, spelled_exactly);
  tcase_add_test(tc, spelled_decimals);
  tcase_add_test(tc, syntax_is_that_of_numbers);
  tcase_add_test(tc, spelled_fractions);
  tcase_add_test(tc, spelled_too_large);
  tcase_add_test(tc, long_spellings);
  tcase_add_test(tc, spelled_at_the_limit);
  tcase_add_test(tc, limits);
  tcase_add_test(tc, doubles_there_and_back);
  tcase_add_test(tc, nearest_near_the_middle);
  tcase_add_test(tc, nearest_of_quotients);
  tcase_add_test(tc, nearest_of_decimals);
  tcase_add_test(tc, sizes);
  tcase_add_test(tc, faults_pass_through);
  tcase_add_test(tc, references);
  tcase_add_test(tc, memory_runs_out);
  tcase_add_test(tc, memory_runs_out_for_large_numbers);
  tcase_add_test(tc, comparing_without_memory);
  tcase_add_test(tc, format_remembers_failure);
  return suite;
}
