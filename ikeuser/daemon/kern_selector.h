/* SPDX-License-Identifier: GPL-2.0-only */
/* Traffic selectors as the contract writes them. */
#ifndef CULVERT_KERN_SELECTOR_H
#define CULVERT_KERN_SELECTOR_H

#include "ts.h"

struct nl_msg;

/* Adds the nest of that attribute type with the packets between local and
 * remote. -ENOENT: there are none, nothing is added; -EOPNOTSUPP: the contract
 * cannot say it; -ENOMEM: the message is full.
 */
int kern_selector_put(struct nl_msg *msg, int type, const struct ike_ts *local,
		      const struct ike_ts *remote);
/* One nest for each pair that has packets. -ENOENT: there are no such packets;
 * -E2BIG: more than IKE_SA_SELECTORS_MAX.
 */
int kern_selectors_put(struct nl_msg *msg, int type,
		       const struct ike_ts_list *local,
		       const struct ike_ts_list *remote);

#endif
