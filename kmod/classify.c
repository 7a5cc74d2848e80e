// SPDX-License-Identifier: GPL-2.0-only
/* The classifier: partitions of sortable boxes, searched by halving. Knows
 * numbers and their order; what a match means for a packet is not known here.
 *
 * A selector is a box in a space of five fields, a flow is a point in it, and
 * each address family has a space of its own. Boxes are dealt out to partitions.
 * In a partition, the first field (in the partition's own order of fields) in
 * which two boxes differ is one in which they are disjoint. That is a total
 * order, so the boxes stand sorted in an array, and the one box that may hold
 * a point is found by halving: as PartitionSort (Yingchareonthawornchai et al.,
 * ICNP 2016) does, in arrays instead of trees.
 *
 * Partitions stand in the order of their lowest index, so that the search ends
 * with the first one that cannot hold a better match. Boxes for which there was
 * no partition are the rest, tried one after the other.
 */

#include <linux/align.h>
#include <linux/bitops.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/rbtree.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/socket.h>
#include <linux/string.h>

#include "classify.h"

/* What selectors are made of in practice takes a handful. Boxes that all hold
 * one another take one each, and past some number it is faster to try them one
 * after the other than to halve partitions of two or three boxes.
 */
#define PARTITIONS_MAX 64

/* Candidates that an order of fields is tried with before it is chosen. As they
 * are the first that a partition is filled with, few tell as much as all.
 */
#define TRIAL_MAX 2048

enum field { LOCAL, REMOTE, PROTOCOL, LOCAL_PORT, REMOTE_PORT, FIELDS };

/* Where a field stands in a point, which is a row of words. */
struct axis {
	u8 offset;
	u8 words;		/* 1; of an IPv6 address 4: two halves */
};

static const struct axis v4_axes[FIELDS] = {
	[LOCAL]		= { 0, 1 },
	[REMOTE]	= { 1, 1 },
	[PROTOCOL]	= { 2, 1 },
	[LOCAL_PORT]	= { 3, 1 },
	[REMOTE_PORT]	= { 4, 1 },
};

static const struct axis v6_axes[FIELDS] = {
	[LOCAL]		= { 0, 4 },
	[REMOTE]	= { 4, 4 },
	[PROTOCOL]	= { 8, 1 },
	[LOCAL_PORT]	= { 9, 1 },
	[REMOTE_PORT]	= { 10, 1 },
};

#define POINT_WORDS_MAX 11
#define WIDTH_MAX 128		/* of a field, in bits */

/* The orders that a partition may have. Where two take as many boxes, the one
 * that stands first is used. Neighbours that begin with the same field share
 * the work of arrange().
 */
static const u8 orders[][FIELDS] = {
	{ REMOTE, LOCAL, PROTOCOL, REMOTE_PORT, LOCAL_PORT },
	{ REMOTE, PROTOCOL, REMOTE_PORT, LOCAL_PORT, LOCAL },
	{ LOCAL, REMOTE, PROTOCOL, REMOTE_PORT, LOCAL_PORT },
	{ LOCAL, PROTOCOL, LOCAL_PORT, REMOTE_PORT, REMOTE },
	{ PROTOCOL, REMOTE_PORT, LOCAL_PORT, REMOTE, LOCAL },
	{ PROTOCOL, LOCAL_PORT, REMOTE_PORT, LOCAL, REMOTE },
	{ PROTOCOL, REMOTE, LOCAL, REMOTE_PORT, LOCAL_PORT },
	{ PROTOCOL, LOCAL, REMOTE, LOCAL_PORT, REMOTE_PORT },
};

struct partition {
	u32 lowest;		/* index in the partition */
	u32 begin;		/* of its boxes in those of the space */
	u32 end;
	struct axis axes[FIELDS];	/* in the partition's order */
};

/* A box is a row of words too: its index, then for each axis the first number
 * and the last. In the boxes of a partition the axes stand in its order, in
 * those of the rest (and while partitions are made) in that of the space.
 */
struct space {
	const struct axis *axes;
	u32 box_words;
	u32 *boxes;		/* of the partitions, then of the rest */
	u32 rest;		/* where in boxes the rest begins */
	u32 end;		/* and ends */
	u32 partitions;
	struct partition partition[PARTITIONS_MAX];
};

struct culvert_classifier {
	struct space v4;
	struct space v6;
};

