// SPDX-License-Identifier: GPL-2.0-only
/* The life of SAs. One is made by user space, published in a table, used by
 * packets under RCU, and removed in two steps: unpublished, then freed when a
 * grace period is over and the last cipher has let go. Its timer watches its
 * age; octets and packets are watched where they are counted. What expires is
 * unused from that moment on; a work takes it out of the tables.
 */

#include <linux/jhash.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "event.h"
#include "hold.h"
#include "natt.h"
#include "policy.h"
#include "sa.h"
#include "stats.h"

/* Numbers left of which user space is told, RFC 4303 3.3.3. */
#define SEQUENCE_NEAR BIT_ULL(20)

static const struct rhashtable_params in_params = {
	.head_offset = offsetof(struct culvert_sa, node),
	.key_offset = offsetof(struct culvert_sa, spi),
	.key_len = sizeof_field(struct culvert_sa, spi),
	.automatic_shrinking = true,
};

static const struct rhashtable_params out_params = {
	.head_offset = offsetof(struct culvert_endpoints, node),
	.key_offset = offsetof(struct culvert_endpoints, key),
	.key_len = sizeof_field(struct culvert_endpoints, key),
	.automatic_shrinking = true,
};

/* --- the end --- */

static LLIST_HEAD(to_free);
static struct kmem_cache *cache;

static void free_endpoints(struct culvert_endpoints *endpoints)
{
	if (!endpoints)
		return;
	dst_release(rcu_dereference_protected(endpoints->dst, true));
	kfree(endpoints);
}

static void free_endpoints_rcu(struct rcu_head *head)
{
	free_endpoints(container_of(head, struct culvert_endpoints, rcu));
}

static void free_one(struct culvert_sa *sa)
{
	struct culvert_net *cn = sa->cn;

	if (sa->cipher)
		crypto_free_aead(sa->cipher);
	if (sa->rule)
		culvert_rule_put(sa->rule);
	free_endpoints(rcu_dereference_protected(sa->endpoints, true));
	kfree(sa->selectors);
	kfree(sa->replay);
	/* The IVs' secret. */
	memzero_explicit(sa, sizeof(*sa));
	kmem_cache_free(cache, sa);
	culvert_object_destroyed(CULVERT_OBJECT_SA);
	/* Last: the namespace goes when none is left. */
	if (atomic_dec_and_test(&cn->sa_alive))
		wake_up(&cn->sa_gone);
}

/* Nobody refers to them any more; readers may still look at them. */
static void free_all(struct work_struct *work)
{
	struct llist_node *list = llist_del_all(&to_free);
	struct culvert_sa *sa;
	struct culvert_sa *next;

	synchronize_net();
	llist_for_each_entry_safe(sa, next, list, gone)
		free_one(sa);
}

static DECLARE_WORK(free_work, free_all);

void culvert_sa_get(struct culvert_sa *sa)
{
	refcount_inc(&sa->refs);
}

bool culvert_sa_try_get(struct culvert_sa *sa)
{
	return refcount_inc_not_zero(&sa->refs);
}

void culvert_sa_put(struct culvert_sa *sa)
{
	if (!refcount_dec_and_test(&sa->refs))
		return;
	llist_add(&sa->gone, &to_free);
	schedule_work(&free_work);
}

/* Packets that come now find the rule without it. */
static void deactivate(struct culvert_sa *sa)
{
	unrcu_pointer(cmpxchg(&sa->rule->out, RCU_INITIALIZER(sa), NULL));
}

static struct culvert_endpoints *endpoints_of(const struct culvert_sa *sa)
{
	return rcu_dereference_protected(sa->endpoints,
					 lockdep_is_held(&sa->cn->lock));
}

void culvert_sa_remove(struct culvert_sa *sa)
{
	struct culvert_net *cn = sa->cn;

	lockdep_assert_held(&cn->lock);
	set_bit(CULVERT_SA_DEAD, &sa->state);
	if (sa->direction == CULVERT_DIRECTION_OUT) {
		deactivate(sa);
		rhashtable_remove_fast(&cn->sa_out, &endpoints_of(sa)->node,
				       out_params);
	} else {
		rhashtable_remove_fast(&cn->sa_in, &sa->node, in_params);
	}
	culvert_natt_remove(cn, endpoints_of(sa));
	xa_erase(&cn->sas, sa->serial);
	cn->sa_count--;
	hrtimer_cancel(&sa->timer);
	culvert_sa_put(sa);
}

