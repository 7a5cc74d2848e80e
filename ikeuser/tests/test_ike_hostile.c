// SPDX-License-Identifier: GPL-2.0-only
/* What strangers and misbehaving peers send to an engine: it answers as little as
 * it may, keeps its state, and goes on with those who behave. The families of bad
 * input stand in the names.
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
#include "wire.h"

static int setup(void **state)
{
	*state = pair_new();
	return 0;
}

static int teardown(void **state)
{
	pair_free(*state);
	return wire_free(state);
}

/* Octets that arrive at B as if A had sent them. */
static void throw(struct pair *pair, const uint8_t *data, size_t len, bool natt)
{
	struct ike_event event = { .kind = IKE_EV_DATAGRAM };
	uint8_t *exact = malloc(len ? len : 1);

	assert_non_null(exact);
	memcpy(exact, data, len);
	event.datagram.local = pair->end[B].peer.local;
	event.datagram.remote = pair->end[A].peer.local;
	event.datagram.local.port = natt ? 4500 : 500;
	event.datagram.remote.port = natt ? 4500 : 500;
	event.datagram.natt = natt;
	event.datagram.data.data = exact;
	event.datagram.data.len = len;
	assert_int_equal(pair_event(pair, B, event), 0);
	free(exact);
}

static struct ike_sa *sa_of(struct pair *pair, enum pair_name name)
{
	return (struct ike_sa *)pair_ike_in(pair, name, IKE_SA_ESTABLISHED);
}

/* A header of A's, with which nothing is wrong yet. */
static struct ike_header header_of(struct pair *pair)
{
	struct ike_sa *sa = sa_of(pair, A);

	return (struct ike_header){
		.spi_i = sa->spi_i,
		.spi_r = sa->spi_r,
		.major = 2,
		.exchange = IKE_EXCHANGE_INFORMATIONAL,
		.flags = IKE_FLAG_INITIATOR,
		.id = sa->window.next,
	};
}

/* Sealed with the keys of A. */
static void throw_sealed(struct pair *pair, const struct ike_header *header,
			 uint8_t first, struct ike_bytes chain)
{
	struct ike_sa *sa = sa_of(pair, A);
	struct ike_packets packets = { 0 };
	struct ike_writer head;

	ike_writer_init(&head, IKE_HEADER_LEN);
	ike_header_emit(header, &head);
	assert_int_equal(ike_frag_seal(&sa->sk_out, &sa->engine->random,
				       ike_writer_written(&head), first, chain,
				       SIZE_MAX, &packets), 0);
	throw(pair, packets.packet[0].data, packets.packet[0].len, false);
	ike_packets_clear(&packets);
	ike_writer_clear(&head);
}

/* An authentic request of A with these payloads; A's window moves on, so that
 * what it sends later is right.
 */
static void throw_request(struct pair *pair, uint8_t exchange,
			  const struct wire_payload *payload, size_t n)
{
	struct ike_header header = header_of(pair);

	header.exchange = exchange;
	throw_sealed(pair, &header, n ? payload[0].type : 0,
		     n ? wire_chain(payload, n) : (struct ike_bytes){ 0 });
	sa_of(pair, A)->window.next++;
}

/* What B answered: its only packet, opened with the keys of A. Returns the first
 * notification that is an error, 0 if there is none.
 */
static uint16_t answer(struct pair *pair)
{
	struct ike_sa *sa = sa_of(pair, A);
	struct pair_packet *packet = pair_peek(pair, B);
	struct ike_message msg = { 0 };
	struct ike_fault fault = { 0 };
	struct ike_body body = { 0 };
	const struct ike_payload_notify *notify;
	struct ike_bytes datagram = { packet->data, packet->len };
	uint16_t type;

	assert_int_equal(pair_waiting(pair, B), 1);
	assert_int_equal(ike_message_parse(&msg, datagram, &fault), 0);
	assert_true(ike_header_is_response(&msg.header));
	assert_int_equal(ike_sk_open(&sa->sk_in, datagram, msg.encrypted, &body,
				     &fault), 0);
	assert_int_equal(ike_message_parse_body(&msg, body.first,
						(struct ike_bytes){
							body.data, body.len },
						&fault), 0);
	notify = ike_message_error(&msg);
	type = notify ? notify->type : 0;
	ike_message_clear(&msg);
	ike_body_clear(&body);
	pair_drop(pair, B);
	return type;
}

/* Nothing was answered, and all is as it was: another rekey shows it. */
static void assert_unmoved(struct pair *pair)
{
	assert_int_equal(pair_waiting(pair, B), 0);
	assert_true(pair_up(pair));
	pair_rekey_child(pair, A, 0);
	pair_settle(pair);
	assert_true(pair_up(pair));
	assert_int_equal(pair_children(pair, A, IKE_CHILD_UP), 1);
}

