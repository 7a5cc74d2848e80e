// SPDX-License-Identifier: GPL-2.0-only
/* What is counted of messages and rekeyings, with strongSwan's meaning: a message
 * that is repeated, or comes again, counts once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "pair.h"
#include "sa.h"

static uint64_t count(const struct pair *pair, enum pair_name name,
		      enum ike_count which)
{
	const struct ike_engine *engine = pair->end[name].engine;

	return ike_engine_counts(engine, NULL)->n[which];
}

static void test_a_tunnel_is_four_messages(void **state)
{
	struct pair *pair = *state;

	assert_int_equal(count(pair, A, IKE_COUNT_INIT_OUT_REQ), 1);
	assert_int_equal(count(pair, B, IKE_COUNT_INIT_IN_REQ), 1);
	assert_int_equal(count(pair, B, IKE_COUNT_INIT_OUT_RESP), 1);
	assert_int_equal(count(pair, A, IKE_COUNT_INIT_IN_RESP), 1);
	assert_int_equal(count(pair, A, IKE_COUNT_AUTH_OUT_REQ), 1);
	assert_int_equal(count(pair, B, IKE_COUNT_AUTH_IN_REQ), 1);
	assert_int_equal(count(pair, B, IKE_COUNT_AUTH_OUT_RESP), 1);
	assert_int_equal(count(pair, A, IKE_COUNT_AUTH_IN_RESP), 1);
	assert_int_equal(count(pair, A, IKE_COUNT_CREATE_OUT_REQ), 0);
	assert_int_equal(count(pair, A, IKE_COUNT_INVALID), 0);
	pair_close(pair);
}

static void test_rekeyings_count_at_both_ends(void **state)
{
	struct pair *pair = *state;

	pair_rekey_child(pair, A, 0);
	pair_settle(pair);
	assert_int_equal(count(pair, A, IKE_COUNT_CHILD_REKEY), 1);
	assert_int_equal(count(pair, B, IKE_COUNT_CHILD_REKEY), 1);
	assert_int_equal(count(pair, A, IKE_COUNT_CREATE_OUT_REQ), 1);
	assert_int_equal(count(pair, B, IKE_COUNT_CREATE_IN_REQ), 1);
	pair_rekey_ike(pair, B);
	pair_settle(pair);
	assert_int_equal(count(pair, B, IKE_COUNT_IKE_REKEY_INIT), 1);
	assert_int_equal(count(pair, A, IKE_COUNT_IKE_REKEY_RESP), 1);
	assert_int_equal(count(pair, A, IKE_COUNT_IKE_REKEY_INIT), 0);
	pair_close(pair);
}

static void test_session_outlives_the_rekey_of_the_ike_sa(void **state)
{
	struct pair *pair = *state;
	uint32_t session = pair_ike_in(pair, A, IKE_SA_ESTABLISHED)->session;
	const struct ike_sa *sa;

	pair_rekey_ike(pair, B);
	pair_settle(pair);
	sa = pair_ike_in(pair, A, IKE_SA_ESTABLISHED);
	assert_int_equal(sa->session, session);
	assert_true(sa->number != session);
	pair_close(pair);
}

static void test_counts_of_a_peer_and_reset(void **state)
{
	struct pair *pair = *state;
	struct ike_engine *engine = pair->end[A].engine;
	const char *peer = ike_engine_next_sa(engine, NULL)->peer->conf->name;
	const struct ike_counts *of_peer = ike_engine_counts(engine, peer);

	assert_int_equal(of_peer->n[IKE_COUNT_AUTH_OUT_REQ], 1);
	ike_engine_reset_counts(engine, NULL);
	assert_int_equal(count(pair, A, IKE_COUNT_AUTH_OUT_REQ), 0);
	assert_int_equal(of_peer->n[IKE_COUNT_AUTH_OUT_REQ], 1);
	ike_engine_reset_counts(engine, peer);
	assert_int_equal(of_peer->n[IKE_COUNT_AUTH_OUT_REQ], 0);
	assert_null(ike_engine_counts(engine, "nobody"));
	pair_close(pair);
}

static void test_every_count_has_a_name_and_a_message(void **state)
{
	size_t i;

	for (i = 0; i < IKE_COUNT_COUNT; i++)
		assert_non_null(ike_count_name(i));
	assert_null(ike_count_name(IKE_COUNT_COUNT));
	assert_string_equal(ike_count_name(ike_count_of(37, true, false)),
			    "info-out-req");
	assert_string_equal(ike_count_name(ike_count_of(34, false, true)),
			    "ike-init-in-resp");
	assert_int_equal(ike_count_of(38, false, false), IKE_COUNT_COUNT);
}

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

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_tunnel_is_four_messages),
		TEST(test_rekeyings_count_at_both_ends),
		TEST(test_session_outlives_the_rekey_of_the_ike_sa),
		TEST(test_counts_of_a_peer_and_reset),
		cmocka_unit_test(test_every_count_has_a_name_and_a_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
