// SPDX-License-Identifier: GPL-2.0-only
/* Dialogues of two engines: how an IKE SA and its Child SAs come to be, and what
 * stops them. The messages stand beside what is tested.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
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

static void assert_quiet(struct pair *pair)
{
	assert_int_equal(pair_waiting(pair, A), 0);
	assert_int_equal(pair_waiting(pair, B), 0);
}

static void test_initial_exchanges_make_an_ike_sa_and_a_child_sa(void **state)
{
	struct pair *pair = *state;

	pair_start(pair);
	pair_acquire(pair, A, 0);
	/* SAi1, KEi, Ni --> */
	assert_int_equal(pair_waiting(pair, A), 1);
	pair_deliver(pair, A);
	assert_non_null(pair_ike_in(pair, B, IKE_SA_INIT_ANSWERED));
	/* <-- SAr1, KEr, Nr */
	pair_deliver(pair, B);
	assert_non_null(pair_ike_in(pair, A, IKE_SA_AUTH_SENT));
	assert_int_equal(pair_sas(pair, A, IKE_IN), 0);
	/* IDi, AUTH, SAi2, TSi, TSr --> */
	pair_deliver(pair, A);
	assert_non_null(pair_ike_in(pair, B, IKE_SA_ESTABLISHED));
	assert_int_equal(pair_sas(pair, B, IKE_IN), 1);
	assert_int_equal(pair_sas(pair, B, IKE_OUT), 1);
	/* <-- IDr, AUTH, SAr2, TSi, TSr */
	pair_deliver(pair, B);
	assert_non_null(pair_ike_in(pair, A, IKE_SA_ESTABLISHED));
	assert_true(pair_up(pair));
	assert_quiet(pair);
	pair_close(pair);
}

static void test_over_ipv6(void **state)
{
	static const uint8_t prefix[] = { 0x20, 0x01, 0x0d, 0xb8 };
	struct pair *pair = *state;
	unsigned int name;

	for (name = A; name <= B; name++) {
		struct ike_peer_conf *peer = &pair->end[name].peer;

		memset(&peer->local, 0, sizeof(peer->local));
		memset(&peer->remote, 0, sizeof(peer->remote));
		memcpy(peer->local.ip, prefix, sizeof(prefix));
		memcpy(peer->remote.ip, prefix, sizeof(prefix));
		peer->local.len = 16;
		peer->remote.len = 16;
		peer->local.ip[15] = 1 + name;
		peer->remote.ip[15] = 2 - name;
	}
	pair_establish(pair);
	assert_false(pair_ike_in(pair, A, IKE_SA_ESTABLISHED)->natt);
	assert_non_null(strstr(pair->end[A].said, "[2001:db8::2]:500"));
	pair_close(pair);
}

static void test_either_end_can_start(void **state)
{
	struct pair *pair = *state;

	pair_start(pair);
	pair_acquire(pair, B, 0);
	pair_settle(pair);
	assert_true(pair_up(pair));
	assert_true(pair_ike_in(pair, B, IKE_SA_ESTABLISHED)->initiator);
	assert_false(pair_ike_in(pair, A, IKE_SA_ESTABLISHED)->initiator);
	pair_close(pair);
}

static void test_repeated_acquires_make_one_child_sa(void **state)
{
	struct pair *pair = *state;
	unsigned int i;

	pair_start(pair);
	for (i = 0; i < 10; i++)
		pair_acquire(pair, A, 0);
	pair_settle(pair);
	pair_acquire(pair, A, 0);
	pair_settle(pair);
	assert_int_equal(pair_children(pair, A, IKE_CHILD_UP), 1);
	assert_int_equal(pair_ike(pair, A), 1);
	pair_close(pair);
}

static void test_every_rule_has_its_own_child_sa(void **state)
{
	struct pair *pair = *state;
	unsigned int i;

	pair_establish(pair);
	/* CREATE_CHILD_SA: SA, Ni, KEi, TSi, TSr --> <-- SA, Nr, KEr, ... */
	pair_acquire(pair, A, 1);
	pair_settle(pair);
	pair_acquire(pair, B, 2);
	pair_settle(pair);
	for (i = 0; i < PAIR_RULES; i++) {
		assert_non_null(pair_child(pair, A, i, IKE_CHILD_UP));
		assert_non_null(pair_child(pair, B, i, IKE_CHILD_UP));
	}
	assert_int_equal(pair_sas(pair, A, IKE_IN), 3);
	assert_false(pair_child(pair, A, 0, IKE_CHILD_UP)->pfs_proven);
	assert_true(pair_child(pair, A, 1, IKE_CHILD_UP)->pfs_proven);
	pair_close(pair);
}

static void test_wants_of_a_rising_ike_sa_are_served_one_by_one(void **state)
{
	struct pair *pair = *state;

	pair_start(pair);
	pair_acquire(pair, A, 0);
	pair_acquire(pair, A, 1);
	pair_acquire(pair, A, 2);
	pair_settle(pair);
	assert_int_equal(pair_children(pair, A, IKE_CHILD_UP), 3);
	assert_int_equal(pair_children(pair, B, IKE_CHILD_UP), 3);
	assert_int_equal(pair_ike(pair, A), 1);
	pair_close(pair);
}

