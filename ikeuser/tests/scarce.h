/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory that runs out when a test says so: the linker puts these in front of
 * malloc(), calloc() and realloc() of the core and of its tests. libcrypto's
 * own are not touched.
 */
#ifndef SCARCE_H
#define SCARCE_H

/* The n-th allocation from now on fails, and all that follow; 0: none does. */
void scarce_from(unsigned int n);

/* Runs step with memory for no allocation, then for one, then for two... until
 * there is enough of it and step returns 0. Until then it must return -ENOMEM,
 * and leave nothing behind.
 */
void scarce_try(int (*step)(void));

#endif
