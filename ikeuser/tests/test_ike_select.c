// SPDX-License-Identifier: GPL-2.0-only
/* Which rule an initiator means, and how far its selectors are narrowed (RFC 7296
 * 2.9): the first TSi and TSr are the packet that asked for the SA, and a kernel's
 * SA has room for so many.
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

/* "10.0.0.0/24 10.0.1.0/24" */
static void set(struct ike_ts_list *list, const char *text)
{
	char word[64];
	struct ike_ts ts;
	int n;

	ike_ts_list_clear(list);
	while (sscanf(text, "%63s%n", word, &n) == 1) {
		assert_int_equal(ike_ts_parse(&ts, word), 0);
		assert_int_equal(ike_ts_list_add(list, &ts), 0);
		text += n;
	}
}

/* B's rules are 10.1.N.0/24 to 10.0.N.0/24, N the number of the rule. */
struct choice {
	const char *tsi;
	const char *tsr;
	unsigned int rule;
};

static const struct choice choices[] = {
	/* The packet, and all that may follow it */
	{ "10.0.1.5 10.0.0.0/16", "10.1.1.5 10.1.0.0/16", 1 },
	{ "10.0.2.5[udp/53] 10.0.0.0/16", "10.1.2.5[udp/4] 10.1.0.0/16", 2 },
	{ "10.0.0.5 10.0.0.0/16", "10.1.0.5 10.1.0.0/16", 0 },
	/* A rule for all of it comes before one for the packet */
	{ "10.0.2.0/25 10.0.2.128/25", "10.1.2.0/24", 2 },
	/* No packet, and the first rule that takes some */
	{ "10.0.0.0/16", "10.1.0.0/16", 0 },
	/* No rule has all of the first choice, and one has some of it */
	{ "10.0.1.0-10.0.9.255 10.0.0.0/16", "10.1.1.0-10.1.9.255 10.1.0.0/16",
	  1 },
	/* No rule for the packet */
	{ "10.0.9.5 10.0.0.0/16", "10.1.9.5 10.1.0.0/16", 0 },
};

static void test_the_rule_of_the_first_selectors_is_chosen(void **state)
{
	const struct ike_child *child;
	struct pair *pair = *state;
	size_t i;

	for (i = 0; i < sizeof(choices) / sizeof(choices[0]); i++) {
		pair = pair_new();
		set(&pair->end[A].child[0].local, choices[i].tsi);
		set(&pair->end[A].child[0].remote, choices[i].tsr);
		pair_start(pair);
		pair_acquire(pair, A, 0);
		pair_settle(pair);
		child = pair_child(pair, B, choices[i].rule, IKE_CHILD_UP);
		if (!child)
			fail_msg("choice %zu: not rule %u", i, choices[i].rule);
		assert_int_equal(pair_sas(pair, B, IKE_IN), 1);
		pair_close(pair);
		pair_free(pair);
	}
}

/* The same when it is asked for alone, in CREATE_CHILD_SA. */
static void test_the_rule_of_the_first_selectors_in_create_child_sa(
	void **state)
{
	struct pair *pair = *state;

	set(&pair->end[A].child[1].local, "10.0.2.5 10.0.0.0/16");
	set(&pair->end[A].child[1].remote, "10.1.2.5 10.1.0.0/16");
	pair_establish(pair);
	pair_acquire(pair, A, 1);
	pair_settle(pair);
	assert_non_null(pair_child(pair, B, 2, IKE_CHILD_UP));
	pair_close(pair);
}

/* A's rule is wider than those of B. */
static void acquire(struct pair *pair, const char *source,
		    const char *destination)
{
	struct ike_event event = { .kind = IKE_EV_ACQUIRE };

	event.acquire.rule = PAIR_RULE;
	event.acquire.packet = true;
	assert_int_equal(ike_ts_parse(&event.acquire.local, source), 0);
	assert_int_equal(ike_ts_parse(&event.acquire.remote, destination), 0);
	set(&pair->end[A].child[0].local, "10.0.0.0/16");
	set(&pair->end[A].child[0].remote, "10.1.0.0/16");
	pair_start(pair);
	assert_int_equal(pair_event(pair, A, event), 0);
	pair_settle(pair);
}

