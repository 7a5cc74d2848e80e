// SPDX-License-Identifier: GPL-2.0-only
/* Fuzzes what anybody can send: a datagram, through the header, the chain of
 * payloads and the rules of its exchange. What is accepted is written and read
 * again as the same.
 */

#include <stdlib.h>

#include "message.h"

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void write_again(const struct ike_message *msg)
{
	struct ike_message again = { 0 };
	struct ike_fault fault;
	struct ike_writer w, second;

	ike_writer_init(&w, IKE_MESSAGE_MAX);
	ike_writer_init(&second, IKE_MESSAGE_MAX);
	ike_message_emit(msg, &w);
	must(!w.error);
	must(!ike_message_parse(&again, ike_writer_written(&w), &fault));
	must(again.n == msg->n);
	ike_message_emit(&again, &second);
	must(ike_bytes_equal(ike_writer_written(&w),
			     ike_writer_written(&second)));
	ike_writer_clear(&w);
	ike_writer_clear(&second);
	ike_message_clear(&again);
}

static void print(const struct ike_message *msg,
		  const struct ike_fault *fault)
{
	struct ike_text t;
	char line[256];

	ike_text_init(&t, line, sizeof(line));
	if (fault)
		ike_fault_print(fault, &t);
	else
		ike_message_print(msg, &t);
	must(t.len && t.len < sizeof(line) && !line[t.len]);
	for (size_t i = 0; i < t.len; i++)
		must(line[i] >= ' ' && line[i] <= '~');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ike_message msg = { 0 };
	struct ike_fault fault = { 0 };
	int err = ike_message_parse(&msg, (struct ike_bytes){ data, size },
				    &fault);

	must(!err == !fault.reason);
	print(&msg, err ? &fault : NULL);
	if (!err) {
		err = ike_message_check(&msg, &fault);
		must(!err == !fault.reason);
	}
	if (!err && !msg.encrypted)
		write_again(&msg);
	ike_message_clear(&msg);
	return 0;
}
