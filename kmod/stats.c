// SPDX-License-Identifier: GPL-2.0-only
/* Counters and object counts. Counts; does not know what it counts. */

#include <linux/atomic.h>
#include <linux/build_bug.h>
#include <linux/netdevice.h>
#include <linux/printk.h>

#include "stats.h"

#define NAME(number, name) [number] = name,
static const char *const counter_names[] = { CULVERT_COUNTERS(NAME) };
static const char *const object_names[] = { CULVERT_OBJECTS(NAME) };
#undef NAME

#define ROW(number, name) + 1
static_assert(0 CULVERT_COUNTERS(ROW) == __CULVERT_COUNTER_MAX);
static_assert(0 CULVERT_OBJECTS(ROW) == __CULVERT_OBJECT_MAX);
#undef ROW

/* Counted where objects are made and freed, which is no hot path. */
static struct {
	atomic64_t created;
	atomic64_t destroyed;
} objects[__CULVERT_OBJECT_MAX];

const char *culvert_stats_name(enum culvert_counter counter)
{
	return counter_names[counter];
}

u64 culvert_stats_read(const struct culvert_stats __percpu *stats,
		       enum culvert_counter counter)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		const struct culvert_stats *here = per_cpu_ptr(stats, cpu);
		unsigned int start;
		u64 value;

		do {
			start = u64_stats_fetch_begin(&here->syncp);
			value = u64_stats_read(&here->counter[counter]);
		} while (u64_stats_fetch_retry(&here->syncp, start));
		sum += value;
	}
	return sum;
}

void culvert_stats_count(struct culvert_stats __percpu *stats,
			 enum culvert_counter counter)
{
	struct culvert_stats *here;
	unsigned long flags;

	here = get_cpu_ptr(stats);
	flags = u64_stats_update_begin_irqsave(&here->syncp);
	u64_stats_inc(&here->counter[counter]);
	u64_stats_update_end_irqrestore(&here->syncp, flags);
	put_cpu_ptr(stats);
}

struct culvert_stats __percpu *culvert_stats_new(void)
{
	return netdev_alloc_pcpu_stats(struct culvert_stats);
}

void culvert_stats_free(struct culvert_stats __percpu *stats)
{
	free_percpu(stats);
}

const char *culvert_object_name(enum culvert_object object)
{
	return object_names[object];
}

u64 culvert_object_read_created(enum culvert_object object)
{
	return atomic64_read(&objects[object].created);
}

u64 culvert_object_read_destroyed(enum culvert_object object)
{
	return atomic64_read(&objects[object].destroyed);
}

void culvert_object_created(enum culvert_object object)
{
	atomic64_inc(&objects[object].created);
}

void culvert_object_destroyed(enum culvert_object object)
{
	atomic64_inc(&objects[object].destroyed);
}

void culvert_object_check_all_destroyed(void)
{
	enum culvert_object object;

	for (object = 0; object < __CULVERT_OBJECT_MAX; object++) {
		u64 created = culvert_object_read_created(object);
		u64 destroyed = culvert_object_read_destroyed(object);

		if (created != destroyed)
			pr_err("object leak: %s: created %llu, destroyed %llu\n",
			       object_names[object], created, destroyed);
	}
}
