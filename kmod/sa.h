/* SPDX-License-Identifier: GPL-2.0-only */
/* Security associations: the SAD of RFC 4301. */
#ifndef CULVERT_SA_H
#define CULVERT_SA_H

#include <linux/hrtimer.h>
#include <linux/llist.h>
#include <linux/refcount.h>
#include <linux/rhashtable-types.h>
#include <net/dst.h>

#include "aead.h"
#include "net.h"
#include "replay.h"
#include "selector.h"

#define CULVERT_SPI_MIN 256		/* RFC 4303 2.1 */
/* So that all that is told of an SA fits into one message of a dump. */
#define CULVERT_SA_SELECTORS_MAX 8
#define CULVERT_SA_BITMAP_MAX 1024	/* bits that are told */
#define CULVERT_TFC_TO_MTU U32_MAX

struct culvert_rule;

/* Times in seconds, 0: none. */
struct culvert_lifetime {
	u64 seconds;
	u64 octets;
	u64 packets;
};

/* What the outbound table is searched for. */
struct culvert_sa_key {
	__be32 spi;
	u32 family;
	union nf_inet_addr remote;
};

/* Where the packets of an SA go. Replaced as a whole (RFC 7296 2.23); an SA out
 * is found by them, so that it has its new name as soon as it has moved.
 */
struct culvert_endpoints {
	struct rhash_head node;		/* out: in culvert_net.sa_out */
	struct culvert_sa *sa;		/* whose they are */
	union {
		struct culvert_sa_key key;
		struct {
			__be32 spi;
			u32 family;
			union nf_inet_addr remote;
		};
	};
	union nf_inet_addr local;
	__be16 local_port;		/* 0: ESP is not in UDP */
	__be16 remote_port;
	u32 dst_cookie;
	struct dst_entry __rcu *dst;	/* the way there, cached; or NULL */
	struct rcu_head rcu;
};

/* Reasons to drop that belong to one direction; the counters' own order. */
#define CULVERT_SA_OUT_FIRST CULVERT_COUNTER_OUT_NO_MEMORY
#define CULVERT_SA_OUT_LAST CULVERT_COUNTER_OUT_EGRESS
#define CULVERT_SA_IN_FIRST CULVERT_COUNTER_IN_SHORT
#define CULVERT_SA_IN_LAST CULVERT_COUNTER_IN_BACKLOG
#define CULVERT_SA_REASONS 21

static_assert(CULVERT_SA_OUT_LAST - CULVERT_SA_OUT_FIRST < CULVERT_SA_REASONS);
static_assert(CULVERT_SA_IN_LAST - CULVERT_SA_IN_FIRST < CULVERT_SA_REASONS);

/* Counted rarely, by whoever sees it happen. */
struct culvert_sa_stats {
	atomic64_t pre_frag_successes;
	atomic64_t pre_frag_failures;
	atomic64_t fragments_created;
	atomic64_t pmtus_sent;
	atomic64_t pmtus_rcvd;
	atomic64_t fragments_in;
	atomic64_t tfc;			/* dummies sent, or received */
	atomic64_t icmp_errors_valid;
	atomic64_t mss_clamped;
	atomic64_t drops[CULVERT_SA_REASONS];
};

struct culvert_sa {
	struct rhash_head node;		/* in: in culvert_net.sa_in */
	/* Set once, before the SA is published. */
	__be32 spi;
	struct culvert_net *cn;
	struct culvert_rule *rule;	/* a reference */
	struct crypto_aead *cipher;
	const struct culvert_aead *suite;
	u32 suite_number;
	u32 serial;			/* in culvert_net.sas */
	u8 direction;
	u8 mode;
	u8 df;
	bool esn;
	bool async;			/* the cipher may be */
	bool later_fragments;
	u8 n_selectors;			/* 0: the rule's own decides */
	u64 iv_secret;			/* for suites whose IV is ciphertext */
	struct culvert_selector *selectors;
	u64 added;			/* boottime, ns */