static void test_initiate_without_a_rule_makes_a_childless_ike_sa(void **state)
{
	struct ike_event event = { .kind = IKE_EV_INITIATE };
	struct pair *pair = *state;

	pair_start(pair);
	event.initiate.peer = "b";
	assert_int_equal(pair_event(pair, A, event), 0);
	pair_settle(pair);
	assert_non_null(pair_ike_in(pair, A, IKE_SA_ESTABLISHED));
	assert_non_null(pair_ike_in(pair, B, IKE_SA_ESTABLISHED));
	assert_int_equal(pair_sas(pair, A, IKE_IN), 0);
	pair_acquire(pair, B, 0);
	pair_settle(pair);
	assert_true(pair_up(pair));
	pair_close(pair);
}

static void test_events_about_nothing_are_refused(void **state)
{
	struct ike_event event = { .kind = IKE_EV_ACQUIRE };
	struct pair *pair = *state;

	pair_start(pair);
	event.acquire.rule = 0xdead;
	assert_int_equal(pair_event(pair, A, event), -ENOENT);
	event = (struct ike_event){ .kind = IKE_EV_TERMINATE };
	event.which.ike = 77;
	assert_int_equal(pair_event(pair, A, event), -ENOENT);
	event.kind = IKE_EV_REKEY;
	assert_int_equal(pair_event(pair, A, event), -ENOENT);
	event = (struct ike_event){ .kind = IKE_EV_SA };
	event.sa.spi = 0x12345678;
	assert_int_equal(pair_event(pair, A, event), -ENOENT);
	event = (struct ike_event){ .kind = IKE_EV_INITIATE };
	event.initiate.peer = "nobody";
	assert_int_equal(pair_event(pair, A, event), -ENOENT);
	event.kind = IKE_EV_COUNT;
	assert_int_equal(pair_event(pair, A, event), -EINVAL);
	pair_close(pair);
}

/*
 * Who is it?
 */

static void test_I49_wrong_psk_of_the_initiator_is_refused(void **state)
{
	struct pair *pair = *state;

	pair->end[A].peer.local_psk.len--;
	pair_start(pair);
	pair_acquire(pair, A, 0);
	pair_settle(pair);
	/* <-- N(AUTHENTICATION_FAILED) */
	assert_int_equal(pair->end[B].reason[IKE_REASON_AUTH_WRONG] > 0, 1);
	assert_int_equal(pair_ike(pair, A), 0);
	assert_int_equal(pair_ike(pair, B), 0);
	assert_int_equal(pair->end[A].failed, 1);
	assert_int_equal(pair->end[A].added + pair->end[B].added, 0);
	pair_close(pair);
}

static void test_I49_wrong_psk_of_the_responder_is_not_believed(void **state)
{
	struct pair *pair = *state;

	pair->end[A].peer.remote_psk.len--;
	pair_start(pair);
	pair_acquire(pair, A, 0);
	pair_settle(pair);
	/* N(AUTHENTICATION_FAILED), D(IKE) --> */
	assert_true(pair->end[A].reason[IKE_REASON_AUTH_WRONG] > 0);
	assert_int_equal(pair->end[A].added, 0);
	assert_int_equal(pair_ike(pair, A), 0);
	assert_int_equal(pair_children(pair, B, IKE_CHILD_UP), 0);
	pair_close(pair);
}

static void test_I49_psk_may_differ_by_direction_and_not_be_reflected(void **s)
{
	struct pair *pair = *s;

	/* A proves itself with what proves B. */
	pair->end[A].peer.local_psk = pair->end[A].peer.remote_psk;
	pair_start(pair);
	pair_acquire(pair, A, 0);
	pair_settle(pair);
	assert_int_equal(pair_ike(pair, A), 0);
	assert_true(pair->end[B].reason[IKE_REASON_AUTH_WRONG] > 0);
	pair_close(pair);
}

static void set_id(struct ike_id *id, const char *text)
{
	ike_id_clear(id);
	assert_int_equal(ike_id_parse(id, text), 0);
}

static void test_unknown_identity_of_the_initiator_is_refused(void **state)
{
	struct pair *pair = *state;

	set_id(&pair->end[A].peer.local_id, "somebody.else");
	pair_start(pair);
	pair_acquire(pair, A, 0);
	pair_settle(pair);
	assert_true(pair->end[B].reason[IKE_REASON_IDENTITY_UNKNOWN] > 0);
	assert_int_equal(pair_ike(pair, A) + pair_ike(pair, B), 0);
	pair_close(pair);
}

static void test_wrong_identity_of_the_responder_is_not_believed(void **state)
{
	struct pair *pair = *state;

	set_id(&pair->end[A].peer.remote_id, "*.else");
	pair_start(pair);
	pair_acquire(pair, A, 0);
	pair_settle(pair);
	assert_true(pair->end[A].reason[IKE_REASON_IDENTITY_WRONG] > 0);
	assert_int_equal(pair_ike(pair, A), 0);
	assert_int_equal(pair_children(pair, B, IKE_CHILD_UP), 0);
	pair_close(pair);
}

static void test_identities_of_every_form_are_matched(void **state)
{
	static const char *const ids[] = {
		"192.0.2.77", "2001:db8::7", "gw.example", "user@gw.example",
		"C=CH, O=Site, CN=gw", "@#0102030405",
	};
	size_t i;

	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		struct pair *pair = pair_new();

		set_id(&pair->end[A].peer.local_id, ids[i]);
		set_id(&pair->end[B].peer.remote_id, ids[i]);
		pair_establish(pair);
		pair_close(pair);
		pair_free(pair);
	}
	(void)state;
}

/*
 * What do they agree on?
 */

