// SPDX-License-Identifier: GPL-2.0-only
/* The queues of packets that wait for an SA. An acquire is a queue that is not
 * empty: the event that tells user space is sent when the first packet comes
 * and repeated while any waits, so that a lost event strands nothing.
 *
 * A rule is active from the first packet that waits until its queue was seen
 * empty with the lock held. As long as it is, fresh packets go through the
 * queue too, so that order is kept. Only a flood that outruns the release ends
 * that.
 */

#include <linux/icmpv6.h>
#include <linux/interrupt.h>
#include <net/icmp.h>

#include "cb.h"
#include "drop.h"
#include "event.h"
#include "hold.h"
#include "output.h"
#include "sa.h"
#include "stats.h"

/* How often waiting packets are looked after. */
#define TICK msecs_to_jiffies(100)
/* Packets released before softirqs run. */
#define RELEASE_BATCH 64
/* Times that a full queue is released before its order is given up: a flood must
 * not keep user space from its answer.
 */
#define RELEASE_PATIENCE 4
/* Jiffies that it waits for those before. */
#define RELEASE_TICKS 10

static u64 now_ms(void)
{
	return ktime_to_ms(ktime_get_boottime());
}

/* What one packet costs: its memory, not its length. */
static u32 cost(const struct sk_buff *skb)
{
	return skb->truesize;
}

static void enqueue(struct culvert_net *cn, struct culvert_hold *hold,
		    struct sk_buff *skb)
{
	lockdep_assert_held(&hold->lock);
	culvert_waiting_cb(skb)->since = now_ms();
	__skb_queue_tail(&hold->queue, skb);
	hold->octets += cost(skb);
	atomic_add(cost(skb), &cn->hold.octets);
	atomic_inc(&cn->hold.packets);
	culvert_object_created(CULVERT_OBJECT_HELD);
	culvert_stats_count(cn->stats, CULVERT_COUNTER_HOLD_HELD);
}

static struct sk_buff *dequeue(struct culvert_net *cn,
			       struct culvert_hold *hold)
{
	struct sk_buff *skb;

	lockdep_assert_held(&hold->lock);
	skb = __skb_dequeue(&hold->queue);
	if (!skb)
		return NULL;
	hold->octets -= cost(skb);
	atomic_sub(cost(skb), &cn->hold.octets);
	atomic_dec(&cn->hold.packets);
	culvert_object_destroyed(CULVERT_OBJECT_HELD);
	return skb;
}

/* Nothing waits: the next packet is a first one again. */
static void rest(struct culvert_net *cn, struct culvert_hold *hold)
{
	lockdep_assert_held(&hold->lock);
	if (!hold->active)
		return;
	WRITE_ONCE(hold->active, false);
	hold->acquires = 0;
	spin_lock(&cn->hold.lock);
	list_del_init(&hold->node);
	spin_unlock(&cn->hold.lock);
}

static void wake(struct culvert_net *cn, struct culvert_hold *hold)
{
	lockdep_assert_held(&hold->lock);
	if (hold->active)
		return;
	WRITE_ONCE(hold->active, true);
	spin_lock(&cn->hold.lock);
	list_add_tail(&hold->node, &cn->hold.rules);
	spin_unlock(&cn->hold.lock);
	schedule_delayed_work(&cn->hold.work, TICK);
}

/* The SA that packets of the rule leave through, if any can. */
static struct culvert_sa *usable(const struct culvert_rule *rule)
{
	struct culvert_sa *sa = rcu_dereference(rule->out);

	return sa && !test_bit(CULVERT_SA_EXPIRED, &sa->state) ? sa : NULL;
}

static void acquire_if_due(struct culvert_net *cn, struct culvert_rule *rule)
{
	struct culvert_hold *hold = &rule->hold;
	const struct sk_buff *first = skb_peek(&hold->queue);
	unsigned int interval = READ_ONCE(cn->settings.acquire_interval);

	lockdep_assert_held(&hold->lock);
	if (!first || time_before(jiffies, hold->next_acquire))
		return;
	hold->next_acquire = jiffies + msecs_to_jiffies(interval);
	hold->acquires++;
	culvert_stats_count(cn->stats, CULVERT_COUNTER_ACQUIRES);
	culvert_event_acquire(cn, rule, first, hold->acquires);
}

