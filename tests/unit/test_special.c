/* The special functions against values computed with 50 digits, and against identities. */
#include "config.h"

#include <check.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "program/special.h"

Suite *special_suite(void);

static bool near(double got, double expected, double tolerance)
{
  return fabs(got - expected) <= tolerance * fabs(expected);
}

struct reference {
  int m;
  double x, value;
};

static const struct reference polygamma[] = {
    {0, 0.001, -1000.5755719318102797},    {0, 0.125, -8.3884926632958548678},
    {0, 0.5, -1.9635100260214234794},      {0, 1, -0.57721566490153286061},
    {0, 2.25, 0.57254646662373459191},     {0, 5.5, 1.6110931485817511237},
    {0, 19, 2.9178924132947806298},        {0, 30, 3.3844381326855248766},
    {0, 1000, 6.9072551956488120521},      {0, 10000000000.0, 23.02585092989045684},
    {0, -0.25, 2.9141391202135278304},     {0, -0.5, 0.036489973978576520559},
    {0, -1.75, -2.3226916286143606462},    {0, -2.5, 1.1031566406452431872},
    {0, -10.25, 5.5168584198862733053},    {0, -100.125, 12.195880442483345875},
    {1, 0.001, 1000001.6425331958273},     {1, 0.125, 65.388133444988034473},
    {1, 0.5, 4.9348022005446793094},       {1, 1, 1.6449340668482264365},
    {1, 2.25, 0.55732915450711073927},     {1, 5.5, 0.19934238698962765913},
    {1, 19, 0.054040906037696194624},      {1, 30, 0.033895060357739944214},
    {1, 1000, 0.0010005001666666333334},   {1, 10000000000.0, 1.00000000005e-10},
    {1, -0.25, 18.541879647671606498},     {1, -0.5, 8.9348022005446793094},
    {1, -1.75, 19.301637544529786476},     {1, -2.5, 9.5392466449891237539},
    {1, -10.25, 19.646252424622652795},    {1, -100.125, 67.383936596501530887},
    {2, 0.001, -2000000002.3976321648},    {2, 0.125, -1025.7533381181356826},
    {2, 0.5, -16.828796644234319996},      {2, 1, -2.4041138063191885708},
    {2, 2.25, -0.30373993753692033334},    {2, 5.5, -0.039608947521302042971},
    {2, 19, -0.0029197100973139256242},    {2, 30, -0.001148765203728599844},
    {2, 1000, -1.0010004999998333335e-6},  {2, 10000000000.0, -1.0000000001e-20},
    {2, -0.25, 122.69736678366236037},     {2, -0.5, -0.8287966442343199956},
    {2, -1.75, -124.21382135423058192},    {2, -2.5, -0.108204051641727403},
    {2, -10.25, 124.01647202148710492},    {2, -100.125, 1022.2942921252851826},
    {3, 0.001, 6000000000006.4686145},     {3, 0.125, 24580.143419063566219},
    {3, 0.5, 97.409091034002437236},       {3, 1, 6.4939394022668291491},
    {3, 2.25, 0.32454400918839602279},     {3, 5.5, 0.015690592675882819147},
    {3, 19, 0.00031541438370794486682},    {3, 30, 0.000077860036647361290602},
    {3, 1000, 2.0030019999990000013e-9},   {3, 10000000000.0, 2.0000000003e-30},
    {3, -0.25, 1555.7633125348505998},     {3, -0.5, 193.40909103400243724},
    {3, -1.75, 1558.3848404165495264},     {3, -2.5, 194.74787621918762242},
    {3, -10.25, 1558.5438535364058987},    {3, -100.125, 24591.00232259695453},
    {4, 0.001, -24000000000000022.267},    {4, 0.125, -786445.98543106378579},
    {4, 0.5, -771.47424982666722519},      {4, 1, -24.886266123440878232},
    {4, 2.25, -0.51106863793373355823},    {4, 5.5, -0.0092946060414163724501},
    {4, 19, -0.000051098643488145289992},  {4, 30, -7.9149413401810240419e-6},
    {4, 1000, -6.012009999993000012e-12},  {4, 10000000000.0, -6.0000000012000000001e-40},
    {4, -0.25, 24473.199394184582527},     {4, -0.5, -3.4742498266672251905},
    {4, -1.75, -24481.777338295887834},    {4, -2.5, -0.067995999506731363375},
    {4, -10.25, 24481.574336748213718},    {4, -100.125, 786397.99250685562264},
    {5, 0.001, 1.1999999999999998513e+20}, {5, 0.125, 31457340.659602645663},
    {5, 0.5, 7691.1135486024354962},       {5, 1, 122.08116743813389677},
    {5, 2.25, 1.056487681292045864},       {5, 5.5, 0.0073189807395507864682},
    {5, 19, 0.000011034967722407867314},   {5, 30, 1.0726994936161623892e-6},
    {5, 1000, 2.406005999994400012e-14},   {5, 10000000000.0, 2.4000000006000000001e-49},
    {5, -0.25, 492198.75334287457971},     {5, -0.5, 15371.113548602435496},
    {5, -1.75, 492230.93030187432148},     {5, -2.5, 15382.140048026303809},
    {5, -10.25, 492231.26694516501703},    {5, -100.125, 31457611.065764964284},
};

