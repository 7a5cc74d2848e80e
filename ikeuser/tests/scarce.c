// SPDX-License-Identifier: GPL-2.0-only
/* Memory that runs out when a test says so, and that is looked at when it is
 * given back.
 */

#include <errno.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "scarce.h"

/* More allocations than any step makes. */
#define TRIES_MAX 1000

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *data, size_t size);
void *__real_reallocarray(void *data, size_t n, size_t size);
void __real_free(void *data);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *data, size_t size);
void *__wrap_reallocarray(void *data, size_t n, size_t size);
void __wrap_free(void *data);

static unsigned int left;	/* 0: enough for all; 1: for none */
static bool only_one;		/* fails, and then there is enough again */

static struct {
	const void *octets;
	size_t len;
	unsigned int found;
} watched;

static bool there_is_some(void)
{
	if (!left)
		return true;
	if (left > 1) {
		left--;
		return true;
	}
	left = only_one ? 0 : 1;
	return false;
}

void *__wrap_malloc(size_t size)
{
	return there_is_some() ? __real_malloc(size) : NULL;
}

void *__wrap_calloc(size_t n, size_t size)
{
	return there_is_some() ? __real_calloc(n, size) : NULL;
}

void scarce_one(unsigned int n)
{
	left = n;
	only_one = true;
}

static void look_at(void *data)
{
	if (data && watched.octets &&
	    memmem(data, malloc_usable_size(data), watched.octets, watched.len))
		watched.found++;
}

void *__wrap_realloc(void *data, size_t size)
{
	if (!there_is_some())
		return NULL;
	/* what it holds may be left where it was */
	look_at(data);
	return __real_realloc(data, size);
}

void *__wrap_reallocarray(void *data, size_t n, size_t size)
{
	if (!there_is_some())
		return NULL;
	look_at(data);
	return __real_reallocarray(data, n, size);
}

void __wrap_free(void *data)
{
	look_at(data);
	__real_free(data);
}

void scarce_watch(const void *octets, size_t len)
{
	watched.octets = octets;
	watched.len = len;
	watched.found = 0;
}

unsigned int scarce_found(void)
{
	return watched.found;
}

static void try_all(int (*step)(void))
{
	unsigned int n;
	int err = -ENOMEM;

	for (n = 1; err && n < TRIES_MAX; n++) {
		left = n;
		err = step();
		left = 0;
		if (err)
			assert_int_equal(err, -ENOMEM);
	}
	assert_in_range(n, 3, TRIES_MAX - 1);
}

void scarce_try(int (*step)(void))
{
	only_one = true;
	try_all(step);
	only_one = false;
	try_all(step);
}
