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

#define CULVERT_COUNTERS(X)					\
	X(CULVERT_COUNTER_NETLINK_REQUESTS, "netlink-requests")	\
	X(CULVERT_COUNTER_NETLINK_REFUSED, "netlink-refused")

#define CULVERT_OBJECTS(X)					\
	X(CULVERT_OBJECT_NET, "net")

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
