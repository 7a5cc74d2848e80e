/* SPDX-License-Identifier: GPL-2.0-only */
/* The policy of a network namespace: an ordered list of rules, the SPD of RFC
 * 4301. Lists are replaced as a whole; rules live on from one to the next.
 */
#ifndef CULVERT_POLICY_H
#define CULVERT_POLICY_H

#include <linux/if.h>
#include <linux/netdevice.h>
#include <linux/refcount.h>
#include <linux/skbuff.h>
#include <linux/u64_stats_sync.h>
#include <net/genetlink.h>

#include "net.h"
#include "selector.h"

#define CULVERT_POLICY_DEVICES_MAX 64

struct culvert_sa;

/* Packets that wait for the SA of a rule, see hold.c. */
struct culvert_hold {
	spinlock_t lock;		/* all others but node */
	struct sk_buff_head queue;
	u32 octets;
	u32 acquires;
	unsigned long next_acquire;	/* jiffies */
	/* Packets wait, or are on their way out of the queue: a fresh one must
	 * not overtake them. Read without the lock.
	 */
	bool active;
	bool closed;			/* the rule is dead */
	struct list_head node;		/* culvert_net_hold.lock */
};

struct culvert_hits {
	u64_stats_t packets;
	u64_stats_t flows;
	struct u64_stats_sync syncp;
};

/* What a list may change of a rule; all read without a lock. */
struct culvert_rule_options {
	u64 suites;			/* bit n: suite n */
	u32 mark;
	u32 flags;			/* CULVERT_RULE_FLAG_* */
	u8 mode;
	u8 df;
	u8 endpoint_family;		/* of the next two; AF_UNSPEC: not given */
	bool has_mode;
	union nf_inet_addr local;
	union nf_inet_addr peer;
};

struct culvert_rule {
	/* The identity: never changes. */
	u64 id;
	struct culvert_selector selector;
	char device[IFNAMSIZ];		/* empty: any */
	u8 action;

	struct culvert_rule_options options;
	u32 position;			/* in the list in force */
	struct culvert_sa __rcu *out;	/* the SA that packets leave through */
	struct culvert_hits __percpu *hits;
	u64 used;			/* boottime ms of the last hit, 0: none */
	struct culvert_hold hold;
	refcount_t refs;
	struct list_head node;		/* in a draft */
};

struct culvert_rule *culvert_rule_new(void);
void culvert_rule_get(struct culvert_rule *rule);
void culvert_rule_put(struct culvert_rule *rule);
void culvert_rule_read_hits(const struct culvert_rule *rule, u64 *packets,
			    u64 *flows);
/* BH disabled. */
void culvert_rule_hit(struct culvert_rule *rule, u32 packets, u32 flows);

/* --- the list in force; under RCU or cn->lock --- */

/* The first rule that matches, or NULL. */
struct culvert_rule *culvert_policy_find(const struct culvert_net *cn,
					 int ifindex,
					 const struct culvert_flow *flow);

/* Does a protect rule cover the flow on this device, or if ifindex is 0, on
 * any?
 */
bool culvert_policy_protects(const struct culvert_net *cn, int ifindex,
			     const struct culvert_flow *flow);

/* The rule for a packet, which may match through the packet that its ICMP error
 * quotes (RFC 4301 6). Borrows skb. NULL: none. ERR_PTR(-EINVAL): there are
 * rules, and the headers cannot be read.
 */
struct culvert_rule *culvert_policy_match(const struct culvert_net *cn,
					  int ifindex,
					  const struct sk_buff *skb,
					  int direction,
					  struct culvert_flow *flow);

/* By place in the list and by identity. NULL: no such. */
struct culvert_rule *culvert_policy_at(const struct culvert_net *cn, u32 at);
struct culvert_rule *culvert_policy_by_id(const struct culvert_net *cn, u64 id);
u32 culvert_policy_count(const struct culvert_net *cn);

/* --- a new list; under cn->lock --- */

int culvert_policy_begin(struct culvert_net *cn, u32 portid,
			 struct netlink_ext_ack *extack);
/* The draft of that socket, or an ERR_PTR and words. */
struct culvert_policy_draft *
culvert_policy_draft(struct culvert_net *cn, u32 portid,
		     struct netlink_ext_ack *extack);
/* Takes over the caller's reference if it returns 0. */
int culvert_policy_add(struct culvert_net *cn,
		       struct culvert_policy_draft *draft,
		       struct culvert_rule *rule,
		       struct netlink_ext_ack *extack);
int culvert_policy_commit(struct culvert_net *cn,
			  struct culvert_policy_draft *draft,
			  struct netlink_ext_ack *extack);
void culvert_policy_abort(struct culvert_net *cn);
/* A socket closed. */
void culvert_policy_socket_gone(struct culvert_net *cn, u32 portid);

/* A device came, went or was renamed. Returns -errno if it may not. RTNL. */
int culvert_policy_device_event(struct culvert_net *cn, struct net_device *dev,
				unsigned long event);

/* No rules are left, packets pass. Under cn->lock, no packets any more. */
void culvert_policy_clear(struct culvert_net *cn);

#endif
