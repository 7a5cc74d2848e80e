// SPDX-License-Identifier: GPL-2.0-only
/* What comes beside the dialogue of two engines: messages again and again, late, from
 * elsewhere, reflected, of another identity, and payloads that nobody asked for.
 * The dialogue goes on, and what was ignored is counted under its reason. The
 * families of bad input stand in the names.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "forge.h"
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

static void assert_reason(struct pair *pair, enum pair_name name,
			  enum ike_reason reason, unsigned int n)
{
	if (pair->end[name].reason[reason] != n)
		fail_msg("%s was told %u times, not %u", ike_reason_code(reason),
			 pair->end[name].reason[reason], n);
}

static uint64_t invalid(struct pair *pair, enum pair_name name)
{
	return ike_engine_counts(pair->end[name].engine, NULL)
		->n[IKE_COUNT_INVALID];
}

static struct ike_sa *sa_of(struct pair *pair, enum pair_name name)
{
	return (struct ike_sa *)pair_ike_in(pair, name, IKE_SA_ESTABLISHED);
}

/* A packet as it was, to be sent again later. */
struct taken {
	struct pair_packet packet;
	uint8_t data[2048];
};

static void take(struct pair *pair, enum pair_name from, struct taken *taken)
{
	const struct pair_packet *packet = pair_peek(pair, from);

	assert_true(packet->len <= sizeof(taken->data));
	taken->packet = *packet;
	memcpy(taken->data, packet->data, packet->len);
}

static void throw(struct pair *pair, struct taken *taken)
{
	struct ike_event event = { .kind = IKE_EV_DATAGRAM };

	event.datagram.local = taken->packet.destination;
	event.datagram.remote = taken->packet.source;
	event.datagram.natt = taken->packet.destination.port == 4500;
	event.datagram.data.data = taken->data;
	event.datagram.data.len = taken->packet.len;
	assert_int_equal(pair_event(pair, taken->packet.from == A ? B : A,
				    event), 0);
}

/* The first payload of that type in a message in clear. */
static uint8_t *payload(uint8_t *data, uint8_t type)
{
	uint8_t *at = data + 28;
	uint8_t next = data[16];

	while (next && next != type) {
		next = at[0];
		at += at[2] << 8 | at[3];
	}
	assert_int_equal(next, type);
	return at;
}

/* Its body from there on, of two messages of one form. */
static void reflect(struct taken *to, struct taken *from, uint8_t type,
		    size_t at)
{
	uint8_t *a = payload(to->data, type), *b = payload(from->data, type);
	size_t len = a[2] << 8 | a[3];

	assert_int_equal(len, b[2] << 8 | b[3]);
	memcpy(a + at, b + at, len - at);
}

static void test_I44_own_nonce_and_key_exchange_reflected(void **state)
{
	struct taken ours, answer, forged;
	struct pair *pair = *state;

	pair_start(pair);
	pair_acquire(pair, A, 0);
	take(pair, A, &ours);
	pair_deliver(pair, A);
	take(pair, B, &answer);
	forged = answer;
	reflect(&forged, &ours, IKE_PAYLOAD_NONCE, 4);
	throw(pair, &forged);
	assert_reason(pair, A, IKE_REASON_REFLECTED, 1);
	forged = answer;
	reflect(&forged, &ours, IKE_PAYLOAD_KE, 8);
	throw(pair, &forged);
	assert_reason(pair, A, IKE_REASON_REFLECTED, 2);
	assert_non_null(pair_ike_in(pair, A, IKE_SA_INIT_SENT));
	/* The true one is still awaited. */
	pair_settle(pair);
	assert_true(pair_up(pair));
	pair_close(pair);
}

static void test_I44_nonces_at_both_ends_of_what_is_allowed(void **state)
{
	static const struct {
		uint8_t len;
		bool good;
	} cases[] = { { 0, false }, { 15, false }, { 16, true } };
	struct taken first, cut;
	struct pair *pair = *state;
	uint8_t *nonce;
	size_t i, len, rest;

	pair_start(pair);
	pair_acquire(pair, A, 0);
	take(pair, A, &first);
	pair_drop(pair, A);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cut = first;
		cut.data[0] ^= i + 1;
		nonce = payload(cut.data, IKE_PAYLOAD_NONCE);
		len = nonce[2] << 8 | nonce[3];
		rest = cut.data + cut.packet.len - (nonce + len);
		memmove(nonce + 4 + cases[i].len, nonce + len, rest);
		nonce[3] = 4 + cases[i].len;
		cut.packet.len -= len - 4 - cases[i].len;
		cut.data[26] = cut.packet.len >> 8;
		cut.data[27] = cut.packet.len & 0xff;
		throw(pair, &cut);
		assert_int_equal(pair_ike(pair, B), cases[i].good);
	}
	assert_reason(pair, B, IKE_REASON_NONCE_LENGTH, 2);
	pair_run(pair, HALF_OPEN_MS + 1);
	assert_true(pair_up(pair));
	pair_close(pair);
}

