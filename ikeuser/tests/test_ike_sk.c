// SPDX-License-Identifier: GPL-2.0-only
/* The Encrypted payload: what was sealed opens, and nothing else does. */

#include <endian.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "proto.h"
#include "scarce.h"
#include "seeded.h"
#include "sk.h"
#include "suites.h"
#include "vectors.h"

#define HEADER_AND_GENERIC (IKE_HEADER_LEN + IKE_PAYLOAD_HEADER_LEN)

static struct seeded seeded;
static struct ike_random source = { NULL, &seeded };

/* SPIs, Next Payload, 2.0, INFORMATIONAL, flags, Message ID 9, Length */
static const uint8_t header_octets[IKE_HEADER_LEN] = {
	0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7,
	0xd0, 0xd1, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7,
	0xff, 0x20, 37, 0x08, 0, 0, 0, 9, 0xff, 0xff, 0xff, 0xff,
};

static const struct ike_bytes header = { header_octets, IKE_HEADER_LEN };

static int set_up(void **state)
{
	seeded = (struct seeded){ .state = 1 };
	source = seeded_random(&seeded);
	return 0;
}

static struct ike_bytes written(const struct ike_writer *w)
{
	return ike_writer_written(w);
}

/* A message with that chain, in memory of its own: what is read past its end is
 * seen.
 */
static struct ike_writer sealed(struct ike_sk *sk, const void *chain,
				size_t len)
{
	struct ike_writer w;

	ike_writer_init(&w, IKE_MESSAGE_MAX);
	assert_int_equal(ike_sk_seal(sk, &source, header, IKE_PAYLOAD_N,
				     (struct ike_bytes){ chain, len }, &w), 0);
	return w;
}

static void assert_opens(const struct ike_sk *sk, struct ike_bytes message,
			 const void *chain, size_t len)
{
	struct ike_fault fault = { 0 };
	struct ike_body body;

	assert_int_equal(ike_sk_open(sk, message, IKE_HEADER_LEN, &body,
				     &fault), 0);
	assert_int_equal(body.first, IKE_PAYLOAD_N);
	assert_int_equal(body.len, len);
	if (len)
		assert_memory_equal(body.data, chain, len);
	ike_body_clear(&body);
}

static void assert_not_opened(const struct ike_sk *sk,
			      struct ike_bytes message, int err,
			      enum ike_reason reason)
{
	struct ike_fault fault = { 0 };
	struct ike_body body;

	assert_int_equal(ike_sk_open(sk, message, IKE_HEADER_LEN, &body,
				     &fault), err);
	assert_int_equal(fault.reason, reason);
	assert_null(body.data);
}

static uint32_t u32_at(struct ike_bytes message, size_t at)
{
	struct ike_reader r;

	ike_reader_init(&r, message.data, message.len);
	ike_reader_skip(&r, at);
	return ike_reader_u32(&r);
}

/* The keys of a record, as one direction of an IKE SA. */
static struct ike_sk sk_of(struct protection *p, const struct octets *keymat,
			   const struct octets *iv)
{
	protection_make(p, 7);		/* ChaCha20-Poly1305 */
	ike_secret_clear(&p->keys.ei);
	assert_int_equal(ike_secret_set(&p->keys.ei, keymat->data,
					keymat->len), 0);
	p->i.iv = (uint64_t)u32_at((struct ike_bytes){ iv->data, 8 }, 0) << 32 |
		  u32_at((struct ike_bytes){ iv->data, 8 }, 4);
	return p->i;
}

static void check_rfc7634(const struct record *record)
{
	struct octets keymat = octets_of(record, "KEYMAT");
	struct octets iv = octets_of(record, "IV");
	struct octets message, chain;
	struct protection p;
	struct ike_writer w;
	struct ike_sk sk;

	if (strncmp(record->name, "IKEv2", 5))
		return;
	message = octets_of(record, "IKEMessage");
	chain = octets_of(record, "Plaintext");
	chain.len -= 1;			/* Pad Length: 0 */
	sk = sk_of(&p, &keymat, &iv);
	assert_opens(&sk, (struct ike_bytes){ message.data, message.len },
		     chain.data, chain.len);

	ike_writer_init(&w, IKE_MESSAGE_MAX);
	assert_int_equal(ike_sk_seal(&sk, &source, (struct ike_bytes){
			message.data, IKE_HEADER_LEN }, IKE_PAYLOAD_N,
			(struct ike_bytes){ chain.data, chain.len }, &w), 0);
	assert_int_equal(w.len, message.len);
	assert_memory_equal(w.data, message.data, message.len);
	ike_writer_clear(&w);
	protection_clear(&p);
}

