/* SPDX-License-Identifier: GPL-2.0-only */
/* Word to user space: the events of the contract. All may be called in any
 * context, under RCU or a reference to what they speak of, and say nothing if
 * nobody listens or memory is short.
 */
#ifndef CULVERT_EVENT_H
#define CULVERT_EVENT_H

#include <linux/skbuff.h>

#include "net.h"

struct culvert_rule;
struct culvert_sa;

/* Octets of a packet that an event quotes. */
#define CULVERT_EVENT_HEADER_MAX 128

bool culvert_event_wanted(const struct culvert_net *cn);

/* skb is the first packet that waits; borrowed. */
void culvert_event_acquire(struct culvert_net *cn,
			   const struct culvert_rule *rule,
			   const struct sk_buff *skb, u32 count);
void culvert_event_sa(const struct culvert_sa *sa, enum culvert_reason reason,
		      u32 path_mtu);
void culvert_event_mapping(const struct culvert_sa *sa, u8 family,
			   const union nf_inet_addr *addr, __be16 port);
/* rule_id 0 and sa NULL: not known. */
void culvert_event_drop(struct culvert_net *cn, u64 rule_id,
			const struct culvert_sa *sa, const struct sk_buff *skb,
			enum culvert_counter reason, u32 missed);

#endif
