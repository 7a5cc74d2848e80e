// SPDX-License-Identifier: GPL-2.0-only
/* IKE fragmentation: what was cut comes together in any order, and what a peer
 * sends to confuse or to fill memory is dropped.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "frag.h"
#include "proto.h"
#include "scarce.h"
#include "seeded.h"
#include "suites.h"

#define MESSAGE_ID 1
#define CHAIN_MAX FRAG_OCTETS_MAX
#define GCM 6			/* suites of suites.c */
#define CBC 2

/* SPIs, Next Payload, 2.0, IKE_AUTH, flags, Message ID, Length */
static const uint8_t header_octets[IKE_HEADER_LEN] = {
	0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7,
	0xd0, 0xd1, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7,
	0xff, 0x20, 35, 0x08, 0, 0, 0, MESSAGE_ID, 0xff, 0xff, 0xff, 0xff,
};

static uint8_t chain[CHAIN_MAX + 1];

/* One end that sends, one that puts together, and a clock. */
struct world {
	struct protection p;
	struct seeded seeded;
	struct ike_random random;
	uint8_t header[IKE_HEADER_LEN];
	struct ike_frag frag;
	uint64_t now;
	struct ike_body body;		/* of the last message that was whole */
	struct ike_fault fault;		/* of the last fragment */
};

static struct world world;

static void world_begin(size_t suite)
{
	size_t i;

	world = (struct world){ .now = 1000 };
	world.random = seeded_random(&world.seeded);
	memcpy(world.header, header_octets, sizeof(header_octets));
	protection_make(&world.p, suite);
	for (i = 0; i < sizeof(chain); i++)
		chain[i] = seeded_u64(&world.seeded);
}

static void world_end(void)
{
	ike_frag_clear(&world.frag);
	ike_body_clear(&world.body);
	protection_clear(&world.p);
}

static int set_up(void **state)
{
	world_begin(GCM);
	return 0;
}

static int tear_down(void **state)
{
	world_end();
	return 0;
}

static struct ike_packets cut(size_t len, size_t max)
{
	struct ike_packets packets;

	assert_int_equal(ike_frag_seal(&world.p.i, &world.random,
				       (struct ike_bytes){ world.header,
				       IKE_HEADER_LEN }, IKE_PAYLOAD_IDi,
				       (struct ike_bytes){ chain, len }, max,
				       &packets), 0);
	return packets;
}

/* What arrives is parsed as every message is, from memory of its own length. */
static int arrive_bytes(const uint8_t *data, size_t len)
{
	struct ike_bytes datagram = { data, len };
	struct ike_message msg = { 0 };
	struct ike_body body;
	int err;

	world.fault = (struct ike_fault){ 0 };
	assert_int_equal(ike_message_parse(&msg, datagram, &world.fault), 0);
	assert_int_equal(msg.encrypted_type, IKE_PAYLOAD_SKF);
	err = ike_frag_add(&world.frag, &world.p.i, datagram, &msg, world.now,
			   &body, &world.fault);
	ike_message_clear(&msg);
	if (err) {
		assert_null(body.data);
		return err;
	}
	ike_body_clear(&world.body);
	world.body = body;
	return 0;
}

static int arrive(const struct ike_packet *packet)
{
	return arrive_bytes(packet->data, packet->len);
}

static void assert_whole(size_t len)
{
	assert_int_equal(world.body.first, IKE_PAYLOAD_IDi);
	assert_int_equal(world.body.len, len);
	if (len)
		assert_memory_equal(world.body.data, chain, len);
	/* and nothing is kept */
	assert_int_equal(world.frag.total, 0);
	assert_null(world.frag.part);
	assert_int_equal(world.frag.octets, 0);
}

/* A fragment with fields and content as a peer with the keys pleases. */
static int arrive_made(uint16_t number, uint16_t total, uint8_t next,
		       const void *part, size_t len)
{
	struct ike_payload_fragment fragment = { number, total };
	struct ike_writer w;
	int err;

	ike_writer_init(&w, IKE_MESSAGE_MAX);
	assert_int_equal(ike_sk_seal_fragment(&world.p.i, &world.random,
					      (struct ike_bytes){ world.header,
					      IKE_HEADER_LEN }, &fragment, next,
					      (struct ike_bytes){ part, len },
					      &w), 0);
	err = arrive_bytes(w.data, w.len);
	ike_writer_clear(&w);
	return err;
}

