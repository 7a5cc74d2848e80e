// SPDX-License-Identifier: GPL-2.0-only
/* Whatever a peer can send instead of a message: each truncation, each bit,
 * pairs of octets. Nothing crashes, and what is accepted can be written.
 */

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

/* What is accepted is written, and read again as the same. */
static void write_again(const struct ike_message *msg)
{
	struct ike_message again = { 0 };
	struct ike_fault fault;
	struct ike_writer w, second;

	ike_writer_init(&w, IKE_MESSAGE_MAX);
	ike_writer_init(&second, IKE_MESSAGE_MAX);
	ike_message_emit(msg, &w);
	assert_int_equal(w.error, 0);
	assert_int_equal(ike_message_parse(&again, ike_writer_written(&w),
					   &fault), 0);
	ike_message_emit(&again, &second);
	assert_true(ike_bytes_equal(ike_writer_written(&w),
				    ike_writer_written(&second)));
	ike_writer_clear(&w);
	ike_writer_clear(&second);
	ike_message_clear(&again);
}

static void try_octets(struct ike_bytes datagram)
{
	struct ike_message msg = { 0 };
	struct ike_fault fault = { 0 };
	struct ike_text t;
	char line[200];
	int err = ike_message_parse(&msg, datagram, &fault);

	ike_text_init(&t, line, sizeof(line));
	if (err)
		ike_fault_print(&fault, &t);
	else
		ike_message_print(&msg, &t);
	assert_true(t.len > 0);
	if (!err && !ike_message_check(&msg, &fault))
		write_again(&msg);
	ike_message_clear(&msg);
}

/* The message with all its payloads, in clear. */
static struct ike_bytes recorded(size_t i)
{
	const struct wire_message all =
		WIRE_MESSAGE(IKE_EXCHANGE_IKE_SA_INIT, false, wire_payloads);

	return wire_message(i < WIRE_MESSAGES ? &wire_messages[i] : &all);
}

static void test_every_truncation(void **state)
{
	for (size_t i = 0; i <= WIRE_MESSAGES; i++) {
		struct ike_bytes whole = recorded(i);

		for (size_t len = 0; len < whole.len; len++) {
			struct ike_bytes cut =
				wire_copy((struct ike_bytes){ whole.data,
							      len });

			try_octets(cut);
			if (len < IKE_HEADER_LEN)
				continue;
			/* And with a Length that is right again. */
			((uint8_t *)cut.data)[26] = len >> 8;
			((uint8_t *)cut.data)[27] = len;
			try_octets(cut);
		}
		wire_free(state);
	}
}

static void test_every_bit_flipped(void **state)
{
	for (size_t i = 0; i <= WIRE_MESSAGES; i++) {
		struct ike_bytes whole = recorded(i);

		for (size_t bit = 0; bit < whole.len * 8; bit++) {
			((uint8_t *)whole.data)[bit / 8] ^= 0x80 >> bit % 8;
			try_octets(whole);
			((uint8_t *)whole.data)[bit / 8] ^= 0x80 >> bit % 8;
		}
	}
}

static void test_every_octet_and_the_next_overwritten(void **state)
{
	static const uint16_t values[] = {
		0x0000, 0xffff, 0x0001, 0x0100, 0x7fff, 0x8000, 0x0004, 0x0003,
	};

	for (size_t i = 0; i <= WIRE_MESSAGES; i++) {
		struct ike_bytes whole = recorded(i);

		for (size_t at = 0; at + 1 < whole.len; at++) {
			uint8_t *octet = (uint8_t *)whole.data + at;
			uint8_t was[] = { octet[0], octet[1] };

			for (size_t j = 0; j < ARRAY_SIZE(values); j++) {
				octet[0] = values[j] >> 8;
				octet[1] = values[j];
				try_octets(whole);
			}
			memcpy(octet, was, sizeof(was));
		}
	}
}

#define TEST(test) cmocka_unit_test_teardown(test, wire_free)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_every_truncation),
		TEST(test_every_bit_flipped),
		TEST(test_every_octet_and_the_next_overwritten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