static struct ike_bytes emitted(const struct ike_header *header)
{
	struct ike_message msg = { .header = *header };
	struct ike_writer w;
	struct ike_bytes bytes;

	ike_writer_init(&w, 65536);
	ike_message_emit(&msg, &w);
	bytes = wire_copy(ike_writer_written(&w));
	ike_writer_clear(&w);
	return bytes;
}

static void throw_clear(struct pair *pair, const struct ike_header *header)
{
	struct ike_bytes bytes = emitted(header);

	throw(pair, bytes.data, bytes.len, false);
}

static void test_I01_datagrams_of_no_message_are_dropped(void **state)
{
	static const size_t lengths[] = { 0, 1, 4, 18, 27 };
	struct pair *pair = *state;
	uint8_t data[28] = { 0 };
	size_t i;

	pair_establish(pair);
	for (i = 0; i < 5; i++) {
		throw(pair, data, lengths[i], false);
		throw(pair, data, lengths[i], true);
	}
	assert_unmoved(pair);
	pair_close(pair);
}

static void test_I04_higher_major_version_is_told_ours(void **state)
{
	struct pair *pair = *state;
	struct ike_header header;
	struct ike_bytes bytes;
	uint8_t data[64];
	unsigned int i;

	pair_establish(pair);
	header = header_of(pair);
	bytes = emitted(&header);
	memcpy(data, bytes.data, bytes.len);
	for (i = 0; i < 16; i++) {
		data[17] = i << 4;
		throw(pair, data, bytes.len, false);
	}
	/* INVALID_MAJOR_VERSION, once a second. */
	assert_int_equal(pair_waiting(pair, B), 1);
	assert_int_equal(pair_peek(pair, B)->len, 28 + 8 + 1);
	pair_drop(pair, B);
	pair->now += 1000;
	data[17] = 3 << 4;
	data[19] = IKE_FLAG_RESPONSE;
	throw(pair, data, bytes.len, false);
	assert_unmoved(pair);
	pair_close(pair);
}

static void test_I05_unknown_exchanges_are_refused_after_authentication(
	void **state)
{
	struct pair *pair = *state;
	unsigned int exchange;

	pair_establish(pair);
	for (exchange = 0; exchange < 256; exchange++) {
		if (exchange >= IKE_EXCHANGE_IKE_SA_INIT &&
		    exchange <= IKE_EXCHANGE_INFORMATIONAL)
			continue;
		throw_request(pair, exchange, NULL, 0);
		assert_int_equal(answer(pair), IKE_NOTIFY_INVALID_SYNTAX);
	}
	assert_unmoved(pair);
	pair_close(pair);
}

static void test_I07_I71_unasked_responses_are_never_answered(void **state)
{
	struct pair *pair = *state;
	struct ike_header header;
	uint32_t id;

	pair_establish(pair);
	for (id = 0; id < 4; id++) {
		header = header_of(pair);
		header.flags |= IKE_FLAG_RESPONSE;
		header.id = id;
		throw_sealed(pair, &header, 0, (struct ike_bytes){ 0 });
		throw_clear(pair, &header);
	}
	assert_unmoved(pair);
	pair_close(pair);
}

static void test_I08_flag_of_the_wrong_role(void **state)
{
	struct pair *pair = *state;
	struct ike_header header;

	pair_establish(pair);
	header = header_of(pair);
	header.flags = 0;
	/* By its flag it is for the initiator's SPI, which B did not choose. */
	throw_sealed(pair, &header, 0, (struct ike_bytes){ 0 });
	assert_int_equal(pair_waiting(pair, B), 1);
	pair_drop(pair, B);
	header.spi_i = header.spi_r;
	throw_sealed(pair, &header, 0, (struct ike_bytes){ 0 });
	assert_unmoved(pair);
	pair_close(pair);
}

static void test_I09_spis_of_zero_and_first_requests_with_two(void **state)
{
	struct pair *pair = *state;
	struct ike_header header;

	pair_establish(pair);
	header = header_of(pair);
	header.spi_i = 0;
	throw_clear(pair, &header);
	header = header_of(pair);
	header.exchange = IKE_EXCHANGE_IKE_SA_INIT;
	header.id = 0;
	header.spi_i++;
	throw_clear(pair, &header);
	assert_int_equal(pair_ike(pair, B), 1);
	assert_unmoved(pair);
	pair_close(pair);
}

