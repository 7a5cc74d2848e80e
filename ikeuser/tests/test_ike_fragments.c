// SPDX-License-Identifier: GPL-2.0-only
/* Dialogues of two engines in fragments (RFC 7383): what is lost, repeated or
 * out of place. What one fragment may be is tried in test_ike_frag.c.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "pair.h"

#define FRAGMENTS_MAX 8

/* What one end sent, taken from the wire. */
struct taken {
	struct pair_packet packet[FRAGMENTS_MAX];
	size_t n;
};

static int set_up(void **state)
{
	*state = pair_new();
	pair_long(*state);
	return 0;
}

static int tear_down(void **state)
{
	pair_free(*state);
	return 0;
}

static void take(struct pair *pair, enum pair_name from, struct taken *taken)
{
	struct pair_packet *packet;
	uint8_t *data;

	taken->n = 0;
	while (pair_waiting(pair, from)) {
		assert_in_range(taken->n, 0, FRAGMENTS_MAX - 1);
		packet = pair_peek(pair, from);
		data = malloc(packet->len);
		assert_non_null(data);
		memcpy(data, packet->data, packet->len);
		taken->packet[taken->n] = *packet;
		taken->packet[taken->n++].data = data;
		pair_drop(pair, from);
	}
	assert_in_range(taken->n, 2, FRAGMENTS_MAX);
}

static void put(struct pair *pair, const struct pair_packet *packet)
{
	pair_copy(pair, packet, pair->now);
	pair_deliver(pair, packet->from);
}

static void taken_free(struct taken *taken)
{
	while (taken->n)
		free(taken->packet[--taken->n].data);
}

/* IKE_SA_INIT is over, and the fragments of IKE_AUTH are on the wire. */
static void start(struct pair *pair)
{
	pair_start(pair);
	pair_acquire(pair, A, 0);
	pair_deliver(pair, A);
	pair_deliver(pair, B);
	assert_in_range(pair_waiting(pair, A), 2, FRAGMENTS_MAX);
}

static const struct ike_sa *half_open(struct pair *pair)
{
	const struct ike_sa *sa = pair_ike_in(pair, B, IKE_SA_INIT_ANSWERED);

	assert_non_null(sa);
	return sa;
}

static void test_both_messages_come_in_fragments(void **state)
{
	struct pair *pair = *state;
	unsigned int i, n;

	start(pair);
	/* SKF(1/n) .. SKF(n/n) --> */
	n = pair_waiting(pair, A);
	for (i = 1; i < n; i++) {
		pair_deliver(pair, A);
		assert_int_equal(pair_waiting(pair, B), 0);
	}
	pair_deliver(pair, A);
	/* <-- SKF(1/m) .. SKF(m/m) */
	assert_in_range(pair_waiting(pair, B), 2, FRAGMENTS_MAX);
	pair_settle(pair);
	assert_true(pair_up(pair));
	pair_close(pair);
}

/* RFC 7383 2.6.1, 3: of a repeat, fragment 1 sets off the response, all of it,
 * and the others nothing; not even the one that completed the request.
 */
static void test_I65_only_fragment_1_of_a_repeat_repeats_the_response(
	void **state)
{
	struct pair *pair = *state;
	struct taken request, response, again;
	size_t i;

	start(pair);
	take(pair, A, &request);
	for (i = 0; i < request.n; i++)
		put(pair, &request.packet[i]);
	take(pair, B, &response);
	for (i = 1; i < request.n; i++) {
		put(pair, &request.packet[i]);
		assert_int_equal(pair_waiting(pair, B), 0);
	}
	put(pair, &request.packet[0]);
	take(pair, B, &again);
	assert_int_equal(again.n, response.n);
	for (i = 0; i < again.n; i++) {
		assert_int_equal(again.packet[i].len, response.packet[i].len);
		assert_memory_equal(again.packet[i].data,
				    response.packet[i].data,
				    response.packet[i].len);
		put(pair, &again.packet[i]);
	}
	assert_true(pair_up(pair));
	taken_free(&request);
	taken_free(&response);
	taken_free(&again);
	pair_close(pair);
}

/* The same, when they came in reverse: fragment 1 completed the request. */
static void test_I65_fragment_1_that_came_last(void **state)
{
	struct pair *pair = *state;
	struct taken request;
	size_t i;

	start(pair);
	take(pair, A, &request);
	for (i = request.n; i-- > 0;)
		put(pair, &request.packet[i]);
	assert_true(pair_waiting(pair, B) > 1);
	while (pair_waiting(pair, B))
		pair_drop(pair, B);
	put(pair, &request.packet[1]);
	assert_int_equal(pair_waiting(pair, B), 0);
	put(pair, &request.packet[0]);
	assert_true(pair_waiting(pair, B) > 1);
	pair_settle(pair);
	assert_true(pair_up(pair));
	taken_free(&request);
	pair_close(pair);
}