static void test_rfc7634_appendix_b_opens_and_seals(void **state)
{
	assert_int_equal(check_file(VECTORS "/rfc7634_chacha20poly1305.txt",
				    check_rfc7634), 2);
}

/* The random octets are the IV of a record. */
static int fill_recorded(void *arg, void *data, size_t len)
{
	const struct octets *iv = arg;

	assert_int_equal(len, iv->len);
	memcpy(data, iv->data, len);
	return 0;
}

static struct octets optional(const struct record *record, const char *name)
{
	size_t i;

	for (i = 0; i < record->n; i++)
		if (!strcmp(record->fields[i].name, name))
			return octets_of(record, name);
	return (struct octets){ .len = 0 };
}

/* One direction of an IKE SA, with the suite, keys and IV of a record. */
static void protection_of(struct protection *p, const struct record *record,
			  struct octets *iv)
{
	struct octets bits = octets_of(record, "Bits");
	struct octets e = octets_of(record, "SK_e");
	struct octets a = optional(record, "SK_a");
	struct ike_random recorded = { fill_recorded, iv };

	*p = (struct protection){ 0 };
	assert_int_equal(ike_suite_set(&p->suite,
				       octets_of(record, "ENCR").data[0],
				       bits.data[0] << 8 | bits.data[1],
				       octets_of(record, "INTEG").data[0],
				       IKE_PRF_HMAC_SHA2_256, IKE_DH_ECP_256),
			 0);
	assert_int_equal(ike_secret_set(&p->keys.ei, e.data, e.len), 0);
	assert_int_equal(ike_secret_set(&p->keys.ai, a.data, a.len), 0);
	assert_int_equal(ike_sk_init(&p->i, &p->suite, &p->keys, true,
				     &recorded), 0);
	p->i.iv = be64toh(p->i.iv);
}

static int seal_record(struct protection *p, const struct record *record,
		       struct octets *iv, struct ike_writer *w)
{
	struct octets h = octets_of(record, "Header");
	struct octets c = octets_of(record, "Chain");
	struct octets f = optional(record, "Fragment");
	struct ike_bytes head = { h.data, h.len }, body = { c.data, c.len };
	struct ike_random recorded = { fill_recorded, iv };
	uint8_t first = octets_of(record, "First").data[0];
	struct ike_payload_fragment fragment = { f.data[1], f.data[3] };

	ike_writer_init(w, IKE_MESSAGE_MAX);
	if (!f.len)
		return ike_sk_seal(&p->i, &recorded, head, first, body, w);
	return ike_sk_seal_fragment(&p->i, &recorded, head, &fragment, first,
				    body, w);
}

static void check_message(const struct record *record)
{
	struct octets iv = octets_of(record, "IV");
	struct octets chain = octets_of(record, "Chain");
	struct octets message = octets_of(record, "Message");
	struct ike_bytes bytes = { message.data, message.len };
	struct ike_fault fault = { 0 };
	struct ike_body body;
	struct protection p;
	struct ike_writer w;

	protection_of(&p, record, &iv);
	assert_int_equal(seal_record(&p, record, &iv, &w), 0);
	assert_int_equal(w.len, message.len);
	assert_memory_equal(w.data, message.data, message.len);
	ike_writer_clear(&w);

	if (message.data[16] == IKE_PAYLOAD_SK)
		assert_int_equal(ike_sk_open(&p.i, bytes, IKE_HEADER_LEN, &body,
					     &fault), 0);
	else
		assert_int_equal(ike_sk_open_fragment(&p.i, bytes,
						      IKE_HEADER_LEN, &body,
						      &fault), 0);
	assert_int_equal(body.first, octets_of(record, "First").data[0]);
	assert_int_equal(body.len, chain.len);
	assert_memory_equal(body.data, chain.data, chain.len);
	ike_body_clear(&body);
	protection_clear(&p);
}

