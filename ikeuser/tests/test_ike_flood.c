// SPDX-License-Identifier: GPL-2.0-only
/* Floods of IKE_SA_INIT, from everywhere and from one address that can answer: what
 * is kept is bounded, and an honest peer gets in.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "pair.h"
#include "proto.h"

#define FLOOD 5000
/* COOKIE: header, Notify with 4 octets before its data. */
#define COOKIE_AT (28 + 8)

struct first {
	uint8_t data[2048];
	size_t len;
};

/* A's first message, of which others are made. */
static struct pair *waiting(struct first *first)
{
	struct pair *pair = pair_new();
	struct pair_packet *packet;

	/* Whoever it is: addresses do not tell peers apart. */
	pair->end[B].peer.remote.len = 0;
	pair_start(pair);
	pair_acquire(pair, A, 0);
	packet = pair_peek(pair, A);
	first->len = packet->len;
	memcpy(first->data, packet->data, packet->len);
	return pair;
}

static void throw(struct pair *pair, const uint8_t *data, size_t len,
		  uint32_t source)
{
	struct ike_event event = { .kind = IKE_EV_DATAGRAM };

	event.datagram.local = pair->end[B].peer.local;
	event.datagram.remote = (struct ike_address){ .len = 4, .port = 500 };
	memcpy(event.datagram.remote.ip, &source, 4);
	event.datagram.data.data = data;
	event.datagram.data.len = len;
	assert_int_equal(pair_event(pair, B, event), 0);
}

static void number(struct first *first, unsigned int i)
{
	first->data[0] = 1 + i / 250;
	first->data[1] = 1 + i % 250;
}

static void test_5000_spoofed_from_everywhere(void **state)
{
	struct first first;
	struct pair *pair = waiting(&first);
	unsigned int i;

	for (i = 0; i < FLOOD; i++) {
		number(&first, i);
		throw(pair, first.data, first.len, 0x0a000001 + i);
		while (pair_waiting(pair, B))
			pair_drop(pair, B);
	}
	assert_int_equal(pair->end[B].engine->half_open, HALF_OPEN_COOKIES);
	assert_int_equal(pair_ike(pair, B), HALF_OPEN_COOKIES);
	/* No state for the rest: N(COOKIE) --> , and the honest peer has it. */
	pair_settle(pair);
	assert_true(pair_up(pair));
	assert_int_equal(pair_ike(pair, B), HALF_OPEN_COOKIES + 1);
	pair_run(pair, HALF_OPEN_MS + 1);
	assert_int_equal(pair_ike(pair, B), 1);
	pair_close(pair);
	pair_free(pair);
}

/* Who writes an honest peer's address makes it show a cookie, and no more. */
static void test_spoofed_from_the_address_of_a_peer(void **state)
{
	struct first first;
	struct pair *pair = waiting(&first);
	uint32_t source;
	unsigned int i;

	memcpy(&source, pair->end[A].peer.local.ip, 4);
	for (i = 0; i < FLOOD; i++) {
		number(&first, i);
		throw(pair, first.data, first.len, source);
		while (pair_waiting(pair, B))
			pair_drop(pair, B);
	}
	assert_int_equal(pair_ike(pair, B), HALF_OPEN_SOURCE_COOKIES);
	/* Others need none. */
	number(&first, FLOOD);
	throw(pair, first.data, first.len, 0x0a000001);
	assert_int_equal(pair_ike(pair, B), HALF_OPEN_SOURCE_COOKIES + 1);
	while (pair_waiting(pair, B))
		pair_drop(pair, B);
	pair_settle(pair);
	assert_true(pair_up(pair));
	pair_run(pair, HALF_OPEN_MS + 1);
	pair_close(pair);
	pair_free(pair);
}

/* The same message with the cookie in front of all (2.6). */
static void answer_cookie(struct pair *pair, const struct first *first,
			  uint32_t source)
{
	const struct pair_packet *packet = pair_peek(pair, B);
	uint8_t data[2048], *at = data + 28;
	size_t cookie;

	assert_int_equal(packet->data[16], IKE_PAYLOAD_N);
	cookie = packet->len - COOKIE_AT;
	memcpy(data, first->data, 28);
	memcpy(at, packet->data + 28, 8 + cookie);
	at[0] = data[16];
	data[16] = IKE_PAYLOAD_N;
	memcpy(at + 8 + cookie, first->data + 28, first->len - 28);
	data[26] = (first->len + 8 + cookie) >> 8;
	data[27] = (first->len + 8 + cookie) & 0xff;
	pair_drop(pair, B);
	throw(pair, data, first->len + 8 + cookie, source);
}

