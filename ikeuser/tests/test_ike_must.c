// SPDX-License-Identifier: GPL-2.0-only
/* MUSTs of RFC 7296 that are about what an engine sends, looked at where it leaves.
 * docs/ike-requirements.md says which sentence each of them shows.
 */
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

static int setup(void **state)
{
	*state = pair_new();
	return 0;
}

static int teardown(void **state)
{
	pair_free(*state);
	return 0;
}

/* What A sent since the wire was cut, which is to be one message. */
struct repeats {
	uint8_t data[1000];
	size_t len;
	uint64_t at;
	uint64_t wait;
	unsigned int n;
};

static bool repeat(struct pair *pair, struct pair_packet *packet)
{
	struct repeats *repeats = pair->arg;

	if (packet->from != A)
		return false;
	if (!repeats->n) {
		assert_true(packet->len <= sizeof(repeats->data));
		memcpy(repeats->data, packet->data, packet->len);
		repeats->len = packet->len;
	} else {
		assert_int_equal(packet->len, repeats->len);
		assert_memory_equal(packet->data, repeats->data, packet->len);
		assert_true(pair->now - repeats->at > repeats->wait);
		repeats->wait = pair->now - repeats->at;
	}
	repeats->at = pair->now;
	repeats->n++;
	return false;
}

/* The same octets, and so the same Message ID, later and later; as long as that
 * lasts the peer is not given up.
 */
static void test_a_request_is_repeated_bit_by_bit_and_ever_later(void **state)
{
	struct repeats repeats = { 0 };
	struct pair *pair = *state;

	pair_establish(pair);
	pair->judge = repeat;
	pair->arg = &repeats;
	pair_rekey_child(pair, A, 0);
	while (pair_ike_in(pair, A, IKE_SA_ESTABLISHED) && repeats.n < 12)
		pair_run(pair, 1000);
	assert_int_equal(repeats.n, 12);
	pair_run(pair, 600000);
	assert_int_equal(repeats.n, WINDOW_TRIES);
	assert_null(pair_ike_in(pair, A, IKE_SA_ESTABLISHED));
	assert_int_equal(pair_sas(pair, A, IKE_IN), 0);
	assert_int_equal(pair_sas(pair, A, IKE_OUT), 0);
	pair_close(pair);
}

#define FLAGS_AT 19	/* in the IKE header, RFC 7296 3.1 */

static bool response_flag_of_b(struct pair *pair, struct pair_packet *packet)
{
	bool response = packet->data[FLAGS_AT] & IKE_FLAG_RESPONSE;

	assert_int_equal(response, packet->from == B);
	return true;
}

static void test_response_flag_is_set_in_responses_alone(void **state)
{
	struct pair *pair = *state;

	pair->judge = response_flag_of_b;
	pair_establish(pair);
	pair_rekey_child(pair, A, 0);
	pair_settle(pair);
	pair_rekey_ike(pair, A);
	pair_settle(pair);
	assert_true(pair->end[B].sent >= 6);
	pair_close(pair);
}

static void test_message_ids_of_a_new_ike_sa_begin_at_0(void **state)
{
	struct pair *pair = *state;
	enum pair_name name;

	pair_establish(pair);
	pair_rekey_child(pair, A, 0);
	pair_settle(pair);
	pair_rekey_ike(pair, A);
	pair_settle(pair);
	for (name = A; name <= B; name++) {
		const struct ike_sa *sa =
			pair_ike_in(pair, name, IKE_SA_ESTABLISHED);

		assert_int_equal(sa->window.next, 0);
		assert_int_equal(sa->window.expected, 0);
	}
	/* And are counted from there. */
	pair_rekey_child(pair, A, 0);
	pair_settle(pair);
	assert_true(pair_up(pair));
	pair_close(pair);
}

static void asks(struct pair *pair, const char *what, bool told)
{
	if (!strstr(pair->end[A].said, what) == told)
		fail_msg("\"%s\" %s %s", pair->end[A].said,
			 told ? "lacks" : "has", what);
}

static void test_rekeys_name_what_they_replace_and_their_group(void **state)
{
	struct pair *pair = *state;
	enum pair_name name;

	for (name = A; name <= B; name++)
		pair_proposals(&pair->end[name].child[1].proposals,
			       IKE_PROTOCOL_ESP, "aes256-sha256");
	pair_establish(pair);
	/* A new one is to replace nothing, and has no group. */
	pair_acquire(pair, A, 1);
	asks(pair, "CREATE_CHILD_SA", true);
	asks(pair, "REKEY_SA", false);
	asks(pair, "KE(", false);
	pair_settle(pair);
	pair_rekey_child(pair, A, 1);
	asks(pair, "N(REKEY_SA)", true);
	asks(pair, "KE(", false);
	pair_settle(pair);
	/* The group that is in its proposal. */
	pair_rekey_child(pair, A, 0);
	asks(pair, "N(REKEY_SA)", true);
	asks(pair, "KE(ECP_256)", true);
	pair_settle(pair);
	pair_rekey_ike(pair, A);
	asks(pair, "REKEY_SA", false);
	asks(pair, "KE(ECP_256)", true);
	pair_settle(pair);
	pair_close(pair);
}

