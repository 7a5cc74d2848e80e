// SPDX-License-Identifier: GPL-2.0-only
/* Dialogues of two engines: how an IKE SA and its Child SAs come to be, and what
 * stops them. The messages stand beside what is tested.
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
	*state = pair_new();
	return 0;
}

static int teardown(void **state)
{
	pair_free(*state);
	return 0;
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
	assert_int_equal(pair_waiting(pair, A) + pair_waiting(pair, B), 0);
	pair_check_traffic(pair);
	pair_close(pair);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_initial_exchanges_make_an_ike_sa_and_a_child_sa),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