static const struct reference normcdf[] = {
    {0, -37, 5.7255712225245768227e-300},
    {0, -30, 4.9067139271481870595e-198},
    {0, -20.3, 6.4292444676983463386e-92},
    {0, -10, 7.619853024160526066e-24},
    {0, -5, 2.8665157187919391167e-7},
    {0, -2, 0.0227501319481792072},
    {0, -1.1, 0.13566606094638265582},
    {0, -0.5, 0.30853753872598689636},
    {0, 0, 0.5},
    {0, 0.3, 0.61791142218895263307},
    {0, 2, 0.9772498680518207928},
    {0, 8, 0.9999999999999993779},
};

START_TEST(test_polygamma)
{
  for (size_t i = 0; i < sizeof polygamma / sizeof *polygamma; i++) {
    const struct reference *r = &polygamma[i];
    double got = special_polygamma(r->m, r->x);
    /* digamma has zeros, near which its absolute error counts */
    double tolerance = 2e-15 * (r->m == 0 ? 1 + fabs(r->value) : fabs(r->value));
    ck_assert_msg(fabs(got - r->value) <= tolerance, "polygamma(%d, %.17g): %.17g instead of %.17g",
                  r->m, r->x, got, r->value);
  }
}
END_TEST

/* ψm(x+1) - ψm(x) = (-1)^m m! / x^(m+1), also for negative x. */
START_TEST(test_recurrence)
{
  double factorial = 1;
  for (int m = 0; m <= 6; m++) {
    factorial *= m ? m : 1;
    for (double x = -7.9; x < 40; x += 0.37) {
      double step = (m % 2 ? -1 : 1) * factorial / pow(x, m + 1);
      double low = special_polygamma(m, x), high = special_polygamma(m, x + 1);
      double size = fabs(low) + fabs(high) + fabs(step);
      ck_assert_msg(fabs(high - low - step) <= 4e-14 * size, "m %d, x %g", m, x);
    }
  }
}
END_TEST

START_TEST(test_poles)
{
  for (int x = -3; x <= 0; x++)
    for (int m = 0; m <= 5; m++) {
      double value = special_polygamma(m, x);
      if (m % 2)
        ck_assert(value == INFINITY);
      else
        ck_assert(!isfinite(value));
    }
  ck_assert(special_polygamma(0, 0.0) == -INFINITY && special_polygamma(0, -0.0) == INFINITY);
  ck_assert(special_polygamma(0, INFINITY) == INFINITY && special_polygamma(3, INFINITY) == 0);
  ck_assert(isnan(special_polygamma(1, NAN)) && isnan(special_polygamma(0, -INFINITY)));
  ck_assert(isnan(special_polygamma(POLYGAMMA_MAX + 1, 1)) && isnan(special_polygamma(-1, 1)));
}
END_TEST