static void test_no_common_ike_proposal(void **state)
{
	struct pair *pair = *state;

	pair_proposals(&pair->end[B].peer.proposals, IKE_PROTOCOL_IKE,
		       "aes128-sha512-ecp384");
	pair_start(pair);
	pair_acquire(pair, A, 0);
	pair_settle(pair);
	/* <-- N(NO_PROPOSAL_CHOSEN), which nobody proved: A keeps asking. */
	assert_int_equal(pair->end[B].story[IKE_STORY_PROPOSAL_DIFFERS], 1);
	assert_int_equal(pair->end[A].story[IKE_STORY_NOTIFIED], 1);
	assert_non_null(pair_ike_in(pair, A, IKE_SA_INIT_SENT));
	assert_int_equal(pair_ike(pair, B), 0);
	pair_run(pair, 400000);
	assert_int_equal(pair_ike(pair, A), 0);
	assert_int_equal(pair->end[A].failed, 1);
	pair_close(pair);
}

static void test_no_common_esp_proposal_leaves_the_ike_sa(void **state)
{
	struct pair *pair = *state;

	pair_proposals(&pair->end[B].child[0].proposals, IKE_PROTOCOL_ESP,
		       "aes128gcm16-ecp256");
	pair_start(pair);
	pair_acquire(pair, A, 0);
	pair_settle(pair);
	assert_non_null(pair_ike_in(pair, A, IKE_SA_ESTABLISHED));
	assert_non_null(pair_ike_in(pair, B, IKE_SA_ESTABLISHED));
	assert_int_equal(pair->end[A].failed, 1);
	assert_int_equal(pair->end[A].added + pair->end[B].added, 0);
	pair_close(pair);
}

static void test_invalid_ke_payload_names_the_group(void **state)
{
	struct pair *pair = *state;

	pair_proposals(&pair->end[A].peer.proposals, IKE_PROTOCOL_IKE,
		       "aes256-sha256-x25519-ecp256");
	pair_start(pair);
	pair_acquire(pair, A, 0);
	/* SAi1, KEi(31), Ni --> */
	pair_deliver(pair, A);
	/* <-- N(INVALID_KE_PAYLOAD, 19) */
	assert_int_equal(pair_ike(pair, B), 0);
	pair_deliver(pair, B);
	/* SAi1, KEi(19), Ni --> */
	pair_settle(pair);
	assert_true(pair_up(pair));
	pair_close(pair);
}

static void test_group_of_a_child_sa_is_corrected_too(void **state)
{
	struct pair *pair = *state;
	unsigned int i;

	pair_proposals(&pair->end[A].child[1].proposals, IKE_PROTOCOL_ESP,
		       "aes256-sha256-x25519-ecp256");
	pair_establish(pair);
	pair_acquire(pair, A, 1);
	pair_settle(pair);
	assert_non_null(pair_child(pair, A, 1, IKE_CHILD_UP));
	assert_true(pair_child(pair, B, 1, IKE_CHILD_UP)->pfs_proven);
	/* And when it is rekeyed, at once. */
	for (i = 0; i < 3; i++) {
		pair_rekey_child(pair, A, 1);
		pair_settle(pair);
	}
	assert_non_null(pair_child(pair, A, 1, IKE_CHILD_UP));
	pair_close(pair);
}

static void test_group_of_an_ike_rekey_is_corrected_too(void **state)
{
	struct pair *pair = *state;

	pair_proposals(&pair->end[A].peer.proposals, IKE_PROTOCOL_IKE,
		       "aes256-sha256-ecp256-x25519");
	pair_proposals(&pair->end[B].peer.proposals, IKE_PROTOCOL_IKE,
		       "aes256-sha256-ecp256");
	pair_establish(pair);
	pair_proposals(&pair->end[B].peer.proposals, IKE_PROTOCOL_IKE,
		       "aes256-sha256-x25519");
	pair_rekey_ike(pair, A);
	pair_settle(pair);
	assert_int_equal(pair_ike_in(pair, A, IKE_SA_ESTABLISHED)->suite.group
				 ->id, IKE_DH_CURVE25519);
	pair_close(pair);
}

static void test_suites(void **state)
{
	static const char *const suites[][2] = {
		{ "aes128-sha1-modp2048", "aes128-sha1-modp2048" },
		{ "aes256-sha256-modp3072", "aes256-sha256" },
		{ "aes192-sha384-ecp384", "aes192-sha384-ecp384" },
		{ "aes256-sha512-ecp521", "aes256-sha512-ecp521" },
		{ "aes128gcm16-prfsha256-ecp256", "aes128gcm16" },
		{ "aes256gcm16-prfsha384-x25519", "aes256gcm16-esn" },
		{ "chacha20poly1305-prfsha512-x25519",
		  "chacha20poly1305-x25519" },
	};
	size_t i, name;

	for (i = 0; i < sizeof(suites) / sizeof(suites[0]); i++) {
		struct pair *pair = pair_new();

		for (name = A; name <= B; name++) {
			pair_proposals(&pair->end[name].peer.proposals,
				       IKE_PROTOCOL_IKE, suites[i][0]);
			pair_proposals(&pair->end[name].child[0].proposals,
				       IKE_PROTOCOL_ESP, suites[i][1]);
		}
		pair_establish(pair);
		pair_check_traffic(pair);
		pair_rekey_child(pair, B, 0);
		pair_settle(pair);
		pair_rekey_ike(pair, B);
		pair_settle(pair);
		pair_rekey_child(pair, A, 0);
		pair_settle(pair);
		assert_true(pair_up(pair));
		pair_close(pair);
		pair_free(pair);
	}
	(void)state;
}

static void set_ts(struct ike_ts_list *list, const char *text)
{
	struct ike_ts ts;

	ike_ts_list_clear(list);
	assert_int_equal(ike_ts_parse(&ts, text), 0);
	assert_int_equal(ike_ts_list_add(list, &ts), 0);
}

