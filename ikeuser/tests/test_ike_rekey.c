// SPDX-License-Identifier: GPL-2.0-only
/* Dialogues of rekeying and closing, message by message: what each kernel has at
 * each step, and who closes what when both ends act at once (RFC 7296 2.8.1,
 * 2.8.2, 2.25).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "pair.h"

static int setup(void **state)
{
	struct pair *pair = pair_new();

	pair_establish(pair);
	*state = pair;
	return 0;
}

static int teardown(void **state)
{
	pair_free(*state);
	return 0;
}

static enum ike_child_state state_of(struct pair *pair, enum pair_name name,
				     uint32_t spi_in)
{
	const struct ike_sa *sa = NULL;
	const struct ike_child *child;

	while ((sa = ike_engine_next_sa(pair->end[name].engine, sa)))
		for (child = sa->children; child; child = child->next)
			if (child->spi_in == spi_in)
				return child->state;
	return IKE_CHILD_GONE;
}

static uint32_t spi_of(struct pair *pair, enum pair_name name,
		       enum ike_child_state state)
{
	const struct ike_child *child = pair_child(pair, name, 0, state);

	assert_non_null(child);
	return child->spi_in;
}

/* What the kernel of that end sends through. */
static uint32_t active(struct pair *pair, enum pair_name name)
{
	size_t i;

	for (i = 0; i < PAIR_SAS; i++)
		if (pair->end[name].sa[i].used && pair->end[name].sa[i].active)
			return pair->end[name].sa[i].spec.spi;
	return 0;
}

#define SAID(name, text) \
	assert_non_null(strstr(pair->end[name].said, text))

static void test_child_rekey_step_by_step(void **state)
{
	struct pair *pair = *state;
	uint32_t old_a = spi_of(pair, A, IKE_CHILD_UP);
	uint32_t old_b = spi_of(pair, B, IKE_CHILD_UP);
	uint32_t new_a, new_b;

	/* N(REKEY_SA, C), SA, Ni, KEi, TSi, TSr --> */
	pair_rekey_child(pair, A, 0);
	assert_int_equal(state_of(pair, A, old_a), IKE_CHILD_REKEYING);
	new_a = spi_of(pair, A, IKE_CHILD_ASKED);
	assert_int_equal(pair_sas(pair, A, IKE_IN), 1);
	pair_deliver(pair, A);
	/* B can receive on both, and sends on the old one. */
	new_b = spi_of(pair, B, IKE_CHILD_HALF);
	assert_int_equal(state_of(pair, B, old_b), IKE_CHILD_REKEYED);
	assert_int_equal(pair_sas(pair, B, IKE_IN), 2);
	assert_int_equal(active(pair, B), old_a);
	/* <-- SA, Nr, KEr, TSi, TSr */
	pair_deliver(pair, B);
	assert_int_equal(active(pair, A), new_b);
	assert_int_equal(pair_sas(pair, A, IKE_IN), 2);
	assert_int_equal(pair_sas(pair, A, IKE_OUT), 1);
	/* D(C) --> */
	assert_int_equal(state_of(pair, A, old_a), IKE_CHILD_DELETING);
	pair_deliver(pair, A);
	assert_int_equal(active(pair, B), new_a);
	assert_int_equal(state_of(pair, B, old_b), IKE_CHILD_DRAINING);
	assert_int_equal(pair_sas(pair, B, IKE_IN), 2);
	assert_int_equal(pair_sas(pair, B, IKE_OUT), 1);
	/* <-- D(C) */
	SAID(B, "[D(ESP");
	pair_deliver(pair, B);
	assert_int_equal(state_of(pair, A, old_a), IKE_CHILD_DRAINING);
	pair_run(pair, CHILD_DRAIN_MS + 1);
	assert_int_equal(pair_sas(pair, A, IKE_IN), 1);
	assert_int_equal(pair_sas(pair, B, IKE_IN), 1);
	pair_close(pair);
}

/* Which end's new SA has the lowest of the four nonces, and is to go. */
static enum pair_name loser(struct pair *pair)
{
	const struct ike_child *by_b, *by_a;

