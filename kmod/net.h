/* SPDX-License-Identifier: GPL-2.0-only */
/* The root of all that culvert keeps for one network namespace. */
#ifndef CULVERT_NET_H
#define CULVERT_NET_H

#include <linux/mutex.h>
#include <linux/netfilter.h>
#include <linux/rhashtable-types.h>
#include <linux/wait.h>
#include <linux/xarray.h>
#include <net/gro_cells.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>
#include <uapi/linux/culvert.h>

struct culvert_policy;
struct culvert_stats;
struct metadata_dst;

/* What settings-get tells, in its units. */
struct culvert_settings {
	u32 hold_packets;
	u32 hold_octets;
	u32 hold_total;
	u32 hold_age;
	u32 acquire_interval;
	u32 rules_max;
	u32 sas_max;
};

/* Those that a namespace begins with. */
extern const struct culvert_settings culvert_settings_default;

/* The rules that packets wait for, see hold.c. */
struct culvert_net_hold {
	struct mutex weeding;		/* one looks through the queues at a time */
	spinlock_t lock;		/* rules */
	struct list_head rules;
	struct delayed_work work;
	atomic_t packets;
	atomic_t octets;
	atomic64_t time[CULVERT_HOLD_BUCKETS];
};

/* Limits the reports of dropped packets, see drop.c. */
struct culvert_net_drop {
	spinlock_t lock;		/* the others */
	unsigned long begin;		/* jiffies */
	u32 reported;
	u32 missed;
};

struct culvert_net {
	struct net *net;
	struct culvert_stats __percpu *stats;
	/* Taken by every operation that changes policy or SAs. */
	struct mutex lock;
	struct culvert_settings settings;	/* lock; read without it */

	/* Published under lock and RTNL, so that either keeps it. */
	struct culvert_policy __rcu *policy;
	struct culvert_policy_draft *draft;	/* lock */
	u32 generation;				/* lock */
	struct list_head backstops;		/* RTNL */

	struct rhashtable sa_in;		/* changed under lock */
	struct rhashtable sa_out;		/* changed under lock */
	struct rhashtable natt;			/* changed under lock */
	struct xarray sas;			/* changed under lock */
	u32 sa_serial;				/* lock */
	u32 sa_count;				/* lock */
	/* SAs whose memory is still there: in a table, or in a cipher. */
	atomic_t sa_alive;
	wait_queue_head_t sa_gone;
	struct llist_head sa_expired;
	struct work_struct sa_reap;

	struct culvert_net_hold hold;
	struct culvert_net_drop drop;

	/* The way back into the stack for packets that were decrypted. */
	struct net_device *cells_dev;
	struct gro_cells cells;
	struct metadata_dst *decrypted;
};

extern unsigned int culvert_net_id;

/* Valid from the namespace's init to its exit, without a reference. */
static inline struct culvert_net *culvert_net(const struct net *net)
{
	return net_generic(net, culvert_net_id);
}

#endif
