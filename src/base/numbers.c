#include "config.h"

#include "base/numbers.h"

#include <math.h>
#include <string.h>

double numbers_size(enum field field)
{
  return field == FIELD_COMPLEX ? 2 * sizeof(double) : sizeof(double);
}

enum status numbers_create(struct context *ctx, enum field field, double count, const char *what,
                           struct numbers *out)
{
  *out = (struct numbers){.field = field};
  TRY(diag_check_memory(ctx, numbers_size(field) * count, what));
  if (count > (double)(PTRDIFF_MAX / 16)) return diag_no_memory(ctx);
  size_t n = (size_t)count;
  out->count = (int64_t)n;
  if (field == FIELD_EXACT)
    out->exact = mem_zalloc(n, sizeof(struct rational *));
  else
    out->re = mem_zalloc(n, sizeof *out->re);
  if (field == FIELD_COMPLEX) out->im = mem_zalloc(n, sizeof *out->im);
  if ((out->exact || out->re) && (out->im || field != FIELD_COMPLEX)) return STATUS_OK;
  numbers_free(out);
  return diag_no_memory(ctx);
}

void numbers_free(struct numbers *v)
{
  for (int64_t i = 0; v->exact && i < v->count; i++) rational_drop(v->exact[i]);
  mem_free(v->exact);
  mem_free(v->re);
  mem_free(v->im);
  memset(v, 0, sizeof *v);
}

struct numbers numbers_view(const struct numbers *v, int64_t first, int64_t count)
{
  struct numbers part = {.field = v->field, .count = count};
  if (v->re) part.re = v->re + first;
  if (v->im) part.im = v->im + first;
  if (v->exact) part.exact = v->exact + first;
  return part;
}

static void set_exact(struct rational **to, struct rational *from)
{
  struct rational *old = *to;
  *to = rational_keep(from);
  rational_drop(old);
}

void numbers_set(struct numbers *v, int64_t i, const struct number *x)
{
  if (v->field == FIELD_EXACT)
    set_exact(&v->exact[i], x->exact);
  else
    v->re[i] = x->re;
  if (v->field == FIELD_EXACT && v->re) v->re[i] = x->exact ? rational_to_double(x->exact) : 0;
  if (v->field == FIELD_COMPLEX) v->im[i] = x->im;
}

bool numbers_set_real(struct numbers *v, int64_t i, double x)
{
  struct number number = {.re = x};
  bool ok =
      v->field != FIELD_EXACT || x == 0 || rational_of_double(x, &number.exact) == RATIONAL_OK;
  if (ok) numbers_set(v, i, &number);
  rational_drop(number.exact);
  return ok;
}

void numbers_copy(struct numbers *dst, const struct numbers *src, int64_t count)
{
  size_t bytes = (size_t)count * sizeof(double);
  for (int64_t i = 0; dst->field == FIELD_EXACT && i < count; i++)
    set_exact(&dst->exact[i], src->exact[i]);
  if (dst->re && src->re) memcpy(dst->re, src->re, bytes);
  if (dst->field == FIELD_COMPLEX) memcpy(dst->im, src->im, bytes);
}

void numbers_zero(struct numbers *v)
{
  size_t bytes = (size_t)v->count * sizeof(double);
  for (int64_t i = 0; v->field == FIELD_EXACT && i < v->count; i++) set_exact(&v->exact[i], NULL);
  if (v->re) memset(v->re, 0, bytes);
  if (v->field == FIELD_COMPLEX) memset(v->im, 0, bytes);
}

size_t number_format_complex(char out[COMPLEX_MAX], double re, double im)
{
  char part[NUMBER_MAX];
  size_t len = number_format(out, re), more = number_format(part, im);
  if (part[0] != '-') out[len++] = '+';
  memcpy(out + len, part, more);
  len += more;
  out[len++] = 'i';
  return len;
}

void number_print(enum field field, const struct number *x, struct strbuf *out)
{
  char text[COMPLEX_MAX];
  switch (field) {
  case FIELD_REAL: strbuf_number(out, x->re); return;
  case FIELD_COMPLEX: strbuf_add(out, text, number_format_complex(text, x->re, x->im)); return;
  case FIELD_EXACT: break;
  }
  if (x->exact)
    rational_format(x->exact, out);
  else
    strbuf_putc(out, '0');
}

bool numbers_is_finite(const struct numbers *v, int64_t i)
{
  switch (v->field) {
  case FIELD_REAL: return isfinite(v->re[i]);
  case FIELD_COMPLEX: return isfinite(v->re[i]) && isfinite(v->im[i]);
  case FIELD_EXACT: break;
  }
  return !v->exact[i] || !rational_is_fault(v->exact[i], NULL, NULL);
}

/* 0 · ∞ is NaN, and so is a sum with a NaN. */
static bool all_finite(const double *v, int64_t count)
{
  double sum[8] = {0};
  int64_t i = 0;
  for (; i + 8 <= count; i += 8)
    for (int j = 0; j < 8; j++) sum[j] += 0 * v[i + j];
  for (; i < count; i++) sum[0] += 0 * v[i];
  for (int j = 1; j < 8; j++) sum[0] += sum[j];
  return sum[0] == 0;
}

int64_t numbers_first_nonfinite(const struct numbers *v, int64_t first, int64_t count)
{
  if (v->field == FIELD_REAL && all_finite(v->re + first, count)) return -1;
  for (int64_t i = 0; i < count; i++)
    if (!numbers_is_finite(v, first + i)) return i;
  return -1;
}