/* Of an implementation that shares no line with ours. */
static void test_messages_of_every_suite_known_answers(void **state)
{
	assert_int_equal(check_file(IKE_VECTORS "/sk.txt", check_message), 24);
}

static void test_each_suite_opens_what_it_sealed_of_each_length(void **state)
{
	uint8_t chain[100];
	struct protection p;
	struct ike_writer w;
	size_t suite, len;

	memset(chain, 0xa5, sizeof(chain));
	for (suite = 0; suite < SUITES; suite++) {
		protection_make(&p, suite);
		for (len = 0; len <= sizeof(chain); len++) {
			w = sealed(&p.i, chain, len);
			assert_opens(&p.i, written(&w), chain, len);
			ike_writer_clear(&w);
		}
		protection_clear(&p);
	}
}

/* RFC 7296 3.1, 3.14: Next Payload, both lengths, the rest of the header as it
 * was; whole blocks, with as little padding as possible.
 */
static void test_layout_of_a_sealed_message(void **state)
{
	uint8_t chain[20] = { 0 };
	struct protection p;
	struct ike_writer w;
	size_t suite, len;

	for (suite = 0; suite < SUITES; suite++) {
		protection_make(&p, suite);
		size_t around = HEADER_AND_GENERIC + p.suite.encr->iv_len +
				(p.suite.integ ? p.suite.integ->icv_len :
						 p.suite.encr->icv_len);
		size_t block = p.suite.encr->block;

		for (len = 0; len <= sizeof(chain); len++) {
			w = sealed(&p.i, chain, len);
			assert_int_equal(w.len, around + len + block -
					 len % block);
			assert_int_equal(u32_at(written(&w), 24), w.len);
			assert_int_equal(u32_at(written(&w), IKE_HEADER_LEN),
					 IKE_PAYLOAD_N << 24 |
					 (w.len - IKE_HEADER_LEN));
			assert_memory_equal(w.data, header_octets, 16);
			assert_int_equal(w.data[16], IKE_PAYLOAD_SK);
			assert_memory_equal(w.data + 17, header_octets + 17, 7);
			ike_writer_clear(&w);
		}
		protection_clear(&p);
	}
}

static void test_messages_are_appended_to_what_was_written(void **state)
{
	struct protection p;
	struct ike_writer w;

	protection_make(&p, 2);
	ike_writer_init(&w, IKE_MESSAGE_MAX);
	ike_writer_zero(&w, 4);		/* the marker of port 4500 */
	assert_int_equal(ike_sk_seal(&p.i, &source, header, IKE_PAYLOAD_N,
				     (struct ike_bytes){ header_octets, 9 },
				     &w), 0);
	assert_opens(&p.i, (struct ike_bytes){ w.data + 4, w.len - 4 },
		     header_octets, 9);
	ike_writer_clear(&w);
	protection_clear(&p);
}

/* An AEAD that sees an IV twice under one key is broken (RFC 5282 3.1). */
static void test_iv_of_an_aead_never_repeats(void **state)
{
	struct protection p;
	struct ike_sk again;
	uint64_t before, iv;
	struct ike_writer w;
	int i;

	protection_make(&p, 6);
	before = p.i.iv;
	for (i = 0; i < 1000; i++) {
		w = sealed(&p.i, "abc", 3);
		iv = (uint64_t)u32_at(written(&w), 32) << 32 |
		     u32_at(written(&w), 36);
		assert_true(iv == before + i);
		ike_writer_clear(&w);
	}
	/* made anew for the same keys: it goes on elsewhere */
	assert_int_equal(ike_sk_init(&again, &p.suite, &p.keys, true, &source),
			 0);
	assert_true(again.iv - before > 1000000);
	protection_clear(&p);
}