static bool is_full(const struct culvert_net *cn,
		    const struct culvert_hold *hold)
{
	return skb_queue_len(&hold->queue) >
	       READ_ONCE(cn->settings.hold_packets) ||
	       hold->octets > READ_ONCE(cn->settings.hold_octets);
}

/* A queue that somebody works on is left to him. */
static struct sk_buff *try_dequeue(struct culvert_net *cn,
				   struct culvert_hold *hold)
{
	struct sk_buff *skb;

	if (!spin_trylock(&hold->lock))
		return NULL;
	skb = dequeue(cn, hold);
	spin_unlock(&hold->lock);
	return skb;
}

/* The first packet of the rule that has waited longest: whoever floods one rule
 * takes no room from those whose first packet comes now.
 */
static struct sk_buff *take_oldest(struct culvert_net *cn,
				   struct culvert_rule **rule)
{
	struct sk_buff *skb = NULL;
	struct culvert_hold *hold;

	spin_lock_bh(&cn->hold.lock);
	list_for_each_entry(hold, &cn->hold.rules, node) {
		*rule = container_of(hold, struct culvert_rule, hold);
		skb = try_dequeue(cn, hold);
		if (skb)
			break;
	}
	spin_unlock_bh(&cn->hold.lock);
	return skb;
}

/* All queues together have a limit, too. Under RCU, which keeps the rules. */
static void shed(struct culvert_net *cn)
{
	struct culvert_rule *rule;
	struct sk_buff *skb;

	while (atomic_read(&cn->hold.octets) >
	       READ_ONCE(cn->settings.hold_total) &&
	       (skb = take_oldest(cn, &rule)))
		culvert_drop_rule(cn, rule, skb,
				  CULVERT_COUNTER_OUT_HOLD_TOTAL);
}

void culvert_hold(struct culvert_net *cn, struct culvert_rule *rule,
		  struct sk_buff *skb)
{
	struct culvert_hold *hold = &rule->hold;
	struct culvert_sa *sa;

	spin_lock_bh(&hold->lock);
	sa = usable(rule);
	if (sa && !hold->active) {
		spin_unlock_bh(&hold->lock);
		culvert_output(sa, skb);
		return;
	}
	/* A device that goes is closed first, and then its packets are weeded. */
	if (hold->closed || !netif_running(skb->dev)) {
		spin_unlock_bh(&hold->lock);
		culvert_drop_rule(cn, rule, skb,
				  CULVERT_COUNTER_OUT_HOLD_PURGED);
		return;
	}

	/* Neither the route nor the sender's memory waits with it. */
	skb_dst_force(skb);
	skb_orphan(skb);
	enqueue(cn, hold, skb);
	wake(cn, hold);
	/* Asked for even if others leave no room to wait. */
	acquire_if_due(cn, rule);
	while (is_full(cn, hold) && (skb = dequeue(cn, hold)))
		culvert_drop_rule(cn, rule, skb, CULVERT_COUNTER_OUT_HOLD_FULL);
	if (skb_queue_empty(&hold->queue) && !sa)
		rest(cn, hold);
	spin_unlock_bh(&hold->lock);
	shed(cn);
}

/* Takes the first packet off, or sees the queue empty; then it may be at rest, if
 * nothing that left it is still under way.
 */
static struct sk_buff *next(struct culvert_net *cn, struct culvert_hold *hold,
			    bool under_way)
{
	struct sk_buff *skb;

	spin_lock_bh(&hold->lock);
	skb = dequeue(cn, hold);
	if (!skb && !under_way)
		rest(cn, hold);
	spin_unlock_bh(&hold->lock);
	return skb;
}

static void count_time(struct culvert_net *cn, const struct sk_buff *skb)
{
	u64 waited = now_ms() - culvert_waiting_cb(skb)->since;
	u32 bucket = min_t(u32, waited ? ilog2(waited) + 1 : 0,
			   CULVERT_HOLD_BUCKETS - 1);

	atomic64_inc(&cn->hold.time[bucket]);
}

static void release(struct culvert_net *cn, struct culvert_sa *sa,
		    struct sk_buff *skb)
{
	culvert_stats_count(cn->stats, CULVERT_COUNTER_HOLD_RELEASED);
	count_time(cn, skb);
	culvert_output(sa, skb);
}

/* Takes all packets off at once; those that come now are first ones again. */
static void take_all(struct culvert_net *cn, struct culvert_hold *hold,
		     struct sk_buff_head *taken)
{
	struct sk_buff *skb;

