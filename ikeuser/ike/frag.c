// SPDX-License-Identifier: GPL-2.0-only
/* IKE fragmentation (RFC 7383). A chain of payloads is cut into parts, each of
 * them is sealed like a message of its own, and what opens is put together in
 * the order of the Fragment Numbers:
 *
 *	HDR, SKF(1/3){part}   HDR, SKF(2/3){part}   HDR, SKF(3/3){part}
 *
 * A peer that did not authenticate yet can send authentic fragments, so all
 * that is kept has a cap. Knows no exchange and no window.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "frag.h"

#define UDP_HEADER_LEN 8
#define MARKER_LEN 4		/* RFC 7296 2.23: four zero octets */

/* RFC 7383 2.5.1 recommends 576 octets for IPv4 and 1,280 for IPv6. IPv4 paths
 * that cannot carry 1,280 are rare enough to try that first.
 */
static const struct {
	size_t datagram;
	size_t ip_header;
} thresholds[FRAG_PROBES][2] = {	/* IPv4, IPv6 */
	{ { 1280, 20 }, { 1280, 40 } },
	{ { 576, 20 }, { 1280, 40 } },
};

size_t ike_frag_max(unsigned int probe, bool ipv6, bool marker)
{
	if (probe >= FRAG_PROBES)
		probe = FRAG_PROBES - 1;
	return thresholds[probe][ipv6].datagram -
	       thresholds[probe][ipv6].ip_header - UDP_HEADER_LEN -
	       (marker ? MARKER_LEN : 0);
}

uint16_t ike_frag_total(const struct ike_sk *sk, size_t chain_len, size_t max)
{
	size_t room = ike_sk_room(sk, true, max), total;

	if (chain_len <= ike_sk_room(sk, false, max))
		return 1;
	if (!room)
		return 0;
	total = (chain_len + room - 1) / room;
	return total <= FRAG_TOTAL_MAX ? total : 0;
}

void ike_packets_clear(struct ike_packets *packets)
{
	size_t i;

	for (i = 0; i < packets->n; i++)
		free(packets->packet[i].data);
	free(packets->packet);
	*packets = (struct ike_packets){ 0 };
}

/* The number-th of total messages with parts of room octets. */
static int seal_packet(struct ike_sk *sk, const struct ike_random *random,
		       struct ike_bytes header,
		       const struct ike_payload_fragment *fragment,
		       uint8_t first, struct ike_bytes part,
		       struct ike_packet *packet)
{
	struct ike_writer w;
	int err;

	ike_writer_init(&w, IKE_MESSAGE_MAX);
	if (fragment->total == 1)
		err = ike_sk_seal(sk, random, header, first, part, &w);
	else
		err = ike_sk_seal_fragment(sk, random, header, fragment,
					   fragment->number == 1 ? first : 0,
					   part, &w);
	if (err) {
		ike_writer_clear(&w);
		return err;
	}
	packet->data = w.data;
	packet->len = w.len;
	return 0;
}

static int seal_parts(struct ike_sk *sk, const struct ike_random *random,
		      struct ike_bytes header, uint8_t first,
		      struct ike_bytes chain, size_t room, uint16_t total,
		      struct ike_packets *packets)
{
	struct ike_payload_fragment fragment = { 1, total };
	struct ike_reader left;
	int err = 0;

	ike_reader_init(&left, chain.data, chain.len);
	while (fragment.number <= total && !err) {
		struct ike_bytes part = fragment.number < total ?
					ike_reader_bytes(&left, room) :
					ike_reader_rest(&left);

		err = seal_packet(sk, random, header, &fragment, first, part,
				  &packets->packet[fragment.number - 1]);
		fragment.number++;
	}
	return err;
}

int ike_frag_seal(struct ike_sk *sk, const struct ike_random *random,
		  struct ike_bytes header, uint8_t first,
		  struct ike_bytes chain, size_t max,
		  struct ike_packets *packets)
{
	uint16_t total = ike_frag_total(sk, chain.len, max);
	int err;

	*packets = (struct ike_packets){ 0 };
	if (!total)
		return -EMSGSIZE;
	packets->packet = calloc(total, sizeof(*packets->packet));
	if (!packets->packet)
		return -ENOMEM;
	packets->n = total;
	err = seal_parts(sk, random, header, first, chain,
			 ike_sk_room(sk, true, max), total, packets);
	if (err)
		ike_packets_clear(packets);
	return err;
}

void ike_frag_clear(struct ike_frag *frag)
{
	size_t i;

	for (i = 0; i < frag->total; i++)
		ike_body_clear(&frag->part[i]);
	free(frag->part);
	*frag = (struct ike_frag){ 0 };
}

bool ike_frag_expire(struct ike_frag *frag, uint64_t now)
{
	if (!frag->total || now < frag->deadline)
		return false;
	ike_frag_clear(frag);
	return true;
}

/* The tests of RFC 7383 2.6 that need no key, so that they come first. next is
 * the Next Payload of the fragment, which only the first one has (2.5).
 */
static enum ike_reason refused(const struct ike_frag *frag,
			       const struct ike_payload_fragment *fragment,
			       uint32_t message_id, uint8_t next)
{
	if (!fragment->number || fragment->number > fragment->total)
		return IKE_REASON_FRAGMENT_NUMBER;
	if (fragment->number > 1 && next)
		return IKE_REASON_FRAGMENT_NEXT;
	if (fragment->total > FRAG_TOTAL_MAX)
		return IKE_REASON_FRAGMENT_CAP;
	if (!frag->total || frag->message_id != message_id)
		return IKE_REASON_NONE;
	if (fragment->total < frag->total)
		return IKE_REASON_FRAGMENT_TOTAL;
	if (fragment->total == frag->total &&
	    frag->part[fragment->number - 1].data)
		return IKE_REASON_FRAGMENT_REPEATED;
	return IKE_REASON_NONE;
}

