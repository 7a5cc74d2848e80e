/* SPDX-License-Identifier: GPL-2.0-only */
/* The end of a packet that does not reach its destination. */
#ifndef CULVERT_DROP_H
#define CULVERT_DROP_H

#include <linux/skbuff.h>

#include "net.h"

struct culvert_rule;
struct culvert_sa;

void culvert_drop_net_init(struct culvert_net *cn);

/* All consume skb, count why, and report it where somebody listens. Any
 * context.
 */
void culvert_drop(struct culvert_net *cn, struct sk_buff *skb,
		  enum culvert_counter reason);
void culvert_drop_rule(struct culvert_net *cn, const struct culvert_rule *rule,
		       struct sk_buff *skb, enum culvert_counter reason);
void culvert_drop_sa(struct culvert_sa *sa, struct sk_buff *skb,
		     enum culvert_counter reason);

/* The same, of a packet that somebody else has freed. */
void culvert_drop_gone(struct culvert_sa *sa, enum culvert_counter reason);

#endif