	__skb_queue_head_init(taken);
	spin_lock_bh(&hold->lock);
	while ((skb = dequeue(cn, hold)))
		__skb_queue_tail(taken, skb);
	rest(cn, hold);
	spin_unlock_bh(&hold->lock);
}

/* Packets come faster than they can leave through the queue: the last of them
 * leave beside the fresh ones.
 */
static void open_gates(struct culvert_net *cn, struct culvert_hold *hold,
		       struct culvert_sa *sa)
{
	struct sk_buff_head last;
	struct sk_buff *skb;

	take_all(cn, hold, &last);
	while ((skb = __skb_dequeue(&last)))
		release(cn, sa, skb);
}

/* Some of the packets, without a softirq that brings more in between. Returns
 * false when no more are to be released.
 */
static bool release_some(struct culvert_net *cn, struct culvert_rule *rule,
			 u32 *patience)
{
	u32 n;

	for (n = 0; n < RELEASE_BATCH; n++) {
		struct culvert_sa *sa = usable(rule);
		struct sk_buff *skb = sa ? next(cn, &rule->hold, n) : NULL;

		if (!skb)
			return sa && n;
		release(cn, sa, skb);
		if (!--*patience) {
			open_gates(cn, &rule->hold, sa);
			return false;
		}
	}
	return true;
}

/* The softirq that takes packets on to another namespace may have been put off.
 * Fresh ones, on other processors, must not come before them; and what waits
 * there too has a limit.
 */
static void let_through(void)
{
	u32 n;

	for (n = 0; n < RELEASE_TICKS &&
	     (local_softirq_pending() & BIT(NET_RX_SOFTIRQ)); n++)
		schedule_timeout_uninterruptible(1);
}

/* Under the lock, which a packet holds from when it sees no SA until it waits: it
 * is seen here, or it sees the SA.
 */
static bool is_active(struct culvert_hold *hold)
{
	bool active;

	spin_lock_bh(&hold->lock);
	active = hold->active;
	spin_unlock_bh(&hold->lock);
	return active;
}

void culvert_hold_release(struct culvert_net *cn, struct culvert_rule *rule)
{
	u32 patience = RELEASE_PATIENCE * cn->settings.hold_packets;
	bool more = is_active(&rule->hold);

	lockdep_assert_held(&cn->lock);
	/* Processors do not keep each other's order. */
	migrate_disable();
	while (more) {
		rcu_read_lock();
		local_bh_disable();
		more = release_some(cn, rule, &patience);
		local_bh_enable();
		rcu_read_unlock();
		let_through();
		cond_resched();
	}
	migrate_enable();
}

static void tell_sender(struct sk_buff *skb)
{
	if (skb->protocol == htons(ETH_P_IP))
		icmp_send(skb, ICMP_DEST_UNREACH, ICMP_HOST_UNREACH, 0);
	else
		icmpv6_send(skb, ICMPV6_DEST_UNREACH, ICMPV6_ADDR_UNREACH, 0);
}

u32 culvert_hold_fail(struct culvert_net *cn, struct culvert_rule *rule)
{
	struct sk_buff_head failed;
	struct sk_buff *skb;
	u32 n;

	/* Their device stays until the end of the grace period. */
	rcu_read_lock();
	take_all(cn, &rule->hold, &failed);
	n = skb_queue_len(&failed);
	while ((skb = __skb_dequeue(&failed))) {
		local_bh_disable();
		tell_sender(skb);
		culvert_drop_rule(cn, rule, skb,
				  CULVERT_COUNTER_OUT_HOLD_FAILED);
		local_bh_enable();
	}
	rcu_read_unlock();
	return n;
}

void culvert_hold_close(struct culvert_net *cn, struct culvert_rule *rule)
{
	struct culvert_hold *hold = &rule->hold;
	struct sk_buff *skb;

	spin_lock_bh(&hold->lock);
	hold->closed = true;
	while ((skb = dequeue(cn, hold)))
		culvert_drop_rule(cn, rule, skb,
				  CULVERT_COUNTER_OUT_HOLD_PURGED);
	rest(cn, hold);
	spin_unlock_bh(&hold->lock);
}

typedef bool (*pick_t)(const struct culvert_net *cn, const struct sk_buff *skb,
		       const void *arg);