/* RFC 7296 3.14: a new unpredictable IV for every message. */
static void test_iv_of_cbc_is_random_for_each_message(void **state)
{
	uint8_t ivs[50][16];
	struct protection p;
	struct ike_writer w;
	int i, j;

	protection_make(&p, 0);
	for (i = 0; i < 50; i++) {
		w = sealed(&p.i, "abc", 3);
		memcpy(ivs[i], w.data + HEADER_AND_GENERIC, 16);
		ike_writer_clear(&w);
		for (j = 0; j < i; j++)
			assert_memory_not_equal(ivs[i], ivs[j], 16);
	}
	protection_clear(&p);
}

static void test_nothing_is_sealed_without_random_octets(void **state)
{
	struct protection p;
	struct ike_writer w;
	struct ike_sk sk;

	protection_make(&p, 0);
	seeded.fail_at = 1;
	ike_writer_init(&w, IKE_MESSAGE_MAX);
	assert_int_equal(ike_sk_seal(&p.i, &source, header, 0,
				     (struct ike_bytes){ NULL, 0 }, &w), -EIO);
	ike_writer_clear(&w);
	protection_clear(&p);

	protection_make(&p, 6);
	seeded = (struct seeded){ .fail_at = 1 };
	assert_int_equal(ike_sk_init(&sk, &p.suite, &p.keys, true, &source),
			 -EIO);
	protection_clear(&p);
}

static void test_a_chain_longer_than_a_datagram_is_not_sealed(void **state)
{
	static uint8_t chain[65536];
	struct protection p;
	struct ike_writer w;

	protection_make(&p, 6);
	ike_writer_init(&w, IKE_MESSAGE_MAX);
	assert_int_equal(ike_sk_seal(&p.i, &source, header, IKE_PAYLOAD_N,
				     (struct ike_bytes){ chain,
				     sizeof(chain) }, &w), -EMSGSIZE);
	ike_writer_clear(&w);
	protection_clear(&p);
}

/* What fits fits, and one octet more does not. */
static void test_room_is_exact(void **state)
{
	uint8_t chain[512] = { 0 };
	struct protection p;
	struct ike_writer w;
	size_t suite, max, room;

	for (suite = 0; suite < SUITES; suite++) {
		protection_make(&p, suite);
		for (max = 0; max < 300; max++) {
			room = ike_sk_room(&p.i, false, max);
			assert_in_range(room, 0, max);
			if (!room)
				continue;
			w = sealed(&p.i, chain, room);
			assert_in_range(w.len, 0, max);
			ike_writer_clear(&w);
			w = sealed(&p.i, chain, room + 1);
			assert_in_range(w.len, max + 1, max + 16);
			ike_writer_clear(&w);
		}
		assert_true(ike_sk_room(&p.i, false, 300) > 0);
		protection_clear(&p);
	}
}

/* Reflected: what we sent is not what the peer sends. */
static void test_I07_the_other_direction_has_other_keys(void **state)
{
	struct protection p;
	struct ike_writer w;
	size_t suite;

	for (suite = 0; suite < SUITES; suite++) {
		protection_make(&p, suite);
		w = sealed(&p.i, "abc", 3);
		assert_not_opened(&p.r, written(&w), -EBADMSG,
				  IKE_REASON_SK_ICV);
		ike_writer_clear(&w);
		w = sealed(&p.r, "abc", 3);
		assert_not_opened(&p.i, written(&w), -EBADMSG,
				  IKE_REASON_SK_ICV);
		ike_writer_clear(&w);
		protection_clear(&p);
	}
}

/* Every bit: of the header, the generic header, the IV, the body and the ICV.
 * Then the true message, as if nothing had happened.
 */
static void test_I26_no_message_opens_with_one_bit_wrong(void **state)
{
	struct protection p;
	struct ike_writer w;
	struct ike_fault fault;
	struct ike_body body;
	size_t suite, bit;

	for (suite = 0; suite < SUITES; suite++) {
		protection_make(&p, suite);
		w = sealed(&p.i, "payloads", 8);
		for (bit = 0; bit < 8 * w.len; bit++) {
			w.data[bit / 8] ^= 1 << bit % 8;
			assert_int_equal(ike_sk_open(&p.i, written(&w),
						     IKE_HEADER_LEN, &body,
						     &fault), -EBADMSG);
			assert_null(body.data);
			w.data[bit / 8] ^= 1 << bit % 8;
		}
		assert_opens(&p.i, written(&w), "payloads", 8);
		ike_writer_clear(&w);
		protection_clear(&p);
	}
}