static void test_I10_unknown_spis_are_told_once_a_second(void **state)
{
	struct pair *pair = *state;
	struct ike_header header;
	unsigned int i;

	pair_establish(pair);
	pair->now += 5000;
	for (i = 0; i < 100; i++) {
		header = header_of(pair);
		header.spi_r += 1 + i;
		throw_clear(pair, &header);
	}
	assert_int_equal(pair_waiting(pair, B), 1);
	/* A changes nothing for it (2.21.4). */
	pair_deliver(pair, B);
	assert_true(pair_up(pair));
	pair->now += 1000;
	throw_clear(pair, &header);
	assert_int_equal(pair_waiting(pair, B), 1);
	pair_drop(pair, B);
	header.flags |= IKE_FLAG_RESPONSE;
	pair->now += 1000;
	throw_clear(pair, &header);
	assert_unmoved(pair);
	pair_close(pair);
}

static void test_I11_markers_and_keepalives(void **state)
{
	static const uint8_t cases[][5] = {
		{ 0xff }, { 0xff, 0xff }, { 0 }, { 0, 0, 0 }, { 0, 0, 0, 0 },
		{ 0, 0, 0, 1, 0 },
	};
	static const size_t lengths[] = { 1, 2, 1, 3, 4, 5 };
	struct pair *pair = *state;
	struct ike_bytes bytes;
	struct ike_header header;
	uint8_t data[64] = { 0 };
	size_t i;

	pair_establish(pair);
	for (i = 0; i < 6; i++) {
		throw(pair, cases[i], lengths[i], true);
		throw(pair, cases[i], lengths[i], false);
	}
	header = header_of(pair);
	bytes = emitted(&header);
	throw(pair, bytes.data, bytes.len, true);
	memcpy(data + 4, bytes.data, bytes.len);
	throw(pair, data, bytes.len + 4, false);
	/* Read four octets early, it may be of a higher version. */
	while (pair_waiting(pair, B))
		pair_drop(pair, B);
	assert_unmoved(pair);
	pair_close(pair);
}

static void test_I16_I17_unknown_payloads(void **state)
{
	static const struct wire_payload skipped[] = { { 200, "0102" } };
	static const struct wire_payload critical[] = { { 200, "0102", true } };
	struct pair *pair = *state;

	pair_establish(pair);
	throw_request(pair, IKE_EXCHANGE_INFORMATIONAL, skipped, 1);
	assert_int_equal(answer(pair), 0);
	throw_request(pair, IKE_EXCHANGE_INFORMATIONAL, critical, 1);
	assert_int_equal(answer(pair),
			 IKE_NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD);
	assert_unmoved(pair);
	pair_close(pair);
}

static void test_I17_critical_payload_beside_a_delete_deletes_nothing(void **s)
{
	struct pair *pair = *s;
	static const struct wire_payload critical[] = {
		{ IKE_PAYLOAD_D, "01000000" }, { 200, "", true },
	};

	pair_establish(pair);
	throw_request(pair, IKE_EXCHANGE_INFORMATIONAL, critical, 2);
	assert_int_equal(answer(pair),
			 IKE_NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD);
	assert_unmoved(pair);
	pair_close(pair);
}

static void test_I13_malformed_payloads_of_a_peer_are_invalid_syntax(void **s)
{
	static const char *const chains[] = {
		"00 00 0003", "00 00 0005", "29 00 0008 00004000 0000 0008",
		"00 00 0004 00",
	};
	struct pair *pair = *s;
	struct ike_header header;
	size_t i;

	pair_establish(pair);
	for (i = 0; i < 4; i++) {
		header = header_of(pair);
		throw_sealed(pair, &header, IKE_PAYLOAD_N, wire_hex(chains[i]));
		sa_of(pair, A)->window.next++;
		assert_int_equal(answer(pair), IKE_NOTIFY_INVALID_SYNTAX);
	}
	assert_unmoved(pair);
	pair_close(pair);
}

static void test_I20_missing_payloads_are_invalid_syntax(void **state)
{
	static const struct wire_payload no_nonce[] = {
		{ IKE_PAYLOAD_SA, WIRE_SA_ESP }, { IKE_PAYLOAD_TSi, WIRE_TS },
		{ IKE_PAYLOAD_TSr, WIRE_TS },
	};
	static const struct wire_payload no_tsr[] = {
		{ IKE_PAYLOAD_SA, WIRE_SA_ESP },
		{ IKE_PAYLOAD_NONCE, WIRE_NONCE }, { IKE_PAYLOAD_TSi, WIRE_TS },
	};
	static const struct wire_payload no_ke[] = {
		{ IKE_PAYLOAD_SA, WIRE_SA_IKE },
		{ IKE_PAYLOAD_NONCE, WIRE_NONCE },
	};
	struct pair *pair = *state;

	pair_establish(pair);
	throw_request(pair, IKE_EXCHANGE_CREATE_CHILD_SA, no_nonce, 3);
	assert_int_equal(answer(pair), IKE_NOTIFY_INVALID_SYNTAX);
	throw_request(pair, IKE_EXCHANGE_CREATE_CHILD_SA, no_tsr, 3);
	assert_int_equal(answer(pair), IKE_NOTIFY_INVALID_SYNTAX);
	throw_request(pair, IKE_EXCHANGE_CREATE_CHILD_SA, no_ke, 2);
	assert_int_not_equal(answer(pair), 0);
	throw_request(pair, IKE_EXCHANGE_CREATE_CHILD_SA, NULL, 0);
	assert_int_equal(answer(pair), IKE_NOTIFY_INVALID_SYNTAX);
	assert_unmoved(pair);
	pair_close(pair);
}

