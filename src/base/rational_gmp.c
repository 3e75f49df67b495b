#include "config.h"

#ifdef HAVE_GMP

#include "base/rational_parts.h"

#include <math.h>
#include <setjmp.h>
#include <stdalign.h>

/* GMP cannot return from an allocation that fails, so what may allocate runs under a guard: the
 * allocator jumps back to it.  Each operation writes to fresh numbers only; what it has allocated
 * so far is on the guard's list and freed after the jump.  GMP's memory functions are those of the
 * guard as long as it runs, and the program's else. */
struct block {
  alignas(max_align_t) struct block *prev; /* NULL: not on the list */
  struct block *next;
};

static struct {
  jmp_buf no_memory;
  struct block list;
  void *(*alloc)(size_t);
  void *(*resize)(void *, size_t, size_t);
  void (*free)(void *, size_t);
} guard;

static void block_link(struct block *b)
{
  b->prev = &guard.list;
  b->next = guard.list.next;
  b->prev->next = b->next->prev = b;
}

static void block_unlink(struct block *b)
{
  b->prev->next = b->next;
  b->next->prev = b->prev;
  b->prev = b->next = NULL;
}

static struct block *block_of(void *p)
{
  return (struct block *)p - 1;
}

static void *block_alloc(size_t size)
{
  size_t bytes;
  struct block *b = size_add(sizeof *b, size, &bytes) ? mem_alloc(bytes, 1) : NULL;
  if (!b) longjmp(guard.no_memory, 1);
  block_link(b);
  return b + 1;
}

static void block_free(void *p, size_t size)
{
  (void)size;
  struct block *b = block_of(p);
  if (b->prev) block_unlink(b);
  mem_free(b);
}

static void *block_resize(void *p, size_t old, size_t size)
{
  (void)old;
  size_t bytes;
  struct block *b = block_of(p), *moved;
  block_unlink(b);
  moved = size_add(sizeof *b, size, &bytes) ? mem_resize(b, bytes, 1) : NULL;
  block_link(moved ? moved : b);
  if (!moved) longjmp(guard.no_memory, 1);
  return moved + 1;
}

static void guard_enter(void)
{
  mp_get_memory_functions(&guard.alloc, &guard.resize, &guard.free);
  mp_set_memory_functions(block_alloc, block_resize, block_free);
  guard.list.prev = guard.list.next = &guard.list;
}

static void guard_leave(void)
{
  mp_set_memory_functions(guard.alloc, guard.resize, guard.free);
}

bool rational_guarded(struct job *job)
{
  guard_enter();
  if (setjmp(guard.no_memory)) {
    while (guard.list.next != &guard.list) block_free(guard.list.next + 1, 0);
    guard_leave();
    return false;
  }
  if (job->out) mpq_init(job->out);
  job->run(job);
  while (guard.list.next != &guard.list) block_unlink(guard.list.next);
  guard_leave();
  return true;
}

void rational_clear(mpq_ptr q)
{
  guard_enter();
  mpq_clear(q);
  guard_leave();
}

static const mp_limb_t limb_one = 1;

mpz_srcptr rational_view_whole(uint64_t magnitude, bool negative, mp_limb_t *limbs, mpz_ptr z)
{
  mp_size_t n = 0;
  for (; magnitude; magnitude = magnitude >> (GMP_NUMB_BITS - 1) >> 1)
    limbs[n++] = (mp_limb_t)magnitude & GMP_NUMB_MASK;
  return mpz_roinit_n(z, limbs, negative ? -n : n);
}

mpq_srcptr rational_view(const struct rational *a, struct view *v)
{
  if (a->kind == BIG) return a->q;
  rational_view_whole(magnitude_of(a->whole), a->whole < 0, v->limbs, mpq_numref(v->q));
  mpz_roinit_n(mpq_denref(v->q), &limb_one, 1);
  return v->q;
}

/* The limbs of |a·b| from the lowest one, in quadratic time. */
struct product {
  mpz_srcptr a, b;
  size_t next;        /* the number of the next limb */
  mp_limb_t carry[3]; /* what goes into it and those after it */
};

static mp_limb_t product_limb(struct product *p)
{
  size_t na = mpz_size(p->a), nb = mpz_size(p->b), i = p->next++;
  for (size_t k = i < nb ? 0 : i - nb + 1; k <= i && k < na; k++) {
    mp_limb_t x = mpz_getlimbn(p->a, (mp_size_t)k), term[3] = {0};
    term[1] = mpn_mul_1(term, &x, 1, mpz_getlimbn(p->b, (mp_size_t)(i - k)));
    mpn_add_n(p->carry, p->carry, term, 3);
  }
  mp_limb_t limb = p->carry[0];
  p->carry[0] = p->carry[1];
  p->carry[1] = p->carry[2];
  p->carry[2] = 0;
  return limb;
}

/* |a·b| / 2^exponent, between 1/4 and 1, with a relative error below 2^-50. */
static double leading(mpz_srcptr a, mpz_srcptr b, long *exponent)
{
  long first, second;
  double x = mpz_get_d_2exp(&first, a), y = mpz_get_d_2exp(&second, b);
  *exponent = first + second;
  return fabs(x * y);
}

int rational_compare_products(mpz_srcptr a, mpz_srcptr b, mpz_srcptr c, mpz_srcptr d)
{
  size_t left = bits(a) + bits(b), right = bits(c) + bits(d);
  if (left > right + 1) return 1;
  if (right > left + 1) return -1;
  const double margin = 1 + 0x1p-48;
  long m, n;
  double s = leading(a, b, &m), t = leading(c, d, &n);
  s = ldexp(s, (int)(m - n));
  if (s > t * margin) return 1;
  if (t > s * margin) return -1;
  struct product x = {.a = a, .b = b}, y = {.a = c, .b = d};
  int order = 0;
  for (size_t i = (left > right ? left : right) / GMP_NUMB_BITS + 1; i-- > 0;) {
    mp_limb_t u = product_limb(&x), v = product_limb(&y);
    if (u != v) order = u > v ? 1 : -1;
  }
  return order;
}

#endif