static bool close_to_a(struct pair *pair, struct pair_packet *packet)
{
	(void)pair;
	return packet->from == A;
}

/* 1.3: what the responder has chosen before it will accept again. */
static void test_rekeys_have_the_group_that_was_accepted(void **state)
{
	struct pair *pair = *state;
	unsigned int i;

	pair_proposals(&pair->end[A].child[1].proposals, IKE_PROTOCOL_ESP,
		       "aes256-sha256-x25519-ecp256");
	pair_establish(pair);
	pair_acquire(pair, A, 1);
	asks(pair, "KE(CURVE25519)", true);
	pair_settle(pair);
	for (i = 0; i < 3; i++) {
		pair_rekey_child(pair, A, 1);
		asks(pair, "KE(ECP_256)", true);
		pair_settle(pair);
	}
	pair_close(pair);
}

/* 1.4.1, 2.6: the random source says what it said before, and an SPI that is in
 * use, or half closed, is not given out again.
 */
static void test_no_spi_is_given_out_twice(void **state)
{
	struct pair *pair = *state;
	const struct ike_child *child;
	const struct ike_sa *sa;
	uint64_t before;
	uint64_t ike;
	uint32_t spi;

	pair_start(pair);
	before = pair->end[A].seeded.state;
	pair_acquire(pair, A, 0);
	pair_settle(pair);
	sa = pair_ike_in(pair, A, IKE_SA_ESTABLISHED);
	ike = sa->spi_i;
	pair->end[A].seeded.state = before;
	pair_rekey_ike(pair, A);
	assert_true(sa->create->sa->spi_i != ike);
	pair_settle(pair);
	before = pair->end[A].seeded.state;
	pair_acquire(pair, A, 1);
	pair_settle(pair);
	child = pair_child(pair, A, 1, IKE_CHILD_UP);
	spi = child->spi_in;
	/* D --> is answered, and the answer lost: still half closed. */
	pair->judge = close_to_a;
	pair_close_child(pair, A, 1);
	pair_deliver(pair, A);
	assert_int_equal(child->spi_in, spi);
	assert_int_equal(pair_sas(pair, A, IKE_IN), 2);
	pair->end[A].seeded.state = before;
	pair_acquire(pair, A, 2);
	child = pair_child(pair, A, 2, IKE_CHILD_WANTED);
	assert_non_null(child);
	assert_true(child->spi_in != spi);
	pair->judge = NULL;
	pair_close(pair);
}

/* 2.8: no rekey succeeds, and with its lifetime all ends. */
static void test_ike_sa_that_cannot_be_rekeyed_ends(void **state)
{
	struct pair *pair = *state;

	pair->end[A].peer.rekey_seconds = 50;
	pair->end[A].peer.hard_seconds = 70;
	pair_establish(pair);
	pair_proposals(&pair->end[B].peer.proposals, IKE_PROTOCOL_IKE,
		       "aes128-sha512-x25519");
	pair_run(pair, 69000);
	assert_true(pair->end[B].reason[IKE_REASON_NO_PROPOSAL] > 0);
	assert_true(pair_up(pair));
	pair_run(pair, 2000);
	assert_int_equal(pair_ike(pair, A), 0);
	assert_int_equal(pair_sas(pair, A, IKE_IN), 0);
	assert_int_equal(pair_sas(pair, B, IKE_OUT), 0);
	pair_close(pair);
}

static bool no_float(struct pair *pair, struct pair_packet *packet)
{
	(void)pair;
	if (packet->from == B || packet->source.port != 4500)
		return true;
	packet->source.port = 500;
	packet->destination.port = 500;
	packet->len -= 4;
	memmove(packet->data, packet->data + 4, packet->len);
	return true;
}

static void check_encapsulation(const struct pair_end *end, bool encap)
{
	size_t i;

	for (i = 0; i < PAIR_SAS; i++) {
		const struct ike_sa_spec *spec = &end->sa[i].spec;

		if (!end->sa[i].used)
			continue;
		assert_int_equal(spec->encap, encap);
		assert_int_equal(spec->local.port, encap ? 4500 : 500);
	}
}

