// SPDX-License-Identifier: GPL-2.0-only
/* Counts dropped packets and reports some of them. Decides about none. */

#include "drop.h"
#include "event.h"
#include "policy.h"
#include "sa.h"
#include "stats.h"

#define REPORTS_PER_SECOND 10

/* May one more be reported? Then *missed is how many were not since the last. */
static bool may_report(struct culvert_net_drop *drop, u32 *missed)
{
	unsigned long flags;
	bool may;

	spin_lock_irqsave(&drop->lock, flags);
	if (time_after_eq(jiffies, drop->begin + HZ)) {
		drop->begin = jiffies;
		drop->reported = 0;
	}
	may = drop->reported < REPORTS_PER_SECOND;
	if (may) {
		drop->reported++;
		*missed = drop->missed;
		drop->missed = 0;
	} else {
		drop->missed++;
	}
	spin_unlock_irqrestore(&drop->lock, flags);
	return may;
}

static void drop(struct culvert_net *cn, u64 rule_id,
		 const struct culvert_sa *sa, struct sk_buff *skb,
		 enum culvert_counter reason)
{
	u32 missed;

	culvert_stats_count(cn->stats, reason);
	if (culvert_event_wanted(cn) && may_report(&cn->drop, &missed))
		culvert_event_drop(cn, rule_id, sa, skb, reason, missed);
	kfree_skb(skb);
}

void culvert_drop(struct culvert_net *cn, struct sk_buff *skb,
		  enum culvert_counter reason)
{
	drop(cn, 0, NULL, skb, reason);
}

void culvert_drop_rule(struct culvert_net *cn, const struct culvert_rule *rule,
		       struct sk_buff *skb, enum culvert_counter reason)
{
	drop(cn, rule->id, NULL, skb, reason);
}

void culvert_drop_sa(struct culvert_sa *sa, struct sk_buff *skb,
		     enum culvert_counter reason)
{
	culvert_sa_count_drop(sa, reason);
	drop(sa->cn, sa->rule->id, sa, skb, reason);
}

void culvert_drop_gone(struct culvert_sa *sa, enum culvert_counter reason)
{
	culvert_sa_count_drop(sa, reason);
	culvert_stats_count(sa->cn->stats, reason);
}

void culvert_drop_net_init(struct culvert_net *cn)
{
	spin_lock_init(&cn->drop.lock);
	cn->drop.begin = jiffies;
}