static int start_over(struct ike_frag *frag, uint32_t message_id,
		      uint16_t total, uint64_t now)
{
	ike_frag_clear(frag);
	frag->part = calloc(total, sizeof(*frag->part));
	if (!frag->part)
		return -ENOMEM;
	frag->message_id = message_id;
	frag->total = total;
	frag->missing = total;
	frag->deadline = now + FRAG_TIMEOUT_MS;
	return 0;
}

/* Takes part. */
static void keep(struct ike_frag *frag, uint16_t number, struct ike_body *part)
{
	frag->octets += part->len;
	if (frag->longest < part->fragment)
		frag->longest = part->fragment;
	frag->missing--;
	frag->part[number - 1] = *part;
	*part = (struct ike_body){ 0 };
}

static int join(struct ike_frag *frag, struct ike_body *body)
{
	size_t i;

	/* malloc(0) may return NULL, and NULL means that there is no memory. */
	body->data = malloc(frag->octets ? frag->octets : 1);
	if (!body->data)
		return -ENOMEM;
	body->first = frag->part[0].first;
	body->fragment = frag->longest;
	for (i = 0; i < frag->total; i++) {
		memcpy(body->data + body->len, frag->part[i].data,
		       frag->part[i].len);
		body->len += frag->part[i].len;
	}
	ike_frag_clear(frag);
	return 0;
}

/* An authentic fragment. RFC 7383 2.6: a higher total comes from a sender that
 * tries smaller fragments, and starts everything over.
 */
static int add_part(struct ike_frag *frag,
		    const struct ike_payload_fragment *fragment,
		    uint32_t message_id, uint64_t now, struct ike_body *part,
		    struct ike_body *body, struct ike_fault *fault)
{
	bool other = !frag->total || frag->message_id != message_id ||
		     frag->total < fragment->total;
	size_t octets = (other ? 0 : frag->octets) + part->len;
	int err = 0;

	if (octets > FRAG_OCTETS_MAX)
		return ike_fault_set(fault, -EBADMSG, IKE_REASON_FRAGMENT_CAP,
				     octets);
	if (other)
		err = start_over(frag, message_id, fragment->total, now);
	if (!err) {
		keep(frag, fragment->number, part);
		err = frag->missing ? -EAGAIN : join(frag, body);
	}
	if (err == -ENOMEM)
		ike_fault_set(fault, err, IKE_REASON_NO_MEMORY, 0);
	return err;
}

int ike_frag_add(struct ike_frag *frag, const struct ike_sk *sk,
		 struct ike_bytes datagram, const struct ike_message *msg,
		 uint64_t now, struct ike_body *body, struct ike_fault *fault)
{
	uint8_t next = datagram.data[msg->encrypted];
	struct ike_body part;
	enum ike_reason reason;
	int err;

	*body = (struct ike_body){ 0 };
	ike_frag_expire(frag, now);
	reason = refused(frag, &msg->fragment, msg->header.id, next);
	if (reason)
		return ike_fault_set(fault, -EBADMSG, reason,
				     msg->fragment.number);
	err = ike_sk_open_fragment(sk, datagram, msg->encrypted, &part, fault);
	if (err)
		return err;
	part.fragment = datagram.len;
	err = add_part(frag, &msg->fragment, msg->header.id, now, &part, body,
		       fault);
	ike_body_clear(&part);
	return err;
}

/* What we sealed opens with the keys it was sealed with. */
static int open_own(const struct ike_sk *sk, struct ike_bytes datagram,
		    struct ike_frag *frag, struct ike_body *body)
{
	struct ike_message msg = { 0 };
	struct ike_fault fault = { 0 };
	int err = ike_message_parse(&msg, datagram, &fault);

	if (!err && msg.encrypted_type == IKE_PAYLOAD_SKF)
		err = ike_frag_add(frag, sk, datagram, &msg, 0, body, &fault);
	else if (!err && msg.encrypted)
		err = ike_sk_open(sk, datagram, msg.encrypted, body, &fault);
	else if (!err)
		err = -ERANGE;
	ike_message_clear(&msg);
	return err;
}

static int open_all(const struct ike_sk *sk, const struct ike_packets *packets,
		    struct ike_body *body)
{
	struct ike_frag frag = { 0 };
	int err = -EAGAIN;
	size_t i;

	for (i = 0; err == -EAGAIN && i < packets->n; i++) {
		struct ike_bytes datagram = { packets->packet[i].data,
					      packets->packet[i].len };

		err = open_own(sk, datagram, &frag, body);
	}
	ike_frag_clear(&frag);
	return err;
}

int ike_frag_recut(struct ike_sk *sk, const struct ike_random *random,
		   size_t max, struct ike_packets *packets)
{
	struct ike_packets anew = { 0 };
	struct ike_body body = { 0 };
	int err = open_all(sk, packets, &body);

	if (!err && ike_frag_total(sk, body.len, max) <= packets->n)
		err = -ERANGE;
	if (!err)
		err = ike_frag_seal(sk, random, (struct ike_bytes){
				    packets->packet[0].data, IKE_HEADER_LEN },
				    body.first, (struct ike_bytes){ body.data,
				    body.len }, max, &anew);
	ike_body_clear(&body);
	if (err)
		return err;
	ike_packets_clear(packets);
	*packets = anew;
	return 0;
}