	by_a = pair_child(pair, B, 0, IKE_CHILD_HALF);
	by_b = pair_child(pair, A, 0, IKE_CHILD_HALF);
	return memcmp(by_a->lowest.data, by_b->lowest.data,
		      by_a->lowest.len) < 0 ? A : B;
}

/* The first sequence of 2.8.1, for several nonces, so that each end loses. */
static void test_2_8_1_both_rekey_and_both_notice(void **state)
{
	unsigned int lost[2] = { 0 }, i;

	for (i = 0; i < 8; i++) {
		struct pair *pair = pair_new();
		uint32_t old_a, old_b, by_a, by_b;
		enum pair_name who;

		pair->end[A].seeded.state = 100 + i;
		pair_establish(pair);
		old_a = spi_of(pair, A, IKE_CHILD_UP);
		old_b = spi_of(pair, B, IKE_CHILD_UP);
		/* req1 -->, <-- req2 */
		pair_rekey_child(pair, A, 0);
		pair_rekey_child(pair, B, 0);
		by_a = spi_of(pair, A, IKE_CHILD_ASKED);
		by_b = spi_of(pair, B, IKE_CHILD_ASKED);
		pair_deliver(pair, B);
		pair_deliver(pair, A);
		who = loser(pair);
		lost[who]++;
		assert_int_equal(active(pair, A), old_b);
		assert_int_equal(active(pair, B), old_a);
		/* resp2 -->, <-- resp1 */
		pair_deliver(pair, B);
		pair_deliver(pair, A);
		/* Who wins deletes the old one, who loses its own new one. */
		assert_int_equal(state_of(pair, A, by_a),
				 who == A ? IKE_CHILD_DELETING : IKE_CHILD_UP);
		assert_int_equal(state_of(pair, B, by_b),
				 who == B ? IKE_CHILD_DELETING : IKE_CHILD_UP);
		assert_int_equal(state_of(pair, who, who == A ? old_a : old_b),
				 IKE_CHILD_REKEYED);
		assert_int_equal(state_of(pair, !who, who == A ? old_b : old_a),
				 IKE_CHILD_DELETING);
		pair_settle(pair);
		assert_true(pair_up(pair));
		assert_int_equal(pair_children(pair, A, IKE_CHILD_UP), 1);
		assert_int_equal(active(pair, who),
				 spi_of(pair, !who, IKE_CHILD_UP));
		pair_close(pair);
		pair_free(pair);
	}
	assert_true(lost[A] && lost[B]);
	(void)state;
}

/* The second sequence of 2.8.1: B never notices. */
static void test_2_8_1_first_request_is_lost(void **state)
{
	struct pair *pair = *state;

	pair_rekey_child(pair, A, 0);
	pair_drop(pair, A);			/* req1 is lost */
	pair_rekey_child(pair, B, 0);
	pair_deliver(pair, B);			/* <-- req2 */
	pair_deliver(pair, A);			/* resp2 --> */
	pair_deliver(pair, B);			/* <-- req3: D(old) */
	SAID(A, "[D(ESP");
	pair_deliver(pair, A);			/* resp3 --> */
	assert_true(pair_up(pair));
	pair_run(pair, 550);			/* req1 again --> */
	SAID(B, "CHILD_SA_NOT_FOUND");
	pair_settle(pair);
	assert_int_equal(pair_children(pair, A, IKE_CHILD_UP), 1);
	assert_int_equal(pair_children(pair, B, IKE_CHILD_UP), 1);
	assert_int_equal(pair_children(pair, A, IKE_CHILD_ASKED), 0);
	pair_close(pair);
}

/* The peer has lost it without a word: what was to replace it is made anew, and
 * never less than what it replaces was.
 */