	struct culvert_endpoints __rcu *endpoints;	/* cn->lock */
	u32 tfc_length;			/* cn->lock; read without */
	u64 ceiling;			/* cn->lock; read without */
	struct culvert_lifetime soft;	/* cn->lock; read without */
	struct culvert_lifetime hard;	/* cn->lock; read without */
	u64 idle_seconds;		/* cn->lock; read without */

	refcount_t refs;
	unsigned long state;		/* bits below */
	struct llist_node gone;		/* in sa_expired, then to be freed */
	struct hrtimer timer;

	/* out: the last number sent, and how many of them were not packets. */
	atomic64_t seq;
	atomic64_t seq_skipped;
	atomic64_t octets;
	u64 used;			/* boottime ms, 0: never */
	unsigned long mapping_told;	/* in: jiffies, 0: is to be told */

	spinlock_t lock;		/* in: replay, packets */
	u64 packets;
	struct culvert_replay *replay;	/* NULL: out */

	struct culvert_sa_stats stats;
};

/* culvert_sa.state */
enum {
	CULVERT_SA_DEAD,		/* out of the tables */
	CULVERT_SA_EXPIRED,		/* waits to be taken out of them */
	CULVERT_SA_TOLD_SOFT_SECONDS,
	CULVERT_SA_TOLD_SOFT_OCTETS,
	CULVERT_SA_TOLD_SOFT_PACKETS,
	CULVERT_SA_TOLD_IDLE,
	CULVERT_SA_TOLD_NEAR,
	CULVERT_SA_TOLD_END,
};

int culvert_sa_net_init(struct culvert_net *cn);
/* All SAs go; waits until the last cipher has let go of them. */
void culvert_sa_net_exit(struct culvert_net *cn);
int culvert_sa_module_init(void);
void culvert_sa_module_exit(void);

/* --- for packets; under RCU --- */

struct culvert_sa *culvert_sa_find_in(struct culvert_net *cn, __be32 spi);
struct culvert_sa *culvert_sa_find_out(struct culvert_net *cn,
				       const struct culvert_sa_key *key);
/* A reference keeps the SA and its cipher while a cipher works. */
void culvert_sa_get(struct culvert_sa *sa);
/* false: it was removed, and is not to be kept. */
bool culvert_sa_try_get(struct culvert_sa *sa);
void culvert_sa_put(struct culvert_sa *sa);

/* Do the selectors of the SA cover the flow? */
bool culvert_sa_covers(const struct culvert_sa *sa,
		       const struct culvert_flow *flow);
/* Would they, but for ports that a fragment does not tell? */
bool culvert_sa_covers_fragment(const struct culvert_sa *sa,
				const struct culvert_flow *flow);

/* Accounts a packet that leaves. Returns 0, or the reason to drop it. */
enum culvert_counter culvert_sa_use_out(struct culvert_sa *sa, u32 octets,
					u64 *seq);
/* Accounts a packet whose ICV was right. Under sa->lock. As above. */
enum culvert_counter culvert_sa_use_in(struct culvert_sa *sa, u32 octets);

void culvert_sa_count_drop(struct culvert_sa *sa, enum culvert_counter reason);

/* --- for user space; under cn->lock --- */

/* Zeroed, with a reference for the caller, in no table. */
struct culvert_sa *culvert_sa_new(struct culvert_net *cn, u32 direction,
				  u32 replay_window);
/* Publishes it. The caller's reference becomes the table's if it returns 0. */
int culvert_sa_add(struct culvert_sa *sa, struct netlink_ext_ack *extack);
/* The rule sends through it, beginning with what waits. */
void culvert_sa_activate(struct culvert_sa *sa);
void culvert_sa_remove(struct culvert_sa *sa);
/* The rules of these SAs are closed. */
void culvert_sa_remove_dead(struct culvert_net *cn);
/* After lifetimes changed. */
void culvert_sa_start_timer(struct culvert_sa *sa);
/* Takes over to if it returns 0. */
int culvert_sa_move(struct culvert_sa *sa, struct culvert_endpoints *to,
		    struct netlink_ext_ack *extack);

u64 culvert_sa_packets(const struct culvert_sa *sa);

#endif