static u32 *box_at(const struct space *space, u32 i)
{
	return space->boxes + (size_t)i * space->box_words;
}

/* Where a box has the words of an axis. */
static unsigned int first_at(struct axis axis)
{
	return 1 + 2 * axis.offset;
}

static unsigned int last_at(struct axis axis)
{
	return first_at(axis) + axis.words;
}

/* Half an IPv6 address. Rows of words align it to four octets only. */
static __always_inline u64 half(const u32 *word)
{
	u64 number;

	memcpy(&number, word, sizeof(number));
	return number;
}

/* As memcmp() does. */
static __always_inline int compare(const u32 *a, const u32 *b,
				   unsigned int words)
{
	if (words == 1)
		return *a < *b ? -1 : *a > *b;
	if (half(a) != half(b))
		return half(a) < half(b) ? -1 : 1;
	return half(a + 2) < half(b + 2) ? -1 : half(a + 2) > half(b + 2);
}

static void put_address(u32 *word, const union culvert_addr *addr, bool v6)
{
	if (v6)
		memcpy(word, addr->v6, sizeof(addr->v6));
	else
		*word = addr->v4;
}

/* Building */

/* A selector that waits for its partition. */
struct candidate {
	struct rb_node node;	/* in the partition that is being filled */
	u8 width[FIELDS];	/* of the box, in bits */
	bool placed;		/* in a partition, or equal to one that is */
	u32 box[];
};

struct build {
	struct space *space;
	void *candidates;	/* in the order of their indices */
	size_t candidate_size;
	u32 n;
	struct candidate **todo;	/* those not placed */
	struct candidate **arranged;	/* room for as many */
	u32 n_todo;
};

static struct candidate *candidate_at(const struct build *build, u32 i)
{
	return build->candidates + i * build->candidate_size;
}

/* To be called in each round of a long loop. */
static int pause_build(u32 round)
{
	if (round % 1024)
		return 0;
	cond_resched();
	return fatal_signal_pending(current) ? -EINTR : 0;
}

static void put_addresses(u32 *box, struct axis axis, bool any,
			  const struct culvert_addr_range *range)
{
	if (any) {
		memset(box + first_at(axis), 0, axis.words * sizeof(u32));
		memset(box + last_at(axis), 0xff, axis.words * sizeof(u32));
		return;
	}
	put_address(box + first_at(axis), &range->first, axis.words > 1);
	put_address(box + last_at(axis), &range->last, axis.words > 1);
}

static void put_numbers(u32 *box, struct axis axis, u32 first, u32 last)
{
	box[first_at(axis)] = first;
	box[last_at(axis)] = last;
}

static void put_ports(u32 *box, struct axis axis, bool any,
		      const struct culvert_port_range *range)
{
	if (any)
		put_numbers(box, axis, 0, U16_MAX);
	else
		put_numbers(box, axis, range->first, range->last);
}

static void put_box(u32 *box, const struct axis *axes,
		    const struct culvert_selector *selector, bool for_fragments)
{
	bool any_address = selector->family == AF_UNSPEC;
	/* RFC 8200 4.5: what such a fragment claims, nobody looks at. */
	bool any_protocol = !selector->protocol ||
			    (for_fragments && axes[LOCAL].words > 1);
	u8 protocol = selector->protocol;

	put_addresses(box, axes[LOCAL], any_address, &selector->local);
	put_addresses(box, axes[REMOTE], any_address, &selector->remote);
	put_numbers(box, axes[PROTOCOL], any_protocol ? 0 : protocol,
		    any_protocol ? U8_MAX : protocol);
	put_ports(box, axes[LOCAL_PORT], for_fragments, &selector->local_port);
	put_ports(box, axes[REMOTE_PORT], for_fragments, &selector->remote_port);
}

/* About how many bits it takes to count the numbers of a range. */
static u8 range_width(const u32 *box, struct axis axis)
{
	const u32 *first = box + first_at(axis);
	const u32 *last = box + last_at(axis);

	if (axis.words == 1)
		return fls(*last - *first);
	if (half(first) != half(last))
		return 64 + fls64(half(last) - half(first));
	return fls64(half(last + 2) - half(first + 2));
}

static void candidate_init(struct candidate *candidate,
			   const struct axis *axes, u32 index,
			   const struct culvert_selector *selector,
			   bool for_fragments)
{
	unsigned int i;

	candidate->box[0] = index;
	put_box(candidate->box, axes, selector, for_fragments);
	for (i = 0; i < FIELDS; i++)
		candidate->width[i] = range_width(candidate->box, axes[i]);
}

