/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory that runs out when a test says so, and that is looked at when it is
 * given back: the linker puts these in front of malloc(), calloc(), realloc()
 * and free() of the core and of its tests. libcrypto's own are not touched.
 */
#ifndef SCARCE_H
#define SCARCE_H

#include <stddef.h>

/* The n-th allocation from now on fails, and all that follow; 0: none does. */
void scarce_from(unsigned int n);

/* Runs step with memory for no allocation, then for one, then for two... until
 * there is enough of it and step returns 0. Until then it must return -ENOMEM,
 * and leave nothing behind.
 */
void scarce_try(int (*step)(void));

/* Looks for these octets in all that is freed from now on; NULL: no more. */
void scarce_watch(const void *octets, size_t len);
/* How often they were found since. */
unsigned int scarce_found(void);

#endif