void culvert_sa_remove_dead(struct culvert_net *cn)
{
	struct culvert_sa *sa;
	unsigned long serial;

	lockdep_assert_held(&cn->lock);
	xa_for_each(&cn->sas, serial, sa)
		if (READ_ONCE(sa->rule->hold.closed))
			culvert_sa_remove(sa);
}

/* Takes expired SAs out of the tables. Each brought a reference. */
static void reap(struct work_struct *work)
{
	struct culvert_net *cn = container_of(work, struct culvert_net,
					      sa_reap);
	struct llist_node *list = llist_del_all(&cn->sa_expired);
	struct culvert_sa *sa;
	struct culvert_sa *next;

	mutex_lock(&cn->lock);
	llist_for_each_entry_safe(sa, next, list, gone) {
		if (!test_bit(CULVERT_SA_DEAD, &sa->state))
			culvert_sa_remove(sa);
		culvert_sa_put(sa);
	}
	mutex_unlock(&cn->lock);
}

/* Any context, under RCU. */
static void expire(struct culvert_sa *sa, enum culvert_reason reason)
{
	if (test_and_set_bit(CULVERT_SA_EXPIRED, &sa->state))
		return;
	if (sa->direction == CULVERT_DIRECTION_OUT)
		deactivate(sa);
	culvert_event_sa(sa, reason, 0);
	if (!culvert_sa_try_get(sa))
		return;
	llist_add(&sa->gone, &sa->cn->sa_expired);
	schedule_work(&sa->cn->sa_reap);
}

static void tell_once(struct culvert_sa *sa, int bit,
		      enum culvert_reason reason)
{
	if (!test_bit(bit, &sa->state) && !test_and_set_bit(bit, &sa->state))
		culvert_event_sa(sa, reason, 0);
}

/* --- age --- */

/* When is the next moment to look, in boottime ns? */
static void sooner(u64 *when, u64 begin, u64 seconds)
{
	u64 then;

	if (!seconds)
		return;
	then = begin + min_t(u64, seconds, KTIME_SEC_MAX / 2) * NSEC_PER_SEC;
	*when = min(*when, then);
}

static enum hrtimer_restart look(struct hrtimer *timer)
{
	struct culvert_sa *sa = container_of(timer, struct culvert_sa, timer);
	/* Read in this order, so that it was not used in the future. */
	u64 used = READ_ONCE(sa->used) * NSEC_PER_MSEC;
	u64 now = ktime_get_boottime_ns();
	u64 idle_since = max(used, sa->added);
	u64 age = div_u64(now - sa->added, NSEC_PER_SEC);
	u64 next = U64_MAX;
	u64 hard = READ_ONCE(sa->hard.seconds);
	u64 soft = READ_ONCE(sa->soft.seconds);
	u64 idle = READ_ONCE(sa->idle_seconds);

	rcu_read_lock();
	if (hard && age >= hard) {
		expire(sa, CULVERT_REASON_HARD_SECONDS);
		rcu_read_unlock();
		return HRTIMER_NORESTART;
	}
	sooner(&next, sa->added, hard);

	if (soft && age >= soft)
		tell_once(sa, CULVERT_SA_TOLD_SOFT_SECONDS,
			  CULVERT_REASON_SOFT_SECONDS);
	else
		sooner(&next, sa->added, soft);

	if (idle && div_u64(now - idle_since, NSEC_PER_SEC) >= idle) {
		tell_once(sa, CULVERT_SA_TOLD_IDLE, CULVERT_REASON_IDLE);
		/* It may be used again, and then be idle again. */
		sooner(&next, now, idle);
	} else {
		clear_bit(CULVERT_SA_TOLD_IDLE, &sa->state);
		sooner(&next, idle_since, idle);
	}
	rcu_read_unlock();

	if (next == U64_MAX)
		return HRTIMER_NORESTART;
	hrtimer_set_expires(timer, ns_to_ktime(next));
	return HRTIMER_RESTART;
}

void culvert_sa_start_timer(struct culvert_sa *sa)
{
	lockdep_assert_held(&sa->cn->lock);
	/* It must not set its next time while it is set here. */
	hrtimer_cancel(&sa->timer);
	if (!sa->soft.seconds && !sa->hard.seconds && !sa->idle_seconds)
		return;
	hrtimer_start(&sa->timer, ktime_get_boottime(), HRTIMER_MODE_ABS_SOFT);
}