static void test_one_address_that_answers_cookies_is_bounded(void **state)
{
	static const uint32_t source = 0x0a000001;
	struct first first;
	struct pair *pair = waiting(&first);
	unsigned int i;

	for (i = 0; i < 1000; i++) {
		number(&first, i);
		throw(pair, first.data, first.len, source);
		if (i >= HALF_OPEN_SOURCE_COOKIES)
			answer_cookie(pair, &first, source);
		while (pair_waiting(pair, B))
			pair_drop(pair, B);
	}
	assert_int_equal(pair_ike(pair, B), HALF_OPEN_SOURCE_MAX);
	pair_settle(pair);
	assert_true(pair_up(pair));
	pair_run(pair, HALF_OPEN_MS + 1);
	pair_close(pair);
	pair_free(pair);
}

static void flood(struct pair *pair, struct first *first, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		number(first, i);
		throw(pair, first->data, first->len, 0x0a000001 + i);
		while (pair_waiting(pair, B))
			pair_drop(pair, B);
	}
}

/* While cookies are asked for, a message without one is read no further than to its
 * nonce: what is wrong with its proposals nobody has seen.
 */
static void test_without_a_cookie_proposals_are_not_read(void **state)
{
	struct first first;
	struct pair *pair = waiting(&first);
	uint8_t *sa = first.data + 28;

	flood(pair, &first, HALF_OPEN_COOKIES);
	number(&first, FLOOD);
	assert_int_equal(first.data[16], IKE_PAYLOAD_SA);
	sa[4] = 0xaa;
	throw(pair, first.data, first.len, 0x0b000001);
	assert_int_equal(pair_waiting(pair, B), 1);
	/* N(COOKIE) --> , and then it is. */
	answer_cookie(pair, &first, 0x0b000001);
	assert_int_equal(pair_waiting(pair, B), 0);
	assert_int_equal(pair_ike(pair, B), HALF_OPEN_COOKIES);
	assert_true(pair_told(pair, B, NULL, IKE_STORY_DROPPED,
			      "IKE_SA_INIT request"));
	pair_free(pair);
}

static void test_strangers_do_not_fill_the_log(void **state)
{
	const unsigned int *refused, *untold;
	struct first first;
	struct pair *pair = waiting(&first);
	unsigned int i;

	refused = &pair->end[B].story[IKE_STORY_REFUSED];
	untold = &pair->end[B].story[IKE_STORY_UNTOLD];
	for (i = 1; i <= 3; i++) {
		flood(pair, &first, FLOOD);
		assert_int_equal(*refused, i * STRANGER_STORIES);
		assert_int_equal(*untold, i - 1);
		pair->now += 1000;
	}
	/* What was left out is told when it is over, once. */
	pair_run(pair, HALF_OPEN_MS + 1);
	assert_int_equal(*untold, 3);
	pair_free(pair);
}

/* Before the peer is known, what happens happens to nobody. */
static void test_strangers_wipe_no_peers_flight_recorder(void **state)
{
	struct first first;
	struct pair *pair = waiting(&first);

	pair_settle(pair);
	assert_true(pair_up(pair));
	flood(pair, &first, HALF_OPEN_COOKIES);
	assert_int_equal(pair->end[B].engine->half_open, HALF_OPEN_COOKIES);
	/* All of its story, from the first message on. */
	assert_true(pair_told(pair, B, "a", IKE_STORY_RECEIVED, "IKE_SA_INIT"));
	assert_true(pair_told(pair, B, "a", IKE_STORY_AUTHENTICATED, ""));
	assert_true(pair_told(pair, B, NULL, IKE_STORY_RECEIVED, "IKE_SA_INIT"));
	pair_run(pair, HALF_OPEN_MS + 1);
	assert_true(pair_told(pair, B, "a", IKE_STORY_AUTHENTICATED, ""));
	pair_close(pair);
	pair_free(pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_5000_spoofed_from_everywhere),
		cmocka_unit_test(test_spoofed_from_the_address_of_a_peer),
		cmocka_unit_test(test_one_address_that_answers_cookies_is_bounded),
		cmocka_unit_test(test_without_a_cookie_proposals_are_not_read),
		cmocka_unit_test(test_strangers_do_not_fill_the_log),
		cmocka_unit_test(test_strangers_wipe_no_peers_flight_recorder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