static void test_I23_I79_payloads_of_other_exchanges(void **state)
{
	static const struct wire_payload eap[] = {
		{ IKE_PAYLOAD_EAP, "03010004" },
	};
	static const struct wire_payload ts[] = {
		{ IKE_PAYLOAD_TSi, WIRE_TS },
	};
	struct pair *pair = *state;

	pair_establish(pair);
	throw_request(pair, IKE_EXCHANGE_INFORMATIONAL, eap, 1);
	assert_int_equal(answer(pair), IKE_NOTIFY_INVALID_SYNTAX);
	throw_request(pair, IKE_EXCHANGE_INFORMATIONAL, ts, 1);
	assert_int_equal(answer(pair), IKE_NOTIFY_INVALID_SYNTAX);
	/* IKE_AUTH once more. */
	throw_request(pair, IKE_EXCHANGE_IKE_AUTH, NULL, 0);
	assert_int_equal(answer(pair), IKE_NOTIFY_INVALID_SYNTAX);
	assert_unmoved(pair);
	pair_close(pair);
}

static void test_I26_a_wrong_bit_anywhere_is_dropped(void **state)
{
	struct pair *pair = *state;
	struct pair_packet *packet;
	uint8_t data[2048];
	size_t len, i;

	pair_establish(pair);
	pair_rekey_child(pair, A, 0);
	packet = pair_peek(pair, A);
	len = packet->len;
	memcpy(data, packet->data, len);
	/* From the exchange on: before it are the SPIs and the version. */
	for (i = 18; i < len; i++) {
		pair->now += 1000;
		data[i] ^= 0x10;
		throw(pair, data, len, false);
		data[i] ^= 0x10;
		while (pair_waiting(pair, B))
			pair_drop(pair, B);
		assert_int_equal(pair_children(pair, B, IKE_CHILD_UP), 1);
		assert_int_equal(sa_of(pair, B)->window.expected, 2);
	}
	/* And then the true message. */
	pair_settle(pair);
	assert_true(pair_up(pair));
	pair_close(pair);
}

static void test_I27_nothing_but_ike_auth_before_authentication(void **state)
{
	static const uint8_t exchanges[] = {
		IKE_EXCHANGE_CREATE_CHILD_SA, IKE_EXCHANGE_INFORMATIONAL, 40,
	};
	struct pair *pair = *state;
	struct ike_sa *sa;
	size_t i;

	pair_start(pair);
	pair_acquire(pair, A, 0);
	pair_deliver(pair, A);
	pair_deliver(pair, B);
	/* A has keys and has sent IKE_AUTH, which is late. */
	sa = (struct ike_sa *)pair_ike_in(pair, A, IKE_SA_AUTH_SENT);
	for (i = 0; i < sizeof(exchanges); i++) {
		struct ike_header header = {
			.spi_i = sa->spi_i,
			.spi_r = sa->spi_r,
			.exchange = exchanges[i],
			.flags = IKE_FLAG_INITIATOR,
			.id = 1,
		};
		struct ike_packets packets = { 0 };
		struct ike_writer head;

		ike_writer_init(&head, IKE_HEADER_LEN);
		ike_header_emit(&header, &head);
		assert_int_equal(ike_frag_seal(&sa->sk_out, &sa->engine->random,
					       ike_writer_written(&head), 0,
					       (struct ike_bytes){ 0 },
					       SIZE_MAX, &packets), 0);
		throw(pair, packets.packet[0].data, packets.packet[0].len,
		      false);
		ike_packets_clear(&packets);
		ike_writer_clear(&head);
	}
	assert_int_equal(pair_waiting(pair, B), 0);
	pair_settle(pair);
	assert_true(pair_up(pair));
	pair_close(pair);
}