/* The true parts of a message of 30 octets in three. */
static int arrive_third(uint16_t number)
{
	return arrive_made(number, 3, number == 1 ? IKE_PAYLOAD_IDi : 0,
			   chain + 10 * (number - 1), 10);
}

static void assert_dropped(int err, enum ike_reason reason)
{
	assert_int_equal(err, -EBADMSG);
	assert_int_equal(world.fault.reason, reason);
}

/* Cutting */

static void test_a_message_that_fits_is_not_cut(void **state)
{
	struct ike_packets packets;
	size_t max = ike_frag_max(0, false, false);
	size_t room = ike_sk_room(&world.p.i, false, max);

	packets = cut(room, max);
	assert_int_equal(packets.n, 1);
	assert_int_equal(packets.packet[0].len, max);
	assert_int_equal(packets.packet[0].data[16], IKE_PAYLOAD_SK);
	ike_packets_clear(&packets);
	packets = cut(room + 1, max);
	assert_int_equal(packets.n, 2);
	assert_int_equal(packets.packet[0].data[16], IKE_PAYLOAD_SKF);
	ike_packets_clear(&packets);
}

/* RFC 7383 2.4: not unless both support it. */
static void test_without_a_limit_nothing_is_cut(void **state)
{
	struct ike_packets packets = cut(CHAIN_MAX, SIZE_MAX);

	assert_int_equal(packets.n, 1);
	assert_int_equal(packets.packet[0].data[16], IKE_PAYLOAD_SK);
	ike_packets_clear(&packets);
}

static void test_an_empty_message_is_one_message(void **state)
{
	struct ike_packets packets = cut(0, ike_frag_max(1, false, true));

	assert_int_equal(packets.n, 1);
	ike_packets_clear(&packets);
}

/* RFC 7383 2.5: the header is taken intact but for Length and Next Payload; the
 * first fragment names the first payload, the others none; numbers from 1.
 */
static void test_layout_of_fragments(void **state)
{
	struct ike_packets packets = cut(3000, ike_frag_max(1, false, false));
	const uint8_t *data;
	size_t i;

	assert_true(packets.n > 2);
	for (i = 0; i < packets.n; i++) {
		data = packets.packet[i].data;
		assert_memory_equal(data, header_octets, 16);
		assert_int_equal(data[16], IKE_PAYLOAD_SKF);
		assert_memory_equal(data + 17, header_octets + 17, 7);
		assert_int_equal(data[24] << 24 | data[25] << 16 |
				 data[26] << 8 | data[27],
				 packets.packet[i].len);
		assert_int_equal(data[28], i ? 0 : IKE_PAYLOAD_IDi);
		assert_int_equal(data[29], 0);
		assert_int_equal(data[32] << 8 | data[33], i + 1);
		assert_int_equal(data[34] << 8 | data[35], packets.n);
	}
	ike_packets_clear(&packets);
}

/* All but the last fill their datagram. */
static void test_no_fragment_is_longer_than_the_limit(void **state)
{
	struct ike_packets packets;
	size_t suite, max, i;

	for (suite = 0; suite < SUITES; suite++) {
		world_end();
		world_begin(suite);
		for (max = 120; max < 140; max++) {
			packets = cut(1000, max);
			for (i = 0; i < packets.n; i++)
				assert_in_range(packets.packet[i].len,
						i + 1 < packets.n ? max - 15 :
						1, max);
			ike_packets_clear(&packets);
		}
	}
}

static void test_thresholds(void **state)
{
	/* RFC 7383 2.5.1: IP header 20 or 40, UDP 8, marker 4 */
	assert_int_equal(ike_frag_max(0, false, false), 1280 - 28);
	assert_int_equal(ike_frag_max(0, false, true), 1280 - 32);
	assert_int_equal(ike_frag_max(0, true, false), 1280 - 48);
	assert_int_equal(ike_frag_max(0, true, true), 1280 - 52);
	assert_int_equal(ike_frag_max(1, false, true), 576 - 32);
	assert_int_equal(ike_frag_max(1, true, true), 1280 - 52);
	assert_int_equal(ike_frag_max(99, false, true), 576 - 32);
}

