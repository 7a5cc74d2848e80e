/* SPDX-License-Identifier: GPL-2.0-only */
/* The anti-replay window of an SA as it is shown. */
#ifndef CULVERT_BITMAP_H
#define CULVERT_BITMAP_H

#include "node.h"

/* The newest 64 numbers, bit 0 the highest received. As an ASA counts, number 0
 * was received before anything was: an idle SA has 1, and four packets make it
 * 0x1f.
 */
uint64_t replay_bits(const struct node *in);
/* How many of the newest 64 numbers below the highest have not come. */
unsigned int replay_holes(const struct node *in);

#endif
