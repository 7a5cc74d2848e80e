// SPDX-License-Identifier: GPL-2.0-only
/* Messages when memory runs out, at each allocation in turn: -ENOMEM, and
 * nothing is left behind.
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
#include "scarce.h"
#include "wire.h"

static struct ike_bytes datagram;
static struct ike_message whole;

/* One payload of each type: parsed, it takes memory of every kind. */
static int set_up(void **state)
{
	struct ike_fault fault;

	datagram = wire_message(&(struct wire_message){
		IKE_EXCHANGE_INFORMATIONAL, false, wire_payloads,
		WIRE_PAYLOADS,
	});
	whole = (struct ike_message){ 0 };
	return ike_message_parse(&whole, datagram, &fault);
}

static int tear_down(void **state)
{
	ike_message_clear(&whole);
	return wire_free(state);
}

static int message_parse(void)
{
	struct ike_message msg = { 0 };
	struct ike_fault fault;
	int err = ike_message_parse(&msg, datagram, &fault);

	ike_message_clear(&msg);
	return err;
}

static int message_emit(void)
{
	struct ike_writer w;
	int err;

	ike_writer_init(&w, IKE_MESSAGE_MAX);
	ike_message_emit(&whole, &w);
	err = w.error;
	ike_writer_clear(&w);
	return err;
}

static int message_make(void)
{
	struct ike_message msg = { 0 };
	int err = 0;

	for (int i = 0; i < 40 && !err; i++)
		err = ike_message_add_notify(&msg, IKE_NOTIFY_COOKIE,
					     (struct ike_bytes){ 0 });
	ike_message_clear(&msg);
	return err;
}

static int proposals_read(void)
{
	char weak_line[100], error_line[100];
	struct ike_text weak, error;
	struct ike_proposals list;
	int err;

	ike_text_init(&weak, weak_line, sizeof(weak_line));
	ike_text_init(&error, error_line, sizeof(error_line));
	err = ike_proposals_parse_text(&list, IKE_PROTOCOL_IKE,
				       "aes256-sha1-modp2048,default", &weak,
				       &error);
	ike_proposals_clear(&list);
	return err;
}

static int proposals_copy(void)
{
	const struct ike_payload *sa =
		ike_message_find(&whole, IKE_PAYLOAD_SA);
	struct ike_proposals list;
	int err = ike_proposals_copy(&list, &sa->sa);

	ike_proposals_clear(&list);
	return err;
}

static int ts_copy(void)
{
	const struct ike_payload *ts =
		ike_message_find(&whole, IKE_PAYLOAD_TSi);
	struct ike_ts_list list;
	int err = ike_ts_list_copy(&list, &ts->ts);

	ike_ts_list_clear(&list);
	return err;
}

static int ts_narrow(void)
{
	const struct ike_payload *ts =
		ike_message_find(&whole, IKE_PAYLOAD_TSi);
	struct ike_ts_list list;
	int err = ike_ts_narrow(&ts->ts, &ts->ts, &list);

	ike_ts_list_clear(&list);
	return err;
}

static int id_read(const char *text)
{
	struct ike_id id;
	int err = ike_id_parse(&id, text);

	ike_id_clear(&id);
	return err;
}

static int id_read_name(void)
{
	return id_read("gw.example");
}

static int id_read_address(void)
{
	return id_read("10.0.0.1");
}

static int id_read_DN(void)
{
	return id_read("C=CH, CN=gw");
}

static int id_copy(void)
{
	const struct ike_payload *from =
		ike_message_find(&whole, IKE_PAYLOAD_IDi);
	struct ike_id id;
	int err = ike_id_copy(&id, &from->id);

	ike_id_clear(&id);
	return err;
}

#define MEMORY_TEST(step) \
	static void test_memory_for_##step(void **state) \
	{ \
		scarce_try(step); \
	}

MEMORY_TEST(message_parse)
MEMORY_TEST(message_emit)
MEMORY_TEST(message_make)
MEMORY_TEST(proposals_read)
MEMORY_TEST(proposals_copy)
MEMORY_TEST(ts_copy)
MEMORY_TEST(ts_narrow)
MEMORY_TEST(id_read_name)
MEMORY_TEST(id_read_address)
MEMORY_TEST(id_read_DN)
MEMORY_TEST(id_copy)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory_for_message_parse),
		cmocka_unit_test(test_memory_for_message_emit),
		cmocka_unit_test(test_memory_for_message_make),
		cmocka_unit_test(test_memory_for_proposals_read),
		cmocka_unit_test(test_memory_for_proposals_copy),
		cmocka_unit_test(test_memory_for_ts_copy),
		cmocka_unit_test(test_memory_for_ts_narrow),
		cmocka_unit_test(test_memory_for_id_read_name),
		cmocka_unit_test(test_memory_for_id_read_address),
		cmocka_unit_test(test_memory_for_id_read_DN),
		cmocka_unit_test(test_memory_for_id_copy),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
