// SPDX-License-Identifier: GPL-2.0-only
/* Dialogues in which one end sends a Key Exchange value that is none of its
 * group (RFC 6989 2.5). Which values are none, test_ike_crypto.c tries; a value
 * of zeroes is none in all of them.
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

#include "pair.h"

static int set_up(void **state)
{
	*state = pair_new();
	return 0;
}

static int tear_down(void **state)
{
	pair_free(*state);
	return 0;
}

/* Zeroes the Key Exchange Data in a chain of payloads. */
static void spoil_chain(uint8_t *at, size_t left, uint8_t type)
{
	size_t len;

	while (type != IKE_PAYLOAD_KE) {
		assert_true(left > IKE_PAYLOAD_HEADER_LEN);
		len = at[2] << 8 | at[3];
		assert_in_range(len, IKE_PAYLOAD_HEADER_LEN, left);
		type = at[0];
		at += len;
		left -= len;
	}
	len = at[2] << 8 | at[3];
	assert_in_range(len, 9, left);
	memset(at + 8, 0, len - 8);
}

static void spoil_clear(struct pair_packet *packet)
{
	spoil_chain(packet->data + IKE_HEADER_LEN, packet->len - IKE_HEADER_LEN,
		    packet->data[16]);
}

/* With the keys of the end that sent it. */
static void spoil_sealed(struct pair *pair, struct pair_packet *packet)
{
	struct ike_sa *sa = pair->end[packet->from].engine->sas;
	struct ike_bytes message = { packet->data, packet->len };
	struct ike_random random = seeded_random(&pair->luck);
	struct ike_fault fault;
	struct ike_body body;
	struct ike_writer w;

	/* the newest IKE SA may be one that has no keys yet */
	while (sa && !sa->sk_out.suite)
		sa = sa->next;
	while (sa && ike_sk_open(&sa->sk_out, message, IKE_HEADER_LEN, &body,
				 &fault))
		sa = sa->next;
	assert_non_null(sa);
	spoil_chain(body.data, body.len, body.first);
	ike_writer_init(&w, IKE_MESSAGE_MAX);
	assert_int_equal(ike_sk_seal(&sa->sk_out, &random, (struct ike_bytes){
				     packet->data, IKE_HEADER_LEN }, body.first,
				     (struct ike_bytes){ body.data, body.len },
				     &w), 0);
	ike_body_clear(&body);
	free(packet->data);
	packet->data = w.data;
	packet->len = w.len;
}

/* RFC 6989 2.5: the message is dropped, and not used. */
static void test_I39_in_the_first_request(void **state)
{
	struct pair *pair = *state;

	pair_start(pair);
	pair_acquire(pair, A, 0);
	pair_double(pair, A);
	spoil_clear(pair_peek(pair, A));
	pair_deliver(pair, A);
	assert_int_equal(pair_waiting(pair, B), 0);
	assert_int_equal(pair_ike(pair, B), 0);
	assert_int_equal(pair->end[B].engine->half_open, 0);
	/* the true one */
	pair_settle(pair);
	assert_true(pair_up(pair));
	pair_close(pair);
}

static void test_I39_in_the_first_response(void **state)
{
	struct pair *pair = *state;

	pair_start(pair);
	pair_acquire(pair, A, 0);
	pair_deliver(pair, A);
	pair_double(pair, B);
	spoil_clear(pair_peek(pair, B));
	pair_deliver(pair, B);
	assert_non_null(pair_ike_in(pair, A, IKE_SA_INIT_SENT));
	assert_int_equal(pair_waiting(pair, A), 0);
	/* the true one */
	pair_settle(pair);
	assert_true(pair_up(pair));
	pair_close(pair);
}

/* Without the look at traffic that pair_deliver() has: B is without its SAs
 * before A knows.
 */
static void deliver_blindly(struct pair *pair)
{
	struct pair_packet *packet = pair_peek(pair, A);
	struct ike_event event = {
		.kind = IKE_EV_DATAGRAM,
		.datagram = {
			.local = packet->destination,
			.remote = packet->source,
			.data = { packet->data, packet->len },
		},
	};

	assert_int_equal(pair_event(pair, B, event), 0);
	pair_drop(pair, A);
}

/* RFC 6989 2.5: INVALID_SYNTAX, and the IKE SA goes. */
static void check_request(struct pair *pair, void (*rekey)(struct pair *pair))
{
	pair_start(pair);
	pair_establish(pair);
	rekey(pair);
	spoil_sealed(pair, pair_peek(pair, A));
	deliver_blindly(pair);
	assert_int_equal(pair_waiting(pair, B), 1);
	assert_int_equal(pair_ike(pair, B), 0);
	assert_int_equal(pair_sas(pair, B, IKE_IN), 0);
	assert_int_equal(pair_sas(pair, B, IKE_OUT), 0);
}

/* RFC 6989 2.5: the initiator deletes the IKE SA at once. */
static void check_response(struct pair *pair, void (*rekey)(struct pair *pair))
{
	pair_start(pair);
	pair_establish(pair);
	rekey(pair);
	pair_deliver(pair, A);
	spoil_sealed(pair, pair_peek(pair, B));
	pair_deliver(pair, B);
	assert_null(pair_ike_in(pair, A, IKE_SA_ESTABLISHED));
	/* SK{D} --> */
	assert_int_equal(pair_waiting(pair, A), 1);
	pair_settle(pair);
	assert_int_equal(pair_ike(pair, A), 0);
}

static void rekey_child(struct pair *pair)
{
	pair_rekey_child(pair, A, 0);
}

static void rekey_ike(struct pair *pair)
{
	pair_rekey_ike(pair, A);
}

static void test_I39_in_the_request_of_a_child_rekey(void **state)
{
	check_request(*state, rekey_child);
}

static void test_I39_in_the_response_of_a_child_rekey(void **state)
{
	check_response(*state, rekey_child);
	assert_null(pair_ike_in(*state, B, IKE_SA_ESTABLISHED));
	pair_close(*state);
}

static void test_I39_in_the_request_of_an_ike_rekey(void **state)
{
	check_request(*state, rekey_ike);
}

/* B has the new IKE SA, of which A knows nothing. */
static void test_I39_in_the_response_of_an_ike_rekey(void **state)
{
	check_response(*state, rekey_ike);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_I39_in_the_first_request),
		TEST(test_I39_in_the_first_response),
		TEST(test_I39_in_the_request_of_a_child_rekey),
		TEST(test_I39_in_the_response_of_a_child_rekey),
		TEST(test_I39_in_the_request_of_an_ike_rekey),
		TEST(test_I39_in_the_response_of_an_ike_rekey),
	};

	return cmocka_run_group_tests_name("ike_ke", tests, NULL, NULL);
}