/* A fragment 1 that is not authentic sets off nothing. */
static void test_I65_a_forged_fragment_1(void **state)
{
	struct pair *pair = *state;
	struct taken request;
	size_t i;

	start(pair);
	take(pair, A, &request);
	for (i = 0; i < request.n; i++)
		put(pair, &request.packet[i]);
	pair_settle(pair);
	request.packet[0].data[request.packet[0].len - 1] ^= 1;
	put(pair, &request.packet[0]);
	assert_int_equal(pair_waiting(pair, B), 0);
	taken_free(&request);
	pair_close(pair);
}

/* SKF(1/n), -- lost, .. and then all of them once more. */
static void test_I64_a_fragment_of_the_request_is_lost(void **state)
{
	struct pair *pair = *state;

	start(pair);
	pair_deliver(pair, A);
	pair_drop(pair, A);
	pair_settle(pair);
	assert_int_equal(half_open(pair)->frag[0].missing, 1);
	assert_true(pair_until(pair, 10000, pair_up));
	assert_true(pair->end[B].reason[IKE_REASON_FRAGMENT_REPEATED] > 0);
	pair_close(pair);
}

static void test_I64_a_fragment_of_the_response_is_lost(void **state)
{
	struct pair *pair = *state;
	size_t n;

	start(pair);
	for (n = pair_waiting(pair, A); n; n--)
		pair_deliver(pair, A);
	pair_deliver(pair, B);
	pair_drop(pair, B);
	assert_true(pair_until(pair, 10000, pair_up));
	pair_close(pair);
}

/* RFC 7383 2.6: all that was received is discarded, and said so once. */
static void test_I64_fragments_that_stay_alone_are_discarded(void **state)
{
	struct pair *pair = *state;

	start(pair);
	pair_deliver(pair, A);
	while (pair_waiting(pair, A))
		pair_drop(pair, A);
	pair->cut = true;
	assert_true(half_open(pair)->frag[0].total > 1);
	pair_run(pair, FRAG_TIMEOUT_MS - 1);
	assert_true(half_open(pair)->frag[0].total > 1);
	pair_run(pair, 1);
	assert_int_equal(half_open(pair)->frag[0].total, 0);
	assert_null(half_open(pair)->frag[0].part);
	assert_int_equal(pair->end[B].reason[IKE_REASON_FRAGMENTS_LATE], 1);
	pair->cut = false;
	assert_true(pair_until(pair, 60000, pair_up));
	pair_close(pair);
}

/* A fragment of the INFORMATIONAL request that A has not sent yet. */
static void send_fragment(struct pair *pair, uint32_t id, uint16_t number,
			  uint16_t total, size_t len)
{
	/* the test is A here, and has its keys */
	struct ike_sa *sa = pair->end[A].engine->sas;
	struct ike_random random = seeded_random(&pair->luck);
	struct ike_payload_fragment fragment = { number, total };
	const struct ike_header header = {
		.spi_i = sa->spi_i,
		.spi_r = sa->spi_r,
		.exchange = pair_ike_in(pair, B, IKE_SA_INIT_ANSWERED) ?
			    IKE_EXCHANGE_IKE_AUTH : IKE_EXCHANGE_INFORMATIONAL,
		.flags = IKE_FLAG_INITIATOR,
		.id = id,
	};
	static const uint8_t part[1024];
	struct ike_writer head, w;
	struct pair_packet packet = {
		.used = true,
		.from = A,
		.source = sa->local,
		.destination = sa->remote,
	};

	ike_writer_init(&head, IKE_HEADER_LEN);
	ike_writer_init(&w, IKE_MESSAGE_MAX);
	ike_header_emit(&header, &head);
	assert_int_equal(ike_sk_seal_fragment(&sa->sk_out, &random,
					      ike_writer_written(&head),
					      &fragment, 0, (struct ike_bytes){
					      part, len }, &w), 0);
	packet.data = w.data;
	packet.len = w.len;
	put(pair, &packet);
	ike_writer_clear(&head);
	ike_writer_clear(&w);
}

static const struct ike_sa *established(struct pair *pair, enum pair_name name)
{
	const struct ike_sa *sa = pair_ike_in(pair, name, IKE_SA_ESTABLISHED);

	assert_non_null(sa);
	return sa;
}

/* RFC 7383 2.4: not unless both announced it. */
static void test_I63_a_fragment_that_was_not_announced_is_dropped(void **state)
{
	struct pair *pair = *state;
	unsigned int sent;

	pair->end[B].peer.no_fragments = true;
	pair_start(pair);
	pair_establish(pair);
	sent = pair->end[B].sent;
	send_fragment(pair, established(pair, B)->window.expected, 1, 1, 0);
	assert_int_equal(established(pair, B)->frag[0].total, 0);
	assert_int_equal(pair->end[B].sent, sent);
	pair_close(pair);
}