/* The message ends early, and its Payload Length says so. */
static void cut(struct ike_writer *w, size_t len)
{
	w->data = realloc(w->data, len);
	w->len = len;
	if (len >= HEADER_AND_GENERIC) {
		w->data[IKE_HEADER_LEN + 2] = (len - IKE_HEADER_LEN) >> 8;
		w->data[IKE_HEADER_LEN + 3] = len - IKE_HEADER_LEN;
	}
}

static void test_I25_cut_at_each_octet(void **state)
{
	struct ike_fault fault;
	struct ike_body body;
	struct protection p;
	struct ike_writer w;
	size_t suite, len;

	for (suite = 0; suite < SUITES; suite++) {
		protection_make(&p, suite);
		w = sealed(&p.i, "payloads", 8);
		for (len = w.len - 1; len; len--) {
			cut(&w, len);
			assert_int_equal(ike_sk_open(&p.i, written(&w),
						     IKE_HEADER_LEN, &body,
						     &fault), -EBADMSG);
			assert_null(body.data);
		}
		ike_writer_clear(&w);
		protection_clear(&p);
	}
}

/* A body of no octets between IV and ICV has no place for Pad Length. */
static void test_I25_shorter_than_iv_and_icv(void **state)
{
	struct protection p;
	struct ike_writer w;
	size_t suite, least, len;

	for (suite = 0; suite < SUITES; suite++) {
		protection_make(&p, suite);
		w = sealed(&p.i, NULL, 0);
		least = w.len - p.suite.encr->block;
		for (len = least; len >= HEADER_AND_GENERIC; len--) {
			cut(&w, len);
			assert_not_opened(&p.i, written(&w), -EBADMSG,
					  IKE_REASON_SK_LENGTH);
		}
		ike_writer_clear(&w);
		protection_clear(&p);
	}
}

static void test_I25_off_the_block_size(void **state)
{
	struct protection p;
	struct ike_writer w;
	size_t len;

	protection_make(&p, 0);
	w = sealed(&p.i, header_octets, 20);
	for (len = w.len - 1; len > w.len - 16; len--) {
		struct ike_writer copy;

		ike_writer_init(&copy, IKE_MESSAGE_MAX);
		ike_writer_bytes(&copy, w.data, w.len);
		cut(&copy, len);
		assert_not_opened(&p.i, written(&copy), -EBADMSG,
				  IKE_REASON_SK_LENGTH);
		ike_writer_clear(&copy);
	}
	ike_writer_clear(&w);
	protection_clear(&p);
}

static void test_I13_payload_length_is_not_what_is_there(void **state)
{
	static const uint16_t lengths[] = { 0, 1, 3, 4, 65535 };
	struct protection p;
	struct ike_writer w;
	size_t i;

	protection_make(&p, 6);
	w = sealed(&p.i, "abc", 3);
	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		w.data[IKE_HEADER_LEN + 2] = lengths[i] >> 8;
		w.data[IKE_HEADER_LEN + 3] = lengths[i];
		assert_not_opened(&p.i, written(&w), -EBADMSG,
				  IKE_REASON_SK_LENGTH);
	}
	ike_writer_clear(&w);
	protection_clear(&p);
}

/* A message that a peer with the keys made as it pleased: plain is everything
 * that is encrypted, Pad Length included.
 */