enum relation { BEFORE, AFTER, SAME, CONFLICT };

static enum relation relate(const u32 *a, const u32 *b, const struct axis *axes)
{
	unsigned int i;

	for (i = 0; i < FIELDS; i++) {
		unsigned int words = axes[i].words;
		unsigned int first = first_at(axes[i]);
		unsigned int last = last_at(axes[i]);

		if (compare(a + last, b + first, words) < 0)
			return BEFORE;
		if (compare(a + first, b + last, words) > 0)
			return AFTER;
		if (compare(a + first, b + first, words) ||
		    compare(a + last, b + last, words))
			return CONFLICT;
	}
	return SAME;
}

/* False: it conflicts. A candidate that equals one in the tree needs no place:
 * it is the later one of the two, because arrange() keeps the order of equals.
 */
static bool place(struct rb_root *root, const struct axis *axes,
		  struct candidate *candidate)
{
	struct rb_node **link = &root->rb_node;
	struct rb_node *parent = NULL;

	while (*link) {
		const struct candidate *other;

		parent = *link;
		other = rb_entry(parent, struct candidate, node);
		switch (relate(candidate->box, other->box, axes)) {
		case BEFORE:
			link = &parent->rb_left;
			break;
		case AFTER:
			link = &parent->rb_right;
			break;
		case SAME:
			return true;
		case CONFLICT:
			return false;
		}
	}
	rb_link_node(&candidate->node, parent, link);
	rb_insert_color(&candidate->node, root);
	return true;
}

/* Sorts what is to do by its width in a field (by counting: stable, and one
 * pass). If the narrow ones come first, a wide one does not keep many out.
 */
static void arrange(struct build *build, enum field field)
{
	u32 begin[WIDTH_MAX + 1] = {};
	u32 sum = 0;
	u32 i;

	for (i = 0; i < build->n_todo; i++)
		begin[build->todo[i]->width[field]]++;
	for (i = 0; i < ARRAY_SIZE(begin); i++) {
		sum += begin[i];
		begin[i] = sum - begin[i];
	}
	for (i = 0; i < build->n_todo; i++) {
		struct candidate *candidate = build->todo[i];

		build->arranged[begin[candidate->width[field]]++] = candidate;
	}
	swap(build->todo, build->arranged);
}

static void order_axes(const struct space *space, const u8 *order,
		       struct axis *axes)
{
	unsigned int i;

	for (i = 0; i < FIELDS; i++)
		axes[i] = space->axes[order[i]];
}

/* How many of the first candidates would an order take? */
static int try_order(const struct build *build, const u8 *order)
{
	u32 n = min_t(u32, build->n_todo, TRIAL_MAX);
	struct rb_root root = RB_ROOT;
	struct axis axes[FIELDS];
	int taken = 0;
	u32 i;

	order_axes(build->space, order, axes);
	for (i = 0; i < n; i++) {
		int err = pause_build(i);

		if (err)
			return err;
		taken += place(&root, axes, build->todo[i]);
	}
	return taken;
}

static int choose_order(struct build *build, struct axis *axes)
{
	const u8 *best = orders[0];
	int best_taken = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(orders); i++) {
		int taken;

		if (i == 0 || orders[i][0] != orders[i - 1][0])
			arrange(build, orders[i][0]);
		taken = try_order(build, orders[i]);
		if (taken < 0)
			return taken;
		if (taken > best_taken) {
			best_taken = taken;
			best = orders[i];
		}
	}
	arrange(build, best[0]);
	order_axes(build->space, best, axes);
	return 0;
}

static int fill_tree(struct build *build, const struct axis *axes,
		     struct rb_root *root)
{
	u32 kept = 0;
	u32 i;

	for (i = 0; i < build->n_todo; i++) {
		struct candidate *candidate = build->todo[i];
		int err = pause_build(i);

		if (err)
			return err;
		candidate->placed = place(root, axes, candidate);
		if (!candidate->placed)
			build->todo[kept++] = candidate;
	}
	build->n_todo = kept;
	return 0;
}

