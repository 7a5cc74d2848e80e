// SPDX-License-Identifier: GPL-2.0-only
/* The classifier and what it means that a selector matches: cases by number, and
 * random selectors against the plain definition, tried one after the other. It
 * is the module's source; what the module does with it, selftests tell.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/socket.h>

#include "classify.h"

#define NONE CULVERT_CLASSIFY_NONE
#define SEED 0x9e3779b97f4a7c15ULL
#define NET(a, b, c) ((u32)(a) << 24 | (b) << 16 | (c) << 8)
#define TCP 6
#define UDP 17
#define ICMP 1

/* Selectors and flows */

static struct culvert_selector any(void)
{
	return (struct culvert_selector) {
		.family = AF_UNSPEC,
		.local_port = { 0, U16_MAX },
		.remote_port = { 0, U16_MAX },
	};
}

static struct culvert_selector v4(u32 local_first, u32 local_last,
				  u32 remote_first, u32 remote_last)
{
	struct culvert_selector selector = any();

	selector.family = AF_INET;
	selector.local.first.v4 = local_first;
	selector.local.last.v4 = local_last;
	selector.remote.first.v4 = remote_first;
	selector.remote.last.v4 = remote_last;
	return selector;
}

/* Of all remote addresses. */
static struct culvert_selector v6(u64 first_high, u64 first_low, u64 last_high,
				  u64 last_low)
{
	struct culvert_selector selector = any();

	selector.family = AF_INET6;
	selector.local.first = (union culvert_addr) {
		.v6 = { first_high, first_low }
	};
	selector.local.last = (union culvert_addr) {
		.v6 = { last_high, last_low }
	};
	selector.remote.last = (union culvert_addr) {
		.v6 = { U64_MAX, U64_MAX }
	};
	return selector;
}

static struct culvert_selector with_ports(struct culvert_selector selector,
					  u8 protocol, u16 local_first,
					  u16 local_last, u16 remote_first,
					  u16 remote_last)
{
	selector.protocol = protocol;
	selector.local_port.first = local_first;
	selector.local_port.last = local_last;
	selector.remote_port.first = remote_first;
	selector.remote_port.last = remote_last;
	return selector;
}

static struct culvert_flow flow4(u32 local, u32 remote, u8 protocol,
				 u16 local_port, u16 remote_port)
{
	return (struct culvert_flow) {
		.family = AF_INET,
		.local.v4 = local,
		.remote.v4 = remote,
		.protocol = protocol,
		.local_port = local_port,
		.remote_port = remote_port,
	};
}

static struct culvert_flow flow6(u64 high, u64 low)
{
	return (struct culvert_flow) {
		.family = AF_INET6,
		.local.v6 = { high, low },
		.protocol = TCP,
	};
}

static struct culvert_flow fragment(struct culvert_flow flow)
{
	flow.local_port = 0;
	flow.remote_port = 0;
	flow.ports_unknown = true;
	return flow;
}

/* A selector and a flow */

struct match_case {
	struct culvert_selector selector;
	struct culvert_flow flow;
	bool want;
};

static void run_match_cases(const struct match_case *cases, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (culvert_selector_matches(&cases[i].selector,
					     &cases[i].flow) != cases[i].want)
			fail_msg("case %zu is not %d", i + 1, cases[i].want);
}

