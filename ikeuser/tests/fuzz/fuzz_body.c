// SPDX-License-Identifier: GPL-2.0-only
/* Fuzzes what a peer with the keys can send: the chain of payloads that was in
 * an Encrypted payload. The first three octets say of which exchange, whether
 * it is a response, and the type of the first payload.
 */

#include <stdlib.h>

#include "message.h"

static void must(bool holds)
{
	if (!holds)
		abort();
}

/* The header and the SK payload that the chain came in. */
static void outer_parse(struct ike_message *msg, uint8_t exchange,
			bool response)
{
	static uint8_t datagram[IKE_HEADER_LEN + IKE_PAYLOAD_HEADER_LEN];
	const struct ike_header header = {
		.spi_i = 1,
		.spi_r = 2,
		.next = IKE_PAYLOAD_SK,
		.exchange = exchange,
		.flags = response ? IKE_FLAG_RESPONSE : 0,
		.length = sizeof(datagram),
	};
	struct ike_fault fault;
	struct ike_writer w;

	ike_writer_init(&w, sizeof(datagram));
	ike_header_emit(&header, &w);
	ike_writer_u32(&w, IKE_PAYLOAD_HEADER_LEN);
	must(!w.error);
	for (size_t i = 0; i < w.len; i++)
		datagram[i] = w.data[i];
	ike_writer_clear(&w);
	must(!ike_message_parse(msg, (struct ike_bytes){ datagram,
							 sizeof(datagram) },
				&fault));
}

/* Whoever reads an accepted message relies on this. */
static void check_accepted(const struct ike_message *msg)
{
	bool response = ike_header_is_response(&msg->header);
	bool has_tsi = ike_message_find(msg, IKE_PAYLOAD_TSi);
	bool has_tsr = ike_message_find(msg, IKE_PAYLOAD_TSr);

	if (response && ike_message_error(msg))
		return;
	must(has_tsi == has_tsr);
	must(!has_tsi || ike_message_find(msg, IKE_PAYLOAD_SA));
	if (msg->header.exchange == IKE_EXCHANGE_IKE_AUTH) {
		must(ike_message_find(msg, IKE_PAYLOAD_AUTH));
		must(ike_message_find(msg, response ? IKE_PAYLOAD_IDr :
						      IKE_PAYLOAD_IDi));
	}
	if (msg->header.exchange == IKE_EXCHANGE_CREATE_CHILD_SA)
		must(ike_message_find(msg, IKE_PAYLOAD_NONCE));
}

static void print(const struct ike_message *msg)
{
	struct ike_text t;
	char line[600];

	ike_text_init(&t, line, sizeof(line));
	ike_message_print(msg, &t);
	for (size_t i = 0; i < t.len; i++)
		must(line[i] >= ' ' && line[i] <= '~');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ike_message msg = { 0 };
	struct ike_fault fault = { 0 };
	struct ike_reader r;
	uint8_t exchange, first;
	bool response;
	int err;

	ike_reader_init(&r, data, size);
	exchange = IKE_EXCHANGE_IKE_SA_INIT + ike_reader_u8(&r) % 5;
	response = ike_reader_u8(&r) & 1;
	first = ike_reader_u8(&r);
	outer_parse(&msg, exchange, response);
	err = ike_message_parse_body(&msg, first, ike_reader_rest(&r), &fault);
	must(!err == !fault.reason);
	if (!err) {
		err = ike_message_check(&msg, &fault);
		must(!err == !fault.reason);
	}
	if (!err)
		check_accepted(&msg);
	print(&msg);
	ike_message_clear(&msg);
	return 0;
}
