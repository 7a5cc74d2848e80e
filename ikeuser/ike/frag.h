/* SPDX-License-Identifier: GPL-2.0-only */
/* IKE fragmentation (RFC 7383): a message that is too long goes out as several,
 * each sealed for itself, and comes together again. Knows no exchange: whether
 * the peer supports it (2.4), and what a repeat of a request sets off (2.6.1,
 * 3), is its caller's matter.
 */
#ifndef IKE_FRAG_H
#define IKE_FRAG_H

#include "message.h"
#include "sk.h"

/* The messages of one sealing, to be sent in their order. */
struct ike_packet {
	uint8_t *data;		/* owned */
	size_t len;
};

struct ike_packets {
	struct ike_packet *packet;	/* owned */
	size_t n;
};

void ike_packets_clear(struct ike_packets *packets);

/* RFC 7383 2.5.1: the IP datagram sizes to try, the largest first; the last one
 * gets through everywhere.
 */
#define FRAG_PROBES 2

/* How long an IKE message may be in the probe-th of them. marker: UDP port
 * 4500, where four zero octets precede it.
 */
size_t ike_frag_max(unsigned int probe, bool ipv6, bool marker);
/* How many messages carry chain_len octets of payloads; 1: no fragments, 0: no
 * number of them does. Another probe is worth it if this grows (2.5.2).
 */
uint16_t ike_frag_total(const struct ike_sk *sk, size_t chain_len, size_t max);
/* Seals into one SK message if it is no longer than max, and into fragments if
 * it is. -EMSGSIZE: it does not fit into as many as a peer may be asked to
 * keep. max = SIZE_MAX: never fragments.
 */
int ike_frag_seal(struct ike_sk *sk, const struct ike_random *random,
		  struct ike_bytes header, uint8_t first,
		  struct ike_bytes chain, size_t max,
		  struct ike_packets *packets);

/* Cuts a sealed message of ours anew for messages of max octets (2.5.2).
 * -ERANGE: it would not come in more parts than it has, so that nothing is
 * gained. On any error packets are what they were.
 */
int ike_frag_recut(struct ike_sk *sk, const struct ike_random *random,
		   size_t max, struct ike_packets *packets);

/* What one peer can make us keep for one message. Four certificates with
 * 4,096-bit keys take a quarter of the octets; fragments of the smallest IPv4
 * datagram reach them with 64.
 */
#define FRAG_OCTETS_MAX 32768
#define FRAG_TOTAL_MAX 128
/* RFC 7383 2.6: how long the fragments of one message may be in coming. */
#define FRAG_TIMEOUT_MS 15000

/* One message in parts: one such struct for requests and one for responses is
 * all a window of 1 needs. Zeroed, it is empty.
 */
struct ike_frag {
	uint32_t message_id;
	uint16_t total;		/* 0: nothing is kept */
	uint16_t missing;
	size_t octets;
	size_t longest;		/* of the messages they came in */
	uint64_t deadline;	/* ms */
	struct ike_body *part;	/* owned; total of them */
};

/* Takes a message with an SKF payload, as datagram and parsed. 0: that was the
 * last missing one, and body is the whole. -EAGAIN: kept, others are missing.
 * Everything else changes nothing: -EBADMSG, with one of the FRAGMENT or SK
 * reasons, which is silently discarded; -EPROTO as from ike_sk_open(); -ENOMEM.
 * An authentic fragment of another message ID, or with a higher total, drops
 * what was kept (2.6).
 */
int ike_frag_add(struct ike_frag *frag, const struct ike_sk *sk,
		 struct ike_bytes datagram, const struct ike_message *msg,
		 uint64_t now, struct ike_body *body, struct ike_fault *fault);
/* Drops what waits too long; true if there was something. */
bool ike_frag_expire(struct ike_frag *frag, uint64_t now);
void ike_frag_clear(struct ike_frag *frag);

#endif
