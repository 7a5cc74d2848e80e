// SPDX-License-Identifier: GPL-2.0-only
/* Traffic selectors: read and written, compared as sets, narrowed. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "seeded.h"
#include "ts.h"
#include "wire.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static struct ike_ts ts(const char *text)
{
	struct ike_ts parsed;

	if (ike_ts_parse(&parsed, text))
		fail_msg("\"%s\" is no selector", text);
	return parsed;
}

/* Of selectors with blanks between; to be cleared. */
static struct ike_ts_list list(const char *text)
{
	struct ike_ts_list parsed = { 0 };
	char one[128];
	int len;

	while (sscanf(text, " %127s%n", one, &len) == 1) {
		const struct ike_ts next = ts(one);

		assert_int_equal(ike_ts_list_add(&parsed, &next), 0);
		text += len;
	}
	return parsed;
}

static void assert_prints(const struct ike_ts_list *printed,
			  const char *want)
{
	struct ike_text t;
	char line[512];

	ike_text_init(&t, line, sizeof(line));
	ike_ts_list_print(printed, &t);
	assert_string_equal(line, want);
}

/* The wire. */

static int parse(struct ike_ts_list *parsed, struct ike_bytes body,
		 struct ike_fault *fault)
{
	*fault = (struct ike_fault){ 0 };
	return ike_ts_list_parse(parsed, body, fault);
}

static void assert_malformed(const char *hex, enum ike_reason reason)
{
	struct ike_ts_list parsed;
	struct ike_fault fault;

	assert_int_equal(parse(&parsed, wire_hex(hex), &fault), -EINVAL);
	assert_string_equal(ike_reason_code(fault.reason),
			    ike_reason_code(reason));
	assert_null(parsed.ts);
}

static void assert_reads(const char *hex, const char *want)
{
	struct ike_ts_list parsed;
	struct ike_fault fault;
	struct ike_writer w;

	assert_int_equal(parse(&parsed, wire_hex(hex), &fault), 0);
	assert_prints(&parsed, want);
	ike_writer_init(&w, 4096);
	ike_ts_list_emit(&parsed, &w);
	if (!parsed.unknown)
		assert_true(ike_bytes_equal(ike_writer_written(&w),
					    wire_hex(hex)));
	ike_writer_clear(&w);
	ike_ts_list_clear(&parsed);
}

static void test_selectors_are_read_and_written(void **state)
{
	assert_reads("01000000 07000010 0000ffff c0a86400 c0a864ff",
		     "192.168.100.0/24");
	assert_reads("02000000 07060010 01bb01bb 0a000001 0a000001"
		     "07110010 03e807d0 0a000001 0a000009",
		     "10.0.0.1[tcp/443] 10.0.0.1-10.0.0.9[udp/1000-2000]");
	assert_reads("01000000 08000028 0000ffff"
		     "20010db8000000000000000000000000"
		     "20010db8ffffffffffffffffffffffff", "2001:db8::/32");
	assert_reads("01000000 07000010 0000ffff 00000000 ffffffff",
		     "0.0.0.0/0");
}

static void test_opaque_ports_are_read_and_written(void **state)
{
	assert_reads("01000000 07060010 ffff0000 00000000 ffffffff",
		     "0.0.0.0/0[tcp/opaque]");
	assert_reads("01000000 07000010 ffff0000 0a000000 0a0000ff",
		     "10.0.0.0/24[/opaque]");
}

/* RFC 7296 3.13.1: the type in the high octet, the code in the low one. */
static void test_ICMP_types_are_read_and_written(void **state)
{
	assert_reads("02000000 07010010 080008ff 0a000001 0a000001"
		     "07010010 03040304 0a000001 0a000001",
		     "10.0.0.1[icmp/8] 10.0.0.1[icmp/3(4)]");
	assert_reads("01000000 07010010 0000ffff 0a000001 0a000001",
		     "10.0.0.1[icmp]");
	/* Of several types: as the numbers they are. */
	assert_reads("02000000 07010010 01000355 0a000001 0a000001"
		     "07010010 00010100 0a000001 0a000001",
		     "10.0.0.1[icmp/256-853] 10.0.0.1[icmp/1-256]");
}

