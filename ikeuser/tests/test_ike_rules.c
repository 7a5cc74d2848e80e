// SPDX-License-Identifier: GPL-2.0-only
/* The rules of each exchange: which payloads it has, and how many. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "message.h"
#include "wire.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static void test_each_exchange_as_it_should_be(void **state)
{
	for (size_t i = 0; i < WIRE_MESSAGES; i++)
		assert_accepted(&wire_messages[i]);
}

static void test_I20_each_mandatory_payload_missing(void **state)
{
	for (size_t i = 0; i < WIRE_MESSAGES; i++) {
		for (size_t j = 0; j < wire_messages[i].n; j++) {
			struct wire_edited copy;

			wire_edit(&copy, &wire_messages[i]);
			copy.message.n--;
			memmove(&copy.payload[j], &copy.payload[j + 1],
				(copy.message.n - j) *
					sizeof(copy.payload[0]));
			assert_refused(&copy.message,
				       IKE_REASON_PAYLOAD_MISSING,
				       wire_messages[i].payload[j].type);
		}
	}
}

static void test_I21_each_payload_doubled(void **state)
{
	for (size_t i = 0; i < WIRE_MESSAGES; i++) {
		for (size_t j = 0; j < wire_messages[i].n; j++) {
			const struct wire_payload *twice =
				&wire_messages[i].payload[j];
			struct wire_edited copy;

			wire_edit(&copy, &wire_messages[i]);
			wire_add(&copy, twice->type, twice->body);
			assert_refused(&copy.message,
				       IKE_REASON_PAYLOAD_REPEATED,
				       twice->type);
		}
	}
}

static void swap(struct wire_payload *a, struct wire_payload *b)
{
	struct wire_payload other = *a;

	*a = *b;
	*b = other;
}

static size_t accept_all_orders(struct wire_edited *copy, size_t from)
{
	size_t orders = 0;

	if (from == copy->message.n) {
		assert_accepted(&copy->message);
		return 1;
	}
	for (size_t i = from; i < copy->message.n; i++) {
		swap(&copy->payload[from], &copy->payload[i]);
		orders += accept_all_orders(copy, from + 1);
		swap(&copy->payload[from], &copy->payload[i]);
	}
	return orders;
}

static void test_I22_payloads_in_every_order(void **state)
{
	size_t orders = 0;

	for (size_t i = 0; i < WIRE_MESSAGES; i++) {
		struct wire_edited copy;

		wire_edit(&copy, &wire_messages[i]);
		orders += accept_all_orders(&copy, 0);
	}
	assert_int_equal(orders, 2 * (6 + 120 + 24 + 6 + 1));
}

/* By RFC 7296 1.2 to 1.4 and appendix C: what may be added to each message that
 * is complete, a letter for each of wire_payloads.
 */
static const char letters[] = "SKirCQAoNDVtTPE";
static const char *const may_be_added[WIRE_MESSAGES] = {
	"NV", "NVQ", "NVQCrP", "NVCP", "NVKP", "NVKP", "NV", "NV", "NVDP",
	"NVDP",
};

static void test_I23_payloads_that_have_no_place(void **state)
{
	for (size_t i = 0; i < WIRE_MESSAGES; i++) {
		for (size_t j = 0; j < WIRE_PAYLOADS; j++) {
			bool may = strchr(may_be_added[i], letters[j]);
			struct wire_edited copy;
			struct ike_fault fault;
			int err;

			wire_edit(&copy, &wire_messages[i]);
			wire_add(&copy, wire_payloads[j].type,
				 wire_payloads[j].body);
			err = wire_check(&copy.message, &fault);
			if (!err != may)
				fail_msg("message %zu with %c: %d", i,
					 letters[j], err);
		}
	}
}