static void test_responder_narrows_selectors(void **state)
{
	struct pair *pair = *state;
	const struct ike_child *child;
	struct ike_ts want;

	set_ts(&pair->end[A].child[0].remote, "10.0.0.0/8");
	pair_establish(pair);
	child = pair_child(pair, A, 0, IKE_CHILD_UP);
	assert_int_equal(ike_ts_parse(&want, "10.1.0.0/24"), 0);
	assert_int_equal(child->remote.n, 1);
	assert_true(ike_ts_equal(&child->remote.ts[0], &want));
	/* What it was narrowed to is what is rekeyed. */
	pair_rekey_child(pair, A, 0);
	pair_settle(pair);
	assert_true(pair_up(pair));
	pair_rekey_child(pair, B, 0);
	pair_settle(pair);
	assert_true(pair_up(pair));
	pair_close(pair);
}

static void test_disjoint_selectors_are_unacceptable(void **state)
{
	struct pair *pair = *state;

	set_ts(&pair->end[A].child[0].remote, "172.16.0.0/24");
	pair_start(pair);
	pair_acquire(pair, A, 0);
	pair_settle(pair);
	/* <-- IDr, AUTH, N(TS_UNACCEPTABLE) */
	assert_non_null(pair_ike_in(pair, A, IKE_SA_ESTABLISHED));
	assert_true(pair->end[B].reason[IKE_REASON_TS_UNACCEPTABLE] > 0);
	assert_int_equal(pair->end[A].failed, 1);
	assert_int_equal(pair->end[A].added + pair->end[B].added, 0);
	pair_close(pair);
}

static void test_transport_mode_when_both_want_it(void **state)
{
	struct pair *pair = *state;

	pair->end[A].child[0].transport = true;
	pair->end[B].child[0].transport = true;
	pair_establish(pair);
	assert_true(pair_child(pair, A, 0, IKE_CHILD_UP)->transport);
	assert_true(pair_child(pair, B, 0, IKE_CHILD_UP)->transport);
	pair_close(pair);
}

static void test_initiator_closes_what_is_not_in_transport_mode(void **state)
{
	struct pair *pair = *state;

	pair->end[A].child[0].transport = true;
	pair_start(pair);
	pair_acquire(pair, A, 0);
	pair_settle(pair);
	/* <-- SAr2 without N(USE_TRANSPORT_MODE); D(ESP) --> */
	assert_true(pair->end[A].reason[IKE_REASON_MODE_UNACCEPTABLE] > 0);
	assert_int_equal(pair->end[A].added, 0);
	assert_int_equal(pair_children(pair, B, IKE_CHILD_UP), 0);
	assert_int_equal(pair->end[A].failed, 1);
	assert_non_null(pair_ike_in(pair, A, IKE_SA_ESTABLISHED));
	pair_close(pair);
}

static void test_I52_transport_mode_unasked_is_refused(void **state)
{
	struct pair *pair = *state;

	pair->end[B].child[0].transport = true;
	pair_start(pair);
	pair_acquire(pair, A, 0);
	pair_settle(pair);
	assert_true(pair->end[B].reason[IKE_REASON_MODE_UNACCEPTABLE] > 0);
	assert_int_equal(pair->end[B].added, 0);
	pair_close(pair);
}

/* 2.23.1 is not done: no SA, and why, at either end. */
static void test_transport_mode_through_a_nat_is_refused(void **state)
{
	struct pair *pair = *state;
	enum pair_name name;

	pair->translated = true;
	pair->end[B].peer.remote.len = 0;
	pair->end[A].child[0].transport = true;
	pair->end[B].child[1].transport = true;
	pair_start(pair);
	pair_acquire(pair, A, 0);
	pair_settle(pair);
	assert_int_equal(pair->end[A].failed, 1);
	assert_true(pair->end[A].reason[IKE_REASON_TRANSPORT_NAT] > 0);
	assert_int_equal(pair->end[B].reason[IKE_REASON_TRANSPORT_NAT], 0);
	pair_acquire(pair, A, 1);
	pair_settle(pair);
	pair_acquire(pair, A, 0);
	pair_settle(pair);
	assert_int_equal(pair->end[A].failed, 3);
	assert_int_equal(pair->end[B].reason[IKE_REASON_TRANSPORT_NAT], 1);
	for (name = A; name <= B; name++) {
		assert_null(pair_child(pair, name, 0, IKE_CHILD_UP));
		assert_null(pair_child(pair, name, 1, IKE_CHILD_UP));
		assert_non_null(pair_ike_in(pair, name, IKE_SA_ESTABLISHED));
	}
}

static void test_esn_tfc_and_fragments_are_told_to_the_kernel(void **state)
{
	struct pair *pair = *state;
	unsigned int name, i;

	for (name = A; name <= B; name++) {
		pair_proposals(&pair->end[name].child[0].proposals,
			       IKE_PROTOCOL_ESP, "aes256-sha256-esn");
		pair->end[name].child[0].non_first_fragments = true;
	}
	pair->end[B].child[0].tfc_unsupported = true;
	pair_establish(pair);
	for (name = A; name <= B; name++)
		for (i = 0; i < PAIR_SAS; i++) {
			struct pair_sa *sa = &pair->end[name].sa[i];

			if (!sa->used)
				continue;
			assert_true(sa->spec.esn);
			assert_true(sa->spec.non_first_fragments);
			assert_int_equal(sa->spec.tfc, name == B);
		}
	pair_close(pair);
}

/*
 * PFS
 */