/* RFC 7383 2.5.2: the sender makes sure that Total Fragments grows. */
static void test_the_next_probe_has_more_fragments_or_is_not_worth_it(
	void **state)
{
	const struct ike_sk *sk = &world.p.i;
	size_t len;

	for (len = 2000; len < 5000; len += 100)
		assert_true(ike_frag_total(sk, len,
					   ike_frag_max(1, false, true)) >
			    ike_frag_total(sk, len,
					   ike_frag_max(0, false, true)));
	assert_int_equal(ike_frag_total(sk, 100, ike_frag_max(1, false, true)),
			 1);
	assert_int_equal(ike_frag_total(sk, 3000, ike_frag_max(1, true, true)),
			 ike_frag_total(sk, 3000, ike_frag_max(0, true, true)));
}

static void test_more_fragments_than_a_peer_keeps_are_not_sent(void **state)
{
	struct ike_packets packets;
	size_t room = ike_sk_room(&world.p.i, true, 100);

	packets = cut(FRAG_TOTAL_MAX * room, 100);
	assert_int_equal(packets.n, FRAG_TOTAL_MAX);
	ike_packets_clear(&packets);
	assert_int_equal(ike_frag_seal(&world.p.i, &world.random,
				       (struct ike_bytes){ world.header,
				       IKE_HEADER_LEN }, IKE_PAYLOAD_IDi,
				       (struct ike_bytes){ chain,
				       FRAG_TOTAL_MAX * room + 1 }, 100,
				       &packets), -EMSGSIZE);
	assert_null(packets.packet);
	/* and none at all fits */
	assert_int_equal(ike_frag_seal(&world.p.i, &world.random,
				       (struct ike_bytes){ world.header,
				       IKE_HEADER_LEN }, IKE_PAYLOAD_IDi,
				       (struct ike_bytes){ chain, 1000 }, 20,
				       &packets), -EMSGSIZE);
}

static void test_no_fragments_without_random_octets(void **state)
{
	struct ike_packets packets;

	world_end();
	world_begin(CBC);
	world.seeded = (struct seeded){ .fail_at = 3 };
	assert_int_equal(ike_frag_seal(&world.p.i, &world.random,
				       (struct ike_bytes){ world.header,
				       IKE_HEADER_LEN }, IKE_PAYLOAD_IDi,
				       (struct ike_bytes){ chain, 5000 }, 1000,
				       &packets), -EIO);
	assert_null(packets.packet);
	assert_int_equal(packets.n, 0);
}

/* Cutting anew: RFC 7383 2.5.2. */

static void assert_comes_together(const struct ike_packets *packets, size_t len)
{
	size_t i;

	for (i = 0; i + 1 < packets->n; i++)
		assert_int_equal(arrive(&packets->packet[i]), -EAGAIN);
	assert_int_equal(arrive(&packets->packet[i]), 0);
	assert_whole(len);
}

static int recut(struct ike_packets *packets, size_t max)
{
	return ike_frag_recut(&world.p.i, &world.random, max, packets);
}

static void test_fragments_are_cut_into_smaller_ones(void **state)
{
	struct ike_packets packets;
	size_t suite, n;

	for (suite = 0; suite < SUITES; suite++) {
		world_end();
		world_begin(suite);
		packets = cut(3000, 1252);
		n = packets.n;
		assert_int_equal(recut(&packets, 544), 0);
		assert_true(packets.n > n);
		assert_in_range(packets.packet[0].len, 544 - 15, 544);
		assert_memory_equal(packets.packet[0].data, header_octets, 16);
		assert_memory_equal(packets.packet[0].data + 17,
				    header_octets + 17, 7);
		assert_comes_together(&packets, 3000);
		ike_packets_clear(&packets);
	}
}

static void test_a_whole_message_is_cut_too(void **state)
{
	struct ike_packets packets = cut(1000, 1252);

	assert_int_equal(packets.n, 1);
	assert_int_equal(recut(&packets, 544), 0);
	assert_int_equal(packets.n, 3);
	assert_comes_together(&packets, 1000);
	ike_packets_clear(&packets);
}