static struct ike_writer sealed_oddly(struct protection *p, const void *plain,
				      size_t len)
{
	const struct ike_encr *encr = p->suite.encr;
	const struct ike_integ *integ = p->suite.integ;
	size_t icv = integ ? integ->icv_len : encr->icv_len;
	uint8_t iv[IV_LEN_MAX] = { 7 };
	struct ike_writer w;
	uint8_t *body;

	ike_writer_init(&w, IKE_MESSAGE_MAX);
	ike_writer_bytes(&w, header_octets, sizeof(header_octets));
	ike_writer_u8(&w, IKE_PAYLOAD_N);
	ike_writer_u8(&w, 0);
	ike_writer_u16(&w, IKE_PAYLOAD_HEADER_LEN + encr->iv_len + len + icv);
	ike_writer_bytes(&w, iv, encr->iv_len);
	ike_writer_bytes(&w, plain, len);
	ike_writer_zero(&w, icv);
	body = w.data + HEADER_AND_GENERIC + encr->iv_len;
	assert_int_equal(ike_encr_seal(encr, ike_secret_bytes(&p->keys.ei), iv,
				       (struct ike_bytes){ w.data,
				       HEADER_AND_GENERIC }, body, len,
				       body + len), 0);
	if (integ)
		assert_int_equal(ike_integ_icv(integ,
					       ike_secret_bytes(&p->keys.ai),
					       (struct ike_bytes){ w.data,
					       w.len - icv }, body + len), 0);
	return w;
}

static void test_I25_pad_length_over_the_body(void **state)
{
	uint8_t plain[16] = { 0 };
	struct protection p;
	struct ike_writer w;
	size_t suite;
	int pad;

	for (suite = 0; suite < SUITES; suite++) {
		protection_make(&p, suite);
		for (pad = 0; pad < 256; pad++) {
			plain[15] = pad;
			w = sealed_oddly(&p, plain, sizeof(plain));
			if (pad <= 15)
				assert_opens(&p.i, written(&w), plain,
					     15 - pad);
			else
				assert_not_opened(&p.i, written(&w), -EPROTO,
						  IKE_REASON_SK_PADDING);
			ike_writer_clear(&w);
		}
		protection_clear(&p);
	}
}

/* RFC 7296 3.14: any length that aligns, of any value. */
static void test_I25_pad_of_255_octets_of_any_value(void **state)
{
	uint8_t plain[16 + 256];
	struct protection p;
	struct ike_writer w;
	size_t suite;

	memset(plain, 0xee, sizeof(plain));
	plain[sizeof(plain) - 1] = 255;
	for (suite = 0; suite < SUITES; suite++) {
		protection_make(&p, suite);
		w = sealed_oddly(&p, plain, sizeof(plain));
		assert_opens(&p.i, written(&w), plain, 16);
		ike_writer_clear(&w);
		protection_clear(&p);
	}
}

/* The liveness check of RFC 7296 2.4. */
static void test_I25_an_empty_body_is_valid(void **state)
{
	struct protection p;
	struct ike_writer w;
	size_t suite;

	for (suite = 0; suite < SUITES; suite++) {
		protection_make(&p, suite);
		w = sealed(&p.i, NULL, 0);
		assert_opens(&p.i, written(&w), NULL, 0);
		ike_writer_clear(&w);
		protection_clear(&p);
	}
}

/* RFC 7296 3.14: the recipient accepts any IV. */
static void test_any_iv_is_accepted(void **state)
{
	uint8_t plain[16] = { 0 };
	struct protection p;
	struct ike_writer w;
	size_t suite;

	for (suite = 0; suite < SUITES; suite++) {
		protection_make(&p, suite);
		w = sealed_oddly(&p, plain, sizeof(plain));
		assert_opens(&p.i, written(&w), plain, 15);
		assert_opens(&p.i, written(&w), plain, 15);
		ike_writer_clear(&w);
		protection_clear(&p);
	}
}

/* RFC 7296 3.2: RESERVED and the critical bit are covered and ignored. */
static void test_I18_reserved_bits_of_the_generic_header(void **state)
{
	static const uint8_t bits[] = { 0x00, 0x01, 0x7f, 0x80, 0xff };
	uint8_t chain[32];
	struct protection p;
	struct ike_writer w;
	size_t i;

	memset(chain, 1, sizeof(chain));
	protection_make(&p, 0);
	for (i = 0; i < sizeof(bits); i++) {
		uint8_t *icv;

		w = sealed(&p.i, chain, sizeof(chain));
		w.data[IKE_HEADER_LEN + 1] = bits[i];
		icv = w.data + w.len - 12;
		assert_int_equal(ike_integ_icv(p.suite.integ,
					       ike_secret_bytes(&p.keys.ai),
					       (struct ike_bytes){ w.data,
					       w.len - 12 }, icv), 0);
		assert_opens(&p.i, written(&w), chain, sizeof(chain));
		ike_writer_clear(&w);
	}
	protection_clear(&p);
}

