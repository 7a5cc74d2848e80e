/* SPDX-License-Identifier: GPL-2.0-only */
/* The Encrypted payload: seals a chain of payloads into a message, and opens it
 * again. Knows the layout of SK and SKF, not what is inside them and not who
 * may send it.
 */
#ifndef IKE_SK_H
#define IKE_SK_H

#include "buf.h"
#include "keymat.h"
#include "payload.h"
#include "reason.h"

/* One direction of an IKE SA: SK_ei and SK_ai, or SK_er and SK_ar. */
struct ike_sk {
	const struct ike_suite *suite;	/* borrowed */
	const struct ike_secret *e;	/* borrowed */
	const struct ike_secret *a;	/* borrowed; empty with an AEAD */
	uint64_t iv;			/* the next one of an AEAD */
};

/* Borrows the suite and the keys. The IV of an AEAD counts on from a random
 * value: it never repeats while this struct lives, and one that was made anew
 * for the same keys starts elsewhere.
 */
int ike_sk_init(struct ike_sk *sk, const struct ike_suite *suite,
		const struct ike_keys *keys, bool of_initiator,
		const struct ike_random *random);

/* A chain of payloads out of an Encrypted payload: no octet of it was readable
 * before its ICV was checked.
 */
struct ike_body {
	uint8_t first;		/* type of its first payload; 0: it is empty */
	uint8_t *data;		/* owned */
	size_t len;
	size_t fragment;	/* octets of the longest message it came in, of
				 * several; 0: it came in one
				 */
};

void ike_body_clear(struct ike_body *body);

/* Appends the message to out: header is the IKE header as it will be sent but
 * for Next Payload and Length, which are set here.
 */
int ike_sk_seal(struct ike_sk *sk, const struct ike_random *random,
		struct ike_bytes header, uint8_t first, struct ike_bytes chain,
		struct ike_writer *out);
/* message ends with the Encrypted payload, which begins at offset at.
 * -EBADMSG: not from the peer, to be dropped without a trace (SK_LENGTH: this
 * suite cannot have made it; SK_ICV). -EPROTO: from the peer, and malformed
 * (SK_PADDING).
 */
int ike_sk_open(const struct ike_sk *sk, struct ike_bytes message, size_t at,
		struct ike_body *body, struct ike_fault *fault);

/* The same for an Encrypted Fragment payload (RFC 7383 2.5). */
int ike_sk_seal_fragment(struct ike_sk *sk, const struct ike_random *random,
			 struct ike_bytes header,
			 const struct ike_payload_fragment *fragment,
			 uint8_t first, struct ike_bytes part,
			 struct ike_writer *out);
int ike_sk_open_fragment(const struct ike_sk *sk, struct ike_bytes message,
			 size_t at, struct ike_body *part,
			 struct ike_fault *fault);

/* How many octets of payloads fit into a message of max octets; 0: none. */
size_t ike_sk_room(const struct ike_sk *sk, bool fragment, size_t max);

#endif
