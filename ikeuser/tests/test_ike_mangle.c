// SPDX-License-Identifier: GPL-2.0-only
/* A whole session of two engines in which one octet of one message is wrong: on
 * the wire, where nobody can have meant it, or under the seal, where a peer did.
 * Whatever comes of it: nothing breaks, no state is stepped out of, both ends find
 * together again, and nothing is left over.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "pair.h"

#define MESSAGES 12	/* in the session below */

struct mangler {
	unsigned int message;	/* counted from 1 */
	unsigned int seen;
	size_t at;		/* octet */
	uint8_t flip;		/* bits of it; 0: cut there */
	bool sealed;
	bool past;		/* there was no such octet */
};

static struct ike_sa *owner(struct pair *pair, enum pair_name name,
			    const struct ike_header *header)
{
	struct ike_sa *sa;

	sa = ike_map_find(&pair->end[name].engine->sa_by_spi, header->spi_i);
	return sa ? sa : ike_map_find(&pair->end[name].engine->sa_by_spi,
				      header->spi_r);
}

/* The chain of payloads in a message that the other end can open. */
static bool open_packet(struct pair *pair, const struct pair_packet *packet,
			struct ike_header *header, struct ike_body *body)
{
	struct ike_bytes datagram = { packet->data, packet->len };
	struct ike_message msg = { 0 };
	struct ike_fault fault = { 0 };
	struct ike_sa *sa;
	bool opened;

	opened = !ike_message_parse(&msg, datagram, &fault) && msg.encrypted;
	*header = msg.header;
	sa = owner(pair, packet->from == A ? B : A, header);
	opened = opened && sa &&
		 !ike_sk_open(&sa->sk_in, datagram, msg.encrypted, body,
			      &fault);
	ike_message_clear(&msg);
	return opened;
}

static void seal_packet(struct pair *pair, struct pair_packet *packet,
			const struct ike_header *header,
			const struct ike_body *body, size_t len)
{
	struct ike_sa *sa = owner(pair, packet->from, header);
	struct ike_packets packets = { 0 };
	struct ike_writer head;

	assert_non_null(sa);
	ike_writer_init(&head, IKE_HEADER_LEN);
	ike_header_emit(header, &head);
	assert_int_equal(ike_frag_seal(&sa->sk_out, &sa->engine->random,
				       ike_writer_written(&head), body->first,
				       (struct ike_bytes){ body->data, len },
				       SIZE_MAX, &packets), 0);
	free(packet->data);
	packet->data = packets.packet[0].data;
	packet->len = packets.packet[0].len;
	packets.packet[0].data = NULL;
	ike_packets_clear(&packets);
	ike_writer_clear(&head);
}

static void mangle_sealed(struct pair *pair, struct pair_packet *packet,
			  struct mangler *m)
{
	struct ike_body body = { 0 };
	struct ike_header header;

	if (!open_packet(pair, packet, &header, &body) || m->at >= body.len) {
		m->past = true;
	} else {
		body.data[m->at] ^= m->flip;
		seal_packet(pair, packet, &header, &body,
			    m->flip ? body.len : m->at);
	}
	ike_body_clear(&body);
}

static bool mangle(struct pair *pair, struct pair_packet *packet)
{
	struct mangler *m = pair->arg;

	if (++m->seen != m->message)
		return true;
	if (m->sealed) {
		mangle_sealed(pair, packet, m);
	} else if (m->at >= packet->len) {
		m->past = true;
	} else {
		packet->data[m->at] ^= m->flip;
		packet->len = m->flip ? packet->len : m->at;
	}
	return true;
}

/* IKE_SA_INIT, IKE_AUTH, a rekey of the Child SA with its Delete, a rekey of the
 * IKE SA with its Delete. Where it was stopped it waits.
 */
static void session(struct pair *pair)
{
	pair_acquire(pair, A, 0);
	pair_settle(pair);
	if (pair_up(pair))
		pair_rekey_child(pair, A, 0);
	pair_settle(pair);
	if (pair_ike_in(pair, B, IKE_SA_ESTABLISHED))
		pair_rekey_ike(pair, B);
	pair_settle(pair);
}

/* False: the message has no such octet. */
static bool try_one(struct mangler m)
{
	struct pair *pair = pair_new();
	unsigned int i;

	for (i = A; i <= B; i++) {
		pair_proposals(&pair->end[i].peer.proposals, IKE_PROTOCOL_IKE,
			       "aes256gcm16-prfsha256-x25519");
		pair_proposals(&pair->end[i].child[0].proposals,
			       IKE_PROTOCOL_ESP, "aes256gcm16-x25519");
	}
	if (pair->print)
		print_message("== message %u, octet %zu ^ %x, %s\n", m.message,
			      m.at, m.flip, m.sealed ? "sealed" : "clear");
	pair->judge = mangle;
	pair->arg = &m;
	pair->lenient = m.sealed;
	pair_start(pair);
	session(pair);
	pair->judge = NULL;
	pair_run(pair, 600000);
	pair_acquire(pair, A, 0);
	pair_run(pair, 600000);
	assert_non_null(pair_ike_in(pair, A, IKE_SA_ESTABLISHED));
	assert_non_null(pair_child(pair, A, 0, IKE_CHILD_UP));
	assert_true(m.sealed || pair_up(pair));
	assert_int_equal(pair_sas(pair, A, IKE_IN), pair_sas(pair, A, IKE_OUT));
	pair_close(pair);
	pair_free(pair);
	return !m.past;
}

static void try_octets(uint8_t flip, bool sealed)
{
	struct mangler m = { .flip = flip, .sealed = sealed };

	for (m.message = 1; m.message <= MESSAGES; m.message++)
		for (m.at = 0; m.at < 1000 && try_one(m); m.at++)
			;
}

static void test_one_bit_wrong_on_the_wire(void **state)
{
	try_octets(0x01, false);
}

static void test_high_bit_wrong_on_the_wire(void **state)
{
	try_octets(0x80, false);
}

static void test_cut_at_each_octet_on_the_wire(void **state)
{
	try_octets(0, false);
}

static void test_one_bit_wrong_under_the_seal(void **state)
{
	try_octets(0x01, true);
}

static void test_high_bit_wrong_under_the_seal(void **state)
{
	try_octets(0x80, true);
}

static void test_all_bits_wrong_under_the_seal(void **state)
{
	try_octets(0xff, true);
}

static void test_cut_at_each_octet_under_the_seal(void **state)
{
	try_octets(0, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_bit_wrong_on_the_wire),
		cmocka_unit_test(test_high_bit_wrong_on_the_wire),
		cmocka_unit_test(test_cut_at_each_octet_on_the_wire),
		cmocka_unit_test(test_one_bit_wrong_under_the_seal),
		cmocka_unit_test(test_high_bit_wrong_under_the_seal),
		cmocka_unit_test(test_all_bits_wrong_under_the_seal),
		cmocka_unit_test(test_cut_at_each_octet_under_the_seal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