static void test_I24_payloads_in_clear_before_it_are_covered(void **state)
{
	uint8_t clear[HEADER_AND_GENERIC + 4] = { 0 };
	struct ike_fault fault;
	struct ike_body body;
	struct protection p;
	struct ike_writer w;
	size_t at = IKE_HEADER_LEN + 8;

	/* N of eight octets in front: part of the AAD */
	memcpy(clear, header_octets, IKE_HEADER_LEN);
	protection_make(&p, 6);
	ike_writer_init(&w, IKE_MESSAGE_MAX);
	assert_int_equal(ike_sk_seal(&p.i, &source, (struct ike_bytes){ clear,
				     at }, 0, (struct ike_bytes){ NULL, 0 },
				     &w), 0);
	assert_int_equal(ike_sk_open(&p.i, written(&w), at, &body, &fault), 0);
	ike_body_clear(&body);
	w.data[IKE_HEADER_LEN + 5] ^= 1;
	assert_int_equal(ike_sk_open(&p.i, written(&w), at, &body, &fault),
			 -EBADMSG);
	ike_writer_clear(&w);
	protection_clear(&p);
}

/* RFC 7296 2: 1,280 octets MUST be possible, 3,000 SHOULD. */
static void test_I12_messages_of_1280_and_3000_octets(void **state)
{
	static const size_t lens[] = { 1280, 3000 };
	static const uint8_t chain[3000] = { 1, 2, 3 };
	struct protection p;
	struct ike_writer w;
	size_t suite, i, room;

	for (suite = 0; suite < SUITES; suite++) {
		protection_make(&p, suite);
		for (i = 0; i < 2; i++) {
			room = ike_sk_room(&p.i, false, lens[i]);
			w = sealed(&p.i, chain, room);
			assert_in_range(w.len, lens[i] - 15, lens[i]);
			assert_opens(&p.i, written(&w), chain, room);
			ike_writer_clear(&w);
		}
		protection_clear(&p);
	}
}

static struct ike_writer sealed_fragment(struct ike_sk *sk, uint16_t number,
					 uint16_t total)
{
	struct ike_payload_fragment fragment = { number, total };
	struct ike_writer w;

	ike_writer_init(&w, IKE_MESSAGE_MAX);
	assert_int_equal(ike_sk_seal_fragment(sk, &source, header, &fragment,
					      IKE_PAYLOAD_N,
					      (struct ike_bytes){
					      header_octets, 10 }, &w), 0);
	return w;
}

/* RFC 7383 2.5: the header, Fragment Number and Total Fragments are covered. */
static void test_I64_no_fragment_opens_with_one_bit_wrong(void **state)
{
	struct protection p;
	struct ike_writer w;
	struct ike_fault fault;
	struct ike_body part;
	size_t suite, bit;

	for (suite = 0; suite < SUITES; suite++) {
		protection_make(&p, suite);
		w = sealed_fragment(&p.i, 1, 2);
		assert_int_equal(w.data[16], IKE_PAYLOAD_SKF);
		assert_int_equal(u32_at(written(&w), HEADER_AND_GENERIC),
				 1 << 16 | 2);
		for (bit = 0; bit < 8 * w.len; bit++) {
			w.data[bit / 8] ^= 1 << bit % 8;
			assert_int_equal(ike_sk_open_fragment(&p.i, written(&w),
							      IKE_HEADER_LEN,
							      &part, &fault),
					 -EBADMSG);
			w.data[bit / 8] ^= 1 << bit % 8;
		}
		assert_int_equal(ike_sk_open_fragment(&p.i, written(&w),
						      IKE_HEADER_LEN, &part,
						      &fault), 0);
		assert_int_equal(part.len, 10);
		ike_body_clear(&part);
		ike_writer_clear(&w);
		protection_clear(&p);
	}
}

