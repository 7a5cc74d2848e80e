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
#include <cmocka.h>

#include "forge.h"

#define MESSAGES 12	/* in the session below */

struct mangler {
	unsigned int message;	/* counted from 1 */
	unsigned int seen;
	size_t at;		/* octet */
	uint8_t flip;		/* bits of it; 0: cut there */
	uint8_t flip_next;	/* bits of the octet behind it */
	bool sealed;
	bool past;		/* there was no such octet */
};

static bool mangle(struct pair *pair, struct pair_packet *packet)
{
	struct mangler *m = pair->arg;

	if (++m->seen != m->message)
		return true;
	m->past = m->sealed ? !forge_sealed(pair, packet, m->at, m->flip) :
			      !forge_clear(packet, m->at, m->flip);
	if (m->flip_next && !m->past)
		m->past = !forge_sealed(pair, packet, m->at + 1, m->flip_next);
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

static void try_pairs(uint8_t flip, uint8_t flip_next)
{
	struct mangler m = {
		.flip = flip,
		.flip_next = flip_next,
		.sealed = true,
	};

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

static void test_each_other_bit_wrong_under_the_seal(void **state)
{
	uint8_t bit;

	for (bit = 0x02; bit < 0x80; bit <<= 1)
		try_octets(bit, true);
}

/* Lengths, types and counts have two octets. */
static void test_two_octets_wrong_under_the_seal(void **state)
{
	try_pairs(0xff, 0xff);
	try_pairs(0x01, 0x80);
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
		cmocka_unit_test(test_each_other_bit_wrong_under_the_seal),
		cmocka_unit_test(test_two_octets_wrong_under_the_seal),
		cmocka_unit_test(test_cut_at_each_octet_under_the_seal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