static void test_the_packet_that_asks_is_the_first_choice(void **state)
{
	const struct ike_child *child;
	struct pair *pair = *state;
	struct ike_ts all;

	/* It names the rule, and the rule is more than it. */
	acquire(pair, "10.0.2.5[udp/53]", "10.1.2.7[udp/1024]");
	assert_non_null(pair_child(pair, B, 2, IKE_CHILD_UP));
	child = pair_child(pair, A, 0, IKE_CHILD_UP);
	assert_non_null(child);
	assert_int_equal(ike_ts_parse(&all, "10.0.2.0/24"), 0);
	assert_int_equal(child->local.n, 1);
	assert_true(ike_ts_equal(child->local.ts, &all));
	assert_int_equal(child->remote.n, 1);
	/* What is replaced is not the packet. */
	pair_rekey_child(pair, A, 0);
	pair_settle(pair);
	assert_non_null(pair_child(pair, B, 2, IKE_CHILD_UP));
	assert_int_equal(pair_child(pair, B, 2, IKE_CHILD_UP)->local.n, 1);
	pair_close(pair);
}

static void test_a_packet_of_another_rule_is_not_offered(void **state)
{
	struct pair *pair = *state;

	acquire(pair, "172.16.0.1", "10.1.2.7");
	assert_non_null(pair_child(pair, B, 2, IKE_CHILD_UP) ?
				pair_child(pair, B, 2, IKE_CHILD_UP) :
				pair_child(pair, B, 0, IKE_CHILD_UP));
	assert_int_equal(pair_child(pair, A, 0, IKE_CHILD_UP)->local.n, 1);
	pair_close(pair);
}

#define THREE(net) "10." net ".0.0/24 10." net ".2.0/24 10." net ".4.0/24"

/* 3 by 3 networks are 9 pairs: one more than an SA takes. */
static void test_no_more_is_offered_than_an_sa_takes(void **state)
{
	const struct ike_child *child;
	struct pair *pair = *state;
	enum pair_name name;
	unsigned int i;

	set(&pair->end[A].child[0].local, THREE("0"));
	set(&pair->end[A].child[0].remote, THREE("1"));
	set(&pair->end[B].child[0].local, "10.1.0.0/16");
	set(&pair->end[B].child[0].remote, "10.0.0.0/16");
	pair_establish(pair);
	for (i = 0; i < 3; i++) {
		for (name = A; name <= B; name++) {
			child = pair_child(pair, name, 0, IKE_CHILD_UP);
			assert_non_null(child);
			assert_int_equal(child->local.n * child->remote.n, 6);
			/* The first choice is there. */
			assert_true(ike_ts_equal(
				&child->local.ts[0],
				name == A ?
					&pair->end[A].child[0].local.ts[0] :
					&pair->end[A].child[0].remote.ts[0]));
		}
		/* And is what is rekeyed, by either end. */
		pair_rekey_child(pair, i ? A : B, 0);
		pair_settle(pair);
		pair_run(pair, CHILD_DRAIN_MS * 2);
	}
	pair_close(pair);
}

static void test_selectors_that_an_sa_takes_are_left_alone(void **state)
{
	const struct ike_child *child;
	struct pair *pair = *state;

	/* 2 by 4; and those of one family have nothing to do with the other's. */
	set(&pair->end[A].child[0].local,
	    "10.0.0.0/24 10.0.2.0/24 fd00::/64 fd01::/64");
	set(&pair->end[A].child[0].remote,
	    "10.1.0.0/24 10.1.2.0/24 10.1.4.0/24 fe00::/64");
	set(&pair->end[B].child[0].local, "10.1.0.0/16 fe00::/16");
	set(&pair->end[B].child[0].remote, "10.0.0.0/16 fd00::/15");
	pair_establish(pair);
	child = pair_child(pair, B, 0, IKE_CHILD_UP);
	assert_int_equal(child->remote.n, 4);
	assert_int_equal(child->local.n, 4);
	pair_close(pair);
}