static void test_pfs_is_proven_at_once(void **state)
{
	struct pair *pair = *state;

	pair->end[A].peer.prove_pfs = true;
	pair_establish(pair);
	/* IKE_AUTH has no Key Exchange for the Child SA; a rekey has. */
	assert_true(pair_child(pair, A, 0, IKE_CHILD_UP)->pfs_proven);
	assert_true(pair_child(pair, B, 0, IKE_CHILD_UP)->pfs_proven);
	assert_false(pair_child(pair, A, 0, IKE_CHILD_UP)->pfs_failed);
	pair_close(pair);
}

/* Who answers wants it as well, and leaves it to the other end if that one does
 * it at once.
 */
static void test_pfs_is_proven_by_the_responder(void **state)
{
	struct pair *pair = *state;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		pair->end[B].peer.prove_pfs = true;
		pair->end[A].peer.prove_pfs = i;
		pair_establish(pair);
		pair_run(pair, 4 * RETRY_MS);
		assert_true(pair_child(pair, A, 0, IKE_CHILD_UP)->pfs_proven);
		assert_true(pair_child(pair, B, 0, IKE_CHILD_UP)->pfs_proven);
		assert_int_equal(pair->end[B].story[IKE_STORY_COLLISION], 0);
		/* One for the rule, and one that replaced it, each way. */
		assert_int_equal(pair->end[B].added, 4);
		pair_close(pair);
	}
}

static void test_pfs_groups_that_differ_show_at_once(void **state)
{
	struct pair *pair = *state;

	pair->end[A].peer.prove_pfs = true;
	pair_proposals(&pair->end[B].child[0].proposals, IKE_PROTOCOL_ESP,
		       "aes256-sha256-modp2048");
	pair_establish(pair);
	/* REKEY_SA, SA, Ni, KEi --> <-- N(NO_PROPOSAL_CHOSEN) */
	assert_false(pair_child(pair, A, 0, IKE_CHILD_UP)->pfs_proven);
	assert_true(pair_child(pair, A, 0, IKE_CHILD_UP)->pfs_failed);
	assert_true(pair->end[A].reason[IKE_REASON_PFS_UNPROVEN] > 0);
	assert_true(pair->end[B].story[IKE_STORY_PROPOSAL_DIFFERS] > 0);
	pair_close(pair);
}

/*
 * Why there is none, with both sides of it
 */

static void refused(struct pair *pair)
{
	pair_start(pair);
	pair_acquire(pair, A, 0);
	pair_settle(pair);
	assert_null(pair_child(pair, A, 0, IKE_CHILD_UP));
}

static void test_refused_selectors_tell_both_sides(void **state)
{
	struct pair *pair = *state;

	set_ts(&pair->end[A].child[0].remote, "172.16.0.0/24");
	refused(pair);
	assert_true(pair_told(pair, B, "a", IKE_STORY_SELECTORS_DIFFER,
			      "theirs 10.0.0.0/24 === 172.16.0.0/24"));
	assert_true(pair_told(pair, B, "a", IKE_STORY_SELECTORS_DIFFER,
			      "net0 has 10.0.0.0/24 === 10.1.0.0/24"));
	assert_true(pair_told(pair, A, "b", IKE_STORY_NOTIFIED,
			      "TS_UNACCEPTABLE, offered 10.0.0.0/24 === "
			      "172.16.0.0/24"));
	pair_close(pair);
}

static void test_refused_proposals_tell_what_was_offered(void **state)
{
	struct pair *pair = *state;

	pair_proposals(&pair->end[A].child[0].proposals, IKE_PROTOCOL_ESP,
		       "aes128gcm16");
	refused(pair);
	assert_true(pair_told(pair, A, "b", IKE_STORY_NOTIFIED,
			      "NO_PROPOSAL_CHOSEN, offered aes128gcm16"));
	pair_close(pair);
	pair_proposals(&pair->end[A].peer.proposals, IKE_PROTOCOL_IKE,
		       "aes128-sha512-ecp256");
	refused(pair);
	assert_true(pair_told(pair, A, "b", IKE_STORY_NOTIFIED,
			      "NO_PROPOSAL_CHOSEN, offered aes128-sha512"));
	pair_run(pair, 600000);
	pair_close(pair);
}

static void test_identity_that_differs_is_told_with_what_is_expected(
	void **state)
{
	struct pair *pair = *state;

	ike_id_clear(&pair->end[A].peer.local_id);
	assert_int_equal(ike_id_parse(&pair->end[A].peer.local_id,
				      "other.example"), 0);
	refused(pair);
	assert_true(pair_told(pair, B, NULL, IKE_STORY_IDENTITY,
			      "other.example; a is to be a.example"));
	pair_close(pair);
	ike_id_clear(&pair->end[A].peer.local_id);
	assert_int_equal(ike_id_parse(&pair->end[A].peer.local_id,
				      "a.example"), 0);
	ike_id_clear(&pair->end[A].peer.remote_id);
	assert_int_equal(ike_id_parse(&pair->end[A].peer.remote_id,
				      "*.test"), 0);
	refused(pair);
	assert_true(pair_told(pair, A, "b", IKE_STORY_IDENTITY,
			      "b.example; b is to be *.test"));
	pair_run(pair, 600000);
	pair_close(pair);
}

/*
 * Contact
 */