static void test_cutting_anew_that_gains_nothing_changes_nothing(void **state)
{
	struct ike_packets packets = cut(3000, 1252);
	uint8_t *was = packets.packet[0].data;
	size_t n = packets.n;

	assert_int_equal(recut(&packets, 1252), -ERANGE);
	assert_int_equal(recut(&packets, 1240), -ERANGE);
	assert_int_equal(recut(&packets, SIZE_MAX), -ERANGE);
	assert_int_equal(recut(&packets, 20), -ERANGE);
	assert_ptr_equal(packets.packet[0].data, was);
	assert_int_equal(packets.n, n);
	assert_comes_together(&packets, 3000);
	ike_packets_clear(&packets);
}

static int recut_step(void)
{
	struct ike_packets packets;
	int err = ike_frag_seal(&world.p.i, &world.random, (struct ike_bytes){
				world.header, IKE_HEADER_LEN }, IKE_PAYLOAD_IDi,
				(struct ike_bytes){ chain, 3000 }, 1252,
				&packets);

	if (!err)
		err = recut(&packets, 544);
	ike_packets_clear(&packets);
	return err;
}

static void test_cutting_anew_when_memory_runs_out(void **state)
{
	scarce_try(recut_step);
}

/* Putting together */

static void test_each_suite_and_length_comes_together(void **state)
{
	static const size_t lens[] = { 1, 500, 1300, 3000, 10000 };
	struct ike_packets packets;
	size_t suite, i, j;

	for (suite = 0; suite < SUITES; suite++) {
		world_end();
		world_begin(suite);
		for (i = 0; i < ARRAY_SIZE(lens); i++) {
			size_t max = lens[i] > 1000 ? 1252 : 100;

			packets = cut(lens[i], max);
			for (j = 0; packets.n > 1 && j + 1 < packets.n; j++)
				assert_int_equal(arrive(&packets.packet[j]),
						 -EAGAIN);
			if (packets.n > 1) {
				assert_int_equal(arrive(&packets.packet[j]), 0);
				assert_whole(lens[i]);
			}
			ike_packets_clear(&packets);
		}
	}
}

static void swap(struct ike_packet *a, struct ike_packet *b)
{
	struct ike_packet kept = *a;

	*a = *b;
	*b = kept;
}

/* Calls itself for each order of the packets from at on. */
static void arrive_in_every_order(struct ike_packets *packets, size_t at)
{
	struct ike_packet *p = packets->packet;
	size_t i;

	if (at == packets->n) {
		for (i = 0; i + 1 < packets->n; i++)
			assert_int_equal(arrive(&p[i]), -EAGAIN);
		assert_int_equal(arrive(&p[i]), 0);
		assert_whole(200);
	}
	for (i = at; i < packets->n; i++) {
		swap(&p[at], &p[i]);
		arrive_in_every_order(packets, at + 1);
		swap(&p[at], &p[i]);
	}
}

static void test_fragments_come_in_any_order(void **state)
{
	struct ike_packets packets = cut(200, 100);

	assert_in_range(packets.n, 4, 6);
	arrive_in_every_order(&packets, 0);
	ike_packets_clear(&packets);
}

static void test_one_fragment_of_one(void **state)
{
	assert_int_equal(arrive_made(1, 1, IKE_PAYLOAD_IDi, chain, 10), 0);
	assert_whole(10);
}

static void test_fragments_of_different_lengths(void **state)
{
	assert_int_equal(arrive_made(1, 3, IKE_PAYLOAD_IDi, chain, 1),
			 -EAGAIN);
	assert_int_equal(arrive_made(3, 3, 0, chain + 500, 7), -EAGAIN);
	assert_int_equal(arrive_made(2, 3, 0, chain + 1, 499), 0);
	assert_whole(507);
}

/* The same message sent again comes together again: whether it is a repeat is
 * for the window to say.
 */
static void test_a_message_comes_together_twice(void **state)
{
	int round, i;

	for (round = 0; round < 2; round++) {
		for (i = 1; i < 3; i++)
			assert_int_equal(arrive_third(i), -EAGAIN);
		assert_int_equal(arrive_third(3), 0);
		assert_whole(30);
	}
}