static void test_matches_addresses(void **state)
{
	const struct culvert_selector s = v4(100, 199, 1000, 1000);
	const struct culvert_selector low = v6(1, 5, 1, 9);
	const struct culvert_selector high = v6(1, 5, 3, 2);
	const struct match_case cases[] = {
		/*  1 */ { s, flow4(100, 1000, TCP, 1, 2), true },
		/*  2 */ { s, flow4(199, 1000, TCP, 1, 2), true },
		/*  3 */ { s, flow4(99, 1000, TCP, 1, 2), false },
		/*  4 */ { s, flow4(200, 1000, TCP, 1, 2), false },
		/*  5 */ { s, flow4(150, 999, TCP, 1, 2), false },
		/*  6 */ { s, flow4(150, 1001, TCP, 1, 2), false },
		/*  7 */ { v4(0, U32_MAX, 0, U32_MAX), flow6(0, 0), false },
		/*  8 */ { low, flow4(0, 0, TCP, 1, 2), false },
		/*  9 */ { low, flow6(1, 4), false },
		/* 10 */ { low, flow6(1, 5), true },
		/* 11 */ { low, flow6(1, 9), true },
		/* 12 */ { low, flow6(1, 10), false },
		/* 13 */ { low, flow6(0, 7), false },
		/* 14 */ { low, flow6(2, 7), false },
		/* 15 */ { high, flow6(1, 4), false },
		/* 16 */ { high, flow6(1, 5), true },
		/* 17 */ { high, flow6(2, 0), true },
		/* 18 */ { high, flow6(2, U64_MAX), true },
		/* 19 */ { high, flow6(3, 2), true },
		/* 20 */ { high, flow6(3, 3), false },
		/* 21 */ { any(), flow4(U32_MAX, 0, 0, 0, 0), true },
		/* 22 */ { any(), flow6(U64_MAX, 0), true },
	};

	run_match_cases(cases, ARRAY_SIZE(cases));
}

static void test_matches_ports(void **state)
{
	const struct culvert_selector udp = with_ports(any(), UDP, 0, U16_MAX,
						       0, U16_MAX);
	const struct culvert_selector web = with_ports(any(), TCP, 1024,
						       U16_MAX, 80, 81);
	const struct culvert_selector echo = with_ports(any(), ICMP, 8, 8,
							0, 0);
	const struct match_case cases[] = {
		/*  1 */ { udp, flow4(1, 2, UDP, 0, 0), true },
		/*  2 */ { udp, flow4(1, 2, UDP, U16_MAX, 9), true },
		/*  3 */ { udp, flow4(1, 2, TCP, 0, 0), false },
		/*  4 */ { udp, fragment(flow4(1, 2, UDP, 0, 0)), true },
		/*  5 */ { web, flow4(1, 2, TCP, 1024, 80), true },
		/*  6 */ { web, flow4(1, 2, TCP, U16_MAX, 81), true },
		/*  7 */ { web, flow4(1, 2, TCP, 1023, 80), false },
		/*  8 */ { web, flow4(1, 2, TCP, 1024, 79), false },
		/*  9 */ { web, flow4(1, 2, TCP, 1024, 82), false },
		/* 10 */ { web, flow4(1, 2, UDP, 1024, 80), false },
		/* 11 */ { web, fragment(flow4(1, 2, TCP, 0, 0)), false },
		/* 12 */ { echo, flow4(1, 2, ICMP, 8, 0), true },
		/* 13 */ { echo, flow4(1, 2, ICMP, 0, 0), false },
		/* 14 */ { echo, flow4(1, 2, ICMP, 8, 1), false },
		/* Ports of 0 that are not known match no ports of 0. */
		/* 15 */ { echo, fragment(flow4(1, 2, ICMP, 0, 0)), false },
		/* 16 */ { with_ports(any(), 0, 0, 0, 0, U16_MAX),
			   fragment(flow4(1, 2, UDP, 0, 0)), false },
		/* 17 */ { with_ports(any(), 0, 0, U16_MAX, 0, 0),
			   fragment(flow4(1, 2, UDP, 0, 0)), false },
		/* 18 */ { any(), fragment(flow4(1, 2, UDP, 0, 0)), true },
	};

	run_match_cases(cases, ARRAY_SIZE(cases));
}

/* Many selectors and a flow */

struct rules {
	struct culvert_selector *selectors;
	const struct culvert_selector **pointers;
	u32 n;
};

static void rules_init(struct rules *rules, u32 n)
{
	u32 i;

	rules->n = n;
	rules->selectors = calloc(n, sizeof(*rules->selectors));
	rules->pointers = calloc(n, sizeof(*rules->pointers));
	assert_non_null(rules->selectors);
	assert_non_null(rules->pointers);
	for (i = 0; i < n; i++)
		rules->pointers[i] = &rules->selectors[i];
}