static void test_I23_child_without_SA_is_incomplete(void **state)
{
	static const struct wire_payload payload[] = {
		{ IKE_PAYLOAD_IDi, WIRE_ID },
		{ IKE_PAYLOAD_AUTH, WIRE_AUTH },
		{ IKE_PAYLOAD_TSr, WIRE_TS },
	};
	const struct wire_message message =
		WIRE_MESSAGE(IKE_EXCHANGE_IKE_AUTH, false, payload);

	assert_refused(&message, IKE_REASON_PAYLOAD_MISSING, IKE_PAYLOAD_SA);
}

static void test_I23_child_without_selectors_is_incomplete(void **state)
{
	static const struct wire_payload payload[] = {
		{ IKE_PAYLOAD_IDi, WIRE_ID },
		{ IKE_PAYLOAD_AUTH, WIRE_AUTH },
		{ IKE_PAYLOAD_SA, WIRE_SA_ESP },
	};
	const struct wire_message message =
		WIRE_MESSAGE(IKE_EXCHANGE_IKE_AUTH, false, payload);

	assert_refused(&message, IKE_REASON_PAYLOAD_MISSING, IKE_PAYLOAD_TSi);
}

/* Who reads them goes by the protocol of the SA payload, and finds all that
 * this kind of message has.
 */
static void test_I31_IKE_proposal_with_selectors(void **state)
{
	static const struct wire_payload payload[] = {
		{ IKE_PAYLOAD_SA, WIRE_SA_IKE },
		{ IKE_PAYLOAD_NONCE, WIRE_NONCE },
		{ IKE_PAYLOAD_TSi, WIRE_TS },
		{ IKE_PAYLOAD_TSr, WIRE_TS },
	};
	struct wire_message message =
		WIRE_MESSAGE(IKE_EXCHANGE_CREATE_CHILD_SA, false, payload);

	assert_refused(&message, IKE_REASON_PAYLOAD_UNEXPECTED,
		       IKE_PAYLOAD_TSi);
	message.response = true;
	assert_refused(&message, IKE_REASON_PAYLOAD_UNEXPECTED,
		       IKE_PAYLOAD_TSi);
}

static void test_I31_ESP_proposal_without_selectors(void **state)
{
	static const struct wire_payload payload[] = {
		{ IKE_PAYLOAD_SA, WIRE_SA_ESP },
		{ IKE_PAYLOAD_NONCE, WIRE_NONCE },
		{ IKE_PAYLOAD_KE, WIRE_KE },
	};
	struct wire_message message =
		WIRE_MESSAGE(IKE_EXCHANGE_CREATE_CHILD_SA, false, payload);

	assert_refused(&message, IKE_REASON_PAYLOAD_MISSING, IKE_PAYLOAD_TSi);
	message.response = true;
	assert_refused(&message, IKE_REASON_PAYLOAD_MISSING, IKE_PAYLOAD_TSi);
}

/* RFC 6023 */
static void test_childless_IKE_AUTH(void **state)
{
	struct wire_message message = wire_messages[2];

	message.n = 2;
	assert_accepted(&message);
	message = wire_messages[3];
	message.n = 2;
	assert_accepted(&message);
}

static void test_refusals_need_no_other_payload(void **state)
{
	static const struct wire_payload error[] = {
		{ IKE_PAYLOAD_N, "0000 000e" },		/* NO_PROPOSAL_CHOSEN */
	};

	for (uint8_t type = IKE_EXCHANGE_IKE_SA_INIT;
	     type <= IKE_EXCHANGE_INFORMATIONAL; type++) {
		struct wire_message message = WIRE_MESSAGE(type, true, error);

		assert_accepted(&message);
		message.response = false;
		if (type == IKE_EXCHANGE_INFORMATIONAL)
			assert_accepted(&message);
		else
			assert_int_not_equal(wire_check(&message,
				&(struct ike_fault){ 0 }), 0);
	}
}

static void test_cookie_refuses_only_IKE_SA_INIT(void **state)
{
	static const struct wire_payload cookie[] = {
		{ IKE_PAYLOAD_N, "0000 4006 01020304" },
	};
	struct wire_message message =
		WIRE_MESSAGE(IKE_EXCHANGE_IKE_SA_INIT, true, cookie);

	assert_accepted(&message);
	message.exchange = IKE_EXCHANGE_IKE_AUTH;
	assert_refused(&message, IKE_REASON_PAYLOAD_MISSING, IKE_PAYLOAD_IDr);
}