/* Families I63 to I66 */

static void test_I63_number_zero(void **state)
{
	assert_dropped(arrive_made(0, 3, 0, chain, 10),
		       IKE_REASON_FRAGMENT_NUMBER);
	assert_int_equal(world.frag.total, 0);
}

static void test_I63_total_zero(void **state)
{
	assert_dropped(arrive_made(1, 0, IKE_PAYLOAD_IDi, chain, 10),
		       IKE_REASON_FRAGMENT_NUMBER);
	assert_dropped(arrive_made(0, 0, 0, chain, 10),
		       IKE_REASON_FRAGMENT_NUMBER);
	assert_int_equal(world.frag.total, 0);
}

static void test_I63_number_over_total(void **state)
{
	assert_dropped(arrive_made(4, 3, 0, chain, 10),
		       IKE_REASON_FRAGMENT_NUMBER);
	assert_dropped(arrive_made(65535, 3, 0, chain, 10),
		       IKE_REASON_FRAGMENT_NUMBER);
	assert_int_equal(world.frag.total, 0);
}

static void test_I63_total_of_65535(void **state)
{
	static const uint16_t totals[] = { FRAG_TOTAL_MAX + 1, 1000, 65535 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(totals); i++) {
		assert_dropped(arrive_made(1, totals[i], IKE_PAYLOAD_IDi,
					   chain, 10), IKE_REASON_FRAGMENT_CAP);
		assert_dropped(arrive_made(totals[i], totals[i], 0, chain, 10),
			       IKE_REASON_FRAGMENT_CAP);
	}
	assert_int_equal(world.frag.total, 0);
}

static void test_I63_next_payload_in_fragment_2(void **state)
{
	assert_int_equal(arrive_third(1), -EAGAIN);
	assert_dropped(arrive_made(2, 3, IKE_PAYLOAD_AUTH, chain + 10, 10),
		       IKE_REASON_FRAGMENT_NEXT);
	assert_int_equal(arrive_third(2), -EAGAIN);
	assert_int_equal(arrive_third(3), 0);
	assert_whole(30);
}

/* RFC 7383 2.6: a replay, whatever is in it; the first one counts. */
static void test_I64_a_duplicate_with_other_content(void **state)
{
	assert_int_equal(arrive_third(1), -EAGAIN);
	assert_int_equal(arrive_third(2), -EAGAIN);
	assert_dropped(arrive_made(2, 3, 0, "other ones", 10),
		       IKE_REASON_FRAGMENT_REPEATED);
	assert_dropped(arrive_third(1), IKE_REASON_FRAGMENT_REPEATED);
	assert_int_equal(world.frag.missing, 1);
	assert_int_equal(arrive_third(3), 0);
	assert_whole(30);
}

static void test_I64_a_lower_total_is_dropped(void **state)
{
	assert_int_equal(arrive_third(1), -EAGAIN);
	assert_dropped(arrive_made(2, 2, 0, chain, 10),
		       IKE_REASON_FRAGMENT_TOTAL);
	assert_int_equal(arrive_third(2), -EAGAIN);
	assert_int_equal(arrive_third(3), 0);
	assert_whole(30);
}

/* RFC 7383 2.6: the sender tries smaller ones; all others are discarded. */
static void test_I64_a_higher_total_starts_over(void **state)
{
	assert_int_equal(arrive_third(1), -EAGAIN);
	assert_int_equal(arrive_third(2), -EAGAIN);
	assert_int_equal(arrive_made(4, 4, 0, chain + 25, 5), -EAGAIN);
	assert_int_equal(world.frag.total, 4);
	assert_int_equal(world.frag.missing, 3);
	assert_int_equal(world.frag.octets, 5);
	assert_dropped(arrive_third(3), IKE_REASON_FRAGMENT_TOTAL);
	assert_int_equal(arrive_made(1, 4, IKE_PAYLOAD_IDi, chain, 5), -EAGAIN);
	assert_int_equal(arrive_made(2, 4, 0, chain + 5, 10), -EAGAIN);
	assert_int_equal(arrive_made(3, 4, 0, chain + 15, 10), 0);
	assert_whole(30);
}