static void rules_clear(struct rules *rules)
{
	free(rules->selectors);
	free(rules->pointers);
}

static struct culvert_classifier *classify(const struct rules *rules,
					   bool for_fragments)
{
	struct culvert_classifier *classifier;

	classifier = culvert_classify_new(rules->pointers, rules->pointers,
					  rules->n, for_fragments);
	assert_false(IS_ERR(classifier));
	return classifier;
}

struct find_case {
	struct culvert_flow flow;
	u32 want;
};

static void run_find_cases(const struct culvert_selector *selectors, u32 n,
			   bool for_fragments, const struct find_case *cases,
			   size_t n_cases)
{
	struct culvert_classifier *classifier;
	struct rules rules;
	size_t i;

	rules_init(&rules, n);
	memcpy(rules.selectors, selectors, n * sizeof(*selectors));
	classifier = classify(&rules, for_fragments);
	/* They are copied. */
	rules_clear(&rules);
	for (i = 0; i < n_cases; i++) {
		u32 found = culvert_classify_find(classifier, &cases[i].flow);

		if (found != cases[i].want)
			fail_msg("case %zu: found %u, not %u", i + 1, found,
				 cases[i].want);
	}
	culvert_classify_free(classifier);
}

static void test_nothing_matches_nothing(void **state)
{
	const struct culvert_flow four = flow4(1, 2, TCP, 3, 4);
	const struct culvert_flow six = flow6(1, 2);
	struct culvert_classifier *classifier;
	struct rules rules;
	u32 n;

	for (n = 0; n < 3; n++) {
		rules_init(&rules, n);
		memset(rules.pointers, 0, n * sizeof(*rules.pointers));
		classifier = classify(&rules, false);
		assert_int_equal(culvert_classify_find(classifier, &four),
				 NONE);
		assert_int_equal(culvert_classify_find(classifier, &six), NONE);
		culvert_classify_free(classifier);
		rules_clear(&rules);
	}
}

static void test_the_first_wins(void **state)
{
	const u32 here = NET(10, 1, 0);
	const u32 there = NET(10, 2, 0);
	const struct culvert_selector site = v4(here, here + 255, there,
						there + 255);
	const struct culvert_selector selectors[] = {
		/* 0 */ with_ports(any(), ICMP, 8, 8, 0, U16_MAX),
		/* 1 */ with_ports(site, TCP, 0, U16_MAX, 22, 22),
		/* 2 */ site,
		/* 3 */ site,
		/* 4 */ v4(here + 256, here + 511, there, there + 255),
		/* 5 */ v4(0, U32_MAX, there, there + 511),
		/* 6 */ with_ports(any(), UDP, 500, 500, 500, 500),
		/* 7 */ v6(1, 0, 1, U64_MAX),
		/* 8 */ any(),
	};
	const struct find_case cases[] = {
		/*  1 */ { flow4(here, there, ICMP, 8, 0), 0 },
		/*  2 */ { flow4(here, there, ICMP, 0, 0), 2 },
		/*  3 */ { flow4(here + 255, there + 255, TCP, 9, 22), 1 },
		/*  4 */ { flow4(here + 255, there + 255, TCP, 9, 23), 2 },
		/*  5 */ { flow4(here + 256, there + 255, TCP, 9, 22), 4 },
		/*  6 */ { flow4(here + 512, there + 255, TCP, 9, 22), 5 },
		/*  7 */ { flow4(here, there + 256, TCP, 9, 22), 5 },
		/*  8 */ { flow4(here, there + 512, TCP, 9, 22), 8 },
		/*  9 */ { flow4(here, there - 1, TCP, 9, 22), 8 },
		/* 10 */ { flow4(here, there + 512, UDP, 500, 500), 6 },
		/* 11 */ { flow4(here, there + 512, UDP, 500, 501), 8 },
		/* 12 */ { flow6(1, 7), 7 },
		/* 13 */ { flow6(0, U64_MAX), 8 },
		/* 14 */ { flow6(2, 0), 8 },
	};

	run_find_cases(selectors, ARRAY_SIZE(selectors), false, cases,
		       ARRAY_SIZE(cases));
}