static void test_I24_I57_clear_messages_of_an_ike_sa(void **state)
{
	static const uint16_t errors[] = {
		IKE_NOTIFY_INVALID_SYNTAX, IKE_NOTIFY_AUTHENTICATION_FAILED,
		IKE_NOTIFY_INVALID_IKE_SPI, IKE_NOTIFY_NO_PROPOSAL_CHOSEN,
	};
	struct pair *pair = *state;
	size_t i;
	uint8_t exchange;

	pair_establish(pair);
	for (exchange = 34; exchange < 38; exchange++) {
		for (i = 0; i < 4; i++) {
			struct ike_message msg = { 0 };
			struct ike_writer w;

			msg.header = header_of(pair);
			msg.header.exchange = exchange;
			assert_int_equal(ike_message_add_notify(
						 &msg, errors[i],
						 (struct ike_bytes){ 0 }), 0);
			ike_writer_init(&w, 65536);
			ike_message_emit(&msg, &w);
			throw(pair, w.data, w.len, false);
			ike_writer_clear(&w);
			ike_message_clear(&msg);
		}
	}
	assert_unmoved(pair);
	pair_close(pair);
}

/* B, which answers IKE_SA_INIT with one notification for ever. */
static void notify_init(struct pair *pair, uint16_t type, struct ike_bytes data)
{
	struct pair_packet *packet = pair_peek(pair, A);
	struct ike_event event = { .kind = IKE_EV_DATAGRAM };
	struct ike_message msg = { 0 };
	struct ike_fault fault = { 0 };
	struct ike_writer w;

	assert_int_equal(ike_header_parse(&msg.header,
					  (struct ike_bytes){ packet->data,
							      packet->len },
					  &fault), 0);
	pair_drop(pair, A);
	msg.header.flags = IKE_FLAG_RESPONSE;
	assert_int_equal(ike_message_add_notify(&msg, type, data), 0);
	ike_writer_init(&w, 65536);
	ike_message_emit(&msg, &w);
	event.datagram.local = pair->end[A].peer.local;
	event.datagram.remote = pair->end[B].peer.local;
	event.datagram.data = ike_writer_written(&w);
	assert_int_equal(pair_event(pair, A, event), 0);
	ike_writer_clear(&w);
	ike_message_clear(&msg);
}

static void test_I36_unproven_errors_end_nothing(void **state)
{
	static const uint16_t errors[] = {
		IKE_NOTIFY_NO_PROPOSAL_CHOSEN, IKE_NOTIFY_INVALID_SYNTAX,
		IKE_NOTIFY_AUTHENTICATION_FAILED,
		IKE_NOTIFY_INVALID_MAJOR_VERSION,
	};
	struct pair *pair = *state;
	size_t i;

	pair_start(pair);
	pair_acquire(pair, A, 0);
	for (i = 0; i < 4; i++) {
		pair_double(pair, A);
		notify_init(pair, errors[i], (struct ike_bytes){ 0 });
	}
	pair_settle(pair);
	assert_true(pair_up(pair));
	pair_close(pair);
}

static void test_I43_groups_back_and_forth_stop(void **state)
{
	static const uint8_t groups[][2] = { { 0, 31 }, { 0, 19 } };
	struct pair *pair = *state;
	unsigned int i;

	pair_proposals(&pair->end[A].peer.proposals, IKE_PROTOCOL_IKE,
		       "aes256-sha256-ecp256-x25519");
	pair_start(pair);
	pair_acquire(pair, A, 0);
	for (i = 0; i < 10 && pair_waiting(pair, A); i++)
		notify_init(pair, IKE_NOTIFY_INVALID_KE_PAYLOAD,
			    (struct ike_bytes){ groups[i % 2], 2 });
	assert_int_equal(i, 1 + INIT_GROUPS_MAX);
	assert_true(pair->end[A].reason[IKE_REASON_KE_ENDLESS] > 0);
	pair_close(pair);
}

static void test_I43_groups_that_make_no_sense_are_ignored(void **state)
{
	static const uint8_t data[][3] = {
		{ 0, 14 }, { 0, 19 }, { 0, 0 }, { 4, 1 }, { 0 }, { 0, 19, 0 },
	};
	static const size_t lengths[] = { 2, 2, 2, 2, 1, 3 };
	struct pair *pair = *state;
	size_t i;

	pair_start(pair);
	pair_acquire(pair, A, 0);
	for (i = 0; i < 6; i++) {
		pair_double(pair, A);
		notify_init(pair, IKE_NOTIFY_INVALID_KE_PAYLOAD,
			    (struct ike_bytes){ data[i], lengths[i] });
		assert_int_equal(pair_waiting(pair, A), 1);
	}
	pair_settle(pair);
	assert_true(pair_up(pair));
	pair_close(pair);
}

static void test_I60_I62_cookies_without_end_stop(void **state)
{
	struct pair *pair = *state;
	uint8_t cookie[65] = { 0 };
	unsigned int i;

	pair_start(pair);
	pair_acquire(pair, A, 0);
	pair_double(pair, A);
	notify_init(pair, IKE_NOTIFY_COOKIE, (struct ike_bytes){ cookie, 65 });
	pair_double(pair, A);
	notify_init(pair, IKE_NOTIFY_COOKIE, (struct ike_bytes){ cookie, 0 });
	assert_int_equal(pair_waiting(pair, A), 1);
	for (i = 0; i < 10 && pair_waiting(pair, A); i++) {
		cookie[0]++;
		notify_init(pair, IKE_NOTIFY_COOKIE,
			    (struct ike_bytes){ cookie, 64 });
	}
	assert_int_equal(i, 1 + INIT_COOKIES_MAX);
	assert_true(pair->end[A].reason[IKE_REASON_COOKIE_ENDLESS] > 0);
	pair_close(pair);
}