/* --- use --- */

static void note_use(struct culvert_sa *sa)
{
	u64 now = ktime_to_ms(ktime_get_coarse_boottime());

	if (READ_ONCE(sa->used) != now)
		WRITE_ONCE(sa->used, now);
}

/* Has the SA carried too much? Octets and packets include this one. */
static bool used_up(struct culvert_sa *sa, u64 octets, u64 packets)
{
	u64 hard_octets = READ_ONCE(sa->hard.octets);
	u64 hard_packets = READ_ONCE(sa->hard.packets);
	u64 soft_octets = READ_ONCE(sa->soft.octets);
	u64 soft_packets = READ_ONCE(sa->soft.packets);

	if (unlikely(hard_octets && octets > hard_octets)) {
		expire(sa, CULVERT_REASON_HARD_OCTETS);
		return true;
	}
	if (unlikely(hard_packets && packets > hard_packets)) {
		expire(sa, CULVERT_REASON_HARD_PACKETS);
		return true;
	}
	if (unlikely(soft_octets && octets >= soft_octets))
		tell_once(sa, CULVERT_SA_TOLD_SOFT_OCTETS,
			  CULVERT_REASON_SOFT_OCTETS);
	if (unlikely(soft_packets && packets >= soft_packets))
		tell_once(sa, CULVERT_SA_TOLD_SOFT_PACKETS,
			  CULVERT_REASON_SOFT_PACKETS);
	return false;
}

/* The next sequence number, or false: there is none (RFC 4303 3.3.3). It never
 * wraps and never passes the ceiling.
 */
static bool next_sequence(struct culvert_sa *sa, u64 *seq)
{
	u64 ceiling = READ_ONCE(sa->ceiling);
	s64 last = atomic64_read(&sa->seq);

	do {
		if (unlikely((u64)last >= ceiling)) {
			tell_once(sa, CULVERT_SA_TOLD_END,
				  CULVERT_REASON_SEQUENCE_END);
			return false;
		}
	} while (!atomic64_try_cmpxchg(&sa->seq, &last, last + 1));

	*seq = last + 1;
	if (unlikely(ceiling - *seq < min(SEQUENCE_NEAR, ceiling / 16)))
		tell_once(sa, CULVERT_SA_TOLD_NEAR,
			  CULVERT_REASON_SEQUENCE_NEAR);
	return true;
}

/* What is skipped is noted before the numbers are, so that it is never taken for
 * packets.
 */
static u64 packets_until(const struct culvert_sa *sa, u64 seq)
{
	u64 skipped = atomic64_read(&sa->seq_skipped);

	return seq > skipped ? seq - skipped : 0;
}

enum culvert_counter culvert_sa_use_out(struct culvert_sa *sa, u32 octets,
					u64 *seq)
{
	u64 sum;

	if (unlikely(test_bit(CULVERT_SA_EXPIRED, &sa->state)))
		return CULVERT_COUNTER_OUT_EXPIRED;
	if (unlikely(!next_sequence(sa, seq)))
		return CULVERT_COUNTER_OUT_SEQUENCE;
	sum = atomic64_add_return(octets, &sa->octets);
	if (unlikely(used_up(sa, sum, packets_until(sa, *seq)))) {
		/* It was not sent. */
		atomic64_inc(&sa->seq_skipped);
		atomic64_sub(octets, &sa->octets);
		return CULVERT_COUNTER_OUT_EXPIRED;
	}
	note_use(sa);
	return 0;
}

enum culvert_counter culvert_sa_use_in(struct culvert_sa *sa, u32 octets)
{
	u64 sum;

	lockdep_assert_held(&sa->lock);
	if (unlikely(test_bit(CULVERT_SA_EXPIRED, &sa->state)))
		return CULVERT_COUNTER_IN_EXPIRED;
	sum = atomic64_read(&sa->octets) + octets;
	if (unlikely(used_up(sa, sum, sa->packets + 1)))
		return CULVERT_COUNTER_IN_EXPIRED;
	sa->packets++;
	atomic64_set(&sa->octets, sum);
	note_use(sa);
	return 0;
}