/* 2.23: also when a peer behind a translator stays where it was. */
static void test_no_udp_encapsulation_on_port_500(void **state)
{
	static const bool floats[] = { true, false };
	size_t i;

	for (i = 0; i < 2; i++) {
		struct pair *pair = pair_new();

		pair->translated = true;
		pair->end[B].peer.remote.len = 0;
		pair->judge = floats[i] ? NULL : no_float;
		pair_start(pair);
		pair_acquire(pair, A, 0);
		pair_settle(pair);
		assert_int_equal(pair_sas(pair, B, IKE_IN), 1);
		check_encapsulation(&pair->end[B], floats[i]);
		pair_free(pair);
	}
	pair_establish(*state);
	check_encapsulation(&((struct pair *)*state)->end[A], false);
	pair_close(*state);
}

struct bursts {
	uint64_t at;
	unsigned int small;
};

static bool burst(struct pair *pair, struct pair_packet *packet)
{
	struct bursts *bursts = pair->arg;

	if (packet->from == B)
		return false;
	bursts->small += pair->now != bursts->at &&
			 packet->len <= ike_frag_max(FRAG_PROBES - 1, false,
						     false);
	bursts->at = pair->now;
	return false;
}

/* RFC 7383 2.5.2: the smallest fragments are sent until the exchange times out. */
static void test_smallest_fragments_are_repeated_to_the_end(void **state)
{
	struct bursts bursts = { 0 };
	struct pair *pair = *state;

	pair_long(pair);
	pair_start(pair);
	pair_acquire(pair, A, 0);
	pair_deliver(pair, A);
	pair->judge = burst;
	pair->arg = &bursts;
	pair_deliver(pair, B);
	pair_run(pair, 600000);
	assert_int_equal(bursts.small, WINDOW_TRIES);
	assert_int_equal(pair_ike(pair, A), 0);
	pair_close(pair);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

/* 1.2: the second IKE_SA_INIT has the SA payload of the first, octet for octet; it
 * is the first payload of both.
 */
#define SA_AT 28	/* behind the header */

static void test_the_corrected_request_offers_all_again(void **state)
{
	struct pair *pair = *state;
	struct pair_packet *packet;
	uint8_t offer[500];
	size_t len;

	pair_proposals(&pair->end[A].peer.proposals, IKE_PROTOCOL_IKE,
		       "aes256-sha256-x25519-ecp256,aes128-sha256-x25519");
	pair_start(pair);
	pair_acquire(pair, A, 0);
	packet = pair_peek(pair, A);
	len = packet->data[SA_AT + 2] << 8 | packet->data[SA_AT + 3];
	assert_true(len > 60 && len <= sizeof(offer));
	memcpy(offer, packet->data + SA_AT, len);
	pair_deliver(pair, A);
	/* <-- N(INVALID_KE_PAYLOAD, 19) */
	pair_deliver(pair, B);
	packet = pair_peek(pair, A);
	assert_true(packet->len > SA_AT + len);
	assert_memory_equal(packet->data + SA_AT, offer, len);
	pair_settle(pair);
	assert_true(pair_up(pair));
}

/* 2.11: each response goes from the address and port that its request came to, to
 * those that it came from.
 */
static bool answers_the_request(struct pair *pair, struct pair_packet *packet)
{
	struct pair_packet *request = pair->arg;

	if (packet->esp)
		return true;
	if (packet->from == A) {
		request->source = packet->source;
		request->destination = packet->destination;
		return true;
	}
	assert_true(ike_address_equal(&packet->source, &request->destination));
	/* A's own, in front of the translator. */
	if (!pair->translated)
		assert_true(ike_address_equal(&packet->destination,
					      &request->source));
	request->number++;
	return true;
}

static void test_responses_go_back_where_requests_came_from(void **state)
{
	struct pair *pair = *state;
	struct pair_packet request = { 0 };
	unsigned int i;

	for (i = 0; i < 2; i++) {
		pair = pair_new();
		request.number = 0;
		pair->translated = i;
		pair->end[B].peer.remote.len = 0;
		pair->judge = answers_the_request;
		pair->arg = &request;
		pair_establish(pair);
		pair_rekey_child(pair, A, 0);
		pair_settle(pair);
		/* IKE_SA_INIT, IKE_AUTH, the rekey and its Delete */
		assert_int_equal(request.number, 4);
		pair_free(pair);
	}
}

/* 2.25: what was refused with TEMPORARY_FAILURE is not asked at once. */
static void test_a_busy_peer_is_given_time(void **state)
{
	struct pair *pair = *state;
	const struct ike_child *child;
	unsigned int sent;

	pair_establish(pair);
	child = pair_child(pair, B, 0, IKE_CHILD_UP);
	assert_non_null(child);
	/* B closes it while A asks to replace it, and its Delete is late. */
	pair_rekey_child(pair, A, 0);
	pair_close_child(pair, B, 0);
	pair_deliver(pair, A);
	/* <-- N(TEMPORARY_FAILURE) */
	pair_drop(pair, B);
	pair_deliver(pair, B);
	assert_true(strstr(pair->end[B].said, "TEMPORARY_FAILURE") != NULL);
	sent = pair->end[A].sent;
	pair->cut = true;
	pair_run(pair, RETRY_MS - 100);
	assert_int_equal(pair->end[A].sent, sent);
	pair_run(pair, 3 * RETRY_MS);
	assert_true(pair->end[A].sent > sent);
}

static uint64_t spi_of(const struct pair_packet *packet)
{
	uint64_t spi = 0;
	size_t i;

	for (i = 0; i < 8; i++)
		spi = spi << 8 | packet->data[i];
	return spi;
}

/* What A asks next goes under that IKE SA, and is answered under it. */
static void under(struct pair *pair, uint64_t spi)
{
	assert_true(spi_of(pair_peek(pair, A)) == spi);
	pair_deliver(pair, A);
	assert_true(spi_of(pair_peek(pair, B)) == spi);
	pair_settle(pair);
}

/* The IKE SA that A has a Child SA of that rule under. */
static const struct ike_sa *ike_of(struct pair *pair, unsigned int rule)
{
	const struct ike_child *child = pair_child(pair, A, rule,
						   IKE_CHILD_UP);

	assert_non_null(child);
	return child->sa;
}

/* 1.4: of two IKE SAs each has its own, and a successor what it inherits. */
static void test_control_messages_go_under_their_ike_sa(void **state)
{
	struct ike_event event = { .kind = IKE_EV_INITIATE };
	struct pair *pair = *state;
	unsigned int rule;
	uint64_t spi[2];

	pair_establish(pair);
	spi[0] = ike_of(pair, 0)->spi_i;
	event.initiate.peer = "b";
	pair_event(pair, A, event);
	pair_settle(pair);
	pair_acquire(pair, A, 1);
	pair_settle(pair);
	spi[1] = ike_of(pair, 1)->spi_i;
	assert_true(spi[0] != spi[1]);
	for (rule = 0; rule < 2; rule++) {
		pair_rekey_child(pair, A, rule);
		under(pair, spi[rule]);
		event = (struct ike_event){ .kind = IKE_EV_REKEY };
		event.which.ike = ike_of(pair, rule)->number;
		pair_event(pair, A, event);
		under(pair, spi[rule]);
		assert_true(ike_of(pair, rule)->spi_i != spi[rule]);
		spi[rule] = ike_of(pair, rule)->spi_i;
		pair_rekey_child(pair, A, rule);
		under(pair, spi[rule]);
	}
	pair_close_child(pair, A, 0);
	under(pair, spi[0]);
	event = (struct ike_event){ .kind = IKE_EV_TERMINATE };
	event.which.ike = ike_of(pair, 1)->number;
	pair_event(pair, A, event);
	under(pair, spi[1]);
	pair_close(pair);
}

#define NONCES 200

static const struct ike_create *asked(struct pair *pair)
{
	const struct ike_sa *sa = NULL;

	while ((sa = ike_engine_next_sa(pair->end[A].engine, sa)))
		if (sa->create)
			return sa->create;
	fail_msg("nothing is asked");
	return NULL;
}

static void test_no_nonce_is_used_twice(void **state)
{
	static uint8_t seen[NONCES][NONCE_LEN];
	struct pair *pair = *state;
	unsigned int i, j;

	pair_establish(pair);
	for (i = 0; i < NONCES; i++) {
		const struct ike_create *create;

		if (i % 2)
			pair_rekey_child(pair, A, 0);
		else
			pair_rekey_ike(pair, A);
		create = asked(pair);
		assert_int_equal(create->nonce.len, NONCE_LEN);
		memcpy(seen[i], create->nonce.data, NONCE_LEN);
		for (j = 0; j < i; j++)
			assert_memory_not_equal(seen[i], seen[j], NONCE_LEN);
		pair_settle(pair);
		pair_run(pair, CHILD_DRAIN_MS + 1);
	}
	pair_close(pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_request_is_repeated_bit_by_bit_and_ever_later),
		TEST(test_response_flag_is_set_in_responses_alone),
		TEST(test_message_ids_of_a_new_ike_sa_begin_at_0),
		TEST(test_rekeys_name_what_they_replace_and_their_group),
		TEST(test_rekeys_have_the_group_that_was_accepted),
		TEST(test_no_spi_is_given_out_twice),
		TEST(test_ike_sa_that_cannot_be_rekeyed_ends),
		TEST(test_no_udp_encapsulation_on_port_500),
		TEST(test_smallest_fragments_are_repeated_to_the_end),
		TEST(test_the_corrected_request_offers_all_again),
		TEST(test_responses_go_back_where_requests_came_from),
		TEST(test_a_busy_peer_is_given_time),
		TEST(test_control_messages_go_under_their_ike_sa),
		TEST(test_no_nonce_is_used_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