static void test_reserved_octets_are_ignored(void **state)
{
	struct ike_ts_list parsed;
	struct ike_fault fault;

	assert_int_equal(parse(&parsed, wire_hex("01ffffff 07000010 0000ffff"
						 "0a000000 0a0000ff"),
			       &fault), 0);
	ike_ts_list_clear(&parsed);
}

static void test_I50_count_of_0_255_and_wrong(void **state)
{
	assert_malformed("", IKE_REASON_TS_COUNT);
	assert_malformed("010000", IKE_REASON_TS_COUNT);
	assert_malformed("00000000", IKE_REASON_TS_COUNT);
	assert_malformed("00000000 07000010 0000ffff 0a000000 0a0000ff",
			 IKE_REASON_TS_COUNT);
	assert_malformed("02000000 07000010 0000ffff 0a000000 0a0000ff",
			 IKE_REASON_TS_COUNT);
	assert_malformed("ff000000 07000010 0000ffff 0a000000 0a0000ff",
			 IKE_REASON_TS_COUNT);
}

static void test_I50_octets_behind_the_last_selector(void **state)
{
	assert_malformed("01000000 07000010 0000ffff 0a000000 0a0000ff 00",
			 IKE_REASON_TS_COUNT);
	assert_malformed("01000000 07000010 0000ffff 0a000000 0a0000ff"
			 "07000010 0000ffff 0a000000 0a0000ff",
			 IKE_REASON_TS_COUNT);
}

static void test_I50_every_length(void **state)
{
	struct ike_bytes body = wire_hex("01000000 07000010 0000ffff"
					 "0a000000 0a0000ff");
	uint8_t *data = (uint8_t *)body.data;

	for (unsigned int type = 0; type < 256; type++) {
		for (unsigned int len = 0; len < 64; len++) {
			bool known = type == IKE_TS_IPV4_ADDR_RANGE ||
				     type == IKE_TS_IPV6_ADDR_RANGE;
			struct ike_ts_list parsed;
			struct ike_fault fault;
			bool good = len == 16 &&
				    (!known || type == IKE_TS_IPV4_ADDR_RANGE);

			data[4] = type;
			data[7] = len;
			assert_int_equal(parse(&parsed, body, &fault),
					 good ? 0 : -EINVAL);
			if (good)
				assert_int_equal(parsed.unknown, !known);
			ike_ts_list_clear(&parsed);
		}
	}
}

static void test_I50_unknown_type_beside_a_known_one(void **state)
{
	struct ike_ts_list parsed;
	struct ike_fault fault;

	assert_int_equal(parse(&parsed, wire_hex("02000000 0a000008 61626364"
						 "07000010 0000ffff"
						 "0a000000 0a0000ff"),
			       &fault), 0);
	assert_int_equal(parsed.n, 1);
	assert_int_equal(parsed.unknown, 1);
	ike_ts_list_clear(&parsed);
}

static void test_I50_ends_before_it_starts(void **state)
{
	assert_malformed("01000000 07000010 0000ffff 0a000001 0a000000",
			 IKE_REASON_TS_RANGE);
	assert_malformed("01000000 08000028 0000ffff"
			 "20010db8000000000000000000000001"
			 "20010db8000000000000000000000000",
			 IKE_REASON_TS_RANGE);
	assert_malformed("01000000 07060010 00510050 0a000000 0a000001",
			 IKE_REASON_TS_RANGE);
	assert_malformed("01000000 07060010 fffe0000 0a000000 0a000001",
			 IKE_REASON_TS_RANGE);
	assert_malformed("01000000 07060010 ffff0001 0a000000 0a000001",
			 IKE_REASON_TS_RANGE);
}