/* A forged higher total must not cost what is there. */
static void test_I64_a_higher_total_with_a_bad_icv_changes_nothing(void **state)
{
	struct ike_packets packets = cut(200, 100);
	uint8_t *forged = packets.packet[0].data;
	size_t i;

	for (i = 1; i < packets.n; i++)
		assert_int_equal(arrive(&packets.packet[i]), -EAGAIN);
	forged[35]++;
	assert_dropped(arrive(&packets.packet[0]), IKE_REASON_SK_ICV);
	forged[35]--;
	assert_int_equal(arrive(&packets.packet[0]), 0);
	assert_whole(200);
	ike_packets_clear(&packets);
}

static void test_I64_one_bad_icv_among_good_ones(void **state)
{
	struct ike_packets packets = cut(200, 100);
	struct ike_packet *bad = &packets.packet[1];
	size_t i;

	assert_int_equal(arrive(&packets.packet[0]), -EAGAIN);
	bad->data[bad->len - 1] ^= 1;
	assert_dropped(arrive(bad), IKE_REASON_SK_ICV);
	bad->data[bad->len - 1] ^= 1;
	for (i = 2; i < packets.n; i++)
		assert_int_equal(arrive(&packets.packet[i]), -EAGAIN);
	assert_int_equal(arrive(bad), 0);
	assert_whole(200);
	ike_packets_clear(&packets);
}

static void test_I64_nothing_is_kept_of_a_forged_message(void **state)
{
	struct ike_packets packets = cut(200, 100);
	size_t i;

	for (i = 0; i < packets.n; i++) {
		packets.packet[i].data[40] ^= 1;
		assert_dropped(arrive(&packets.packet[i]), IKE_REASON_SK_ICV);
	}
	assert_int_equal(world.frag.total, 0);
	assert_null(world.frag.part);
	ike_packets_clear(&packets);
}

static void test_I64_fragments_of_one_octet(void **state)
{
	int i;

	for (i = 1; i < FRAG_TOTAL_MAX; i++)
		assert_int_equal(arrive_made(i, FRAG_TOTAL_MAX,
					     i == 1 ? IKE_PAYLOAD_IDi : 0,
					     chain + i - 1, 1), -EAGAIN);
	assert_int_equal(arrive_made(i, FRAG_TOTAL_MAX, 0, chain + i - 1, 1),
			 0);
	assert_whole(FRAG_TOTAL_MAX);
}

static void test_I64_fragments_of_no_octet(void **state)
{
	assert_int_equal(arrive_made(1, 3, IKE_PAYLOAD_IDi, NULL, 0), -EAGAIN);
	assert_int_equal(arrive_made(2, 3, 0, NULL, 0), -EAGAIN);
	assert_dropped(arrive_made(2, 3, 0, NULL, 0),
		       IKE_REASON_FRAGMENT_REPEATED);
	assert_int_equal(arrive_made(3, 3, 0, NULL, 0), 0);
	assert_whole(0);
}

/* RFC 7383 2.6: all that was received so far is discarded. */
static void test_I64_a_missing_one_times_out_and_frees(void **state)
{
	assert_int_equal(arrive_third(1), -EAGAIN);
	assert_int_equal(arrive_third(2), -EAGAIN);
	world.now += FRAG_TIMEOUT_MS - 1;
	assert_false(ike_frag_expire(&world.frag, world.now));
	assert_int_equal(world.frag.total, 3);
	world.now += 1;
	assert_true(ike_frag_expire(&world.frag, world.now));
	assert_int_equal(world.frag.total, 0);
	assert_null(world.frag.part);
	assert_false(ike_frag_expire(&world.frag, world.now));
}

static void test_I64_the_last_one_comes_too_late(void **state)
{
	assert_int_equal(arrive_third(1), -EAGAIN);
	assert_int_equal(arrive_third(2), -EAGAIN);
	world.now += FRAG_TIMEOUT_MS;
	assert_int_equal(arrive_third(3), -EAGAIN);
	assert_int_equal(world.frag.missing, 2);
	assert_int_equal(arrive_third(1), -EAGAIN);
	assert_int_equal(arrive_third(2), 0);
	assert_whole(30);
}

