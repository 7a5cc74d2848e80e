// SPDX-License-Identifier: GPL-2.0-only
/* Messages changed on their way. It knows both engines' keys, and nothing of what
 * the message means.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "forge.h"

#define MARKER_LEN 4	/* in front of IKE over port 4500 (RFC 3948 2.2) */

static size_t marker(const struct pair_packet *packet)
{
	return packet->source.port == 4500 ? MARKER_LEN : 0;
}

static struct ike_sa *owner(struct pair *pair, enum pair_name name,
			    const struct ike_header *header)
{
	struct ike_sa *sa;

	sa = ike_map_find(&pair->end[name].engine->sa_by_spi, header->spi_i);
	return sa ? sa : ike_map_find(&pair->end[name].engine->sa_by_spi,
				      header->spi_r);
}

/* The chain of payloads in a message that the other end can open. */
static bool open_packet(struct pair *pair, const struct pair_packet *packet,
			struct ike_header *header, struct ike_body *body)
{
	size_t skip = marker(packet);
	struct ike_bytes datagram = { packet->data + skip, packet->len - skip };
	struct ike_message msg = { 0 };
	struct ike_fault fault = { 0 };
	struct ike_sa *sa;
	bool opened;

	if (packet->len < skip)
		return false;
	opened = !ike_message_parse(&msg, datagram, &fault) &&
		 msg.encrypted_type == IKE_PAYLOAD_SK;
	*header = msg.header;
	sa = owner(pair, packet->from == A ? B : A, header);
	opened = opened && sa &&
		 !ike_sk_open(&sa->sk_in, datagram, msg.encrypted, body,
			      &fault);
	ike_message_clear(&msg);
	return opened;
}

static void replace(struct pair_packet *packet, struct ike_bytes message)
{
	size_t skip = marker(packet);
	uint8_t *data = calloc(1, skip + message.len);

	assert_non_null(data);
	memcpy(data + skip, message.data, message.len);
	free(packet->data);
	packet->data = data;
	packet->len = skip + message.len;
}

static bool seal_packet(struct pair *pair, struct pair_packet *packet,
			const struct ike_header *header,
			const struct ike_body *body, size_t len)
{
	struct ike_sa *sa = owner(pair, packet->from, header);
	struct ike_packets packets = { 0 };
	struct ike_writer head;

	if (!sa)
		return false;
	ike_writer_init(&head, IKE_HEADER_LEN);
	ike_header_emit(header, &head);
	assert_int_equal(ike_frag_seal(&sa->sk_out, &sa->engine->random,
				       ike_writer_written(&head), body->first,
				       (struct ike_bytes){ body->data, len },
				       SIZE_MAX, &packets), 0);
	replace(packet, (struct ike_bytes){ packets.packet[0].data,
					    packets.packet[0].len });
	ike_packets_clear(&packets);
	ike_writer_clear(&head);
	return true;
}

bool forge_sealed(struct pair *pair, struct pair_packet *packet, size_t at,
		  uint8_t flip)
{
	struct ike_body body = { 0 };
	struct ike_header header;
	bool forged;

	forged = open_packet(pair, packet, &header, &body) && at < body.len;
	if (forged) {
		body.data[at] ^= flip;
		forged = seal_packet(pair, packet, &header, &body,
				     flip ? body.len : at);
	}
	ike_body_clear(&body);
	return forged;
}

#define GENERIC_LEN 4	/* RFC 7296 3.2 */

static void put_payload(uint8_t *at, uint8_t next, struct ike_bytes payload)
{
	at[0] = next;
	at[1] = 0;
	at[2] = (GENERIC_LEN + payload.len) >> 8;
	at[3] = (GENERIC_LEN + payload.len) & 0xff;
	memcpy(at + GENERIC_LEN, payload.data, payload.len);
}

bool forge_front(struct pair *pair, struct pair_packet *packet, uint8_t type,
		 struct ike_bytes payload, size_t n)
{
	size_t each = GENERIC_LEN + payload.len, i;
	struct ike_body body = { 0 }, longer;
	struct ike_header header;
	bool forged;

	if (!open_packet(pair, packet, &header, &body))
		return false;
	longer.first = type;
	longer.len = n * each + body.len;
	longer.data = malloc(longer.len);
	assert_non_null(longer.data);
	for (i = 0; i < n; i++)
		put_payload(longer.data + i * each,
			    i + 1 < n ? type : body.first, payload);
	memcpy(longer.data + n * each, body.data, body.len);
	forged = seal_packet(pair, packet, &header, &longer, longer.len);
	ike_body_clear(&longer);
	ike_body_clear(&body);
	return forged;
}

bool forge_tail(struct pair *pair, struct pair_packet *packet, size_t cut,
		struct ike_bytes tail)
{
	struct ike_body body = { 0 };
	struct ike_header header;
	uint8_t *longer;
	bool forged;

	if (!open_packet(pair, packet, &header, &body))
		return false;
	assert_true(cut <= body.len);
	longer = realloc(body.data, body.len + tail.len);
	assert_non_null(longer);
	body.data = longer;
	memcpy(longer + body.len - cut, tail.data, tail.len);
	body.len += tail.len - cut;
	forged = seal_packet(pair, packet, &header, &body, body.len);
	ike_body_clear(&body);
	return forged;
}

bool forge_clear(struct pair_packet *packet, size_t at, uint8_t flip)
{
	if (at >= packet->len)
		return false;
	packet->data[at] ^= flip;
	if (!flip)
		packet->len = at;
	return true;
}