static void test_2_25_1_rekey_of_what_the_peer_forgot(void **state)
{
	struct pair *pair = *state;
	const struct ike_child *lost = pair_child(pair, B, 0, IKE_CHILD_UP);
	uint32_t old = pair_child(pair, A, 0, IKE_CHILD_UP)->spi_in;

	((struct ike_child *)lost)->spi_out ^= 1;
	pair->lenient = true;
	pair_rekey_child(pair, A, 0);
	pair_deliver(pair, A);			/* REKEY_SA --> */
	SAID(B, "CHILD_SA_NOT_FOUND");
	pair_deliver(pair, B);			/* at once, without REKEY_SA: */
	SAID(A, "CREATE_CHILD_SA request 3 [SA NONCE");
	pair_deliver(pair, A);
	pair_deliver(pair, B);
	assert_int_equal(pair_children(pair, A, IKE_CHILD_UP), 1);
	assert_int_not_equal(pair_child(pair, A, 0, IKE_CHILD_UP)->spi_in, old);
	assert_int_equal(pair_sas(pair, A, IKE_IN), 1);
	assert_int_equal(pair_sas(pair, A, IKE_OUT), 1);
	/* Nothing waited in vain meanwhile. */
	assert_int_equal(pair->end[A].failed, 0);
	assert_int_equal(pair->end[A].story[IKE_STORY_STEP_REFUSED], 0);
	((struct ike_child *)lost)->spi_out ^= 1;
	pair_close_child(pair, B, 0);
	pair_settle(pair);
	pair->lenient = false;
	pair_run(pair, 10000);
	pair_close(pair);
}

static void test_2_25_1_rekey_of_what_is_being_closed(void **state)
{
	struct pair *pair = *state;

	pair_close_child(pair, B, 0);		/* <-- D, late */
	pair_rekey_child(pair, A, 0);
	pair_deliver(pair, A);			/* REKEY_SA --> */
	SAID(B, "TEMPORARY_FAILURE");
	pair_settle(pair);
	assert_int_equal(pair_children(pair, A, IKE_CHILD_UP), 0);
	pair_close(pair);
}

static void test_2_25_1_deletes_that_cross_are_answered_without(void **state)
{
	struct pair *pair = *state;

	pair_close_child(pair, A, 0);
	pair_close_child(pair, B, 0);
	pair_deliver(pair, A);			/* D --> */
	SAID(B, "response 2 []");
	pair_deliver(pair, B);			/* <-- D */
	SAID(A, "response 0 []");
	assert_int_equal(pair_children(pair, A, IKE_CHILD_DELETING), 1);
	pair_settle(pair);
	assert_int_equal(pair_children(pair, A, IKE_CHILD_DRAINING), 1);
	pair_close(pair);
}

static void test_2_25_1_close_of_what_is_being_rekeyed(void **state)
{
	struct pair *pair = *state;

	pair_rekey_child(pair, A, 0);		/* req1 --> , late */
	pair_close_child(pair, B, 0);
	pair_deliver(pair, B);			/* <-- D */
	SAID(A, "[D(ESP");
	pair_settle(pair);
	assert_int_equal(pair_children(pair, A, IKE_CHILD_UP), 0);
	assert_int_equal(pair_children(pair, A, IKE_CHILD_ASKED), 0);
	pair_close(pair);
}

static void test_2_25_1_ike_rekey_while_a_child_sa_is_made(void **state)
{
	struct pair *pair = *state;

	pair_acquire(pair, B, 1);		/* <-- SA, Ni, ..., late */
	pair_rekey_ike(pair, A);
	pair_deliver(pair, A);			/* SA(IKE), Ni, KEi --> */
	SAID(B, "TEMPORARY_FAILURE");
	pair_deliver(pair, B);
	SAID(A, "TEMPORARY_FAILURE");		/* 2.25.2 */
	pair_settle(pair);
	pair_run(pair, 60000);
	assert_non_null(pair_child(pair, B, 1, IKE_CHILD_UP));
	assert_int_equal(pair_ike(pair, A), 1);
	pair_close(pair);
}

static void test_2_25_2_close_of_a_child_sa_while_the_ike_sa_is_rekeyed(
	void **state)
{
	struct pair *pair = *state;

	pair_rekey_ike(pair, A);
	pair_close_child(pair, B, 0);
	pair_deliver(pair, B);			/* <-- D */
	SAID(A, "[D(ESP");
	pair_settle(pair);
	assert_int_equal(pair_children(pair, A, IKE_CHILD_UP), 0);
	pair_close(pair);
}

static void test_2_25_2_closes_of_the_ike_sa_that_cross(void **state)
{
	struct pair *pair = *state;

	pair_close_ike(pair, A);
	pair_close_ike(pair, B);
	pair_settle(pair);
	assert_null(pair_ike_in(pair, A, IKE_SA_DELETING));
	assert_int_equal(pair_sas(pair, A, IKE_IN), 0);
	assert_int_equal(pair_sas(pair, B, IKE_IN), 0);
	pair_close(pair);
}