/* A trickle of repeats does not keep a message alive. */
static void test_I64_repeats_do_not_move_the_deadline(void **state)
{
	assert_int_equal(arrive_third(1), -EAGAIN);
	world.now += FRAG_TIMEOUT_MS / 2;
	assert_int_equal(arrive_third(2), -EAGAIN);
	assert_dropped(arrive_third(1), IKE_REASON_FRAGMENT_REPEATED);
	world.now += FRAG_TIMEOUT_MS / 2;
	assert_true(ike_frag_expire(&world.frag, world.now));
}

static void test_I64_another_message_id_drops_what_was_kept(void **state)
{
	assert_int_equal(arrive_third(1), -EAGAIN);
	world.header[23]++;
	assert_int_equal(arrive_third(2), -EAGAIN);
	assert_int_equal(world.frag.message_id, MESSAGE_ID + 1);
	assert_int_equal(world.frag.missing, 2);
	assert_int_equal(arrive_third(1), -EAGAIN);
	assert_int_equal(arrive_third(3), 0);
	assert_whole(30);
}

/* Numbers and totals of another message mean nothing for this one. */
static void test_I64_another_message_id_with_a_lower_total(void **state)
{
	assert_int_equal(arrive_third(1), -EAGAIN);
	world.header[23]++;
	assert_int_equal(arrive_made(1, 2, IKE_PAYLOAD_IDi, chain, 20),
			 -EAGAIN);
	assert_int_equal(world.frag.total, 2);
	assert_int_equal(arrive_made(2, 2, 0, chain + 20, 10), 0);
	assert_whole(30);
}

/* With fewer octets than a cap there is no other limit; with more, the fragment
 * that would pass it is dropped and the others stay until their time is over.
 */
static void test_I66_octets_have_a_cap(void **state)
{
	assert_int_equal(arrive_made(1, 3, IKE_PAYLOAD_IDi, chain,
				     FRAG_OCTETS_MAX - 10), -EAGAIN);
	assert_dropped(arrive_made(2, 3, 0, chain, 11),
		       IKE_REASON_FRAGMENT_CAP);
	assert_int_equal(world.frag.octets, FRAG_OCTETS_MAX - 10);
	assert_int_equal(arrive_made(2, 3, 0, chain + FRAG_OCTETS_MAX - 10, 10),
			 -EAGAIN);
	assert_int_equal(arrive_made(3, 3, 0, NULL, 0), 0);
	assert_whole(FRAG_OCTETS_MAX);
}

static void test_I66_the_cap_counts_one_message_only(void **state)
{
	assert_int_equal(arrive_made(2, 2, 0, chain, FRAG_OCTETS_MAX),
			 -EAGAIN);
	assert_int_equal(arrive_made(1, 3, IKE_PAYLOAD_IDi, chain, 10),
			 -EAGAIN);
	assert_int_equal(world.frag.octets, 10);
}

static void test_I66_one_fragment_over_the_cap_changes_nothing(void **state)
{
	assert_int_equal(arrive_third(1), -EAGAIN);
	assert_dropped(arrive_made(1, 4, IKE_PAYLOAD_IDi, chain,
				   FRAG_OCTETS_MAX + 1),
		       IKE_REASON_FRAGMENT_CAP);
	assert_int_equal(world.frag.total, 3);
	assert_int_equal(arrive_third(2), -EAGAIN);
	assert_int_equal(arrive_third(3), 0);
	assert_whole(30);
}

/* Whatever arrives, one struct keeps one message below its caps. */
static void test_I66_a_flood_stays_below_the_caps(void **state)
{
	uint64_t draw;
	uint16_t number, total;
	int i;

	for (i = 0; i < 3000; i++) {
		draw = seeded_u64(&world.seeded);
		total = 1 + draw % FRAG_TOTAL_MAX;
		number = 1 + (draw >> 16) % total;
		world.header[23] = draw >> 32 & 1;
		arrive_made(number, total, number == 1 ? IKE_PAYLOAD_IDi : 0,
			    chain, (draw >> 40) % 2000);
		assert_in_range(world.frag.octets, 0, FRAG_OCTETS_MAX);
		assert_in_range(world.frag.total, 0, FRAG_TOTAL_MAX);
	}
}