static void test_initial_contact_replaces_a_lost_ike_sa(void **state)
{
	struct pair *pair = *state;

	pair_establish(pair);
	pair_run(pair, HALF_OPEN_MS);
	/* A restarts and knows nothing; its kernel was flushed. */
	pair_restart(pair, A);
	pair_acquire(pair, A, 1);
	/* IDi, AUTH, N(INITIAL_CONTACT), ... --> */
	pair_settle(pair);
	assert_int_equal(pair_ike(pair, B), 1);
	assert_true(pair->end[B].reason[IKE_REASON_PEER_RESTARTED] > 0);
	assert_null(pair_child(pair, B, 0, IKE_CHILD_UP));
	assert_non_null(pair_child(pair, B, 1, IKE_CHILD_UP));
	pair_close(pair);
}

static void test_initial_contact_of_the_responder_does_so_too(void **state)
{
	struct pair *pair = *state;

	pair_establish(pair);
	pair_run(pair, HALF_OPEN_MS);
	/* B restarts, and A starts another IKE SA before it finds out. */
	pair_restart(pair, B);
	pair_event(pair, A, (struct ike_event){ .kind = IKE_EV_INITIATE,
						.initiate.peer = "b" });
	/* <-- IDr, AUTH, N(INITIAL_CONTACT) */
	pair_settle(pair);
	assert_int_equal(pair_ike(pair, A), 1);
	assert_true(pair->end[A].reason[IKE_REASON_PEER_RESTARTED] > 0);
	pair_close(pair);
}

static void test_I80_initial_contact_is_not_sent_beside_another(void **state)
{
	struct ike_event event = { .kind = IKE_EV_INITIATE };
	struct pair *pair = *state;

	pair_establish(pair);
	event.initiate.peer = "b";
	assert_int_equal(pair_event(pair, A, event), 0);
	pair_settle(pair);
	assert_int_equal(pair_ike(pair, B), 2);
	assert_int_equal(pair->end[B].reason[IKE_REASON_PEER_RESTARTED], 0);
	pair_close(pair);
}

/*
 * Life
 */

static void test_liveness_of_a_silent_peer(void **state)
{
	struct pair *pair = *state;

	pair->end[A].peer.liveness_seconds = 10;
	pair_establish(pair);
	pair_run(pair, 60000);
	/* HDR, SK {} --> <-- HDR, SK {} */
	assert_true(pair_up(pair));
	assert_true(pair->end[A].sent > 5);
	/* Gone without a word. */
	pair->cut = true;
	pair_run(pair, 400000);
	assert_int_equal(pair_ike(pair, A), 0);
	assert_int_equal(pair_sas(pair, A, IKE_IN), 0);
	assert_true(pair->end[A].reason[IKE_REASON_NO_ANSWER] > 0);
	/* B has not looked. */
	assert_int_equal(pair_ike(pair, B), 1);
	pair_close(pair);
}

static void test_traffic_of_ike_shows_life_without_asking(void **state)
{
	struct pair *pair = *state;
	unsigned int sent;

	pair->end[B].peer.liveness_seconds = 10;
	pair->end[A].peer.liveness_seconds = 4;
	pair_establish(pair);
	sent = pair->end[B].sent;
	pair_run(pair, 60000);
	/* All that B sent were answers. */
	assert_int_equal(pair_ike_in(pair, B, IKE_SA_ESTABLISHED)->window.next,
			 0);
	assert_true(pair->end[B].sent > sent);
	pair_close(pair);
}

static void test_lifetime_of_the_ike_sa_ends_all(void **state)
{
	struct pair *pair = *state;

	pair->end[A].peer.hard_seconds = 100;
	pair_establish(pair);
	pair_run(pair, 150000);
	assert_int_equal(pair_ike(pair, A) + pair_ike(pair, B), 0);
	assert_int_equal(pair_sas(pair, B, IKE_IN), 0);
	pair_close(pair);
}

static void sa_event(struct pair *pair, enum pair_name name,
		     enum ike_direction direction, enum ike_sa_event what)
{
	struct ike_event event = { .kind = IKE_EV_SA };
	const struct ike_child *child;

	child = pair_child(pair, name, 0, IKE_CHILD_UP);
	event.sa.direction = direction;
	event.sa.spi = direction == IKE_IN ? child->spi_in : child->spi_out;
	event.sa.rule = PAIR_RULE;
	event.sa.what = what;
	assert_int_equal(pair_event(pair, name, event), 0);
}

static void test_soft_lifetime_rekeys(void **state)
{
	struct pair *pair = *state;
	uint32_t spi;

	pair_establish(pair);
	spi = pair_child(pair, A, 0, IKE_CHILD_UP)->spi_in;
	sa_event(pair, A, IKE_OUT, IKE_SA_SOFT);
	pair_settle(pair);
	assert_true(pair_up(pair));
	assert_true(pair_child(pair, A, 0, IKE_CHILD_UP)->spi_in != spi);
	pair_close(pair);
}

static void test_hard_lifetime_and_idleness_close(void **state)
{
	static const enum ike_sa_event what[] = { IKE_SA_HARD, IKE_SA_IDLE };
	struct pair *pair = *state;
	unsigned int i;

	pair_establish(pair);
	for (i = 0; i < 2; i++) {
		sa_event(pair, B, IKE_IN, what[i]);
		pair_settle(pair);
		assert_int_equal(pair_children(pair, A, IKE_CHILD_UP), 0);
		assert_int_equal(pair_children(pair, B, IKE_CHILD_UP), 0);
		/* What is idle goes as a whole. */
		assert_int_equal(!!pair_ike_in(pair, A, IKE_SA_ESTABLISHED),
				 what[i] == IKE_SA_HARD);
		assert_int_equal(!!pair_ike_in(pair, B, IKE_SA_ESTABLISHED),
				 what[i] == IKE_SA_HARD);
		pair_acquire(pair, A, 0);
		pair_settle(pair);
		assert_true(pair_up(pair));
	}
	pair_close(pair);
}