/* Encodings 0 and 255, Hash and URL of both kinds, fifty of them, 60 KiB of one:
 * with pre-shared keys certificates say nothing, and nothing is fetched.
 */
static void test_I47_certificates_that_nobody_asked_for(void **state)
{
	static uint8_t certificate[60000];
	static const struct {
		uint8_t encoding;
		size_t len;
		size_t n;
	} cases[] = {
		{ 0, 10, 1 },	{ 255, 10, 1 },	   { 4, 1, 1 },
		{ 12, 60, 1 },	{ 13, 60, 1 },	   { 4, 200, 50 },
		{ 4, 60000, 1 },
	};
	struct pair *pair;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ike_bytes body = { certificate, cases[i].len };
		unsigned int sent;

		memset(certificate, 'u', sizeof(certificate));
		certificate[0] = cases[i].encoding;
		pair = pair_new();
		pair_start(pair);
		pair_acquire(pair, A, 0);
		pair_deliver(pair, A);
		pair_deliver(pair, B);
		assert_true(forge_front(pair, pair_peek(pair, A),
					IKE_PAYLOAD_CERT, body, cases[i].n));
		sent = pair->end[B].sent;
		pair_settle(pair);
		assert_true(pair_up(pair));
		assert_int_equal(pair->end[B].sent, sent + 1);
		pair_close(pair);
		pair_free(pair);
	}
}

/* In clear, with the SPIs and the Message ID of what is out: any error. */
static void test_I57_clear_errors_in_place_of_a_response(void **state)
{
	struct pair *pair = *state;
	struct taken forged;
	uint64_t before;
	uint16_t error;

	pair_establish(pair);
	pair_rekey_child(pair, A, 0);
	take(pair, A, &forged);
	forged.packet.from = B;
	forged.packet.source = pair->end[B].peer.local;
	forged.packet.destination = pair->end[A].peer.local;
	before = invalid(pair, A);
	for (error = 1; error < 64; error++) {
		static const uint8_t notify[] = { 0, 0, 0, 8, 0, 0, 0, 0 };

		forged.data[16] = IKE_PAYLOAD_N;
		forged.data[19] = IKE_FLAG_RESPONSE;
		memcpy(forged.data + 28, notify, sizeof(notify));
		forged.data[35] = error;
		forged.packet.len = 36;
		forged.data[26] = 0;
		forged.data[27] = 36;
		throw(pair, &forged);
	}
	assert_reason(pair, A, IKE_REASON_NOT_ENCRYPTED, 63);
	assert_int_equal(invalid(pair, A), before + 63);
	pair_settle(pair);
	assert_true(pair_up(pair));
	assert_int_equal(pair->end[A].story[IKE_STORY_NOTIFIED], 0);
	pair_close(pair);
}

/* Each message of the set-up a thousand times: one IKE SA, one Child SA, the same
 * answer each time, and none to a response.
 */
static void test_I73_each_message_of_the_handshake_a_thousand_times(void **s)
{
	struct taken message, answer;
	struct pair *pair = *s;
	unsigned int step, i;
	enum pair_name from;

	pair_start(pair);
	pair_acquire(pair, A, 0);
	for (step = 0; step < 4; step++) {
		from = step % 2 ? B : A;
		take(pair, from, &message);
		pair_deliver(pair, from);
		if (step < 3)
			take(pair, from == A ? B : A, &answer);
		for (i = 0; i < 1000; i++) {
			throw(pair, &message);
			if (from == B)
				continue;
			/* Behind the true one, which waits. */
			assert_int_equal(pair_waiting(pair, B), 2);
			assert_int_equal(pair_peek(pair, B)->len,
					 answer.packet.len);
			assert_memory_equal(pair_peek(pair, B)->data,
					    answer.data, answer.packet.len);
			pair_drop(pair, B);
		}
		assert_int_equal(pair_ike(pair, B), 1);
		assert_int_equal(pair_ike(pair, A), 1);
	}
	assert_true(pair_up(pair));
	assert_int_equal(pair_sas(pair, B, IKE_IN), 1);
	assert_reason(pair, B, IKE_REASON_REQUEST_REPEATED, 2000);
	assert_reason(pair, A, IKE_REASON_RESPONSE_UNASKED, 2000);
	pair_close(pair);
}

