/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory that runs out when a test says so, and that is looked at when it is
 * given back: the linker puts these in front of malloc(), calloc(), realloc(),
 * reallocarray() and free() of the core and of its tests. libcrypto's own are
 * not touched.
 */
#ifndef SCARCE_H
#define SCARCE_H

#include <stddef.h>

/* Runs step with its first allocation failing, then with its second one...
 * until it has so few that it returns 0. Until then it must return -ENOMEM, and
 * leave nothing behind. All of it twice: one allocation fails, and all from
 * that one on.
 */
void scarce_try(int (*step)(void));

/* The n-th allocation from now on fails, and no other; 0: none does. */
void scarce_one(unsigned int n);

/* Looks for these octets in all that is freed from now on; NULL: no more. */
void scarce_watch(const void *octets, size_t len);
/* How often they were found since. */
unsigned int scarce_found(void);

#endif
