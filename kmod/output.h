/* SPDX-License-Identifier: GPL-2.0-only */
/* The way out: from a packet in clear text to one in ESP. */
#ifndef CULVERT_OUTPUT_H
#define CULVERT_OUTPUT_H

#include <linux/skbuff.h>

#include "sa.h"

/* Consumes skb, whose data begins at its network header. Under RCU, BH
 * disabled.
 */
void culvert_output(struct culvert_sa *sa, struct sk_buff *skb);

/* Is it a fragment other than the first, that may be the rule's or not, and that
 * the rule's SA is not for (RFC 4301 7)? Under RCU.
 */
bool culvert_output_is_doubtful(const struct culvert_rule *rule,
				const struct culvert_flow *flow);

/* Why a flow may not leave through the SA; 0: it may. The SA may be narrower than
 * its rule (RFC 4301 5.1), and transport mode is for whole packets (7.1).
 */
enum culvert_counter culvert_output_objection(const struct culvert_sa *sa,
					      const struct culvert_flow *flow);

/* The way to the peer, without a reference; NULL if there is none. Under RCU. */
struct dst_entry *culvert_output_route(const struct culvert_sa *sa,
				       struct culvert_endpoints *to);

/* A packet of no one, to be discarded by the peer (RFC 4303 2.6). Process
 * context. 0 or -errno.
 */
int culvert_output_dummy(struct culvert_sa *sa, u32 octets);

#endif