static void test_I55_rekey_of_what_is_not_there(void **state)
{
	static const char *const rekeys[] = {
		"03 04 4009 01020304", "00 00 4009", "01 00 4009",
		"02 04 4009 01020304", "03 00 4009",
	};
	struct pair *pair = *state;
	size_t i;

	pair_establish(pair);
	for (i = 0; i < 5; i++) {
		const struct wire_payload rekey[] = {
			{ IKE_PAYLOAD_N, rekeys[i] },
			{ IKE_PAYLOAD_SA, WIRE_SA_ESP },
			{ IKE_PAYLOAD_NONCE, WIRE_NONCE },
			{ IKE_PAYLOAD_TSi, WIRE_TS },
			{ IKE_PAYLOAD_TSr, WIRE_TS },
		};

		throw_request(pair, IKE_EXCHANGE_CREATE_CHILD_SA, rekey, 5);
		assert_int_not_equal(answer(pair), 0);
		assert_int_equal(pair_children(pair, B, IKE_CHILD_UP), 1);
	}
	assert_unmoved(pair);
	pair_close(pair);
}

static void test_I56_deletes_of_what_is_not_there(void **state)
{
	static const struct wire_payload unknown[] = {
		{ IKE_PAYLOAD_D, "03040002 01020304 01020304" },
		{ IKE_PAYLOAD_D, "02040001 01020304" },
		{ IKE_PAYLOAD_D, "03040000" },
	};
	struct pair *pair = *state;

	pair_establish(pair);
	throw_request(pair, IKE_EXCHANGE_INFORMATIONAL, unknown, 3);
	assert_int_equal(answer(pair), 0);
	assert_unmoved(pair);
	pair_close(pair);
}

static void test_I56_delete_of_the_ike_sa_and_more_in_one_message(void **state)
{
	static const struct wire_payload all[] = {
		{ IKE_PAYLOAD_D, "01000000" },
		{ IKE_PAYLOAD_D, "03040001 01020304" },
		{ IKE_PAYLOAD_D, "01000000" },
	};
	struct pair *pair = *state;

	pair_establish(pair);
	throw_request(pair, IKE_EXCHANGE_INFORMATIONAL, all, 3);
	assert_int_equal(answer(pair), 0);
	assert_non_null(pair_ike_in(pair, B, IKE_SA_LINGERING));
	assert_int_equal(pair_sas(pair, B, IKE_IN), 0);
	pair_close(pair);
}

static void test_I53_unknown_notifications_are_ignored(void **state)
{
	static const struct wire_payload notifies[] = {
		{ IKE_PAYLOAD_N, "0000 1fff" }, { IKE_PAYLOAD_N, "0000 9fff" },
		{ IKE_PAYLOAD_N, "0000 4001 00000000" },
		{ IKE_PAYLOAD_N, "0000 4001 000000" },
	};
	struct pair *pair = *state;

	pair_establish(pair);
	throw_request(pair, IKE_EXCHANGE_INFORMATIONAL, notifies, 4);
	assert_int_equal(answer(pair), 0);
	assert_unmoved(pair);
	pair_close(pair);
}

static void test_I67_I73_repeats_are_answered_with_the_same_octets(void **state)
{
	struct pair *pair = *state;
	struct pair_packet first = { 0 };
	uint8_t *data;
	unsigned int i;

	pair_establish(pair);
	pair_rekey_child(pair, A, 0);
	pair_double(pair, A);
	pair_deliver(pair, A);
	first = *pair_peek(pair, B);
	data = malloc(first.len);
	assert_non_null(data);
	memcpy(data, first.data, first.len);
	pair_drop(pair, B);
	for (i = 0; i < 1000; i++) {
		pair_double(pair, A);
		pair_deliver(pair, A);
		assert_int_equal(pair_waiting(pair, B), 1);
		assert_int_equal(pair_peek(pair, B)->len, first.len);
		assert_memory_equal(pair_peek(pair, B)->data, data, first.len);
		if (i < 999)
			pair_drop(pair, B);
	}
	free(data);
	assert_int_equal(pair_children(pair, B, IKE_CHILD_HALF), 1);
	pair_settle(pair);
	assert_true(pair_up(pair));
	pair_close(pair);
}

