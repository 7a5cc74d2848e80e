// SPDX-License-Identifier: GPL-2.0-only
/* Memory that runs out when a test says so. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "scarce.h"

/* More allocations than any step makes. */
#define TRIES_MAX 1000

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *data, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *data, size_t size);

static unsigned int left;	/* 0: enough for all; 1: for none */

void scarce_from(unsigned int n)
{
	left = n;
}

static bool there_is_some(void)
{
	if (!left)
		return true;
	if (left > 1) {
		left--;
		return true;
	}
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

void *__wrap_realloc(void *data, size_t size)
{
	return there_is_some() ? __real_realloc(data, size) : NULL;
}

void scarce_try(int (*step)(void))
{
	unsigned int n;
	int err;

	for (n = 1; n < TRIES_MAX; n++) {
		scarce_from(n);
		err = step();
		scarce_from(0);
		if (!err)
			break;
		assert_int_equal(err, -ENOMEM);
	}
	assert_in_range(n, 2, TRIES_MAX - 1);
}