static void test_fragments(void **state)
{
	const struct culvert_selector selectors[] = {
		/* 0 */ with_ports(any(), ICMP, 8, 8, 0, 0),
		/* 1 */ with_ports(any(), TCP, 80, 80, 0, U16_MAX),
		/* 2 */ with_ports(any(), TCP, 443, 443, 0, U16_MAX),
		/* 3 */ with_ports(v6(1, 0, 1, 9), UDP, 1, 2, 3, 4),
		/* 4 */ with_ports(any(), UDP, 0, U16_MAX, 0, U16_MAX),
	};
	const struct find_case cases[] = {
		/* 1 */ { fragment(flow4(1, 2, ICMP, 0, 0)), 0 },
		/* 2 */ { fragment(flow4(1, 2, TCP, 0, 0)), 1 },
		/* 3 */ { fragment(flow4(1, 2, UDP, 0, 0)), 4 },
		/* 4 */ { fragment(flow4(1, 2, 50, 0, 0)), NONE },
		/* Over IPv6 they are not sure of their protocol either. */
		/* 5 */ { fragment(flow6(1, 2)), 0 },
		/* Nor does it matter what they are. */
		/* 6 */ { flow4(1, 2, TCP, 443, U16_MAX), 1 },
	};

	run_find_cases(selectors, ARRAY_SIZE(selectors), true, cases,
		       ARRAY_SIZE(cases));
}

/* Each selector holds the one before it, so no two can stand in one partition,
 * and there are more of them than partitions: the widest are left, which come
 * last, or first.
 */
static void test_nested_more_than_partitions(void **state)
{
	struct culvert_classifier *classifier;
	struct culvert_flow flow;
	struct rules rules;
	u32 n = 300;
	u32 i;

	rules_init(&rules, n);
	for (i = 0; i < n; i++)
		rules.selectors[i] = v4(n - i, n + i, n - i, n + i);
	classifier = classify(&rules, false);
	for (i = 0; i < n; i++) {
		flow = flow4(n - i, n, TCP, 1, 2);
		assert_int_equal(culvert_classify_find(classifier, &flow), i);
		flow = flow4(n, n + i, TCP, 1, 2);
		assert_int_equal(culvert_classify_find(classifier, &flow), i);
	}
	flow = flow4(0, n, TCP, 1, 2);
	assert_int_equal(culvert_classify_find(classifier, &flow), NONE);
	culvert_classify_free(classifier);

	/* The widest first: it wins whatever the others are. */
	for (i = 0; i < n; i++)
		rules.selectors[i] = v4(1 + i, 2 * n - i, 1 + i, 2 * n - i);
	classifier = classify(&rules, false);
	for (i = 1; i <= 2 * n; i++) {
		flow = flow4(i, i, TCP, 1, 2);
		assert_int_equal(culvert_classify_find(classifier, &flow), 0);
	}
	culvert_classify_free(classifier);
	rules_clear(&rules);
}

/* Random selectors */

static u64 random_state;