/* A rule that cuts the offer into more pieces than an SA takes: 4 by 4. */
static void test_pieces_are_narrowed_to_what_an_sa_takes(void **state)
{
	const struct ike_child *child;
	struct pair *pair = *state;

	set(&pair->end[A].child[0].local, "10.0.0.0/24");
	set(&pair->end[A].child[0].remote, "10.1.0.0/24");
	set(&pair->end[B].child[0].local,
	    "10.1.0.0/28 10.1.0.32/28 10.1.0.64/28 10.1.0.96/28");
	set(&pair->end[B].child[0].remote,
	    "10.0.0.0/28 10.0.0.32/28 10.0.0.64/28 10.0.0.96/28");
	pair_establish(pair);
	child = pair_child(pair, B, 0, IKE_CHILD_UP);
	assert_int_equal(child->local.n * child->remote.n, 6);
	assert_true(ike_ts_equal(&child->local.ts[0],
				 &pair->end[B].child[0].local.ts[0]));
	assert_true(ike_ts_equal(&child->remote.ts[0],
				 &pair->end[B].child[0].remote.ts[0]));
	pair_close(pair);
}

static void put_list(struct ike_writer *w, uint8_t next, const char *text)
{
	struct ike_ts_list list = { 0 };

	set(&list, text);
	ike_writer_u8(w, next);
	ike_writer_u8(w, 0);
	ike_writer_u16(w, 8 + 16 * list.n);
	ike_ts_list_emit(&list, w);
	ike_ts_list_clear(&list);
}

/* One selector each: two payloads of 4 + 4 + 16 octets at the end. */
#define TS_LEN (2 * 24)

/* A peer that cuts the offer into 3 by 3. What does not fit into the SA is left
 * out here, and both ends have agreed on all of it.
 */
static void test_answer_of_more_than_an_sa_takes(void **state)
{
	const struct ike_child *child;
	struct pair *pair = *state;
	struct ike_writer w;
	size_t i;

	pair->lenient = true;
	set(&pair->end[A].child[0].local, "10.0.0.0/16");
	set(&pair->end[A].child[0].remote, "10.1.0.0/16");
	pair_start(pair);
	pair_acquire(pair, A, 0);
	pair_deliver(pair, A);
	pair_deliver(pair, B);
	pair_deliver(pair, A);
	/* <-- IDr, AUTH, SA, TSi, TSr */
	ike_writer_init(&w, 1000);
	put_list(&w, IKE_PAYLOAD_TSr, THREE("0"));
	put_list(&w, 0, THREE("1"));
	assert_true(forge_tail(pair, pair_peek(pair, B), TS_LEN,
			       ike_writer_written(&w)));
	ike_writer_clear(&w);
	pair_deliver(pair, B);
	child = pair_child(pair, A, 0, IKE_CHILD_UP);
	assert_non_null(child);
	assert_int_equal(child->local.n * child->remote.n, 9);
	assert_int_equal(pair->end[A].reason[IKE_REASON_TS_MANY], 2);
	assert_int_equal(pair_sas(pair, A, IKE_OUT), 1);
	for (i = 0; i < PAIR_SAS; i++) {
		const struct ike_sa_spec *spec = &pair->end[A].sa[i].spec;

		assert_true(spec->ts_local.n * spec->ts_remote.n <=
			    IKE_SA_SELECTORS_MAX);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_the_rule_of_the_first_selectors_is_chosen),
		TEST(test_the_rule_of_the_first_selectors_in_create_child_sa),
		TEST(test_the_packet_that_asks_is_the_first_choice),
		TEST(test_a_packet_of_another_rule_is_not_offered),
		TEST(test_no_more_is_offered_than_an_sa_takes),
		TEST(test_selectors_that_an_sa_takes_are_left_alone),
		TEST(test_pieces_are_narrowed_to_what_an_sa_takes),
		TEST(test_answer_of_more_than_an_sa_takes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