static void test_2_25_2_close_of_the_ike_sa_that_is_being_rekeyed(void **state)
{
	struct pair *pair = *state;

	pair_rekey_ike(pair, A);
	pair_close_ike(pair, B);
	pair_deliver(pair, B);			/* <-- D(IKE) */
	SAID(A, "response 0 []");
	pair_settle(pair);
	assert_null(pair_ike_in(pair, A, IKE_SA_ESTABLISHED));
	assert_int_equal(pair_sas(pair, A, IKE_IN), 0);
	pair_close(pair);
}

static void test_ike_rekey_step_by_step(void **state)
{
	struct pair *pair = *state;
	const struct ike_sa *a, *b;

	/* SA, Ni, KEi --> */
	pair_rekey_ike(pair, B);
	pair_deliver(pair, B);
	a = pair_ike_in(pair, A, IKE_SA_ESTABLISHED);
	assert_non_null(pair_ike_in(pair, A, IKE_SA_REKEYED));
	assert_int_equal(a->n_children, 1);
	/* <-- SA, Nr, KEr */
	pair_deliver(pair, A);
	b = pair_ike_in(pair, B, IKE_SA_ESTABLISHED);
	assert_int_equal(b->n_children, 1);
	assert_true(b->initiator && !a->initiator);
	assert_int_equal(b->window.next, 0);
	/* D(IKE) --> <-- */
	SAID(B, "[D(IKE)]");
	pair_settle(pair);
	/* What goes on is under the new one. */
	pair_rekey_child(pair, A, 0);
	SAID(A, "CREATE_CHILD_SA request 0");
	pair_settle(pair);
	assert_true(pair_up(pair));
	pair_close(pair);
}

static void test_2_8_2_both_rekey_the_ike_sa(void **state)
{
	unsigned int lost[2] = { 0 }, i;

	for (i = 0; i < 8; i++) {
		struct pair *pair = pair_new();
		const struct ike_sa *by_a, *by_b;
		uint64_t spi_a, spi_b;
		enum pair_name who;

		pair->end[A].seeded.state = 200 + i;
		pair_establish(pair);
		pair_rekey_ike(pair, A);
		pair_rekey_ike(pair, B);
		pair_deliver(pair, A);
		pair_deliver(pair, B);
		by_b = pair_ike_in(pair, A, IKE_SA_ESTABLISHED);
		by_a = pair_ike_in(pair, B, IKE_SA_ESTABLISHED);
		spi_a = by_a->spi_i;
		spi_b = by_b->spi_i;
		who = memcmp(by_a->lowest.data, by_b->lowest.data,
			     by_a->lowest.len) < 0 ? A : B;
		lost[who]++;
		pair_settle(pair);
		pair_run(pair, 60000);
		assert_int_equal(pair_ike(pair, A), 1);
		assert_int_equal(pair_ike(pair, B), 1);
		by_a = pair_ike_in(pair, A, IKE_SA_ESTABLISHED);
		assert_true(by_a->spi_i == (who == A ? spi_b : spi_a));
		assert_int_equal(by_a->n_children, 1);
		assert_true(pair_up(pair));
		pair_close(pair);
		pair_free(pair);
	}
	assert_true(lost[A] && lost[B]);
	(void)state;
}

/* One end finishes before it hears of the other's request. */
static void test_2_8_2_only_one_notices(void **state)
{
	struct pair *pair = *state;

	pair_rekey_ike(pair, A);
	pair_drop(pair, A);			/* req1 is lost */
	pair_rekey_ike(pair, B);
	pair_deliver(pair, B);			/* <-- req2 */
	pair_deliver(pair, A);			/* resp2 --> */
	pair_deliver(pair, B);			/* <-- D(old) */
	pair_settle(pair);
	pair_run(pair, 60000);
	assert_int_equal(pair_ike(pair, A), 1);
	assert_true(pair_up(pair));
	assert_true(pair_ike_in(pair, B, IKE_SA_ESTABLISHED)->initiator);
	pair_close(pair);
}