static void test_I68_same_message_id_other_content(void **state)
{
	struct pair *pair = *state;
	struct ike_header header;

	pair_establish(pair);
	header = header_of(pair);
	throw_request(pair, IKE_EXCHANGE_INFORMATIONAL, NULL, 0);
	assert_int_equal(answer(pair), 0);
	/* Sealed anew: another IV, so other octets. */
	throw_sealed(pair, &header, 0, (struct ike_bytes){ 0 });
	assert_unmoved(pair);
	pair_close(pair);
}

static void test_I69_I70_outside_of_the_window(void **state)
{
	static const int32_t steps[] = { -2, 1, 2, 1000 };
	struct pair *pair = *state;
	struct ike_header header;
	size_t i;

	pair_establish(pair);
	for (i = 0; i < 4; i++) {
		header = header_of(pair);
		header.id += steps[i];
		throw_sealed(pair, &header, 0, (struct ike_bytes){ 0 });
	}
	assert_unmoved(pair);
	pair_close(pair);
}

/* Everything that A sent is sent again, later. */
struct record {
	uint8_t *data[64];
	size_t len[64];
	size_t n;
};

static bool keep(struct pair *pair, struct pair_packet *packet)
{
	struct record *record = pair->arg;

	if (packet->from != A || record->n == 64)
		return true;
	record->data[record->n] = malloc(packet->len);
	assert_non_null(record->data[record->n]);
	memcpy(record->data[record->n], packet->data, packet->len);
	record->len[record->n++] = packet->len;
	return true;
}

static void test_I72_a_whole_session_replayed(void **state)
{
	struct pair *pair = *state;
	struct record record = { 0 };
	unsigned int added;
	size_t i;

	pair_start(pair);
	pair->judge = keep;
	pair->arg = &record;
	pair_acquire(pair, A, 0);
	pair_settle(pair);
	pair_rekey_child(pair, A, 0);
	pair_settle(pair);
	added = pair->end[B].added;
	pair->judge = NULL;
	for (i = 0; i < record.n; i++)
		throw(pair, record.data[i], record.len[i], false);
	assert_int_equal(pair->end[B].added, added);
	assert_int_equal(pair_ike(pair, B), 1);
	while (pair_waiting(pair, B))
		pair_drop(pair, B);
	assert_unmoved(pair);
	/* And to a responder that has forgotten it all. */
	pair_close(pair);
	pair_restart(pair, B);
	for (i = 0; i < record.n; i++)
		throw(pair, record.data[i], record.len[i], false);
	assert_int_equal(pair->end[B].added, 0);
	for (i = 0; i < record.n; i++)
		free(record.data[i]);
	while (pair_waiting(pair, B))
		pair_drop(pair, B);
	pair_run(pair, HALF_OPEN_MS + 1);
	pair_close(pair);
}

static void test_I61_a_flood_of_first_messages(void **state)
{
	struct pair *pair = *state;
	struct pair_packet *packet;
	uint8_t data[2048];
	unsigned int i;
	size_t len;

	pair_start(pair);
	pair_acquire(pair, A, 0);
	packet = pair_peek(pair, A);
	len = packet->len;
	memcpy(data, packet->data, len);
	for (i = 0; i < 5000; i++) {
		data[0] = 1 + i / 250;
		data[1] = 1 + i % 250;
		throw(pair, data, len, false);
		while (pair_waiting(pair, B))
			pair_drop(pair, B);
	}
	assert_int_equal(pair->end[B].engine->half_open,
			 HALF_OPEN_SOURCE_COOKIES);
	assert_int_equal(pair_ike(pair, B), HALF_OPEN_SOURCE_COOKIES);
	/* The honest peer shows its cookie. */
	pair_settle(pair);
	assert_true(pair_up(pair));
	pair_run(pair, HALF_OPEN_MS + 1);
	pair_close(pair);
}

static void test_I74_first_message_again_with_another_key_exchange(void **state)
{
	struct pair *pair = *state;
	struct pair_packet *packet;
	uint8_t data[2048];
	size_t len;

	pair_start(pair);
	pair_acquire(pair, A, 0);
	packet = pair_peek(pair, A);
	len = packet->len;
	memcpy(data, packet->data, len);
	pair_deliver(pair, A);
	data[len - 40] ^= 1;
	throw(pair, data, len, false);
	assert_int_equal(pair_waiting(pair, B), 1);
	assert_int_equal(pair_ike(pair, B), 1);
	pair_settle(pair);
	assert_true(pair_up(pair));
	pair_close(pair);
}

static void test_I74_two_different_responses(void **state)
{
	struct pair *pair = *state;
	struct pair_packet *packet;
	uint8_t data[2048];
	size_t len;

	pair_start(pair);
	pair_acquire(pair, A, 0);
	pair_deliver(pair, A);
	packet = pair_peek(pair, B);
	len = packet->len;
	memcpy(data, packet->data, len);
	pair_deliver(pair, B);
	/* Late, and with another SPIr: A has gone on. */
	data[9] ^= 1;
	throw(pair, data, len, false);
	pair_settle(pair);
	assert_true(pair_up(pair));
	pair_close(pair);
}