static bool is_old(const struct culvert_net *cn, const struct sk_buff *skb,
		   const void *arg)
{
	u64 since = culvert_waiting_cb(skb)->since;

	return now_ms() - since >= READ_ONCE(cn->settings.hold_age);
}

static bool leaves_by(const struct culvert_net *cn, const struct sk_buff *skb,
		      const void *arg)
{
	return skb->dev == arg;
}

/* Drops the packets that pick wants out of a queue. Their senders are told with
 * the lock dropped: the answer may itself have to wait for this rule.
 */
static void weed(struct culvert_net *cn, struct culvert_rule *rule, pick_t pick,
		 const void *arg, enum culvert_counter reason)
{
	struct culvert_hold *hold = &rule->hold;
	struct sk_buff_head gone;
	struct sk_buff *skb;
	u32 n;

	__skb_queue_head_init(&gone);
	spin_lock_bh(&hold->lock);
	for (n = skb_queue_len(&hold->queue); n; n--) {
		bool picked = pick(cn, skb_peek(&hold->queue), arg);

		if (picked) {
			skb = dequeue(cn, hold);
			__skb_queue_tail(&gone, skb);
		} else {
			skb = __skb_dequeue(&hold->queue);
			__skb_queue_tail(&hold->queue, skb);
		}
	}
	if (skb_queue_empty(&hold->queue) && !rcu_access_pointer(rule->out))
		rest(cn, hold);
	acquire_if_due(cn, rule);
	spin_unlock_bh(&hold->lock);

	local_bh_disable();
	while ((skb = __skb_dequeue(&gone))) {
		if (reason == CULVERT_COUNTER_OUT_HOLD_EXPIRED)
			tell_sender(skb);
		culvert_drop_rule(cn, rule, skb, reason);
	}
	local_bh_enable();
}

/* Weeds each queue. Rules come and go meanwhile, under RCU; one that comes is
 * weeded the next time.
 */
static void weed_all(struct culvert_net *cn, pick_t pick, const void *arg,
		     enum culvert_counter reason)
{
	struct culvert_hold *hold;
	LIST_HEAD(todo);

	/* Another would not find the rules that stand in our list. */
	mutex_lock(&cn->hold.weeding);
	rcu_read_lock();
	spin_lock_bh(&cn->hold.lock);
	list_splice_init(&cn->hold.rules, &todo);
	while (!list_empty(&todo)) {
		hold = list_first_entry(&todo, struct culvert_hold, node);
		list_move_tail(&hold->node, &cn->hold.rules);
		spin_unlock_bh(&cn->hold.lock);
		weed(cn, container_of(hold, struct culvert_rule, hold), pick,
		     arg, reason);
		spin_lock_bh(&cn->hold.lock);
	}
	spin_unlock_bh(&cn->hold.lock);
	rcu_read_unlock();
	mutex_unlock(&cn->hold.weeding);
}

static void tick(struct work_struct *work)
{
	struct culvert_net *cn = container_of(work, struct culvert_net,
					      hold.work.work);

	weed_all(cn, is_old, NULL, CULVERT_COUNTER_OUT_HOLD_EXPIRED);
	/* Who weeds has the rules on a list of its own for a while. */
	mutex_lock(&cn->hold.weeding);
	if (!list_empty_careful(&cn->hold.rules))
		schedule_delayed_work(&cn->hold.work, TICK);
	mutex_unlock(&cn->hold.weeding);
}

void culvert_hold_device_gone(struct culvert_net *cn,
			      const struct net_device *dev)
{
	weed_all(cn, leaves_by, dev, CULVERT_COUNTER_OUT_HOLD_PURGED);
}

void culvert_hold_init(struct culvert_hold *hold)
{
	spin_lock_init(&hold->lock);
	__skb_queue_head_init(&hold->queue);
	INIT_LIST_HEAD(&hold->node);
	hold->next_acquire = jiffies;
}

void culvert_hold_net_init(struct culvert_net *cn)
{
	mutex_init(&cn->hold.weeding);
	spin_lock_init(&cn->hold.lock);
	INIT_LIST_HEAD(&cn->hold.rules);
	INIT_DELAYED_WORK(&cn->hold.work, tick);
}

void culvert_hold_net_exit(struct culvert_net *cn)
{
	cancel_delayed_work_sync(&cn->hold.work);
}