static bool refuse_b(struct pair *pair, struct pair_packet *packet)
{
	/* B's own requests are lost, so that it rekeys for ever. */
	return packet->from != B || packet->data[19] & IKE_FLAG_RESPONSE;
}

static void test_temporary_failure_for_ever_ends(void **state)
{
	struct pair *pair = *state;

	pair->judge = refuse_b;
	pair_rekey_ike(pair, B);
	pair_rekey_child(pair, A, 0);
	pair_run(pair, 100000);
	assert_true(pair->end[B].story[IKE_STORY_REFUSED] > RETRIES_MAX);
	assert_int_equal(pair_children(pair, A, IKE_CHILD_UP), 0);
	pair->judge = NULL;
	pair_run(pair, 400000);
	pair_close(pair);
}

static void test_no_additional_sas_starts_another_ike_sa(void **state)
{
	struct pair *pair = *state;
	struct ike_sa *full;

	full = (struct ike_sa *)pair_ike_in(pair, B, IKE_SA_ESTABLISHED);
	full->n_children += CHILDREN_MAX;
	pair_rekey_child(pair, A, 0);
	pair_deliver(pair, A);
	SAID(B, "NO_ADDITIONAL_SAS");
	full->n_children -= CHILDREN_MAX;
	pair_settle(pair);
	assert_true(pair_up(pair));
	assert_int_equal(pair_children(pair, A, IKE_CHILD_UP), 1);
	assert_int_equal(pair_children(pair, B, IKE_CHILD_UP), 1);
	pair_close(pair);
}

/* No IKE SA that B has now takes another Child SA. */
static void fill(struct pair *pair)
{
	struct ike_sa *sa = NULL;

	while ((sa = (struct ike_sa *)ike_engine_next_sa(pair->end[B].engine,
							 sa)))
		if (sa->n_children < CHILDREN_MAX)
			sa->n_children += CHILDREN_MAX;
}

static void up(struct pair *pair, unsigned int rules)
{
	unsigned int rule;
	enum pair_name name;

	for (rule = 0; rule < rules; rule++)
		for (name = A; name <= B; name++)
			assert_non_null(pair_child(pair, name, rule,
						   IKE_CHILD_UP));
}

/* An IKE SA for each rule, and the others stay as they are. */
static void test_no_additional_sas_leaves_the_other_rules_alone(void **state)
{
	struct pair *pair = *state;
	unsigned int rule, i;

	pair->esp_every = 50;
	for (rule = 1; rule < PAIR_RULES; rule++) {
		fill(pair);
		pair_acquire(pair, A, rule);
		pair_run(pair, 2000);
		up(pair, rule + 1);
		assert_int_equal(pair_ike(pair, A), rule + 1);
	}
	assert_int_equal(pair->end[A].reason[IKE_REASON_PEER_FULL], 2);
	/* Nothing is left to do, whatever packets want. */
	for (i = 0; i < 20; i++) {
		pair_acquire(pair, A, i % PAIR_RULES);
		pair_run(pair, 2000);
	}
	assert_int_equal(pair_ike(pair, A), PAIR_RULES);
	assert_int_equal(pair->end[A].deleted, 0);
	assert_int_equal(pair->end[B].esp_lost[0], 0);
	pair_close(pair);
}

/* Of two rules under one IKE SA the one that is rekeyed moves, without a packet
 * lost; with the last one the IKE SA goes.
 */
static void test_no_additional_sas_moves_what_is_rekeyed(void **state)
{
	struct pair *pair = *state;
	const struct ike_sa *first;
	unsigned int rule;
	uint32_t number;

	pair_acquire(pair, A, 1);
	pair_settle(pair);
	first = pair_ike_in(pair, A, IKE_SA_ESTABLISHED);
	number = first->number;
	pair->esp_every = 50;
	for (rule = 0; rule < 2; rule++) {
		up(pair, 2);
		fill(pair);
		pair_rekey_child(pair, A, rule);
		pair_run(pair, 30000);
	}
	up(pair, 2);
	assert_int_equal(pair_children(pair, A, IKE_CHILD_UP), 2);
	assert_int_equal(pair_ike(pair, A), 2);
	first = NULL;
	while ((first = ike_engine_next_sa(pair->end[A].engine, first)))
		assert_int_not_equal(first->number, number);
	for (rule = 0; rule < 2; rule++) {
		assert_int_equal(pair->end[A].esp_lost[rule], 0);
		assert_int_equal(pair->end[B].esp_lost[rule], 0);
	}
	pair_close(pair);
}