/* digamma is the derivative of lgamma. */
START_TEST(test_lgamma)
{
  ck_assert(special_lgamma(1) == 0 && special_lgamma(2) == 0);
  ck_assert(near(special_lgamma(0.5), 0.57236494292470008707, 1e-15));
  ck_assert(special_lgamma(0) == INFINITY && special_lgamma(-2) == INFINITY);
  for (double x = -4.7; x < 20; x += 0.6) {
    double h = 1e-5, slope = (special_lgamma(x + h) - special_lgamma(x - h)) / (2 * h);
    ck_assert_msg(fabs(slope - special_polygamma(0, x)) <= 1e-6 * (1 + fabs(slope)), "%g", x);
  }
}
END_TEST

START_TEST(test_normcdf)
{
  for (size_t i = 0; i < sizeof normcdf / sizeof *normcdf; i++)
    ck_assert_msg(near(special_normcdf(normcdf[i].x), normcdf[i].value, 4e-16), "normcdf(%g): %a",
                  normcdf[i].x, special_normcdf(normcdf[i].x));
  ck_assert(special_normcdf(-INFINITY) == 0 && special_normcdf(INFINITY) == 1);
  ck_assert(isnan(special_normcdf(NAN)));
}
END_TEST

START_TEST(test_sigmoid_and_softplus)
{
  for (double x = -700; x <= 700; x += 1.7) {
    long double e = expl(-(long double)x);
    ck_assert_msg(near(special_sigmoid(x), (double)(1 / (1 + e)), 5e-16), "%g", x);
    ck_assert_msg(near(special_softplus(x), (double)(fmaxl(x, 0) + log1pl(expl(-fabsl(x)))), 5e-16),
                  "%g", x);
  }
  ck_assert(special_sigmoid(-INFINITY) == 0 && special_sigmoid(INFINITY) == 1);
  ck_assert(special_softplus(-INFINITY) == 0 && special_softplus(INFINITY) == INFINITY);
  ck_assert(isnan(special_sigmoid(NAN)) && isnan(special_softplus(NAN)));
}
END_TEST

START_TEST(test_mod)
{
  for (int a = -20; a <= 20; a++)
    for (int b = -5; b <= 5; b++) {
      double r = special_mod(a, b);
      if (b == 0) {
        ck_assert(isnan(r));
        continue;
      }
      ck_assert(r == a - b * floor((double)a / b));
      ck_assert(r == 0 || (r < 0) == (b < 0));
    }
  ck_assert(special_mod(-0.25, 1) == 0.75 && special_mod(5.5, -2) == -0.5);
  ck_assert(isnan(special_mod(INFINITY, 2)) && isnan(special_mod(NAN, 2)));
}
END_TEST

START_TEST(test_powi)
{
  for (int k = -12; k <= 12; k++)
    for (double a = -3; a <= 3; a += 0.5) {
      long double product = 1;
      for (int i = 0; i < abs(k); i++) product *= a;
      if (k < 0) product = 1 / product;
      if (isinf((double)product))
        ck_assert(isinf(special_powi(a, k)));
      else
        ck_assert_msg(near(special_powi(a, k), (double)product, 1e-15), "%g ^ %d", a, k);
    }
  ck_assert(special_powi(NAN, 0) == 1 && special_powi(0, 0) == 1);
  ck_assert(special_powi(-2, 3) == -8 && special_powi(0, 5) == 0);
  ck_assert(special_powi(1, INT32_MIN) == 1 && special_powi(2, INT32_MIN) == 0);
}
END_TEST

Suite *special_suite(void)
{
  Suite *s = suite_create("special");
  TCase *t = tcase_create("all");
  tcase_add_test(t, test_polygamma);
  tcase_add_test(t, test_recurrence);
  tcase_add_test(t, test_poles);
  tcase_add_test(t, test_lgamma);
  tcase_add_test(t, test_normcdf);
  tcase_add_test(t, test_sigmoid_and_softplus);
  tcase_add_test(t, test_mod);
  tcase_add_test(t, test_powi);
  suite_add_tcase(s, t);
  return s;
}