static int seal_step(void)
{
	struct ike_packets packets;
	int err = ike_frag_seal(&world.p.i, &world.random,
				(struct ike_bytes){ world.header,
				IKE_HEADER_LEN }, IKE_PAYLOAD_IDi,
				(struct ike_bytes){ chain, 3000 }, 1000,
				&packets);

	if (err)
		assert_null(packets.packet);
	ike_packets_clear(&packets);
	return err;
}

static void test_sealing_when_memory_runs_out(void **state)
{
	scarce_try(seal_step);
}

static struct ike_packets to_come;

static int arrive_all_step(void)
{
	struct ike_message msg;
	struct ike_body body = { 0 };
	size_t i;
	int err = 0;

	world.fault = (struct ike_fault){ 0 };
	for (i = 0; i < to_come.n && (!err || err == -EAGAIN); i++) {
		struct ike_bytes datagram = { to_come.packet[i].data,
					      to_come.packet[i].len };

		msg = (struct ike_message){ 0 };
		err = ike_message_parse(&msg, datagram, &world.fault);
		if (!err)
			err = ike_frag_add(&world.frag, &world.p.i, datagram,
					   &msg, world.now, &body,
					   &world.fault);
		ike_message_clear(&msg);
	}
	if (err == -ENOMEM)
		assert_int_equal(world.fault.reason, IKE_REASON_NO_MEMORY);
	ike_body_clear(&body);
	ike_frag_clear(&world.frag);
	return err;
}

static void test_I66_putting_together_when_memory_runs_out(void **state)
{
	to_come = cut(3000, 1000);
	scarce_try(arrive_all_step);
	ike_packets_clear(&to_come);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_message_that_fits_is_not_cut),
		TEST(test_without_a_limit_nothing_is_cut),
		TEST(test_an_empty_message_is_one_message),
		TEST(test_layout_of_fragments),
		TEST(test_no_fragment_is_longer_than_the_limit),
		TEST(test_thresholds),
		TEST(test_the_next_probe_has_more_fragments_or_is_not_worth_it),
		TEST(test_more_fragments_than_a_peer_keeps_are_not_sent),
		TEST(test_no_fragments_without_random_octets),
		TEST(test_fragments_are_cut_into_smaller_ones),
		TEST(test_a_whole_message_is_cut_too),
		TEST(test_cutting_anew_that_gains_nothing_changes_nothing),
		TEST(test_cutting_anew_when_memory_runs_out),
		TEST(test_each_suite_and_length_comes_together),
		TEST(test_fragments_come_in_any_order),
		TEST(test_one_fragment_of_one),
		TEST(test_fragments_of_different_lengths),
		TEST(test_a_message_comes_together_twice),
		TEST(test_I63_number_zero),
		TEST(test_I63_total_zero),
		TEST(test_I63_number_over_total),
		TEST(test_I63_total_of_65535),
		TEST(test_I63_next_payload_in_fragment_2),
		TEST(test_I64_a_duplicate_with_other_content),
		TEST(test_I64_a_lower_total_is_dropped),
		TEST(test_I64_a_higher_total_starts_over),
		TEST(test_I64_a_higher_total_with_a_bad_icv_changes_nothing),
		TEST(test_I64_one_bad_icv_among_good_ones),
		TEST(test_I64_nothing_is_kept_of_a_forged_message),
		TEST(test_I64_fragments_of_one_octet),
		TEST(test_I64_fragments_of_no_octet),
		TEST(test_I64_a_missing_one_times_out_and_frees),
		TEST(test_I64_the_last_one_comes_too_late),
		TEST(test_I64_repeats_do_not_move_the_deadline),
		TEST(test_I64_another_message_id_drops_what_was_kept),
		TEST(test_I64_another_message_id_with_a_lower_total),
		TEST(test_I66_octets_have_a_cap),
		TEST(test_I66_the_cap_counts_one_message_only),
		TEST(test_I66_one_fragment_over_the_cap_changes_nothing),
		TEST(test_I66_a_flood_stays_below_the_caps),
		TEST(test_sealing_when_memory_runs_out),
		TEST(test_I66_putting_together_when_memory_runs_out),
	};

	return cmocka_run_group_tests_name("ike_frag", tests, NULL, NULL);
}