static void test_I60_cookie_of_0_and_65_octets_is_none(void **state)
{
	char body[9 + 130 + 1] = "00004006";
	const struct wire_payload cookie[] = { { IKE_PAYLOAD_N, body } };
	const struct wire_message message =
		WIRE_MESSAGE(IKE_EXCHANGE_IKE_SA_INIT, true, cookie);

	for (size_t len = 0; len <= 65; len++) {
		memset(body + 8, '5', 2 * len);
		body[8 + 2 * len] = '\0';
		if (len && len <= IKE_COOKIE_MAX)
			assert_accepted(&message);
		else
			assert_refused(&message, IKE_REASON_PAYLOAD_MISSING,
				       IKE_PAYLOAD_SA);
	}
}

static void test_a_refusal_is_refused_what_has_no_place(void **state)
{
	static const struct wire_payload payload[] = {
		{ IKE_PAYLOAD_N, "0000 000e" },
		{ IKE_PAYLOAD_EAP, "03010004" },
	};
	const struct wire_message message =
		WIRE_MESSAGE(IKE_EXCHANGE_IKE_AUTH, true, payload);

	assert_refused(&message, IKE_REASON_PAYLOAD_UNEXPECTED,
		       IKE_PAYLOAD_EAP);
}

static void test_I29_offer_that_does_not_begin_with_1(void **state)
{
	static const struct wire_payload payload[] = {
		{ IKE_PAYLOAD_SA, "0000002c 02010004 0300000c 0100000c"
				  "800e0100 03000008 02000005 03000008"
				  "0300000c 00000008 0400000e" },
		{ IKE_PAYLOAD_KE, WIRE_KE },
		{ IKE_PAYLOAD_NONCE, WIRE_NONCE },
	};
	struct wire_message message =
		WIRE_MESSAGE(IKE_EXCHANGE_IKE_SA_INIT, false, payload);

	assert_refused(&message, IKE_REASON_PROPOSAL_NUMBER, IKE_PAYLOAD_SA);
	message.response = true;
	assert_accepted(&message);
}

static void test_I79_EAP_has_no_place(void **state)
{
	static const struct wire_payload payload[] = {
		{ IKE_PAYLOAD_IDi, WIRE_ID },
		{ IKE_PAYLOAD_EAP, "03010004" },
	};
	struct wire_message message =
		WIRE_MESSAGE(IKE_EXCHANGE_IKE_AUTH, false, payload);

	assert_refused(&message, IKE_REASON_PAYLOAD_UNEXPECTED,
		       IKE_PAYLOAD_EAP);
	message.response = true;
	assert_int_not_equal(wire_check(&message, &(struct ike_fault){ 0 }), 0);
}

#define TEST(test) cmocka_unit_test_teardown(test, wire_free)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_each_exchange_as_it_should_be),
		TEST(test_I20_each_mandatory_payload_missing),
		TEST(test_I21_each_payload_doubled),
		TEST(test_I22_payloads_in_every_order),
		TEST(test_I23_payloads_that_have_no_place),
		TEST(test_I23_child_without_SA_is_incomplete),
		TEST(test_I23_child_without_selectors_is_incomplete),
		TEST(test_I31_IKE_proposal_with_selectors),
		TEST(test_I31_ESP_proposal_without_selectors),
		TEST(test_childless_IKE_AUTH),
		TEST(test_refusals_need_no_other_payload),
		TEST(test_cookie_refuses_only_IKE_SA_INIT),
		TEST(test_I60_cookie_of_0_and_65_octets_is_none),
		TEST(test_a_refusal_is_refused_what_has_no_place),
		TEST(test_I29_offer_that_does_not_begin_with_1),
		TEST(test_I79_EAP_has_no_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
