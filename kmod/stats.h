/* SPDX-License-Identifier: GPL-2.0-only */
/* Counters: one per reason and network namespace, per CPU; and for each kind
 * of object how many were created and destroyed since the module was loaded.
 *
 * The numbers and what each one means stand in uapi/culvert.yaml; a row here
 * gives the number its name on the wire.
 */
#ifndef CULVERT_STATS_H
#define CULVERT_STATS_H

#include <linux/percpu.h>
#include <linux/types.h>
#include <linux/u64_stats_sync.h>
#include <uapi/linux/culvert.h>

#define CULVERT_COUNTERS(X)						\
	X(CULVERT_COUNTER_NETLINK_REQUESTS, "netlink-requests")		\
	X(CULVERT_COUNTER_NETLINK_REFUSED, "netlink-refused")		\
	X(CULVERT_COUNTER_HOLD_HELD, "hold-held")			\
	X(CULVERT_COUNTER_HOLD_RELEASED, "hold-released")		\
	X(CULVERT_COUNTER_ACQUIRES, "acquires")				\
	X(CULVERT_COUNTER_OUT_DISCARD, "out-discard")			\
	X(CULVERT_COUNTER_OUT_HOLD_FULL, "out-hold-full")		\
	X(CULVERT_COUNTER_OUT_HOLD_TOTAL, "out-hold-total")		\
	X(CULVERT_COUNTER_OUT_HOLD_EXPIRED, "out-hold-expired")		\
	X(CULVERT_COUNTER_OUT_HOLD_FAILED, "out-hold-failed")		\
	X(CULVERT_COUNTER_OUT_HOLD_PURGED, "out-hold-purged")		\
	X(CULVERT_COUNTER_OUT_CONNTRACK, "out-conntrack")		\
	X(CULVERT_COUNTER_OUT_NO_MEMORY, "out-no-memory")		\
	X(CULVERT_COUNTER_OUT_MALFORMED, "out-malformed")		\
	X(CULVERT_COUNTER_OUT_FRAGMENT, "out-fragment")			\
	X(CULVERT_COUNTER_OUT_NAT_STALE, "out-nat-stale")		\
	X(CULVERT_COUNTER_OUT_SELECTORS, "out-selectors")		\
	X(CULVERT_COUNTER_OUT_TOO_BIG, "out-too-big")			\
	X(CULVERT_COUNTER_OUT_FRAGMENT_FAILED, "out-fragment-failed")	\
	X(CULVERT_COUNTER_OUT_SEGMENT_FAILED, "out-segment-failed")	\
	X(CULVERT_COUNTER_OUT_SEQUENCE, "out-sequence")			\
	X(CULVERT_COUNTER_OUT_EXPIRED, "out-expired")			\
	X(CULVERT_COUNTER_OUT_NO_ROUTE, "out-no-route")			\
	X(CULVERT_COUNTER_OUT_CRYPTO, "out-crypto")			\
	X(CULVERT_COUNTER_OUT_CRYPTO_BUSY, "out-crypto-busy")		\
	X(CULVERT_COUNTER_OUT_EGRESS, "out-egress")			\
	X(CULVERT_COUNTER_IN_SPI_UNKNOWN, "in-spi-unknown")		\
	X(CULVERT_COUNTER_IN_SHORT, "in-short")				\
	X(CULVERT_COUNTER_IN_LENGTH, "in-length")			\
	X(CULVERT_COUNTER_IN_ENCAPSULATION, "in-encapsulation")		\
	X(CULVERT_COUNTER_IN_UDP_CHECKSUM, "in-udp-checksum")		\
	X(CULVERT_COUNTER_IN_REPLAY, "in-replay")			\
	X(CULVERT_COUNTER_IN_REPLAY_OLD, "in-replay-old")		\
	X(CULVERT_COUNTER_IN_ICV, "in-icv")				\
	X(CULVERT_COUNTER_IN_PADDING, "in-padding")			\
	X(CULVERT_COUNTER_IN_NEXT_HEADER, "in-next-header")		\
	X(CULVERT_COUNTER_IN_INNER_HEADER, "in-inner-header")		\
	X(CULVERT_COUNTER_IN_SELECTORS, "in-selectors")			\
	X(CULVERT_COUNTER_IN_FRAGMENT, "in-fragment")			\
	X(CULVERT_COUNTER_IN_ICMP_ERROR, "in-icmp-error")		\
	X(CULVERT_COUNTER_IN_ECN, "in-ecn")				\
	X(CULVERT_COUNTER_IN_DUMMY, "in-dummy")				\
	X(CULVERT_COUNTER_IN_EXPIRED, "in-expired")			\
	X(CULVERT_COUNTER_IN_CRYPTO, "in-crypto")			\
	X(CULVERT_COUNTER_IN_CRYPTO_BUSY, "in-crypto-busy")		\
	X(CULVERT_COUNTER_IN_SA_GONE, "in-sa-gone")			\
	X(CULVERT_COUNTER_IN_NO_MEMORY, "in-no-memory")			\
	X(CULVERT_COUNTER_IN_BACKLOG, "in-backlog")			\
	X(CULVERT_COUNTER_IN_MALFORMED, "in-malformed")			\
	X(CULVERT_COUNTER_IN_PATH_MTU, "in-path-mtu")			\
	X(CULVERT_COUNTER_IN_DEFRAG, "in-defrag")			\
	X(CULVERT_COUNTER_IN_CLEAR, "in-clear")				\
	X(CULVERT_COUNTER_IN_DISCARD, "in-discard")

#define CULVERT_OBJECTS(X)						\
	X(CULVERT_OBJECT_NET, "net")					\
	X(CULVERT_OBJECT_RULE_LIST, "rule-list")			\
	X(CULVERT_OBJECT_RULE, "rule")					\
	X(CULVERT_OBJECT_SA, "sa")					\
	X(CULVERT_OBJECT_HELD, "held")					\
	X(CULVERT_OBJECT_REQUEST, "request")

struct culvert_stats {
	u64_stats_t counter[__CULVERT_COUNTER_MAX];
	struct u64_stats_sync syncp;
};

struct culvert_stats __percpu *culvert_stats_new(void);
void culvert_stats_free(struct culvert_stats __percpu *stats);
/* Any context. */
void culvert_stats_count(struct culvert_stats __percpu *stats,
			 enum culvert_counter counter);
u64 culvert_stats_read(const struct culvert_stats __percpu *stats,
		       enum culvert_counter counter);
const char *culvert_stats_name(enum culvert_counter counter);

void culvert_object_created(enum culvert_object object);
void culvert_object_destroyed(enum culvert_object object);
u64 culvert_object_read_created(enum culvert_object object);
u64 culvert_object_read_destroyed(enum culvert_object object);
const char *culvert_object_name(enum culvert_object object);
/* Last words of the module: an object that is still there is a leak. */
void culvert_object_check_all_destroyed(void);

#endif