static void test_kernel_that_refuses_an_sa_has_it_closed(void **state)
{
	struct ike_event event = { .kind = IKE_EV_REFUSED };
	struct pair *pair = *state;

	pair_establish(pair);
	event.refused.direction = IKE_IN;
	event.refused.spi = pair_child(pair, A, 0, IKE_CHILD_UP)->spi_in;
	event.refused.rule = PAIR_RULE;
	event.refused.error = -EEXIST;
	assert_int_equal(pair_event(pair, A, event), 0);
	pair_settle(pair);
	assert_int_equal(pair_children(pair, B, IKE_CHILD_UP), 0);
	assert_int_equal(pair->end[A].reason[IKE_REASON_KERNEL_REFUSED] > 0, 1);
	pair_close(pair);
}

/*
 * Translators
 */

static void test_nat_floats_to_port_4500_and_follows_the_mapping(void **state)
{
	struct pair *pair = *state;
	const struct ike_sa *sa;
	unsigned int i, moved = 0;

	pair->translated = true;
	pair->end[B].peer.remote.len = 0;
	pair_establish(pair);
	sa = pair_ike_in(pair, A, IKE_SA_ESTABLISHED);
	assert_true(sa->nat_here && !sa->nat_there && sa->natt);
	assert_int_equal(sa->remote.port, 4500);
	sa = pair_ike_in(pair, B, IKE_SA_ESTABLISHED);
	assert_true(sa->nat_there && !sa->nat_here && sa->natt);
	assert_int_equal(sa->remote.port, 40001);
	for (i = 0; i < PAIR_SAS; i++)
		if (pair->end[B].sa[i].used)
			assert_true(pair->end[B].sa[i].spec.encap);
	/* The mapping moves; the next request shows it to B. */
	pair->mapping = 41000;
	pair_rekey_child(pair, A, 0);
	pair_settle(pair);
	assert_int_equal(sa->remote.port, 41001);
	for (i = 0; i < PAIR_SAS; i++)
		moved += pair->end[B].sa[i].used &&
			 pair->end[B].sa[i].spec.remote.port == 41001;
	assert_true(moved >= 2);
	pair_close(pair);
}

static void test_nat_keepalives_only_while_nothing_else_is_sent(void **state)
{
	struct pair *pair = *state;
	unsigned int sent;

	pair->translated = true;
	pair->end[B].peer.remote.len = 0;
	pair_establish(pair);
	sent = pair->end[A].sent;
	pair_run(pair, 61000);
	assert_int_equal(pair->end[A].sent - sent, 3);
	assert_int_equal(pair->end[B].story[IKE_STORY_DROPPED], 0);
	pair_close(pair);
}

static void test_mapping_event_moves_the_peer(void **state)
{
	struct ike_event event = { .kind = IKE_EV_MAPPING };
	struct pair *pair = *state;
	const struct ike_sa *sa;

	pair->translated = true;
	pair->end[B].peer.remote.len = 0;
	pair_establish(pair);
	sa = pair_ike_in(pair, B, IKE_SA_ESTABLISHED);
	event.mapping.spi = pair_child(pair, B, 0, IKE_CHILD_UP)->spi_in;
	event.mapping.mapped = sa->remote;
	event.mapping.mapped.port = 50000;
	assert_int_equal(pair_event(pair, B, event), 0);
	assert_int_equal(sa->remote.port, 50000);
	pair_close(pair);
}

static void test_I77_no_nat_and_nobody_moves(void **state)
{
	struct ike_event event = { .kind = IKE_EV_MAPPING };
	struct pair *pair = *state;
	const struct ike_sa *sa;
	struct ike_address before;

	pair_establish(pair);
	sa = pair_ike_in(pair, B, IKE_SA_ESTABLISHED);
	before = sa->remote;
	event.mapping.spi = pair_child(pair, B, 0, IKE_CHILD_UP)->spi_in;
	event.mapping.mapped = before;
	event.mapping.mapped.ip[3] = 200;
	assert_int_equal(pair_event(pair, B, event), 0);
	assert_true(ike_address_equal(&sa->remote, &before));
	pair_close(pair);
}

/*
 * Cookies, half open IKE SAs
 */

static void test_cookie_short_exchange(void **state)
{
	struct pair *pair = *state;
	struct ike_event event = { .kind = IKE_EV_INITIATE };

	pair->end[B].conf.cookie_threshold = 1;
	pair_start(pair);
	/* One that stays half open. */
	event.initiate.peer = "b";
	assert_int_equal(pair_event(pair, A, event), 0);
	pair_deliver(pair, A);
	pair_drop(pair, B);
	assert_int_equal(pair->end[B].engine->half_open, 1);
	pair_restart(pair, A);
	pair_acquire(pair, A, 0);
	/* SAi1, KEi, Ni --> <-- N(COOKIE) */
	pair_deliver(pair, A);
	assert_int_equal(pair->end[B].engine->half_open, 1);
	pair_deliver(pair, B);
	/* N(COOKIE), SAi1, KEi, Ni --> <-- SAr1, KEr, Nr */
	pair_settle(pair);
	assert_true(pair_up(pair));
	pair_close(pair);
}

