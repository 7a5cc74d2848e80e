/* SPDX-License-Identifier: GPL-2.0-only */
/* The classifier: which is the first of many selectors that matches a flow?
 * Knows ranges and their order, neither rules nor packets.
 */
#ifndef CULVERT_CLASSIFY_H
#define CULVERT_CLASSIFY_H

#include "selector.h"

#define CULVERT_CLASSIFY_NONE U32_MAX

struct culvert_classifier;

/* Builds a classifier of n selectors for each family; the first that matches a
 * flow wins. NULLs in an array match nothing. If for_fragments, all ports of all
 * selectors match, and over IPv6 all protocols: of a fragment other than the first
 * those are unknown. The selectors are copied. May sleep. Returns an ERR_PTR:
 * -ENOMEM, -EINTR if a fatal signal came.
 */
struct culvert_classifier *
culvert_classify_new(const struct culvert_selector *const *v4,
		     const struct culvert_selector *const *v6, u32 n,
		     bool for_fragments);
void culvert_classify_free(struct culvert_classifier *classifier);

/* The index of the first selector that matches the flow, or
 * CULVERT_CLASSIFY_NONE. Does not look at ports_unknown: such flows belong into
 * a classifier that ignores ports. Any context.
 */
u32 culvert_classify_find(const struct culvert_classifier *classifier,
			  const struct culvert_flow *flow);

#endif
