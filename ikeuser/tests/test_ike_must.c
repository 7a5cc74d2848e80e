// SPDX-License-Identifier: GPL-2.0-only
/* MUSTs of RFC 7296 that are about what an engine sends, looked at where it leaves.
 * docs/ike-requirements.md says which sentence each of them shows.
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

/* What A sent since the wire was cut, which is to be one message. */
struct repeats {
	uint8_t data[1000];
	size_t len;
	uint64_t at;
	uint64_t wait;
	unsigned int n;
};

static bool repeat(struct pair *pair, struct pair_packet *packet)
{
	struct repeats *repeats = pair->arg;

	if (packet->from != A)
		return false;
	if (!repeats->n) {
		assert_true(packet->len <= sizeof(repeats->data));
		memcpy(repeats->data, packet->data, packet->len);
		repeats->len = packet->len;
	} else {
		assert_int_equal(packet->len, repeats->len);
		assert_memory_equal(packet->data, repeats->data, packet->len);
		assert_true(pair->now - repeats->at > repeats->wait);
		repeats->wait = pair->now - repeats->at;
	}
	repeats->at = pair->now;
	repeats->n++;
	return false;
}

/* The same octets, and so the same Message ID, later and later; as long as that
 * lasts the peer is not given up.
 */
static void test_a_request_is_repeated_bit_by_bit_and_ever_later(void **state)
{
	struct repeats repeats = { 0 };
	struct pair *pair = *state;

	pair_establish(pair);
	pair->judge = repeat;
	pair->arg = &repeats;
	pair_rekey_child(pair, A, 0);
	while (pair_ike_in(pair, A, IKE_SA_ESTABLISHED) && repeats.n < 12)
		pair_run(pair, 1000);
	assert_int_equal(repeats.n, 12);
	pair_run(pair, 600000);
	assert_int_equal(repeats.n, WINDOW_TRIES);
	assert_null(pair_ike_in(pair, A, IKE_SA_ESTABLISHED));
	assert_int_equal(pair_sas(pair, A, IKE_IN), 0);
	assert_int_equal(pair_sas(pair, A, IKE_OUT), 0);
	pair_close(pair);
}

#define FLAGS_AT 19	/* in the IKE header, RFC 7296 3.1 */

static bool response_flag_of_b(struct pair *pair, struct pair_packet *packet)
{
	bool response = packet->data[FLAGS_AT] & IKE_FLAG_RESPONSE;

	assert_int_equal(response, packet->from == B);
	return true;
}

static void test_response_flag_is_set_in_responses_alone(void **state)
{
	struct pair *pair = *state;

	pair->judge = response_flag_of_b;
	pair_establish(pair);
	pair_rekey_child(pair, A, 0);
	pair_settle(pair);
	pair_rekey_ike(pair, A);
	pair_settle(pair);
	assert_true(pair->end[B].sent >= 6);
	pair_close(pair);
}

static void test_message_ids_of_a_new_ike_sa_begin_at_0(void **state)
{
	struct pair *pair = *state;
	enum pair_name name;

	pair_establish(pair);
	pair_rekey_child(pair, A, 0);
	pair_settle(pair);
	pair_rekey_ike(pair, A);
	pair_settle(pair);
	for (name = A; name <= B; name++) {
		const struct ike_sa *sa =
			pair_ike_in(pair, name, IKE_SA_ESTABLISHED);

		assert_int_equal(sa->window.next, 0);
		assert_int_equal(sa->window.expected, 0);
	}
	/* And are counted from there. */
	pair_rekey_child(pair, A, 0);
	pair_settle(pair);
	assert_true(pair_up(pair));
	pair_close(pair);
}

static void asks(struct pair *pair, const char *what, bool told)
{
	if (!strstr(pair->end[A].said, what) == told)
		fail_msg("\"%s\" %s %s", pair->end[A].said,
			 told ? "lacks" : "has", what);
}

static void test_rekeys_name_what_they_replace_and_their_group(void **state)
{
	struct pair *pair = *state;
	enum pair_name name;

	for (name = A; name <= B; name++)
		pair_proposals(&pair->end[name].child[1].proposals,
			       IKE_PROTOCOL_ESP, "aes256-sha256");
	pair_establish(pair);
	/* A new one is to replace nothing, and has no group. */
	pair_acquire(pair, A, 1);
	asks(pair, "CREATE_CHILD_SA", true);
	asks(pair, "REKEY_SA", false);
	asks(pair, "KE(", false);
	pair_settle(pair);
	pair_rekey_child(pair, A, 1);
	asks(pair, "N(REKEY_SA)", true);
	asks(pair, "KE(", false);
	pair_settle(pair);
	/* The group that is in its proposal. */
	pair_rekey_child(pair, A, 0);
	asks(pair, "N(REKEY_SA)", true);
	asks(pair, "KE(ECP_256)", true);
	pair_settle(pair);
	pair_rekey_ike(pair, A);
	asks(pair, "REKEY_SA", false);
	asks(pair, "KE(ECP_256)", true);
	pair_settle(pair);
	pair_close(pair);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_request_is_repeated_bit_by_bit_and_ever_later),
		TEST(test_response_flag_is_set_in_responses_alone),
		TEST(test_message_ids_of_a_new_ike_sa_begin_at_0),
		TEST(test_rekeys_name_what_they_replace_and_their_group),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