static void test_I50_255_selectors(void **state)
{
	struct ike_ts_list parsed;
	struct ike_fault fault;
	struct ike_writer w;

	ike_writer_init(&w, IKE_MESSAGE_MAX);
	ike_writer_u32(&w, 0xff000000);
	for (uint32_t i = 0; i < 255; i++) {
		ike_writer_u32(&w, 0x07000010);
		ike_writer_u32(&w, 0x0000ffff);
		ike_writer_u32(&w, i << 8);
		ike_writer_u32(&w, i << 8 | 255);
	}
	assert_int_equal(parse(&parsed, wire_copy(ike_writer_written(&w)),
			       &fault), 0);
	assert_int_equal(parsed.n, TS_MAX);
	assert_int_equal(ike_ts_list_add(&parsed, &parsed.ts[0]), -E2BIG);
	ike_ts_list_clear(&parsed);
	ike_writer_clear(&w);
}

static void test_I50_every_truncation_and_flipped_bit(void **state)
{
	struct ike_bytes whole = wire_hex(
		"03000000 07060010 01bb01bb 0a000001 0a000001"
		"08000028 0000ffff 20010db8000000000000000000000000"
		"20010db8ffffffffffffffffffffffff 0a000008 61626364");
	struct ike_ts_list parsed;
	struct ike_fault fault;

	for (size_t len = 0; len < whole.len; len++) {
		struct ike_bytes cut = { whole.data, len };

		assert_int_equal(parse(&parsed, wire_copy(cut), &fault),
				 -EINVAL);
	}
	for (size_t bit = 0; bit < whole.len * 8; bit++) {
		struct ike_bytes flipped = wire_copy(whole);

		((uint8_t *)flipped.data)[bit / 8] ^= 0x80 >> bit % 8;
		if (!parse(&parsed, flipped, &fault))
			ike_ts_list_clear(&parsed);
	}
}

/* Text. */

static void test_text_is_read_and_printed(void **state)
{
	static const char *const same[] = {
		"10.0.0.0/8", "10.0.0.1", "10.0.0.1-10.0.0.6", "0.0.0.0/0",
		"2001:db8::/64", "::/0", "2001:db8::1-2001:db8::9",
		"10.0.0.0/8[tcp]", "10.0.0.0/8[tcp/443]",
		"10.0.0.0/8[udp/500-4500]", "10.0.0.0/8[99]",
		"10.0.0.0/8[/53]", "::/0[tcp/opaque]",
		"10.0.0.1[icmp/8]", "10.0.0.1[icmp/3(1)]",
		"2001:db8::1[icmpv6/128]", "10.0.0.1[sctp/0-65534]",
	};

	for (size_t i = 0; i < ARRAY_SIZE(same); i++) {
		struct ike_ts_list one = list(same[i]);

		assert_prints(&one, same[i]);
		ike_ts_list_clear(&one);
	}
}