void culvert_sa_count_drop(struct culvert_sa *sa, enum culvert_counter reason)
{
	u32 first = sa->direction == CULVERT_DIRECTION_OUT ?
		    CULVERT_SA_OUT_FIRST : CULVERT_SA_IN_FIRST;

	if (reason - first < CULVERT_SA_REASONS)
		atomic64_inc(&sa->stats.drops[reason - first]);
}

u64 culvert_sa_packets(const struct culvert_sa *sa)
{
	if (sa->direction == CULVERT_DIRECTION_IN)
		return READ_ONCE(sa->packets);
	return packets_until(sa, atomic64_read(&sa->seq));
}

bool culvert_sa_covers(const struct culvert_sa *sa,
		       const struct culvert_flow *flow)
{
	u32 i;

	if (!sa->n_selectors)
		return culvert_selector_matches(&sa->rule->selector, flow);
	for (i = 0; i < sa->n_selectors; i++)
		if (culvert_selector_matches(&sa->selectors[i], flow))
			return true;
	return false;
}

static bool covers_but_ports(const struct culvert_selector *selector,
			     const struct culvert_flow *flow)
{
	struct culvert_selector wide = *selector;

	wide.local_port.first = 0;
	wide.local_port.last = U16_MAX;
	wide.remote_port = wide.local_port;
	return culvert_selector_matches(&wide, flow);
}

bool culvert_sa_covers_fragment(const struct culvert_sa *sa,
				const struct culvert_flow *flow)
{
	u32 i;

	if (!sa->n_selectors)
		return covers_but_ports(&sa->rule->selector, flow);
	for (i = 0; i < sa->n_selectors; i++)
		if (covers_but_ports(&sa->selectors[i], flow))
			return true;
	return false;
}

struct culvert_sa *culvert_sa_find_in(struct culvert_net *cn, __be32 spi)
{
	return rhashtable_lookup(&cn->sa_in, &spi, in_params);
}

struct culvert_sa *culvert_sa_find_out(struct culvert_net *cn,
				       const struct culvert_sa_key *key)
{
	const struct culvert_endpoints *to;

	to = rhashtable_lookup(&cn->sa_out, key, out_params);
	return to ? to->sa : NULL;
}

/* --- the beginning --- */

struct culvert_sa *culvert_sa_new(struct culvert_net *cn, u32 direction,
				  u32 replay_window)
{
	struct culvert_sa *sa = kmem_cache_zalloc(cache, GFP_KERNEL_ACCOUNT);

	if (!sa)
		return NULL;
	if (direction == CULVERT_DIRECTION_IN) {
		sa->replay = kzalloc(culvert_replay_octets(replay_window),
				     GFP_KERNEL_ACCOUNT);
		if (!sa->replay) {
			kmem_cache_free(cache, sa);
			return NULL;
		}
	}
	sa->cn = cn;
	sa->direction = direction;
	sa->added = ktime_get_boottime_ns();
	refcount_set(&sa->refs, 1);
	spin_lock_init(&sa->lock);
	hrtimer_setup(&sa->timer, look, CLOCK_BOOTTIME, HRTIMER_MODE_ABS_SOFT);
	atomic_inc(&cn->sa_alive);
	culvert_object_created(CULVERT_OBJECT_SA);
	return sa;
}

static int publish_in(struct culvert_sa *sa, struct netlink_ext_ack *extack)
{
	int err = rhashtable_lookup_insert_fast(&sa->cn->sa_in, &sa->node,
						in_params);

	if (err == -EEXIST)
		NL_SET_ERR_MSG(extack, "there is an SA in with this SPI");
	return err;
}

static int publish_out(struct culvert_endpoints *to,
		       struct netlink_ext_ack *extack)
{
	int err = rhashtable_lookup_insert_fast(&to->sa->cn->sa_out, &to->node,
						out_params);

	if (err == -EEXIST)
		NL_SET_ERR_MSG(extack,
			       "there is an SA out with this SPI to this peer");
	return err;
}

static int publish(struct culvert_sa *sa, struct netlink_ext_ack *extack)
{
	if (sa->direction == CULVERT_DIRECTION_OUT)
		return publish_out(endpoints_of(sa), extack);
	return publish_in(sa, extack);
}

/* What found it by the old name still may; what comes now finds it by the new
 * one alone.
 */
static int rename(struct culvert_endpoints *from, struct culvert_endpoints *to,
		  struct netlink_ext_ack *extack)
{
	struct rhashtable *table = &to->sa->cn->sa_out;
	int err;