static void append_box(struct space *space, const struct axis *axes,
		       const u32 *box)
{
	u32 *word = box_at(space, space->end++);
	unsigned int i;

	*word++ = box[0];
	for (i = 0; i < FIELDS; i++) {
		unsigned int words = 2 * axes[i].words;

		memcpy(word, box + first_at(axes[i]), words * sizeof(u32));
		word += words;
	}
}

static void append_tree(struct space *space, struct partition *partition,
			struct rb_root *root)
{
	struct rb_node *node;

	partition->lowest = U32_MAX;
	partition->begin = space->end;
	for (node = rb_first(root); node; node = rb_next(node)) {
		const u32 *box = rb_entry(node, struct candidate, node)->box;

		partition->lowest = min_t(u32, partition->lowest, box[0]);
		append_box(space, partition->axes, box);
	}
	partition->end = space->end;
}

static void insert_partition(struct space *space,
			     const struct partition *partition)
{
	u32 i = space->partitions++;

	while (i && space->partition[i - 1].lowest > partition->lowest) {
		space->partition[i] = space->partition[i - 1];
		i--;
	}
	space->partition[i] = *partition;
}

static int add_partition(struct build *build)
{
	struct rb_root root = RB_ROOT;
	struct partition partition;
	int err;

	err = choose_order(build, partition.axes);
	if (err)
		return err;
	err = fill_tree(build, partition.axes, &root);
	if (err)
		return err;
	append_tree(build->space, &partition, &root);
	insert_partition(build->space, &partition);
	return 0;
}

static void append_rest(const struct build *build)
{
	u32 i;

	build->space->rest = build->space->end;
	if (!build->n_todo)
		return;
	for (i = 0; i < build->n; i++) {
		const struct candidate *candidate = candidate_at(build, i);

		if (!candidate->placed)
			append_box(build->space, build->space->axes,
				   candidate->box);
	}
}

static bool belongs(const struct culvert_selector *selector, u8 family)
{
	return selector && (selector->family == family ||
			    selector->family == AF_UNSPEC);
}

static int collect(struct build *build, u8 family,
		   const struct culvert_selector *const *selectors, u32 n,
		   bool for_fragments)
{
	u32 i;

	for (i = 0; i < n; i++) {
		struct candidate *candidate = candidate_at(build, build->n);
		int err = pause_build(i);

		if (err)
			return err;
		if (!belongs(selectors[i], family))
			continue;
		candidate_init(candidate, build->space->axes, i, selectors[i],
			       for_fragments);
		build->todo[build->n++] = candidate;
	}
	build->n_todo = build->n;
	return 0;
}

static int distribute(struct build *build)
{
	while (build->n_todo && build->space->partitions < PARTITIONS_MAX) {
		int err = add_partition(build);

		if (err)
			return err;
	}
	append_rest(build);
	return 0;
}

static int build_alloc(struct build *build, u32 n)
{
	size_t box_size = build->space->box_words * sizeof(u32);

	build->candidate_size = ALIGN(sizeof(struct candidate) + box_size,
				      __alignof__(struct candidate));
	build->candidates = kvcalloc(n, build->candidate_size, GFP_KERNEL);
	build->todo = kvmalloc_array(n, sizeof(*build->todo), GFP_KERNEL);
	build->arranged = kvmalloc_array(n, sizeof(*build->todo), GFP_KERNEL);
	build->space->boxes = kvmalloc_array(n, box_size, GFP_KERNEL_ACCOUNT);
	if (!build->candidates || !build->todo || !build->arranged ||
	    !build->space->boxes)
		return -ENOMEM;
	return 0;
}

static void build_free(struct build *build)
{
	kvfree(build->candidates);
	kvfree(build->todo);
	kvfree(build->arranged);
}

static int space_init(struct space *space, u8 family,
		      const struct culvert_selector *const *selectors, u32 n,
		      bool for_fragments)
{
	struct build build = { .space = space };
	u32 members = 0;
	int err;
	u32 i;

	space->axes = family == AF_INET ? v4_axes : v6_axes;
	space->box_words = 1 + 2 * (space->axes[REMOTE_PORT].offset + 1);
	for (i = 0; i < n; i++)
		members += belongs(selectors[i], family);
	if (!members)
		return 0;

	err = build_alloc(&build, members);
	if (!err)
		err = collect(&build, family, selectors, n, for_fragments);
	if (!err)
		err = distribute(&build);
	build_free(&build);
	return err;
}

