/* SPDX-License-Identifier: GPL-2.0-only */
/* Random octets that are the same in every run: the source that tests give to
 * the core. It can also fail when it is told to.
 */
#ifndef SEEDED_H
#define SEEDED_H

#include <stdint.h>

#include "crypto.h"

struct seeded {
	uint64_t state;
	unsigned int calls;
	unsigned int fail_at;	/* this call fails, counted from 1; 0: none */
};

/* Borrows seeded. */
struct ike_random seeded_random(struct seeded *seeded);
uint64_t seeded_u64(struct seeded *seeded);

#endif