static void test_I64_a_whole_message_with_the_id_of_fragments(void **state)
{
	struct pair *pair = *state;
	unsigned int sent;
	uint32_t id;

	pair_start(pair);
	pair_establish(pair);
	id = established(pair, B)->window.expected;
	/* SKF(1/2) --> */
	send_fragment(pair, id, 1, 2, 10);
	assert_int_equal(established(pair, B)->frag[0].missing, 1);
	/* SK{D} -->  <-- SK{D} */
	pair_close_child(pair, A, 0);
	pair_settle(pair);
	assert_int_equal(established(pair, B)->window.expected, id + 1);
	assert_int_equal(established(pair, B)->frag[0].total, 0);
	/* SKF(2/2) --> */
	sent = pair->end[B].sent;
	send_fragment(pair, id, 2, 2, 10);
	assert_int_equal(established(pair, B)->frag[0].total, 0);
	assert_int_equal(pair->end[B].sent, sent);
	pair_close(pair);
}

/* Before the peer is authenticated: one message at most, and it has a cap. */
static void test_I66_a_flood_of_fragments_before_auth(void **state)
{
	struct pair *pair = *state;
	const struct ike_sa *sa;
	uint32_t id;
	int number;

	start(pair);
	while (pair_waiting(pair, A))
		pair_drop(pair, A);
	sa = half_open(pair);
	for (id = 0; id < 4; id++)
		for (number = 2; number <= FRAG_TOTAL_MAX; number++) {
			send_fragment(pair, id, number, FRAG_TOTAL_MAX, 1024);
			assert_in_range(sa->frag[0].octets, 0, FRAG_OCTETS_MAX);
		}
	/* only the Message ID that is due */
	assert_int_equal(sa->frag[0].message_id, 1);
	assert_int_equal(sa->frag[0].octets, FRAG_OCTETS_MAX);
	assert_int_equal(sa->frag[1].total, 0);
	/* the totals of the true message are lower, so it has to wait */
	assert_true(pair_until(pair, 60000, pair_up));
	pair_close(pair);
}

/* What is longer than the smallest IPv4 datagram does not get through. */
static bool narrow_path(struct pair *pair, struct pair_packet *packet)
{
	return packet->esp || packet->len <= 576 - 20 - 8;
}

/* RFC 7383 2.5.2: after some tries the request comes in smaller fragments, and
 * its repeat has the response in smaller ones too.
 */
static void test_a_path_that_takes_only_small_fragments(void **state)
{
	struct pair *pair = *state;
	size_t n;

	start(pair);
	n = pair_waiting(pair, A);
	while (pair_waiting(pair, A))
		pair_drop(pair, A);
	pair->judge = narrow_path;
	assert_true(pair_until(pair, 20000, pair_up));
	assert_true(pair->end[A].sent > 4 * n);
	pair->judge = NULL;
	pair_close(pair);
}

#define FRAGMENT_AT (28 + 4)	/* Fragment Number, behind both headers */

/* And there fragment 1 of A comes last. */
static bool narrow_path_out_of_order(struct pair *pair,
				     struct pair_packet *packet)
{
	if (packet->from == A && packet->data[16] == IKE_PAYLOAD_SKF &&
	    packet->data[FRAGMENT_AT] == 0 && packet->data[FRAGMENT_AT + 1] == 1)
		packet->at += 5;
	return narrow_path(pair, packet);
}

/* The response is cut like the request that got through, whatever its order. */
static void test_a_path_that_takes_only_small_fragments_out_of_order(
	void **state)
{
	struct pair *pair = *state;

	start(pair);
	while (pair_waiting(pair, A))
		pair_drop(pair, A);
	pair->judge = narrow_path_out_of_order;
	assert_true(pair_until(pair, 20000, pair_up));
	assert_int_equal(pair->end[B].story[IKE_STORY_REPEATED], 0);
	pair->judge = NULL;
	pair_close(pair);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_both_messages_come_in_fragments),
		TEST(test_I65_only_fragment_1_of_a_repeat_repeats_the_response),
		TEST(test_I65_fragment_1_that_came_last),
		TEST(test_I65_a_forged_fragment_1),
		TEST(test_I64_a_fragment_of_the_request_is_lost),
		TEST(test_I64_a_fragment_of_the_response_is_lost),
		TEST(test_I64_fragments_that_stay_alone_are_discarded),
		TEST(test_I63_a_fragment_that_was_not_announced_is_dropped),
		TEST(test_I64_a_whole_message_with_the_id_of_fragments),
		TEST(test_I66_a_flood_of_fragments_before_auth),
		TEST(test_a_path_that_takes_only_small_fragments),
		TEST(test_a_path_that_takes_only_small_fragments_out_of_order),
	};

	return cmocka_run_group_tests_name("ike_fragments", tests, NULL, NULL);
}