struct culvert_classifier *
culvert_classify_new(const struct culvert_selector *const *v4,
		     const struct culvert_selector *const *v6, u32 n,
		     bool for_fragments)
{
	struct culvert_classifier *classifier;
	int err;

	classifier = kvzalloc(sizeof(*classifier), GFP_KERNEL_ACCOUNT);
	if (!classifier)
		return ERR_PTR(-ENOMEM);

	err = space_init(&classifier->v4, AF_INET, v4, n, for_fragments);
	if (!err)
		err = space_init(&classifier->v6, AF_INET6, v6, n,
				 for_fragments);
	if (err) {
		culvert_classify_free(classifier);
		return ERR_PTR(err);
	}
	return classifier;
}

void culvert_classify_free(struct culvert_classifier *classifier)
{
	kvfree(classifier->v4.boxes);
	kvfree(classifier->v6.boxes);
	kvfree(classifier);
}

/* Finding */

static void put_point(u32 *point, const struct axis *axes,
		      const struct culvert_flow *flow)
{
	bool v6 = flow->family == AF_INET6;

	put_address(point + axes[LOCAL].offset, &flow->local, v6);
	put_address(point + axes[REMOTE].offset, &flow->remote, v6);
	point[axes[PROTOCOL].offset] = flow->protocol;
	point[axes[LOCAL_PORT].offset] = flow->local_port;
	point[axes[REMOTE_PORT].offset] = flow->remote_port;
}

/* From here on, v4 is a constant to the compiler: all fields have one word, and
 * a step of the search is two comparisons with numbers at known places.
 */
static __always_inline unsigned int axis_words(struct axis axis, bool v4)
{
	return v4 ? 1 : axis.words;
}

static __always_inline void permute_point(u32 *permuted, const u32 *point,
					  const struct axis *axes, bool v4)
{
	unsigned int i;
	unsigned int k;

	for (i = 0; i < FIELDS; i++)
		for (k = 0; k < axis_words(axes[i], v4); k++)
			*permuted++ = point[axes[i].offset + k];
}

/* Less than 0: the point is before the box; 0: in it; more: behind it. */
static __always_inline int point_side(const u32 *point, const u32 *box,
				      const struct axis *axes, bool v4)
{
	const u32 *first = box + 1;
	unsigned int i;

	for (i = 0; i < FIELDS; i++) {
		unsigned int words = axis_words(axes[i], v4);

		if (compare(point, first, words) < 0)
			return -1;
		if (compare(point, first + words, words) > 0)
			return 1;
		point += words;
		first += 2 * words;
	}
	return 0;
}

static __always_inline u32 find_in_partition(const struct space *space,
					     const struct partition *partition,
					     const u32 *point, bool v4)
{
	u32 begin = partition->begin;
	u32 end = partition->end;

	while (begin < end) {
		u32 middle = begin + (end - begin) / 2;
		const u32 *box = box_at(space, middle);
		int side = point_side(point, box, partition->axes, v4);

		if (!side)
			return box[0];
		if (side < 0)
			end = middle;
		else
			begin = middle + 1;
	}
	return CULVERT_CLASSIFY_NONE;
}

static __always_inline u32 find_in_rest(const struct space *space,
					const u32 *point, u32 best, bool v4)
{
	u32 i;

	for (i = space->rest; i < space->end; i++) {
		const u32 *box = box_at(space, i);

		if (box[0] >= best)
			break;
		if (!point_side(point, box, space->axes, v4))
			return box[0];
	}
	return best;
}

static __always_inline u32 find_in_space(const struct space *space,
					 const struct culvert_flow *flow,
					 bool v4)
{
	u32 best = CULVERT_CLASSIFY_NONE;
	u32 point[POINT_WORDS_MAX];
	u32 i;

	put_point(point, space->axes, flow);
	for (i = 0; i < space->partitions; i++) {
		const struct partition *partition = &space->partition[i];
		u32 permuted[POINT_WORDS_MAX];
		u32 found;

		if (partition->lowest >= best)
			break;
		permute_point(permuted, point, partition->axes, v4);
		found = find_in_partition(space, partition, permuted, v4);
		best = min(best, found);
	}
	return find_in_rest(space, point, best, v4);
}

u32 culvert_classify_find(const struct culvert_classifier *classifier,
			  const struct culvert_flow *flow)
{
	if (flow->family == AF_INET)
		return find_in_space(&classifier->v4, flow, true);
	return find_in_space(&classifier->v6, flow, false);
}