static void test_I64_a_fragment_is_no_message_and_no_message_a_fragment(
	void **state)
{
	struct protection p;
	struct ike_writer w;
	struct ike_fault fault;
	struct ike_body body;
	size_t suite;

	for (suite = 0; suite < SUITES; suite++) {
		protection_make(&p, suite);
		w = sealed_fragment(&p.i, 1, 1);
		assert_int_equal(ike_sk_open(&p.i, written(&w), IKE_HEADER_LEN,
					     &body, &fault), -EBADMSG);
		assert_null(body.data);
		ike_writer_clear(&w);
		w = sealed(&p.i, header_octets, 10);
		assert_int_equal(ike_sk_open_fragment(&p.i, written(&w),
						      IKE_HEADER_LEN, &body,
						      &fault), -EBADMSG);
		assert_null(body.data);
		ike_writer_clear(&w);
		protection_clear(&p);
	}
}

static struct protection kept;

static int seal_and_open_step(void)
{
	struct ike_fault fault = { 0 };
	struct ike_body body = { 0 };
	struct ike_writer w;
	int err;

	ike_writer_init(&w, IKE_MESSAGE_MAX);
	err = ike_sk_seal(&kept.i, &source, header, IKE_PAYLOAD_N,
			  (struct ike_bytes){ header_octets, 9 }, &w);
	if (!err) {
		err = ike_sk_open(&kept.i, written(&w), IKE_HEADER_LEN, &body,
				  &fault);
		assert_int_equal(fault.reason, err ? IKE_REASON_NO_MEMORY :
				 IKE_REASON_NONE);
	}
	ike_body_clear(&body);
	ike_writer_clear(&w);
	return err;
}

static void test_sealing_and_opening_when_memory_runs_out(void **state)
{
	size_t suite;

	for (suite = 0; suite < SUITES; suite++) {
		protection_make(&kept, suite);
		scarce_try(seal_and_open_step);
		protection_clear(&kept);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rfc7634_appendix_b_opens_and_seals),
		cmocka_unit_test(test_messages_of_every_suite_known_answers),
		cmocka_unit_test(
			test_each_suite_opens_what_it_sealed_of_each_length),
		cmocka_unit_test(test_layout_of_a_sealed_message),
		cmocka_unit_test(
			test_messages_are_appended_to_what_was_written),
		cmocka_unit_test(test_iv_of_an_aead_never_repeats),
		cmocka_unit_test(test_iv_of_cbc_is_random_for_each_message),
		cmocka_unit_test_setup(
			test_nothing_is_sealed_without_random_octets, set_up),
		cmocka_unit_test_setup(
			test_a_chain_longer_than_a_datagram_is_not_sealed,
			set_up),
		cmocka_unit_test(test_room_is_exact),
		cmocka_unit_test(test_sealing_and_opening_when_memory_runs_out),
		cmocka_unit_test(test_I07_the_other_direction_has_other_keys),
		cmocka_unit_test(test_I26_no_message_opens_with_one_bit_wrong),
		cmocka_unit_test(test_I25_cut_at_each_octet),
		cmocka_unit_test(test_I25_shorter_than_iv_and_icv),
		cmocka_unit_test(test_I25_off_the_block_size),
		cmocka_unit_test(test_I13_payload_length_is_not_what_is_there),
		cmocka_unit_test(test_I25_pad_length_over_the_body),
		cmocka_unit_test(test_I25_pad_of_255_octets_of_any_value),
		cmocka_unit_test(test_I25_an_empty_body_is_valid),
		cmocka_unit_test(test_any_iv_is_accepted),
		cmocka_unit_test(test_I18_reserved_bits_of_the_generic_header),
		cmocka_unit_test(
			test_I24_payloads_in_clear_before_it_are_covered),
		cmocka_unit_test(test_I12_messages_of_1280_and_3000_octets),
		cmocka_unit_test(test_I64_no_fragment_opens_with_one_bit_wrong),
		cmocka_unit_test(
	test_I64_a_fragment_is_no_message_and_no_message_a_fragment),
	};

	return cmocka_run_group_tests_name("ike_sk", tests, set_up, NULL);
}