static void test_peer_that_never_deletes_what_it_replaced(void **state)
{
	struct pair *pair = *state;
	uint32_t old_a = spi_of(pair, A, IKE_CHILD_UP);

	pair_rekey_child(pair, A, 0);
	pair_deliver(pair, A);
	pair_drop(pair, B);
	pair->cut = true;
	/* A gives up; B still has the old one, and at last closes it. */
	pair_run(pair, HEIR_MS - 1);
	assert_int_equal(active(pair, B), old_a);
	pair_run(pair, 2);
	assert_int_not_equal(active(pair, B), old_a);
	pair->cut = false;
	pair_run(pair, 600000);
	pair_close(pair);
}

static void test_wish_to_close_waits_for_the_rekey(void **state)
{
	struct ike_event event = { .kind = IKE_EV_TERMINATE };
	struct pair *pair = *state;

	event.which.child = pair_child(pair, A, 0, IKE_CHILD_UP)->number;
	pair_rekey_child(pair, A, 0);
	assert_int_equal(pair_event(pair, A, event), 0);
	pair_settle(pair);
	assert_int_equal(pair_children(pair, A, IKE_CHILD_UP), 0);
	assert_int_equal(pair_children(pair, B, IKE_CHILD_UP), 0);
	/* And of the IKE SA. */
	event.which.child = 0;
	event.which.ike = pair_ike_in(pair, A, IKE_SA_ESTABLISHED)->number;
	pair_rekey_ike(pair, A);
	assert_int_equal(pair_event(pair, A, event), 0);
	pair_settle(pair);
	assert_null(pair_ike_in(pair, A, IKE_SA_ESTABLISHED));
	assert_null(pair_ike_in(pair, B, IKE_SA_ESTABLISHED));
	pair_close(pair);
}

/* What a lifetime ends is the old one, however late its replacement is. */
static void test_lifetime_that_ends_in_the_rekey_spares_what_replaces_it(
	void **state)
{
	struct ike_event event = { .kind = IKE_EV_SA };
	const struct ike_child *old, *now;
	struct pair *pair = *state;

	old = pair_child(pair, A, 0, IKE_CHILD_UP);
	event.sa.direction = IKE_OUT;
	event.sa.spi = old->spi_out;
	event.sa.rule = PAIR_RULE;
	event.sa.what = IKE_SA_HARD;
	/* REKEY_SA, SA, Ni, KEi, TSi, TSr --> */
	pair_rekey_child(pair, A, 0);
	assert_int_equal(pair_event(pair, A, event), 0);
	pair_settle(pair);
	now = pair_child(pair, A, 0, IKE_CHILD_UP);
	assert_non_null(now);
	assert_int_not_equal(now->spi_out, event.sa.spi);
	assert_true(pair_up(pair));
	/* Without a replacement there is nothing left of it. */
	event.sa.spi = now->spi_out;
	pair_proposals(&pair->end[B].child[0].proposals, IKE_PROTOCOL_ESP,
		       "aes128gcm16-ecp256");
	pair_rekey_child(pair, A, 0);
	assert_int_equal(pair_event(pair, A, event), 0);
	pair_settle(pair);
	assert_int_equal(pair_children(pair, A, IKE_CHILD_UP), 0);
	assert_int_equal(pair_sas(pair, A, IKE_OUT), 0);
	pair_close(pair);
}

