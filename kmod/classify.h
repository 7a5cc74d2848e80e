/* SPDX-License-Identifier: GPL-2.0-only */
/* The classifier: which is the first of many selectors that matches a flow?
 * Knows ranges and their order, neither rules nor packets.
 */
#ifndef CULVERT_CLASSIFY_H
#define CULVERT_CLASSIFY_H

#include "selector.h"

#define CULVERT_CLASSIFY_NONE U32_MAX

struct culvert_classifier;

/* Builds a classifier of n selectors; the first that matches a flow wins. NULLs
 * in the array match nothing. If ignore_ports, all ports of all selectors match
 * (for fragments whose ports are unknown). The selectors are copied. May sleep.
 * Returns an ERR_PTR: -ENOMEM, -EINTR if a fatal signal came.
 */
struct culvert_classifier *
culvert_classify_new(const struct culvert_selector *const *selectors, u32 n,
		     bool ignore_ports);
void culvert_classify_free(struct culvert_classifier *classifier);

/* The index of the first selector that matches the flow, or
 * CULVERT_CLASSIFY_NONE. Does not look at ports_unknown: such flows belong into
 * a classifier that ignores ports. Any context.
 */
u32 culvert_classify_find(const struct culvert_classifier *classifier,
			  const struct culvert_flow *flow);

#endif