static void test_text_with_another_spelling(void **state)
{
	static const char *const pairs[][2] = {
		{ "10.0.0.0-10.255.255.255", "10.0.0.0/8" },
		{ "10.0.0.1/32", "10.0.0.1" },
		{ "10.0.0.1-10.0.0.1", "10.0.0.1" },
		{ "2001:DB8:0:0::/64", "2001:db8::/64" },
		{ "10.0.0.0/8[6/443]", "10.0.0.0/8[tcp/443]" },
		{ "10.0.0.0/8[tcp/0-65535]", "10.0.0.0/8[tcp]" },
		{ "10.0.0.0/8[0]", "10.0.0.0/8" },
		{ "10.0.0.0/8[tcp/80-80]", "10.0.0.0/8[tcp/80]" },
		{ "10.0.0.0-10.0.0.254", "10.0.0.0-10.0.0.254" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		struct ike_ts_list one = list(pairs[i][0]);

		assert_prints(&one, pairs[i][1]);
		ike_ts_list_clear(&one);
	}
}

static void test_text_that_is_no_selector(void **state)
{
	static const char *const bad[] = {
		"", "10", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8x",
		"10.0.0.0/-1", "10.0.0.1/8", "::1/64", "::/129", "a.b.c.d",
		"10.0.0.9-10.0.0.1", "10.0.0.1-::1", "::1-10.0.0.1",
		"10.0.0.1-", "-10.0.0.1", "10.0.0.0/8[", "10.0.0.0/8[tcp",
		"10.0.0.0/8[]", "10.0.0.0/8[tcp]x", "10.0.0.0/8[tcp/]",
		"10.0.0.0/8[tcp/65536]", "10.0.0.0/8[tcp/9-1]",
		"10.0.0.0/8[tcp/1-]", "10.0.0.0/8[256]", "10.0.0.0/8[nope]",
		"10.0.0.0/8[icmp/256]", "10.0.0.0/8[icmp/1(256)]",
		"10.0.0.0/8[icmp/1(]", "10.0.0.0/8[icmp/1()]",
		"10.0.0.0/8[tcp/99999999999999999999]",
		"10.0.0.0/99999999999999999999999999",
	};
	struct ike_ts parsed;
	char longest[300];

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		if (ike_ts_parse(&parsed, bad[i]) != -EINVAL)
			fail_msg("\"%s\" was read", bad[i]);
	}
	memset(longest, '1', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(ike_ts_parse(&parsed, longest), -EINVAL);
}

/* Sets. */

static void assert_covers(const char *outer, const char *inner, bool want)
{
	struct ike_ts_list out = list(outer);
	struct ike_ts_list in = list(inner);

	if (ike_ts_list_covers(&out, &in) != want)
		fail_msg("\"%s\" %s \"%s\"", outer,
			 want ? "does not cover" : "covers", inner);
	if (out.n == 1 && in.n == 1)
		assert_int_equal(ike_ts_covers(&out.ts[0], &in.ts[0]), want);
	ike_ts_list_clear(&out);
	ike_ts_list_clear(&in);
}

static void test_one_selector_covers_another(void **state)
{
	assert_covers("10.0.0.0/8", "10.1.0.0/16", true);
	assert_covers("10.0.0.0/8", "10.0.0.0/8", true);
	assert_covers("10.0.0.0/8", "10.0.0.0/7", false);
	assert_covers("10.0.0.0/8", "11.0.0.0/8", false);
	assert_covers("10.0.0.0/8", "10.0.0.1[tcp/80]", true);
	assert_covers("10.0.0.0/8[tcp]", "10.0.0.1[tcp/80]", true);
	assert_covers("10.0.0.0/8[tcp]", "10.0.0.1[udp/80]", false);
	assert_covers("10.0.0.0/8[tcp]", "10.0.0.1", false);
	assert_covers("10.0.0.0/8[tcp/80]", "10.0.0.1[tcp]", false);
	assert_covers("10.0.0.0/8[tcp/1-99]", "10.0.0.1[tcp/5-9]", true);
	assert_covers("0.0.0.0/0", "::/0", false);
	assert_covers("::/0", "10.0.0.0/8", false);
	assert_covers("2001:db8::/32", "2001:db8:1::/48", true);
}

/* RFC 4301 4.4.1.1: ANY includes OPAQUE. */
static void test_any_covers_opaque_and_a_range_does_not(void **state)
{
	assert_covers("10.0.0.0/8", "10.0.0.0/8[tcp/opaque]", true);
	assert_covers("10.0.0.0/8[tcp]", "10.0.0.0/8[tcp/opaque]", true);
	assert_covers("10.0.0.0/8[tcp/opaque]", "10.0.0.0/8[tcp]", false);
	assert_covers("10.0.0.0/8[tcp/0-65534]", "10.0.0.1[tcp/opaque]",
		      false);
	assert_covers("10.0.0.0/8[tcp/opaque]", "10.0.0.1[tcp/opaque]", true);
	assert_covers("10.0.0.0/8[tcp/0-65534] 10.0.0.0/8[tcp/65535]",
		      "10.0.0.1[tcp]", false);
	assert_covers("10.0.0.0/8[tcp/0-65534] 10.0.0.0/8[tcp/65535] "
		      "10.0.0.0/8[tcp/opaque]", "10.0.0.1[tcp]", true);
}

static void test_several_selectors_cover_together(void **state)
{
	assert_covers("10.0.0.0/25 10.0.0.128/25", "10.0.0.0/24", true);
	assert_covers("10.0.0.0/25 10.0.0.129/32", "10.0.0.0/24", false);
	assert_covers("10.0.0.0-10.0.0.200 10.0.0.100-10.0.0.255",
		      "10.0.0.0/24", true);
	assert_covers("10.0.0.0/24[tcp/0-99] 10.0.0.0/24[tcp/100-65535]",
		      "10.0.0.7[tcp/50-150]", true);
	assert_covers("10.0.0.0/25[tcp] 10.0.0.128/25[udp]",
		      "10.0.0.0/24[tcp]", false);
	assert_covers("10.0.0.0/25 10.0.0.128/25[tcp/80] 10.0.0.128/25",
		      "10.0.0.0/24", true);
	assert_covers("::/1 8000::/1", "::/0", true);
	assert_covers("::/1 8000::/2", "::/0", false);
	assert_covers("10.0.0.0/8", "10.0.0.0/9 10.128.0.0/9", true);
	assert_covers("10.0.0.0/8", "10.0.0.0/9 11.0.0.0/9", false);
}

static void test_nothing_is_covered_by_all_and_covers_nothing(void **state)
{
	struct ike_ts_list none = { 0 };
	struct ike_ts_list all = list("0.0.0.0/0");

	assert_true(ike_ts_list_covers(&all, &none));
	assert_true(ike_ts_list_covers(&none, &none));
	assert_false(ike_ts_list_covers(&none, &all));
	assert_true(ike_ts_list_same(&none, &none));
	assert_false(ike_ts_list_same(&none, &all));
	ike_ts_list_clear(&all);
}

static void test_same_packets_in_other_words(void **state)
{
	struct ike_ts_list a = list("10.0.0.0/24 10.0.1.0/24");
	struct ike_ts_list b = list("10.0.0.0/23");

	assert_true(ike_ts_list_same(&a, &b));
	assert_false(ike_ts_equal(&a.ts[0], &b.ts[0]));
	assert_true(ike_ts_equal(&a.ts[0], &a.ts[0]));
	ike_ts_list_clear(&b);
	b = list("10.0.0.0/22");
	assert_false(ike_ts_list_same(&a, &b));
	ike_ts_list_clear(&a);
	ike_ts_list_clear(&b);
}

static void assert_intersects(const char *a, const char *b, const char *want)
{
	struct ike_ts x = ts(a), y = ts(b), both, back;
	struct ike_ts_list one = { 0 };

	if (!want) {
		assert_false(ike_ts_intersect(&x, &y, &both));
		assert_false(ike_ts_intersect(&y, &x, &both));
		return;
	}
	assert_true(ike_ts_intersect(&x, &y, &both));
	assert_true(ike_ts_intersect(&y, &x, &back));
	assert_true(ike_ts_equal(&both, &back));
	assert_int_equal(ike_ts_list_add(&one, &both), 0);
	assert_prints(&one, want);
	ike_ts_list_clear(&one);
}

static void test_intersections(void **state)
{
	assert_intersects("10.0.0.0/8", "10.1.0.0/16", "10.1.0.0/16");
	assert_intersects("10.0.0.0/8[tcp]", "10.1.0.0/16", "10.1.0.0/16[tcp]");
	assert_intersects("10.0.0.0-10.0.0.9", "10.0.0.5-10.0.0.20",
			  "10.0.0.5-10.0.0.9");
	assert_intersects("10.0.0.0/8[tcp/1-99]", "10.0.0.0/8[tcp/50-200]",
			  "10.0.0.0/8[tcp/50-99]");
	assert_intersects("10.0.0.0/8[tcp]", "10.0.0.0/8[tcp/opaque]",
			  "10.0.0.0/8[tcp/opaque]");
	assert_intersects("10.0.0.0/8", "11.0.0.0/8", NULL);
	assert_intersects("10.0.0.0/8[tcp]", "10.0.0.0/8[udp]", NULL);
	assert_intersects("10.0.0.0/8[tcp/1-9]", "10.0.0.0/8[tcp/10]", NULL);
	assert_intersects("10.0.0.0/8[tcp/0-65534]", "10.0.0.0/8[tcp/opaque]",
			  NULL);
	assert_intersects("0.0.0.0/0", "::/0", NULL);
	assert_intersects("::/0", "2001:db8::/32[icmpv6/128]",
			  "2001:db8::/32[icmpv6/128]");
}

/* By a plain set of all points of a small space. */
static bool holds(const struct ike_ts_list *set, const struct ike_ts *point)
{
	for (size_t i = 0; i < set->n; i++) {
		if (ike_ts_covers(&set->ts[i], point))
			return true;
	}
	return false;
}

static struct ike_ts_list random_list(struct seeded *seeded)
{
	size_t n = seeded_u64(seeded) % 5;
	struct ike_ts_list made = { 0 };

	while (n--) {
		uint64_t bits = seeded_u64(seeded);
		struct ike_ts one = { .type = IKE_TS_IPV4_ADDR_RANGE };

		one.first[3] = bits % 6;
		one.last[3] = one.first[3] + bits / 6 % (6 - one.first[3]);
		one.port_first = bits / 64 % 3;
		one.port_last = one.port_first +
				bits / 256 % (3 - one.port_first);
		if (bits / 1024 % 4 == 0)
			one.port_last = 65535 * !one.port_first;
		if (one.port_first && !one.port_last)
			one.port_first = 65535;
		one.protocol = bits / 4096 % 3;
		assert_int_equal(ike_ts_list_add(&made, &one), 0);
	}
	return made;
}

static void points_compare(const struct ike_ts_list *outer,
			   const struct ike_ts_list *inner,
			   const struct ike_ts_list *both)
{
	static const uint16_t ports[][2] = {
		{ 0, 0 }, { 1, 1 }, { 2, 2 }, { 9, 9 }, { 65535, 0 },
	};
	bool covered = true;

	for (size_t i = 0; i < 6 * ARRAY_SIZE(ports) * 3; i++) {
		struct ike_ts point = {
			.type = IKE_TS_IPV4_ADDR_RANGE,
			.port_first = ports[i / 6 % 5][0],
			.port_last = ports[i / 6 % 5][1],
			/* 200 is in no list but where any protocol is. */
			.protocol = i / 30 ? i / 30 : 200,
		};

		point.first[3] = i % 6;
		point.last[3] = i % 6;
		if (holds(inner, &point) && !holds(outer, &point))
			covered = false;
		assert_int_equal(holds(both, &point),
				 holds(inner, &point) &&
					 holds(outer, &point));
	}
	assert_int_equal(ike_ts_list_covers(outer, inner), covered);
}

static void test_sets_against_a_plain_set_of_points(void **state)
{
	struct seeded seeded = { .state = 20 };

	for (int i = 0; i < 4000; i++) {
		struct ike_ts_list outer = random_list(&seeded);
		struct ike_ts_list inner = random_list(&seeded);
		struct ike_ts_list both;
		int err = ike_ts_narrow(&inner, &outer, &both);

		assert_true(err == 0 || err == -ENOENT);
		points_compare(&outer, &inner, &both);
		assert_true(ike_ts_list_covers(&outer, &both));
		assert_true(ike_ts_list_covers(&inner, &both));
		ike_ts_list_clear(&both);
		ike_ts_list_clear(&outer);
		ike_ts_list_clear(&inner);
	}
}

/* Narrowing, RFC 7296 2.9. */

static void assert_narrows(const char *offer, const char *policy,
			   const char *want)
{
	struct ike_ts_list theirs = list(offer);
	struct ike_ts_list ours = list(policy);
	struct ike_ts_list answer;
	int err = ike_ts_narrow(&theirs, &ours, &answer);

	if (want) {
		assert_int_equal(err, 0);
		assert_prints(&answer, want);
	} else {
		assert_int_equal(err, -ENOENT);
	}
	ike_ts_list_clear(&answer);
	ike_ts_list_clear(&theirs);
	ike_ts_list_clear(&ours);
}

static void test_narrow_all_of_it_is_allowed(void **state)
{
	assert_narrows("192.168.100.0/24", "192.168.0.0/16",
		       "192.168.100.0/24");
	assert_narrows("192.168.100.0/24 192.168.200.0/24", "0.0.0.0/0",
		       "192.168.100.0/24 192.168.200.0/24");
}

static void test_narrow_to_what_the_policy_has(void **state)
{
	assert_narrows("0.0.0.0/0", "172.16.10.0/24", "172.16.10.0/24");
	assert_narrows("0.0.0.0/0", "10.0.0.0/24 10.2.0.0/24",
		       "10.0.0.0/24 10.2.0.0/24");
	assert_narrows("10.0.0.0/8[tcp]", "10.0.0.0/24[tcp/443] 10.1.0.0/24",
		       "10.0.0.0/24[tcp/443] 10.1.0.0/24[tcp]");
}

/* The first selector is the packet that asked for the SA (2.9). */
static void test_narrow_keeps_the_first_choice(void **state)
{
	assert_narrows("10.2.0.7[tcp/50000] 0.0.0.0/0",
		       "10.0.0.0/24 10.2.0.0/24",
		       "10.0.0.0/24 10.2.0.0/24");
	assert_narrows("10.2.0.7[tcp/50000] 10.2.0.0/25", "10.2.0.0/24",
		       "10.2.0.0/25");
	assert_narrows("10.2.0.7 10.9.0.0/16", "10.2.0.0/24 10.9.1.0/24",
		       "10.2.0.7 10.9.1.0/24");
}

static void test_narrow_when_the_first_choice_is_not_allowed(void **state)
{
	assert_narrows("10.5.0.1 10.0.0.0/8", "10.2.0.0/24", "10.2.0.0/24");
}

static void test_I51_narrow_disjoint_is_unacceptable(void **state)
{
	assert_narrows("10.0.0.0/8", "192.168.0.0/16", NULL);
	assert_narrows("10.0.0.0/8", "::/0", NULL);
	assert_narrows("10.0.0.0/8[tcp]", "10.0.0.0/8[udp]", NULL);
}

static void test_narrow_from_or_to_nothing(void **state)
{
	assert_narrows("", "10.0.0.0/8", NULL);
	assert_narrows("10.0.0.0/8", "", NULL);
}

static void test_narrow_says_nothing_twice(void **state)
{
	assert_narrows("10.0.0.0/8 10.0.0.0/8 10.1.0.0/16",
		       "10.0.0.0/8 10.1.0.0/16", "10.0.0.0/8");
	assert_narrows("10.1.0.0/16 10.0.0.0/8", "10.0.0.0/8", "10.0.0.0/8");
}

/* What was narrowed is inside both, and narrowing it again changes nothing:
 * a rekey that offers what is in use is not made narrower (2.9.2).
 */
static void test_narrow_of_what_was_narrowed(void **state)
{
	struct ike_ts_list offer = list("10.0.0.0/8 192.168.0.0/16[tcp]");
	struct ike_ts_list policy = list("10.1.0.0/16 192.168.4.0/24[tcp/80]");
	struct ike_ts_list used, again;

	assert_int_equal(ike_ts_narrow(&offer, &policy, &used), 0);
	assert_int_equal(ike_ts_narrow(&used, &policy, &again), 0);
	assert_true(ike_ts_list_same(&used, &again));
	assert_true(ike_ts_list_covers(&offer, &used));
	assert_true(ike_ts_list_covers(&policy, &used));
	ike_ts_list_clear(&offer);
	ike_ts_list_clear(&policy);
	ike_ts_list_clear(&used);
	ike_ts_list_clear(&again);
}

static void test_I51_narrow_rekey_is_never_narrower(void **state)
{
	assert_covers("10.1.0.0/16 192.168.4.0/24", "10.1.0.0/16", true);
	assert_covers("10.1.0.0/17", "10.1.0.0/16", false);
	assert_covers("10.1.0.0/16[tcp]", "10.1.0.0/16", false);
}

/* More than fits into a payload is narrowed away, and never an error. */
static void test_narrow_to_more_than_fits(void **state)
{
	struct ike_ts_list offer = { 0 }, policy = { 0 }, answer;
	struct ike_ts one = ts("10.0.0.0/8[udp/1]");

	for (int i = 0; i < 20; i++) {
		one.port_first = one.port_last = i * 10;
		one.protocol = 0;
		one.first[1] = 0;
		one.last[1] = 255;
		assert_int_equal(ike_ts_list_add(&offer, &one), 0);
		one.port_first = 0;
		one.port_last = 65535;
		one.first[1] = one.last[1] = i * 2;
		assert_int_equal(ike_ts_list_add(&policy, &one), 0);
	}
	assert_int_equal(ike_ts_narrow(&offer, &policy, &answer), 0);
	assert_int_equal(answer.n, TS_MAX);
	ike_ts_list_clear(&offer);
	ike_ts_list_clear(&policy);
	ike_ts_list_clear(&answer);
}

/* 255 selectors that overlap in every dimension: the work has an end. */
static void test_cover_work_is_bounded(void **state)
{
	struct ike_ts_list outer = { 0 };
	struct ike_ts_list inner = list("0.0.0.0/0");

	for (int i = 0; i < TS_MAX; i++) {
		struct ike_ts one = ts("0.0.0.0/0[tcp/0-9]");

		one.first[0] = i;
		one.last[0] = 255 - i / 2 < i ? i : 255 - i / 2;
		one.port_first = i * 7 % 200;
		one.port_last = 60000 + i * 13 % 5000;
		one.protocol = i % 3 ? 0 : i;
		assert_int_equal(ike_ts_list_add(&outer, &one), 0);
	}
	assert_false(ike_ts_list_covers(&outer, &inner));
	ike_ts_list_clear(&outer);
	ike_ts_list_clear(&inner);
}

static void test_lists_are_copied_deeply(void **state)
{
	struct ike_ts_list a = list("10.0.0.0/8 ::/0"), b;

	assert_int_equal(ike_ts_list_copy(&b, &a), 0);
	ike_ts_list_clear(&a);
	assert_prints(&b, "10.0.0.0/8 ::/0");
	assert_int_equal(ike_ts_list_copy(&a, &(struct ike_ts_list){ 0 }), 0);
	assert_int_equal(a.n, 0);
	ike_ts_list_clear(&b);
}

#define TEST(test) cmocka_unit_test_teardown(test, wire_free)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_selectors_are_read_and_written),
		TEST(test_opaque_ports_are_read_and_written),
		TEST(test_ICMP_types_are_read_and_written),
		TEST(test_reserved_octets_are_ignored),
		TEST(test_I50_count_of_0_255_and_wrong),
		TEST(test_I50_octets_behind_the_last_selector),
		TEST(test_I50_every_length),
		TEST(test_I50_unknown_type_beside_a_known_one),
		TEST(test_I50_ends_before_it_starts),
		TEST(test_I50_255_selectors),
		TEST(test_I50_every_truncation_and_flipped_bit),
		TEST(test_text_is_read_and_printed),
		TEST(test_text_with_another_spelling),
		TEST(test_text_that_is_no_selector),
		TEST(test_one_selector_covers_another),
		TEST(test_any_covers_opaque_and_a_range_does_not),
		TEST(test_several_selectors_cover_together),
		TEST(test_nothing_is_covered_by_all_and_covers_nothing),
		TEST(test_same_packets_in_other_words),
		TEST(test_intersections),
		TEST(test_sets_against_a_plain_set_of_points),
		TEST(test_narrow_all_of_it_is_allowed),
		TEST(test_narrow_to_what_the_policy_has),
		TEST(test_narrow_keeps_the_first_choice),
		TEST(test_narrow_when_the_first_choice_is_not_allowed),
		TEST(test_I51_narrow_disjoint_is_unacceptable),
		TEST(test_narrow_from_or_to_nothing),
		TEST(test_narrow_says_nothing_twice),
		TEST(test_narrow_of_what_was_narrowed),
		TEST(test_I51_narrow_rekey_is_never_narrower),
		TEST(test_narrow_to_more_than_fits),
		TEST(test_cover_work_is_bounded),
		TEST(test_lists_are_copied_deeply),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