static void test_cookie_and_invalid_ke_payload_together(void **state)
{
	struct pair *pair = *state;
	struct ike_event event = { .kind = IKE_EV_INITIATE };

	pair->end[B].conf.cookie_threshold = 1;
	pair_proposals(&pair->end[A].peer.proposals, IKE_PROTOCOL_IKE,
		       "aes256-sha256-ecp256-x25519");
	pair_start(pair);
	event.initiate.peer = "b";
	assert_int_equal(pair_event(pair, A, event), 0);
	pair_deliver(pair, A);
	pair_drop(pair, B);
	pair_proposals(&pair->end[B].peer.proposals, IKE_PROTOCOL_IKE,
		       "aes256-sha256-x25519");
	pair_restart(pair, A);
	pair_acquire(pair, A, 0);
	/* <-- N(COOKIE), <-- N(INVALID_KE_PAYLOAD), <-- SAr1, KEr, Nr */
	pair_settle(pair);
	assert_true(pair_up(pair));
	pair_close(pair);
}

static void test_half_open_ike_sa_expires(void **state)
{
	struct pair *pair = *state;

	pair_start(pair);
	pair_acquire(pair, A, 0);
	pair_deliver(pair, A);
	pair_drop(pair, B);
	pair->cut = true;
	assert_int_equal(pair->end[B].engine->half_open, 1);
	pair_run(pair, HALF_OPEN_MS + 1);
	assert_int_equal(pair->end[B].engine->half_open, 0);
	assert_int_equal(pair_ike(pair, B), 0);
	pair_close(pair);
}

/*
 * Long messages
 */

static void test_long_messages_are_fragmented(void **state)
{
	struct pair *pair = *state;

	pair_long(pair);
	pair_start(pair);
	pair_acquire(pair, A, 0);
	pair_deliver(pair, A);
	pair_deliver(pair, B);
	assert_true(pair_waiting(pair, A) > 1);
	assert_true(pair_peek(pair, A)->len <= 1280);
	pair_settle(pair);
	assert_true(pair_up(pair));
	pair_close(pair);
}

static void test_I63_fragments_that_were_not_announced_are_not_sent(void **s)
{
	struct pair *pair = *s;

	pair->end[B].peer.no_fragments = true;
	pair_long(pair);
	pair_start(pair);
	pair_acquire(pair, A, 0);
	pair_deliver(pair, A);
	pair_deliver(pair, B);
	assert_int_equal(pair_waiting(pair, A), 1);
	assert_true(pair_peek(pair, A)->len > 1280);
	pair_settle(pair);
	assert_true(pair_up(pair));
	pair_close(pair);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_initial_exchanges_make_an_ike_sa_and_a_child_sa),
		TEST(test_over_ipv6),
		TEST(test_either_end_can_start),
		TEST(test_repeated_acquires_make_one_child_sa),
		TEST(test_every_rule_has_its_own_child_sa),
		TEST(test_wants_of_a_rising_ike_sa_are_served_one_by_one),
		TEST(test_initiate_without_a_rule_makes_a_childless_ike_sa),
		TEST(test_events_about_nothing_are_refused),
		TEST(test_I49_wrong_psk_of_the_initiator_is_refused),
		TEST(test_I49_wrong_psk_of_the_responder_is_not_believed),
		TEST(test_I49_psk_may_differ_by_direction_and_not_be_reflected),
		TEST(test_unknown_identity_of_the_initiator_is_refused),
		TEST(test_wrong_identity_of_the_responder_is_not_believed),
		TEST(test_identities_of_every_form_are_matched),
		TEST(test_no_common_ike_proposal),
		TEST(test_no_common_esp_proposal_leaves_the_ike_sa),
		TEST(test_invalid_ke_payload_names_the_group),
		TEST(test_group_of_a_child_sa_is_corrected_too),
		TEST(test_group_of_an_ike_rekey_is_corrected_too),
		TEST(test_suites),
		TEST(test_responder_narrows_selectors),
		TEST(test_disjoint_selectors_are_unacceptable),
		TEST(test_transport_mode_when_both_want_it),
		TEST(test_initiator_closes_what_is_not_in_transport_mode),
		TEST(test_I52_transport_mode_unasked_is_refused),
		TEST(test_transport_mode_through_a_nat_is_refused),
		TEST(test_esn_tfc_and_fragments_are_told_to_the_kernel),
		TEST(test_pfs_is_proven_at_once),
		TEST(test_pfs_is_proven_by_the_responder),
		TEST(test_pfs_groups_that_differ_show_at_once),
		TEST(test_refused_selectors_tell_both_sides),
		TEST(test_refused_proposals_tell_what_was_offered),
		TEST(test_identity_that_differs_is_told_with_what_is_expected),
		TEST(test_initial_contact_replaces_a_lost_ike_sa),
		TEST(test_initial_contact_of_the_responder_does_so_too),
		TEST(test_I80_initial_contact_is_not_sent_beside_another),
		TEST(test_liveness_of_a_silent_peer),
		TEST(test_traffic_of_ike_shows_life_without_asking),
		TEST(test_lifetime_of_the_ike_sa_ends_all),
		TEST(test_soft_lifetime_rekeys),
		TEST(test_hard_lifetime_and_idleness_close),
		TEST(test_kernel_that_refuses_an_sa_has_it_closed),
		TEST(test_nat_floats_to_port_4500_and_follows_the_mapping),
		TEST(test_nat_keepalives_only_while_nothing_else_is_sent),
		TEST(test_mapping_event_moves_the_peer),
		TEST(test_I77_no_nat_and_nobody_moves),
		TEST(test_cookie_short_exchange),
		TEST(test_cookie_and_invalid_ke_payload_together),
		TEST(test_half_open_ike_sa_expires),
		TEST(test_long_messages_are_fragmented),
		TEST(test_I63_fragments_that_were_not_announced_are_not_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
