// SPDX-License-Identifier: GPL-2.0-only
/* The Encrypted payload (RFC 7296 3.14, RFC 5282 3) and the Encrypted Fragment
 * payload (RFC 7383 2.5), the last payload of its message:
 *
 *	+---------------------------------------------------------------+
 *	|                    IKE header, 28 octets                      |
 *	+---------------+-+-------------+-------------------------------+
 *	| Next Payload  |C|  RESERVED   |        Payload Length         |
 *	+---------------+-+-------------+-------------------------------+
 *	|   Fragment Number (SKF only)  |   Total Fragments (SKF only)  |
 *	+-------------------------------+-------------------------------+
 *	|                    Initialization Vector                      |
 *	+---------------------------------------------------------------+
 *	|           payloads            |    Padding    |  Pad Length   |
 *	+---------------------------------------------------------------+
 *	|                    Integrity Check Value                      |
 *	+---------------------------------------------------------------+
 *
 * What is above the IV is an AEAD's AAD; the row below the IV is encrypted;
 * INTEG covers everything above the ICV. Knows these octets, not what is inside
 * the payloads.
 */

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sk.h"

/* Where the IKE header has what sealing changes (RFC 7296 3.1). */
#define HEADER_NEXT_PAYLOAD 16
#define HEADER_LENGTH 24

#define FRAGMENT_LEN 4		/* Fragment Number, Total Fragments */

int ike_sk_init(struct ike_sk *sk, const struct ike_suite *suite,
		const struct ike_keys *keys, bool of_initiator,
		const struct ike_random *random)
{
	*sk = (struct ike_sk){
		.suite = suite,
		.e = of_initiator ? &keys->ei : &keys->er,
		.a = of_initiator ? &keys->ai : &keys->ar,
	};
	if (!suite->encr->icv_len)
		return 0;
	return ike_random_fill(random, &sk->iv, sizeof(sk->iv));
}

void ike_body_clear(struct ike_body *body)
{
	free(body->data);
	*body = (struct ike_body){ 0 };
}

static size_t icv_len(const struct ike_sk *sk)
{
	return sk->suite->integ ? sk->suite->integ->icv_len :
				  sk->suite->encr->icv_len;
}

size_t ike_sk_room(const struct ike_sk *sk, bool fragment, size_t max)
{
	size_t block = sk->suite->encr->block;
	size_t around = IKE_HEADER_LEN + IKE_PAYLOAD_HEADER_LEN +
			(fragment ? FRAGMENT_LEN : 0) +
			sk->suite->encr->iv_len + icv_len(sk);
	size_t blocks = max > around ? (max - around) / block : 0;

	return blocks ? blocks * block - 1 : 0;
}

/* RFC 7296 3.14: unpredictable for CBC. An AEAD's need only be unique
 * (RFC 5282 3.1), which a counter is.
 */
static int fill_iv(struct ike_sk *sk, const struct ike_random *random,
		   uint8_t *iv)
{
	uint64_t counter;

	if (!sk->suite->encr->icv_len)
		return ike_random_fill(random, iv, sk->suite->encr->iv_len);
	counter = htobe64(sk->iv++);
	memcpy(iv, &counter, sizeof(counter));
	return 0;
}

/* The parts of a message that is being sealed, as offsets into the writer. */
struct layout {
	size_t message;
	size_t sk;
	size_t iv;
	size_t body;
	size_t icv;
};

static void write_payload(const struct ike_sk *sk, struct ike_bytes header,
			  const struct ike_payload_fragment *fragment,
			  uint8_t first, struct ike_bytes chain,
			  struct ike_writer *out, struct layout *at)
{
	size_t block = sk->suite->encr->block;
	size_t pad = block - 1 - chain.len % block;

	at->message = out->len;
	ike_writer_bytes(out, header.data, header.len);
	at->sk = out->len;
	ike_writer_u8(out, first);
	ike_writer_zero(out, 3);
	if (fragment) {
		ike_writer_u16(out, fragment->number);
		ike_writer_u16(out, fragment->total);
	}
	at->iv = out->len;
	ike_writer_zero(out, sk->suite->encr->iv_len);
	at->body = out->len;
	ike_writer_bytes(out, chain.data, chain.len);
	ike_writer_zero(out, pad);
	ike_writer_u8(out, pad);
	at->icv = out->len;
	ike_writer_zero(out, icv_len(sk));
	ike_writer_set_length(out, at->sk + 2, at->sk);
	ike_writer_set_u8(out, at->message + HEADER_NEXT_PAYLOAD,
			  fragment ? IKE_PAYLOAD_SKF : IKE_PAYLOAD_SK);
	ike_writer_set_u32(out, at->message + HEADER_LENGTH,
			   out->len - at->message);
}

static int protect(struct ike_sk *sk, const struct ike_random *random,
		   uint8_t *data, const struct layout *at)
{
	struct ike_bytes aad = { data + at->message, at->iv - at->message };
	struct ike_bytes before_icv = { aad.data, at->icv - at->message };
	int err = fill_iv(sk, random, data + at->iv);

	if (!err)
		err = ike_encr_seal(sk->suite->encr, ike_secret_bytes(sk->e),
				    data + at->iv, aad, data + at->body,
				    at->icv - at->body, data + at->icv);
	if (!err && sk->suite->integ)
		err = ike_integ_icv(sk->suite->integ, ike_secret_bytes(sk->a),
				    before_icv, data + at->icv);
	return err;
}