/* Numbers of their own (xorshift), so that a failure can be had again. */
static u64 random_number(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static u64 below(u64 n)
{
	return random_number() % n;
}

static u64 between(u64 first, u64 last)
{
	if (last - first == U64_MAX)
		return random_number();
	return first + random_number() % (last - first + 1);
}

static void order_ports(struct culvert_port_range *range, u16 a, u16 b)
{
	range->first = a < b ? a : b;
	range->last = a < b ? b : a;
}

/* Pairs of /24. */
static void make_sites(struct culvert_selector *selector, u32 i, u32 n)
{
	u32 local = NET(10, 0, below(16));
	u32 remote = NET(11, 0, 0) + (below(n) << 8);

	*selector = v4(local, local + 255, remote, remote + 255);
}

/* Some with a protocol, a port or a range of ports; some wider than others. */
static void make_mixed(struct culvert_selector *selector, u32 i, u32 n)
{
	static const u32 sizes[] = { 1, 256, 256, 65536 };
	u32 size = sizes[below(4)];

	make_sites(selector, i, n / 4 + 1);
	selector->remote.first.v4 &= -size;
	selector->remote.last.v4 = selector->remote.first.v4 + size - 1;
	if (below(3))
		selector->protocol = below(2) ? TCP : UDP;
	if (selector->protocol && below(2))
		order_ports(&selector->remote_port, below(16) * 64,
			    below(16) * 64 + 63);
	if (selector->protocol && !below(4))
		order_ports(&selector->local_port, below(U16_MAX), U16_MAX);
}

/* Ranges that begin and end anywhere. */
static void make_ranges(struct culvert_selector *selector, u32 i, u32 n)
{
	u32 local = below(1 << 16);
	u32 remote = below((u64)n << 8);

	*selector = v4(local, local + below(4096), remote,
		       remote + below(1024));
}

/* Ranges so wide, in a space so small, that few are disjoint. */
static void make_crowd(struct culvert_selector *selector, u32 i, u32 n)
{
	u32 local = below(32);
	u32 remote = below(32);

	*selector = v4(local, local + below(32), remote, remote + below(32));
	selector->protocol = below(3);
	order_ports(&selector->local_port, below(4), below(4));
	order_ports(&selector->remote_port, below(4), below(4));
}

/* A handful, again and again. */
static void make_equals(struct culvert_selector *selector, u32 i, u32 n)
{
	u32 remote = NET(11, 0, below(7));

	*selector = v4(0, U32_MAX, remote, remote + 255);
	selector->protocol = below(3);
}

/* Any addresses, ever wider ports. */
static void make_nested(struct culvert_selector *selector, u32 i, u32 n)
{
	*selector = any();
	if (below(2))
		selector->family = AF_INET;
	selector->local.last.v4 = U32_MAX;
	selector->remote.last.v4 = U32_MAX;
	selector->local_port.first = 1000 - i % 1000;
	selector->local_port.last = 1000 + i % 1000;
}

static void make_icmp(struct culvert_selector *selector, u32 i, u32 n)
{
	make_sites(selector, i, 8);
	if (!below(4))
		*selector = any();
	selector->protocol = ICMP;
	order_ports(&selector->local_port, below(20), below(20));
	if (below(2))
		order_ports(&selector->remote_port, below(16), below(16));
}

/* Ranges that end in the same half of the address, or in the other. */
static void make_v6(struct culvert_selector *selector, u32 i, u32 n)
{
	u64 high = 0x20010db800000000ULL + below(n);
	u64 low = random_number();

	*selector = below(2) ?
		v6(high, 0, high + below(4), U64_MAX) :
		v6(high, low, high + below(2), between(low, U64_MAX));
	if (below(2)) {
		selector->remote = selector->local;
		selector->local.first.v6[1] = 0;
		selector->local.last.v6[1] = U64_MAX;
	}
	if (!below(4))
		order_ports(&selector->remote_port, below(9), below(9));
}

/* Of all kinds, and holes. */
static void make_all(struct culvert_selector *selector, u32 i, u32 n)
{
	static void (*const makers[])(struct culvert_selector *, u32, u32) = {
		make_sites, make_mixed, make_ranges, make_icmp, make_v6,
		make_v6, make_equals,
	};

	makers[below(ARRAY_SIZE(makers))](selector, i, n);
	if (!below(200)) {
		selector->family = AF_UNSPEC;
		selector->protocol = 1 + below(200);
	}
}

/* Where answers change: at the ends of a range and beside them. */
static u64 near(u64 first, u64 last)
{
	switch (below(6)) {
	case 0:
		return first - 1;
	case 1:
		return last + 1;
	case 2:
		return first;
	case 3:
		return last;
	default:
		return between(first, last);
	}
}

static void near_range(union culvert_addr *addr, u8 family,
		       const struct culvert_addr_range *range)
{
	const union culvert_addr *first = &range->first;
	const union culvert_addr *last = &range->last;

	if (family == AF_INET) {
		addr->v4 = near(first->v4, last->v4);
		return;
	}
	addr->v6[0] = near(first->v6[0], last->v6[0]);
	if (first->v6[1] <= last->v6[1])
		addr->v6[1] = near(first->v6[1], last->v6[1]);
	else
		addr->v6[1] = near(last->v6[1], first->v6[1]);
}

/* Often the selector matches it, or just not. */
static struct culvert_flow near_selector(const struct culvert_selector *s)
{
	struct culvert_flow flow = { .family = s->family };

	if (flow.family == AF_UNSPEC)
		flow.family = below(2) ? AF_INET : AF_INET6;
	near_range(&flow.local, flow.family, &s->local);
	near_range(&flow.remote, flow.family, &s->remote);
	flow.protocol = s->protocol && below(8) ? s->protocol : below(256);
	flow.local_port = near(s->local_port.first, s->local_port.last);
	flow.remote_port = near(s->remote_port.first, s->remote_port.last);
	return flow;
}

/* What a selector means to fragments whose ports are unknown. */
static struct culvert_selector for_fragments_of(struct culvert_selector from,
						u8 family)
{
	from.local_port = (struct culvert_port_range) { 0, U16_MAX };
	from.remote_port = from.local_port;
	if (family == AF_INET6)
		from.protocol = 0;
	return from;
}

static u32 first_match(const struct rules *rules,
		       const struct culvert_flow *flow, bool for_fragments)
{
	u32 i;

	for (i = 0; i < rules->n; i++) {
		struct culvert_selector selector;

		if (!rules->pointers[i])
			continue;
		selector = *rules->pointers[i];
		if (for_fragments)
			selector = for_fragments_of(selector, flow->family);
		if (culvert_selector_matches(&selector, flow))
			return i;
	}
	return NONE;
}

/* How many of the flows matched. */
static u32 compare(const struct rules *rules,
		   const struct culvert_classifier *classifier,
		   bool for_fragments, u32 flows)
{
	u32 matches = 0;
	u32 i;

	for (i = 0; i < flows; i++) {
		u64 again = random_state;
		struct culvert_flow flow =
			near_selector(&rules->selectors[below(rules->n)]);
		u32 want = first_match(rules, &flow, for_fragments);
		u32 found = culvert_classify_find(classifier, &flow);

		if (found != want)
			fail_msg("%u rules, random state %#llx: %u, not %u",
				 rules->n, again, found, want);
		matches += found != NONE;
	}
	return matches;
}

struct shape {
	void (*make)(struct culvert_selector *selector, u32 i, u32 n);
	u32 n;
	u32 rounds;
	u32 flows;
	u32 holes;		/* one selector of so many is NULL */
};

static void run_round(const struct shape *shape, u32 n)
{
	struct culvert_classifier *classifier, *fragments;
	struct rules rules;
	u32 matches;
	u32 i;

	rules_init(&rules, n);
	for (i = 0; i < n; i++) {
		shape->make(&rules.selectors[i], i, n);
		if (shape->holes && !below(shape->holes))
			rules.pointers[i] = NULL;
	}
	classifier = classify(&rules, false);
	fragments = classify(&rules, true);
	matches = compare(&rules, classifier, false, shape->flows);
	/* Not all flows missed: there was something to find. */
	assert_true(matches > shape->flows / 20 || n < 8);
	compare(&rules, fragments, true, shape->flows);
	culvert_classify_free(classifier);
	culvert_classify_free(fragments);
	rules_clear(&rules);
}

/* Few selectors in most rounds: their flows meet all of them. */
static void run_shape(const struct shape *shape)
{
	u32 round;

	random_state = SEED;
	for (round = 0; round < shape->rounds; round++)
		run_round(shape, 1 + below(shape->n >> below(6)));
}

static void test_random_sites(void **state)
{
	run_shape(&(struct shape) { make_sites, 2000, 60, 400 });
}

static void test_random_mixed(void **state)
{
	run_shape(&(struct shape) { make_mixed, 2000, 60, 400 });
}

static void test_random_ranges(void **state)
{
	run_shape(&(struct shape) { make_ranges, 2000, 60, 400 });
}

static void test_random_crowd(void **state)
{
	run_shape(&(struct shape) { make_crowd, 3000, 60, 1000 });
}

static void test_random_equals(void **state)
{
	run_shape(&(struct shape) { make_equals, 500, 60, 400 });
}

static void test_random_nested(void **state)
{
	run_shape(&(struct shape) { make_nested, 1000, 60, 400 });
}

static void test_random_icmp(void **state)
{
	run_shape(&(struct shape) { make_icmp, 1000, 60, 400 });
}

static void test_random_v6(void **state)
{
	run_shape(&(struct shape) { make_v6, 2000, 60, 400 });
}

static void test_random_all(void **state)
{
	run_shape(&(struct shape) { make_all, 3000, 100, 400, 10 });
}

static void test_100000_rules(void **state)
{
	static const struct shape shapes[] = {
		{ make_sites, .flows = 100 },
		{ make_all, .flows = 100, .holes = 50 },
	};
	size_t i;

	random_state = SEED;
	for (i = 0; i < ARRAY_SIZE(shapes); i++)
		run_round(&shapes[i], 100000);
}

/* What cannot be built */

static void many_rules(struct rules *rules)
{
	u32 i;

	random_state = SEED;
	rules_init(rules, 3000);
	for (i = 0; i < rules->n; i++)
		if (i % 2)
			make_sites(&rules->selectors[i], i, rules->n);
		else
			make_v6(&rules->selectors[i], i, rules->n);
}

/* How many countdowns from 0 on let no classifier be built; it says why. */
static long count_failures(const struct rules *rules, long *countdown, int err)
{
	struct culvert_classifier *classifier;
	long n;

	for (n = 0;; n++) {
		*countdown = n;
		classifier = culvert_classify_new(rules->pointers,
						  rules->pointers, rules->n,
						  false);
		*countdown = -1;
		if (!IS_ERR(classifier))
			break;
		assert_int_equal(PTR_ERR(classifier), err);
	}
	compare(rules, classifier, false, 10);
	culvert_classify_free(classifier);
	return n;
}

/* That nothing leaks, the address sanitizer tells. */
static void test_memory_runs_out(void **state)
{
	struct rules rules;

	many_rules(&rules);
	/* The classifier, and four arrays for each family. */
	assert_int_equal(count_failures(&rules, &kernel_allocation_to_fail,
					-ENOMEM), 9);
	rules_clear(&rules);
}

static void test_a_fatal_signal_comes(void **state)
{
	struct rules rules;

	many_rules(&rules);
	assert_true(count_failures(&rules, &kernel_signal_after, -EINTR) > 20);
	rules_clear(&rules);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_matches_addresses),
		cmocka_unit_test(test_matches_ports),
		cmocka_unit_test(test_nothing_matches_nothing),
		cmocka_unit_test(test_the_first_wins),
		cmocka_unit_test(test_fragments),
		cmocka_unit_test(test_nested_more_than_partitions),
		cmocka_unit_test(test_random_sites),
		cmocka_unit_test(test_random_mixed),
		cmocka_unit_test(test_random_ranges),
		cmocka_unit_test(test_random_crowd),
		cmocka_unit_test(test_random_equals),
		cmocka_unit_test(test_random_nested),
		cmocka_unit_test(test_random_icmp),
		cmocka_unit_test(test_random_v6),
		cmocka_unit_test(test_random_all),
		cmocka_unit_test(test_100000_rules),
		cmocka_unit_test(test_memory_runs_out),
		cmocka_unit_test(test_a_fatal_signal_comes),
	};

	return cmocka_run_group_tests_name("classify", tests, NULL, NULL);
}