static void test_lifetime_of_the_ike_sa_ends_in_its_rekey(void **state)
{
	const struct ike_sa *old;
	struct pair *pair = *state;
	uint64_t spi;

	pair->end[A].peer.hard_seconds = 100;
	pair_rekey_ike(pair, A);
	pair_settle(pair);
	old = pair_ike_in(pair, A, IKE_SA_ESTABLISHED);
	spi = old->spi_i;
	/* SA, Ni, KEi --> is late. */
	pair_run(pair, 99000);
	pair->cut = true;
	pair_rekey_ike(pair, A);
	pair_run(pair, 2000);
	pair->cut = false;
	pair_run(pair, 10000);
	old = pair_ike_in(pair, A, IKE_SA_ESTABLISHED);
	assert_non_null(old);
	assert_true(old->spi_i != spi);
	assert_true(pair_up(pair));
	pair_close(pair);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* B closes what A does not know yet: the Delete overtakes the response. */
static void delete_overtakes_the_response(struct pair *pair, unsigned int rule,
					  enum ike_child_state answered)
{
	struct ike_event event = { .kind = IKE_EV_TERMINATE };
	struct pair_packet *response;
	enum pair_name name;

	/* CREATE_CHILD_SA { SA, Ni, KEi, TSi, TSr } --> */
	pair_deliver(pair, A);
	/*    late: <-- CREATE_CHILD_SA { SA, Nr, KEr, TSi, TSr } */
	response = pair_peek(pair, B);
	event.which.child = pair_child(pair, B, rule, answered)->number;
	assert_int_equal(pair_event(pair, B, event), 0);
	response->number = pair->sent++;
	/* <-- INFORMATIONAL { D } */
	pair_deliver(pair, B);
	/* INFORMATIONAL { } --> */
	pair_deliver(pair, A);
	/* <-- CREATE_CHILD_SA { SA, Nr, KEr, TSi, TSr } */
	pair_deliver(pair, B);
	pair_settle(pair);
	pair_run(pair, CHILD_DRAIN_MS * 2);
	for (name = A; name <= B; name++)
		assert_int_equal(pair_children(pair, name, IKE_CHILD_UP),
				 pair_sas(pair, name, IKE_OUT));
	assert_int_equal(pair_children(pair, A, IKE_CHILD_UP),
			 pair_children(pair, B, IKE_CHILD_UP));
	pair_check_traffic(pair);
	assert_true(pair_up(pair));
}

static void test_I76_delete_overtakes_the_response(void **state)
{
	struct pair *pair = *state;

	pair_establish(pair);
	pair_acquire(pair, A, 1);
	delete_overtakes_the_response(pair, 1, IKE_CHILD_UP);
	assert_null(pair_child(pair, A, 1, IKE_CHILD_UP));
	assert_null(pair_child(pair, B, 1, IKE_CHILD_UP));
	pair_close(pair);
}

static void test_I76_delete_overtakes_the_response_of_a_rekey(void **state)
{
	struct pair *pair = *state;

	pair_establish(pair);
	pair_rekey_child(pair, A, 0);
	delete_overtakes_the_response(pair, 0, IKE_CHILD_HALF);
	pair_close(pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_child_rekey_step_by_step),
		cmocka_unit_test(test_2_8_1_both_rekey_and_both_notice),
		TEST(test_2_8_1_first_request_is_lost),
		TEST(test_2_25_1_rekey_of_what_the_peer_forgot),
		TEST(test_2_25_1_rekey_of_what_is_being_closed),
		TEST(test_2_25_1_deletes_that_cross_are_answered_without),
		TEST(test_2_25_1_close_of_what_is_being_rekeyed),
		TEST(test_2_25_1_ike_rekey_while_a_child_sa_is_made),
		TEST(test_2_25_2_close_of_a_child_sa_while_the_ike_sa_is_rekeyed),
		TEST(test_2_25_2_closes_of_the_ike_sa_that_cross),
		TEST(test_2_25_2_close_of_the_ike_sa_that_is_being_rekeyed),
		TEST(test_ike_rekey_step_by_step),
		cmocka_unit_test(test_2_8_2_both_rekey_the_ike_sa),
		TEST(test_2_8_2_only_one_notices),
		TEST(test_temporary_failure_for_ever_ends),
		TEST(test_lifetime_that_ends_in_the_rekey_spares_what_replaces_it),
		TEST(test_lifetime_of_the_ike_sa_ends_in_its_rekey),
		TEST(test_no_additional_sas_starts_another_ike_sa),
		TEST(test_no_additional_sas_leaves_the_other_rules_alone),
		TEST(test_no_additional_sas_moves_what_is_rekeyed),
		TEST(test_peer_that_never_deletes_what_it_replaced),
		TEST(test_wish_to_close_waits_for_the_rekey),
		TEST(test_I76_delete_overtakes_the_response),
		TEST(test_I76_delete_overtakes_the_response_of_a_rekey),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