/* A has given up before the response arrives. */
static void test_I74_late_responses(void **state)
{
	struct pair *pair = *state;
	struct taken late;
	unsigned int step;

	for (step = 0; step < 3; step++) {
		pair_start(pair);
		pair_acquire(pair, A, 0);
		if (step > 0) {
			pair_deliver(pair, A);
			pair_deliver(pair, B);
		}
		if (step > 1) {
			pair_settle(pair);
			pair_rekey_child(pair, A, 0);
		}
		/* IKE_SA_INIT, IKE_AUTH, CREATE_CHILD_SA */
		pair_deliver(pair, A);
		take(pair, B, &late);
		pair->cut = true;
		pair_drop(pair, B);
		pair_run(pair, 600000);
		assert_int_equal(pair_ike(pair, A), 0);
		throw(pair, &late);
		assert_int_equal(pair_ike(pair, A), 0);
		assert_int_equal(pair_waiting(pair, A), 0);
		assert_int_equal(pair_sas(pair, A, IKE_IN), 0);
		assert_reason(pair, A, IKE_REASON_SPI_UNKNOWN, step + 1);
		pair->cut = false;
		/* It begins again as if nothing had been. */
		pair_acquire(pair, A, 0);
		pair_settle(pair);
		assert_true(pair_up(pair));
		pair_run(pair, HEIR_MS * 2);
		pair_close(pair);
	}
}

/* From another port of the NAT: what is forged or old moves nothing, and what is
 * new and authentic does.
 */
static void test_I77_the_peer_moves_with_a_true_message_alone(void **state)
{
	struct pair *pair = *state;
	const struct ike_sa *sa;
	struct taken old, now;

	pair->translated = true;
	pair->end[B].peer.remote.len = 0;
	pair_establish(pair);
	sa = sa_of(pair, B);
	assert_int_equal(sa->remote.port, 40001);
	pair_rekey_child(pair, A, 0);
	take(pair, A, &old);
	old.packet.source = sa->remote;
	pair_settle(pair);
	pair_run(pair, CHILD_DRAIN_MS + 1);
	/* An old message, and its answer goes to where it came from. */
	old.packet.source.port = 50000;
	throw(pair, &old);
	assert_int_equal(sa->remote.port, 40001);
	pair_rekey_child(pair, A, 0);
	take(pair, A, &now);
	now.packet.source = sa->remote;
	now.packet.source.port = 50001;
	now.data[now.packet.len - 1] ^= 1;
	throw(pair, &now);
	assert_reason(pair, B, IKE_REASON_SK_ICV, 1);
	assert_int_equal(sa->remote.port, 40001);
	assert_int_equal(pair_waiting(pair, B), 0);
	/* The true one. */
	now.data[now.packet.len - 1] ^= 1;
	throw(pair, &now);
	assert_int_equal(sa->remote.port, 50001);
	pair->mapping = 50000;
	pair_settle(pair);
	/* Once more: it is old by now. */
	now.packet.source.port = 50002;
	throw(pair, &now);
	assert_int_equal(sa->remote.port, 50001);
	pair_close(pair);
}

/* Another who fits the same pattern, and begins with INITIAL_CONTACT. */
static void test_I80_initial_contact_of_another_identity(void **state)
{
	struct pair *pair = *state;
	const struct ike_sa *sa;

	ike_id_clear(&pair->end[B].peer.remote_id);
	assert_int_equal(ike_id_parse(&pair->end[B].peer.remote_id,
				      "*.example"), 0);
	pair_establish(pair);
	pair_run(pair, HALF_OPEN_MS);
	sa = sa_of(pair, B);
	/* Its kernel and its engine know nothing, and it has another name. */
	ike_id_clear(&pair->end[A].peer.local_id);
	assert_int_equal(ike_id_parse(&pair->end[A].peer.local_id,
				      "other.example"), 0);
	pair_restart(pair, A);
	pair_acquire(pair, A, 1);
	pair_settle(pair);
	assert_non_null(pair_child(pair, B, 1, IKE_CHILD_UP));
	assert_reason(pair, B, IKE_REASON_PEER_RESTARTED, 0);
	assert_int_equal(pair_ike(pair, B), 2);
	assert_int_equal(sa->state, IKE_SA_ESTABLISHED);
	assert_non_null(pair_child(pair, B, 0, IKE_CHILD_UP));
	/* Of the same identity it ends the other. */
	pair_run(pair, HALF_OPEN_MS);
	pair_restart(pair, A);
	pair_acquire(pair, A, 1);
	pair_settle(pair);
	assert_int_equal(pair_ike(pair, B), 2);
	assert_true(pair->end[B].reason[IKE_REASON_PEER_RESTARTED] > 0);
	assert_non_null(pair_child(pair, B, 0, IKE_CHILD_UP));
	pair_close(pair);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_I44_own_nonce_and_key_exchange_reflected),
		TEST(test_I44_nonces_at_both_ends_of_what_is_allowed),
		cmocka_unit_test(test_I47_certificates_that_nobody_asked_for),
		TEST(test_I57_clear_errors_in_place_of_a_response),
		TEST(test_I73_each_message_of_the_handshake_a_thousand_times),
		TEST(test_I74_late_responses),
		TEST(test_I77_the_peer_moves_with_a_true_message_alone),
		TEST(test_I80_initial_contact_of_another_identity),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