static void test_I75_message_ids_near_their_end_rekey(void **state)
{
	struct pair *pair = *state;
	uint32_t id = UINT32_MAX - 1024;
	uint64_t spi;

	pair_establish(pair);
	spi = sa_of(pair, A)->spi_i;
	sa_of(pair, A)->window.next = id;
	sa_of(pair, B)->window.expected = id;
	sa_of(pair, B)->window.answered = false;
	pair_rekey_child(pair, A, 0);
	pair_settle(pair);
	assert_true(pair_up(pair));
	assert_true(sa_of(pair, A)->spi_i != spi);
	pair_close(pair);
}

static void test_I35_answers_that_were_not_offered_are_not_believed(void **s)
{
	struct pair *pair = *s;

	/* B chooses of what A does not offer: its configuration changes while
	 * A's request is on its way, so only A can see it.
	 */
	pair_establish(pair);
	pair_rekey_child(pair, A, 0);
	pair_proposals(&sa_of(pair, A)->create->offer, IKE_PROTOCOL_ESP,
		       "aes128gcm16-ecp256");
	pair_settle(pair);
	/* REKEY_SA --> <-- SA(another); D(ESP) --> */
	assert_true(pair->end[A].reason[IKE_REASON_ANSWER_UNOFFERED] > 0);
	assert_true(pair_up(pair));
	assert_int_equal(pair_children(pair, B, IKE_CHILD_UP), 1);
	assert_int_equal(pair_sas(pair, A, IKE_OUT), 1);
	pair_check_traffic(pair);
	pair_close(pair);
}

static void test_I51_selectors_wider_than_offered_are_closed(void **state)
{
	struct pair *pair = *state;
	struct ike_create *create;

	pair_establish(pair);
	pair_acquire(pair, A, 1);
	create = sa_of(pair, A)->create;
	create->remote.ts[0].last[3] = 7;
	pair_settle(pair);
	assert_true(pair->end[A].reason[IKE_REASON_TS_WIDER] > 0);
	assert_null(pair_child(pair, A, 1, IKE_CHILD_UP));
	assert_null(pair_child(pair, B, 1, IKE_CHILD_UP));
	assert_true(pair_up(pair));
	pair_close(pair);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_I01_datagrams_of_no_message_are_dropped),
		TEST(test_I04_higher_major_version_is_told_ours),
		TEST(test_I05_unknown_exchanges_are_refused_after_authentication),
		TEST(test_I07_I71_unasked_responses_are_never_answered),
		TEST(test_I08_flag_of_the_wrong_role),
		TEST(test_I09_spis_of_zero_and_first_requests_with_two),
		TEST(test_I10_unknown_spis_are_told_once_a_second),
		TEST(test_I11_markers_and_keepalives),
		TEST(test_I16_I17_unknown_payloads),
		TEST(test_I17_critical_payload_beside_a_delete_deletes_nothing),
		TEST(test_I13_malformed_payloads_of_a_peer_are_invalid_syntax),
		TEST(test_I20_missing_payloads_are_invalid_syntax),
		TEST(test_I23_I79_payloads_of_other_exchanges),
		TEST(test_I26_a_wrong_bit_anywhere_is_dropped),
		TEST(test_I27_nothing_but_ike_auth_before_authentication),
		TEST(test_I24_I57_clear_messages_of_an_ike_sa),
		TEST(test_I36_unproven_errors_end_nothing),
		TEST(test_I43_groups_back_and_forth_stop),
		TEST(test_I43_groups_that_make_no_sense_are_ignored),
		TEST(test_I60_I62_cookies_without_end_stop),
		TEST(test_I55_rekey_of_what_is_not_there),
		TEST(test_I56_deletes_of_what_is_not_there),
		TEST(test_I56_delete_of_the_ike_sa_and_more_in_one_message),
		TEST(test_I53_unknown_notifications_are_ignored),
		TEST(test_I67_I73_repeats_are_answered_with_the_same_octets),
		TEST(test_I68_same_message_id_other_content),
		TEST(test_I69_I70_outside_of_the_window),
		TEST(test_I72_a_whole_session_replayed),
		TEST(test_I61_a_flood_of_first_messages),
		TEST(test_I74_first_message_again_with_another_key_exchange),
		TEST(test_I74_two_different_responses),
		TEST(test_I75_message_ids_near_their_end_rekey),
		TEST(test_I35_answers_that_were_not_offered_are_not_believed),
		TEST(test_I51_selectors_wider_than_offered_are_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