	if (!memcmp(&from->key, &to->key, sizeof(to->key)))
		return rhashtable_replace_fast(table, &from->node, &to->node,
					       out_params);
	err = publish_out(to, extack);
	if (!err)
		rhashtable_remove_fast(table, &from->node, out_params);
	return err;
}

int culvert_sa_add(struct culvert_sa *sa, struct netlink_ext_ack *extack)
{
	struct culvert_net *cn = sa->cn;
	int err;

	lockdep_assert_held(&cn->lock);
	if (cn->sa_count >= cn->settings.sas_max) {
		NL_SET_ERR_MSG(extack, "the namespace has sas-max SAs already");
		return -ENOSPC;
	}
	err = xa_alloc_cyclic(&cn->sas, &sa->serial, sa, xa_limit_31b,
			      &cn->sa_serial, GFP_KERNEL_ACCOUNT);
	if (err < 0)
		return err;
	err = culvert_natt_add(cn, endpoints_of(sa));
	if (err)
		goto err_erase;
	err = publish(sa, extack);
	if (err)
		goto err_remove_natt;
	cn->sa_count++;
	culvert_sa_start_timer(sa);
	return 0;

err_remove_natt:
	culvert_natt_remove(cn, endpoints_of(sa));
err_erase:
	xa_erase(&cn->sas, sa->serial);
	return err;
}

void culvert_sa_activate(struct culvert_sa *sa)
{
	lockdep_assert_held(&sa->cn->lock);
	rcu_assign_pointer(sa->rule->out, sa);
	/* It may have expired before it was there to be taken out. */
	if (test_bit(CULVERT_SA_EXPIRED, &sa->state))
		deactivate(sa);
	culvert_hold_release(sa->cn, sa->rule);
}

int culvert_sa_move(struct culvert_sa *sa, struct culvert_endpoints *to,
		    struct netlink_ext_ack *extack)
{
	struct culvert_endpoints *from = endpoints_of(sa);
	int err;

	err = culvert_natt_add(sa->cn, to);
	if (err)
		return err;
	if (sa->direction == CULVERT_DIRECTION_OUT) {
		err = rename(from, to, extack);
		if (err) {
			culvert_natt_remove(sa->cn, to);
			return err;
		}
	}
	rcu_assign_pointer(sa->endpoints, to);
	culvert_natt_remove(sa->cn, from);
	call_rcu(&from->rcu, free_endpoints_rcu);
	WRITE_ONCE(sa->mapping_told, 0);
	return 0;
}

int culvert_sa_net_init(struct culvert_net *cn)
{
	int err;

	err = rhashtable_init(&cn->sa_in, &in_params);
	if (err)
		return err;
	err = rhashtable_init(&cn->sa_out, &out_params);
	if (err) {
		rhashtable_destroy(&cn->sa_in);
		return err;
	}
	xa_init_flags(&cn->sas, XA_FLAGS_ALLOC1);
	atomic_set(&cn->sa_alive, 0);
	init_waitqueue_head(&cn->sa_gone);
	init_llist_head(&cn->sa_expired);
	INIT_WORK(&cn->sa_reap, reap);
	return 0;
}

void culvert_sa_net_exit(struct culvert_net *cn)
{
	struct culvert_sa *sa;
	unsigned long serial;

	mutex_lock(&cn->lock);
	xa_for_each(&cn->sas, serial, sa)
		culvert_sa_remove(sa);
	mutex_unlock(&cn->lock);

	wait_event(cn->sa_gone, !atomic_read(&cn->sa_alive));
	/* The last of them may still be on its way out of our functions. */
	flush_work(&cn->sa_reap);
	flush_work(&free_work);
	/* Routes of endpoints that SAs moved away from. */
	rcu_barrier();
	rhashtable_destroy(&cn->sa_in);
	rhashtable_destroy(&cn->sa_out);
	xa_destroy(&cn->sas);
}

int culvert_sa_module_init(void)
{
	/* Between two sizes of the common caches: there are many of them. */
	cache = KMEM_CACHE(culvert_sa, 0);
	return cache ? 0 : -ENOMEM;
}

void culvert_sa_module_exit(void)
{
	flush_work(&free_work);
	rcu_barrier();
	kmem_cache_destroy(cache);
}