static int seal(struct ike_sk *sk, const struct ike_random *random,
		struct ike_bytes header,
		const struct ike_payload_fragment *fragment, uint8_t first,
		struct ike_bytes chain, struct ike_writer *out)
{
	struct layout at;

	write_payload(sk, header, fragment, first, chain, out, &at);
	if (out->error)
		return out->error;
	return protect(sk, random, out->data, &at);
}

int ike_sk_seal(struct ike_sk *sk, const struct ike_random *random,
		struct ike_bytes header, uint8_t first, struct ike_bytes chain,
		struct ike_writer *out)
{
	return seal(sk, random, header, NULL, first, chain, out);
}

int ike_sk_seal_fragment(struct ike_sk *sk, const struct ike_random *random,
			 struct ike_bytes header,
			 const struct ike_payload_fragment *fragment,
			 uint8_t first, struct ike_bytes part,
			 struct ike_writer *out)
{
	return seal(sk, random, header, fragment, first, part, out);
}

/* The parts of a message that is being opened, where they lie. */
struct sealed {
	struct ike_bytes aad;
	struct ike_bytes before_icv;
	const uint8_t *iv;
	struct ike_bytes body;
	const uint8_t *icv;
};

/* What this suite seals has an IV, an ICV, and whole blocks between them, with
 * room for Pad Length at least.
 */
static bool take_apart(const struct ike_sk *sk, struct ike_bytes message,
		       size_t at, bool fragment, struct sealed *sealed)
{
	const struct ike_encr *encr = sk->suite->encr;
	size_t icv = icv_len(sk), body;
	struct ike_reader r;
	uint16_t length;

	ike_reader_init(&r, message.data, message.len);
	ike_reader_skip(&r, at + 2);
	length = ike_reader_u16(&r);
	if (fragment)
		ike_reader_skip(&r, FRAGMENT_LEN);
	sealed->aad = (struct ike_bytes){ message.data, message.len - r.left };
	sealed->iv = ike_reader_bytes(&r, encr->iv_len).data;
	body = r.left > icv ? r.left - icv : 0;
	sealed->body = ike_reader_bytes(&r, body);
	sealed->icv = ike_reader_bytes(&r, icv).data;
	sealed->before_icv = (struct ike_bytes){ message.data,
						 message.len - icv };
	return ike_reader_done(&r) && length == message.len - at && body &&
	       body % encr->block == 0;
}

/* 0: the ICV is right, or it is an AEAD's, which ike_encr_open() checks. */
static int check_icv(const struct ike_sk *sk, const struct sealed *sealed)
{
	const struct ike_integ *integ = sk->suite->integ;
	uint8_t icv[ICV_LEN_MAX];
	int err;

	if (!integ)
		return 0;
	err = ike_integ_icv(integ, ike_secret_bytes(sk->a), sealed->before_icv,
			    icv);
	if (!err && !ike_crypto_equal(icv, sealed->icv, integ->icv_len))
		err = -EBADMSG;
	ike_crypto_wipe(icv, sizeof(icv));
	return err;
}

static int decrypt(const struct ike_sk *sk, const struct sealed *sealed,
		   struct ike_body *body)
{
	int err = check_icv(sk, sealed);

	if (err)
		return err;
	body->len = sealed->body.len;
	body->data = malloc(body->len);
	if (!body->data)
		return -ENOMEM;
	memcpy(body->data, sealed->body.data, body->len);
	return ike_encr_open(sk->suite->encr, ike_secret_bytes(sk->e),
			     sealed->iv, sealed->aad, body->data, body->len,
			     sealed->icv);
}

/* RFC 7296 3.14: any Pad Length is accepted that leaves whole blocks, which it
 * does if it fits.
 */
static int strip_padding(struct ike_body *body, struct ike_fault *fault)
{
	size_t pad = body->data[body->len - 1];

	if (pad + 1 > body->len)
		return ike_fault_set(fault, -EPROTO, IKE_REASON_SK_PADDING,
				     pad);
	body->len -= pad + 1;
	return 0;
}

static int decrypt_fault(struct ike_fault *fault, int err)
{
	switch (err) {
	case -EBADMSG:
		return ike_fault_set(fault, err, IKE_REASON_SK_ICV, 0);
	case -ENOMEM:
		return ike_fault_set(fault, err, IKE_REASON_NO_MEMORY, 0);
	}
	return ike_fault_set(fault, err, IKE_REASON_CRYPTO_REFUSED, 0);
}

static int open(const struct ike_sk *sk, struct ike_bytes message, size_t at,
		bool fragment, struct ike_body *body, struct ike_fault *fault)
{
	struct sealed sealed;
	int err;

	*body = (struct ike_body){ 0 };
	if (!take_apart(sk, message, at, fragment, &sealed))
		return ike_fault_set(fault, -EBADMSG, IKE_REASON_SK_LENGTH,
				     message.len);
	err = decrypt(sk, &sealed, body);
	if (err)
		decrypt_fault(fault, err);
	else
		err = strip_padding(body, fault);
	if (err)
		ike_body_clear(body);
	else
		body->first = message.data[at];
	return err;
}

int ike_sk_open(const struct ike_sk *sk, struct ike_bytes message, size_t at,
		struct ike_body *body, struct ike_fault *fault)
{
	return open(sk, message, at, false, body, fault);
}

int ike_sk_open_fragment(const struct ike_sk *sk, struct ike_bytes message,
			 size_t at, struct ike_body *part,
			 struct ike_fault *fault)
{
	return open(sk, message, at, true, part, fault);
}
