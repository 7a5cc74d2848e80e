// SPDX-License-Identifier: GPL-2.0-only
/* Several peers in one configuration: IKE_SA_INIT knows addresses alone, IKE_AUTH
 * tells who it is, and each has proposals, a secret and rules of its own.
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

#define STRONG "aes256-sha256-ecp256"
#define WEAK "aes128-sha256-ecp256"

/* B's peers; A is the second one. The first has no rules. */
struct peers {
	struct pair *pair;
	struct ike_peer_conf peer[2];
};

static int setup(void **state)
{
	struct peers *peers = calloc(1, sizeof(*peers));
	struct pair_end *end;

	assert_non_null(peers);
	peers->pair = pair_new();
	end = &peers->pair->end[B];
	peers->peer[0] = end->peer;
	peers->peer[0].name = "other";
	peers->peer[0].children = 0;
	memset(&peers->peer[0].remote_id, 0, sizeof(struct ike_id));
	assert_int_equal(ike_id_parse(&peers->peer[0].remote_id,
				      "other.example"), 0);
	memset(&peers->peer[0].proposals, 0, sizeof(struct ike_proposals));
	pair_proposals(&peers->peer[0].proposals, IKE_PROTOCOL_IKE, STRONG);
	peers->peer[0].remote_psk = end->peer.local_psk;
	peers->peer[1] = end->peer;
	end->conf.peer = peers->peer;
	end->conf.peers = 2;
	*state = peers;
	return 0;
}

static int teardown(void **state)
{
	struct peers *peers = *state;

	ike_proposals_clear(&peers->peer[0].proposals);
	ike_id_clear(&peers->peer[0].remote_id);
	peers->pair->end[B].peer = peers->peer[1];
	pair_free(peers->pair);
	free(peers);
	return 0;
}

static void anywhere(struct peers *peers)
{
	peers->peer[0].remote.len = 0;
	peers->peer[1].remote.len = 0;
}

static void offer(struct peers *peers, const char *a, const char *other,
		  const char *b)
{
	pair_proposals(&peers->pair->end[A].peer.proposals, IKE_PROTOCOL_IKE,
		       a);
	pair_proposals(&peers->peer[0].proposals, IKE_PROTOCOL_IKE, other);
	pair_proposals(&peers->peer[1].proposals, IKE_PROTOCOL_IKE, b);
}

static void id(struct ike_id *to, const char *text)
{
	ike_id_clear(to);
	assert_int_equal(ike_id_parse(to, text), 0);
}

static const struct ike_sa *establish(struct peers *peers)
{
	const struct ike_sa *sa;

	pair_establish(peers->pair);
	sa = pair_ike_in(peers->pair, B, IKE_SA_ESTABLISHED);
	assert_non_null(sa);
	assert_string_equal(sa->peer->conf->name, "a");
	return sa;
}

static void refused(struct peers *peers, enum ike_reason reason)
{
	struct pair *pair = peers->pair;

	pair_start(pair);
	pair_acquire(pair, A, 0);
	pair_settle(pair);
	assert_null(pair_ike_in(pair, B, IKE_SA_ESTABLISHED));
	assert_true(pair->end[B].reason[reason] > 0);
	assert_int_equal(pair->end[B].added, 0);
	pair_close(pair);
}

static void test_the_second_peer_of_two_anywhere(void **state)
{
	struct peers *peers = *state;

	anywhere(peers);
	establish(peers);
	pair_close(peers->pair);
}

static void test_the_second_peer_has_proposals_of_its_own(void **state)
{
	struct peers *peers = *state;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		/* With the same address, and with any. */
		if (i)
			anywhere(peers);
		offer(peers, WEAK, STRONG, WEAK);
		establish(peers);
		pair_close(peers->pair);
	}
}

/* What one of them has no use for is not chosen while there is something else. */
static void test_what_all_peers_share_is_chosen(void **state)
{
	struct peers *peers = *state;
	const struct ike_sa *sa;

	anywhere(peers);
	offer(peers, STRONG "," WEAK, STRONG "," WEAK, WEAK);
	sa = establish(peers);
	assert_int_equal(ike_chosen_bits(&sa->chosen, IKE_TRANSFORM_ENCR), 128);
	pair_close(peers->pair);
}

/* The best of what both have is no worse for the other. */
static void test_the_first_of_what_all_peers_share_is_chosen(void **state)
{
	struct peers *peers = *state;
	const struct ike_sa *sa;

	anywhere(peers);
	offer(peers, STRONG "," WEAK, STRONG "," WEAK, STRONG);
	sa = establish(peers);
	assert_int_equal(ike_chosen_bits(&sa->chosen, IKE_TRANSFORM_ENCR), 256);
	pair_close(peers->pair);
}

static void test_no_peer_has_what_is_offered(void **state)
{
	struct peers *peers = *state;

	anywhere(peers);
	offer(peers, "aes256-sha512-ecp256", STRONG, WEAK);
	refused(peers, IKE_REASON_NO_PROPOSAL);
}

static void test_a_peer_with_this_address_comes_before_one_with_any(void **s)
{
	struct peers *peers = *s;

	peers->peer[0].remote.len = 0;
	id(&peers->peer[0].remote_id, "%any");
	offer(peers, STRONG "," WEAK, STRONG "," WEAK, STRONG "," WEAK);
	pair_start(peers->pair);
	pair_acquire(peers->pair, A, 0);
	pair_deliver(peers->pair, A);
	assert_string_equal(pair_ike_in(peers->pair, B, IKE_SA_INIT_ANSWERED)
				    ->peer->conf->name, "a");
	pair_settle(peers->pair);
	assert_true(pair_up(peers->pair));
	pair_close(peers->pair);
}

/* Patterns that overlap: the identity itself comes first, wherever it stands. */
static void test_an_identity_comes_before_a_pattern(void **state)
{
	struct peers *peers = *state;

	anywhere(peers);
	id(&peers->peer[0].remote_id, "*.example");
	establish(peers);
	pair_close(peers->pair);
}

static void test_the_first_of_two_patterns(void **state)
{
	struct peers *peers = *state;

	anywhere(peers);
	id(&peers->peer[0].remote_id, "*.example");
	id(&peers->peer[1].remote_id, "%any");
	/* It is the other, and has not its secret. */
	refused(peers, IKE_REASON_AUTH_WRONG);
}

/* One peer's secret proves no other, though both fit. */
static void test_I49_secret_of_the_other_peer(void **state)
{
	struct peers *peers = *state;

	anywhere(peers);
	id(&peers->pair->end[A].peer.local_id, "other.example");
	refused(peers, IKE_REASON_AUTH_WRONG);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_the_second_peer_of_two_anywhere),
		TEST(test_the_second_peer_has_proposals_of_its_own),
		TEST(test_what_all_peers_share_is_chosen),
		TEST(test_the_first_of_what_all_peers_share_is_chosen),
		TEST(test_no_peer_has_what_is_offered),
		TEST(test_a_peer_with_this_address_comes_before_one_with_any),
		TEST(test_an_identity_comes_before_a_pattern),
		TEST(test_the_first_of_two_patterns),
		TEST(test_I49_secret_of_the_other_peer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
