// SPDX-License-Identifier: GPL-2.0-only
/* The algorithms against known answers, and against values that a peer sends to
 * break them. Knows no message.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "crypto.h"
#include "proto.h"
#include "scarce.h"
#include "seeded.h"
#include "vectors.h"

#define RANDOM_MAX 128

static const uint16_t all_groups[] = { 5, 14, 15, 16, 18, 19, 20, 21, 31 };
static const uint16_t modp_groups[] = { 5, 14, 15, 16, 18 };
static const uint16_t ecp_groups[] = { 19, 20, 21 };


static struct ike_bytes bytes_of(const struct octets *octets)
{
	return (struct ike_bytes){ octets->data, octets->len };
}

/* Secrets */

static void test_secret_holds_a_copy(void **state)
{
	uint8_t octets[] = { 1, 2, 3 };
	struct ike_secret secret = { 0 };

	assert_int_equal(ike_secret_set(&secret, octets, sizeof(octets)), 0);
	octets[0] = 9;
	assert_int_equal(ike_secret_bytes(&secret).len, 3);
	assert_memory_equal(ike_secret_bytes(&secret).data, "\1\2\3", 3);
	ike_secret_clear(&secret);
}

static void test_secret_cleared_is_empty_and_may_be_cleared_again(void **state)
{
	struct ike_secret secret = { 0 };

	ike_secret_clear(&secret);
	assert_int_equal(ike_secret_new(&secret, 5), 0);
	assert_memory_equal(secret.data, "\0\0\0\0\0", 5);
	ike_secret_clear(&secret);
	assert_null(secret.data);
	assert_int_equal(secret.len, 0);
	ike_secret_clear(&secret);
}

static void test_secret_of_no_octets_is_not_an_error(void **state)
{
	struct ike_secret secret = { 0 };

	assert_int_equal(ike_secret_set(&secret, NULL, 0), 0);
	assert_int_equal(secret.len, 0);
	ike_secret_clear(&secret);
}

static void test_secret_moved_has_one_owner(void **state)
{
	struct ike_secret from = { 0 }, to = { 0 };

	assert_int_equal(ike_secret_set(&from, "new", 3), 0);
	assert_int_equal(ike_secret_set(&to, "old", 3), 0);
	ike_secret_move(&to, &from);
	assert_memory_equal(to.data, "new", 3);
	assert_null(from.data);
	ike_secret_clear(&to);
}

static void test_secret_is_wiped_before_its_memory_is_freed(void **state)
{
	static const char octets[] = "octets of a secret";
	struct ike_secret secret = { 0 }, other = { 0 };
	struct ike_writer w;

	scarce_watch(octets, sizeof(octets));
	assert_int_equal(ike_secret_set(&secret, octets, sizeof(octets)), 0);
	ike_secret_clear(&secret);
	assert_int_equal(ike_secret_set(&secret, octets, sizeof(octets)), 0);
	ike_secret_move(&secret, &other);
	assert_int_equal(scarce_found(), 0);
	/* the watch itself works: a writer is not for secrets */
	ike_writer_init(&w, sizeof(octets));
	ike_writer_bytes(&w, octets, sizeof(octets));
	ike_writer_clear(&w);
	assert_int_equal(scarce_found(), 1);
	scarce_watch(NULL, 0);
}

static void test_wipe_zeroes(void **state)
{
	uint8_t octets[] = { 1, 2, 3 };

	ike_crypto_wipe(octets, sizeof(octets));
	assert_memory_equal(octets, "\0\0\0", 3);
}

static void test_equal_sees_each_octet(void **state)
{
	uint8_t a[32] = { 0 }, b[32] = { 0 };
	size_t i;

	assert_true(ike_crypto_equal(a, b, sizeof(a)));
	for (i = 0; i < sizeof(a); i++) {
		b[i] = 1;
		assert_false(ike_crypto_equal(a, b, sizeof(a)));
		b[i] = 0;
	}
}

static void test_random_is_the_callers_and_so_is_its_failure(void **state)
{
	struct seeded seeded = { .fail_at = 2 };
	struct ike_random random = seeded_random(&seeded);
	uint8_t octets[16] = { 0 };

	assert_int_equal(ike_random_fill(&random, octets, 16), 0);
	assert_memory_not_equal(octets, "\0\0\0\0\0\0\0\0", 8);
	assert_int_equal(ike_random_fill(&random, octets, 16), -EIO);
}

/* PRF and INTEG */

static void check_hmac(const struct record *record)
{
	bool short_one = strstr(record->name, "HMAC-SHA-256-128");
	const struct ike_integ *integ;
	struct octets key = octets_of(record, "Key");
	struct octets data = octets_of(record, "Data");
	struct octets icv = octets_of(record, "ICV");
	uint8_t got[ICV_LEN_MAX];

	integ = ike_integ_find(short_one ? IKE_INTEG_HMAC_SHA2_256_128 :
					   IKE_INTEG_HMAC_SHA2_512_256);
	assert_int_equal(integ->key_len, key.len);
	assert_int_equal(integ->icv_len, icv.len);
	assert_int_equal(ike_integ_icv(integ, bytes_of(&key), bytes_of(&data),
				       got), 0);
	assert_memory_equal(got, icv.data, icv.len);
}

static void test_integ_rfc4868_vectors(void **state)
{
	assert_int_equal(check_file(VECTORS "/rfc4868_hmac_sha2_esp.txt",
				    check_hmac), 7);
}

/* RFC 2202 3 and RFC 4231 4.3: key "Jefe", "what do ya want for nothing?" */
static void test_prf_known_answers(void **state)
{
	static const struct {
		uint16_t id;
		uint16_t len;
		const char *answer;
	} cases[] = {
		{ IKE_PRF_HMAC_SHA1, 20,
		  "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79" },
		{ IKE_PRF_HMAC_SHA2_256, 32,
		  "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec"
		  "3843" },
		{ IKE_PRF_HMAC_SHA2_384, 48,
		  "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322"
		  "445e8e2240ca5e69e2c78b3239ecfab21649" },
		{ IKE_PRF_HMAC_SHA2_512, 64,
		  "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea25"
		  "05549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a"
		  "38bce737" },
	};
	struct ike_bytes key = { (const uint8_t *)"Jefe", 4 };
	struct ike_bytes data[] = {
		{ (const uint8_t *)"what do ya want ", 16 },
		{ NULL, 0 },
		{ (const uint8_t *)"for nothing?", 12 },
	};
	uint8_t got[PRF_LEN_MAX];
	struct octets answer;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct ike_prf *prf = ike_prf_find(cases[i].id);

		answer = octets_of_hex(cases[i].answer);
		assert_int_equal(prf->len, cases[i].len);
		assert_int_equal(answer.len, cases[i].len);
		assert_int_equal(ike_prf(prf, key, data, ARRAY_SIZE(data),
					 got), 0);
		assert_memory_equal(got, answer.data, answer.len);
	}
}

static void test_integ_lengths(void **state)
{
	/* RFC 2404, RFC 4868 2.3 and 2.6: number, key, ICV. */
	static const uint16_t rows[][3] = {
		{ IKE_INTEG_HMAC_SHA1_96, 20, 12 },
		{ IKE_INTEG_HMAC_SHA2_256_128, 32, 16 },
		{ IKE_INTEG_HMAC_SHA2_384_192, 48, 24 },
		{ IKE_INTEG_HMAC_SHA2_512_256, 64, 32 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct ike_integ *integ = ike_integ_find(rows[i][0]);

		assert_int_equal(integ->key_len, rows[i][1]);
		assert_int_equal(integ->icv_len, rows[i][2]);
	}
}

static void test_I33_an_empty_key_makes_no_mac(void **state)
{
	struct ike_bytes nothing = { (const uint8_t *)"", 0 };
	uint8_t got[PRF_LEN_MAX];

	assert_int_equal(ike_prf(ike_prf_find(IKE_PRF_HMAC_SHA2_256), nothing,
				 &nothing, 1, got), -EINVAL);
	assert_int_equal(ike_integ_icv(ike_integ_find(2), nothing, nothing,
				       got), -EINVAL);
}

/* RFC 8247 2: what MUST NOT be there, and what we have not, is not there. */
static void test_I32_numbers_without_an_algorithm(void **state)
{
	static const uint16_t prfs[] = { 0, 1, 3, 4, 8, 9, 1025, 65535 };
	static const uint16_t integs[] = { 0, 1, 3, 4, 5, 6, 8, 11, 15, 65535 };
	static const uint16_t encrs[] = { 0, 1, 2, 3, 10, 13, 14, 16, 17, 23,
					  30, 32, 1025, 65535 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(prfs); i++)
		assert_null(ike_prf_find(prfs[i]));
	for (i = 0; i < ARRAY_SIZE(integs); i++)
		assert_null(ike_integ_find(integs[i]));
	for (i = 0; i < ARRAY_SIZE(encrs); i++)
		assert_null(ike_encr_find(encrs[i]));
}

static void test_sha1_of_pieces(void **state)
{
	struct octets answer = octets_of_hex("a9993e364706816aba3e25717850c26c"
					     "9cd0d89d");
	struct ike_bytes data[] = {
		{ (const uint8_t *)"a", 1 }, { (const uint8_t *)"bc", 2 },
	};
	uint8_t got[SHA1_LEN];

	assert_int_equal(ike_crypto_sha1(data, ARRAY_SIZE(data), got), 0);
	assert_memory_equal(got, answer.data, SHA1_LEN);
}

/* ENCR */

static void test_encr_lengths(void **state)
{
	/* number, Key Length, key and salt, IV, ICV, block */
	static const uint16_t rows[][6] = {
		{ IKE_ENCR_AES_CBC, 128, 16, 16, 0, 16 },
		{ IKE_ENCR_AES_CBC, 192, 24, 16, 0, 16 },
		{ IKE_ENCR_AES_CBC, 256, 32, 16, 0, 16 },
		{ IKE_ENCR_AES_GCM_8, 128, 20, 8, 8, 1 },
		{ IKE_ENCR_AES_GCM_12, 192, 28, 8, 12, 1 },
		{ IKE_ENCR_AES_GCM_16, 256, 36, 8, 16, 1 },
		{ IKE_ENCR_CHACHA20_POLY1305, 0, 36, 8, 16, 1 },
		{ IKE_ENCR_NULL, 0, 0, 0, 0, 1 },
		{ IKE_ENCR_NULL_AUTH_AES_GMAC, 128, 20, 8, 16, 1 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct ike_encr *encr = ike_encr_find(rows[i][0]);

		assert_int_equal(ike_encr_key_len(encr, rows[i][1]),
				 rows[i][2]);
		assert_int_equal(encr->iv_len, rows[i][3]);
		assert_int_equal(encr->icv_len, rows[i][4]);
		assert_int_equal(encr->block, rows[i][5]);
	}
}

static void test_I33_key_lengths_nobody_has(void **state)
{
	static const uint16_t aes[] = { 0, 1, 127, 129, 160, 255, 257, 512,
					65535 };
	static const uint16_t fixed[] = { 1, 128, 256, 65535 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(aes); i++) {
		assert_int_equal(ike_encr_key_len(ike_encr_find(12), aes[i]),
				 -EINVAL);
		assert_int_equal(ike_encr_key_len(ike_encr_find(20), aes[i]),
				 -EINVAL);
	}
	for (i = 0; i < ARRAY_SIZE(fixed); i++) {
		assert_int_equal(ike_encr_key_len(ike_encr_find(28), fixed[i]),
				 -EINVAL);
		assert_int_equal(ike_encr_key_len(ike_encr_find(11), fixed[i]),
				 -EINVAL);
	}
}

static void test_I34_null_ciphers_are_not_for_ike(void **state)
{
	assert_false(ike_encr_find(IKE_ENCR_NULL)->ike);
	assert_false(ike_encr_find(IKE_ENCR_NULL_AUTH_AES_GMAC)->ike);
	assert_true(ike_encr_find(IKE_ENCR_AES_CBC)->ike);
	assert_true(ike_encr_find(IKE_ENCR_AES_GCM_16)->ike);
	assert_true(ike_encr_find(IKE_ENCR_CHACHA20_POLY1305)->ike);
}

/* Seals to the known answer and opens it again. icv: NULL without an AEAD. */
static void check_encr(const struct ike_encr *encr, const struct octets *key,
		       const struct octets *iv, const struct octets *aad,
		       const struct octets *plaintext,
		       const struct octets *ciphertext,
		       const struct octets *icv)
{
	struct octets data = *plaintext;
	uint8_t got[16] = { 0 };

	assert_int_equal(iv->len, encr->iv_len);
	assert_int_equal(ike_encr_seal(encr, bytes_of(key), iv->data,
				       bytes_of(aad), data.data, data.len,
				       got), 0);
	assert_memory_equal(data.data, ciphertext->data, ciphertext->len);
	if (icv)
		assert_memory_equal(got, icv->data, encr->icv_len);
	assert_int_equal(ike_encr_open(encr, bytes_of(key), iv->data,
				       bytes_of(aad), data.data, data.len,
				       got), 0);
	assert_memory_equal(data.data, plaintext->data, plaintext->len);
}

static void check_cbc(const struct record *record)
{
	struct octets key = octets_of(record, "Key");
	struct octets iv = octets_of(record, "IV");
	struct octets plaintext = octets_of(record, "PreEncryption");
	struct octets ciphertext = octets_of(record, "Ciphertext");
	struct octets aad = { .len = 0 };

	check_encr(ike_encr_find(IKE_ENCR_AES_CBC), &key, &iv, &aad,
		   &plaintext, &ciphertext, NULL);
}

static void test_encr_aes_cbc_rfc3602_vectors(void **state)
{
	assert_int_equal(check_file(VECTORS "/rfc3602_aes_cbc_esp.txt",
				    check_cbc), 4);
}

static void check_gcm(const struct record *record)
{
	/* A shorter ICV is the beginning of the long one (RFC 4106 6). */
	static const uint16_t ids[] = { IKE_ENCR_AES_GCM_8, IKE_ENCR_AES_GCM_12,
					IKE_ENCR_AES_GCM_16 };
	struct octets key = octets_of(record, "KEYMAT");
	struct octets iv = octets_of(record, "IV");
	struct octets aad = octets_of(record, "AAD");
	struct octets plaintext = octets_of(record, "Plaintext");
	struct octets sealed = octets_of(record, "CiphertextAndICV");
	struct octets icv = { .len = 0 };
	size_t i;

	octets_add(&icv, sealed.data + sealed.len - 16, 16);
	sealed.len -= 16;
	for (i = 0; i < ARRAY_SIZE(ids); i++)
		check_encr(ike_encr_find(ids[i]), &key, &iv, &aad, &plaintext,
			   &sealed, &icv);
}

static void test_encr_aes_gcm_vectors_with_all_icv_lengths(void **state)
{
	assert_int_equal(check_file(VECTORS "/rfc4106_aes_gcm_esp.txt",
				    check_gcm), 4);
}

static void check_chacha20(const struct record *record)
{
	struct octets key = octets_of(record, "KEYMAT");
	struct octets iv = octets_of(record, "IV");
	struct octets aad = octets_of(record, "AAD");
	struct octets plaintext = octets_of(record, "Plaintext");
	struct octets ciphertext = octets_of(record, "Ciphertext");
	struct octets icv = octets_of(record, "ICV");

	check_encr(ike_encr_find(IKE_ENCR_CHACHA20_POLY1305), &key, &iv, &aad,
		   &plaintext, &ciphertext, &icv);
}

static void test_encr_chacha20_poly1305_rfc7634_vectors(void **state)
{
	assert_int_equal(check_file(VECTORS "/rfc7634_chacha20poly1305.txt",
				    check_chacha20), 2);
}

/* One bit of what an AEAD protects is wrong: -EBADMSG, and no plaintext. */
static void assert_refused(const struct ike_encr *encr,
			   const struct octets *key, const uint8_t *iv,
			   const uint8_t *aad, const uint8_t *sealed,
			   const uint8_t *icv)
{
	struct ike_bytes aad_bytes = { aad, 8 };
	uint8_t data[24], zeroes[24] = { 0 };

	memcpy(data, sealed, sizeof(data));
	assert_int_equal(ike_encr_open(encr, bytes_of(key), iv, aad_bytes,
				       data, sizeof(data), icv), -EBADMSG);
	assert_memory_equal(data, zeroes, sizeof(data));
}

static void test_I26_aead_any_bit_wrong_gives_nothing_out(void **state)
{
	static const uint16_t ids[] = { IKE_ENCR_AES_GCM_8, IKE_ENCR_AES_GCM_12,
					IKE_ENCR_AES_GCM_16,
					IKE_ENCR_CHACHA20_POLY1305 };
	/* IV, AAD, ciphertext, ICV */
	uint8_t buf[8 + 8 + 24 + 16];
	uint8_t *iv = buf, *aad = buf + 8, *data = buf + 16, *icv = buf + 40;
	struct octets key = { .len = 36 };
	struct ike_bytes aad_bytes = { aad, 8 };
	size_t i, bit;

	for (i = 0; i < ARRAY_SIZE(ids); i++) {
		const struct ike_encr *encr = ike_encr_find(ids[i]);

		memset(buf, 0x5a, sizeof(buf));
		assert_int_equal(ike_encr_seal(encr, bytes_of(&key), iv,
					       aad_bytes, data, 24, icv), 0);
		for (bit = 0; bit < 8 * (40u + encr->icv_len); bit++) {
			buf[bit / 8] ^= 1 << bit % 8;
			assert_refused(encr, &key, iv, aad, data, icv);
			buf[bit / 8] ^= 1 << bit % 8;
		}
		assert_int_equal(ike_encr_open(encr, bytes_of(&key), iv,
					       aad_bytes, data, 24, icv), 0);
	}
}

/* CVE-2024-3652: a cipher sees no key but one of its own length. */
static void test_I33_keys_of_a_wrong_length_are_refused(void **state)
{
	uint8_t data[16] = { 0 }, iv[16] = { 0 }, icv[16];
	struct octets key = { .len = 0 };
	struct ike_bytes aad = { iv, 8 };
	static const uint16_t ids[] = { 12, 18, 19, 20, 28 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ids); i++) {
		const struct ike_encr *encr = ike_encr_find(ids[i]);

		for (key.len = 0; key.len < 64; key.len++) {
			size_t bits = 8 * (key.len - encr->salt_len);
			bool right = ids[i] == 28 ? bits == 256 :
				     bits == 128 || bits == 192 || bits == 256;

			assert_int_equal(ike_encr_seal(encr, bytes_of(&key),
						       iv, aad, data, 16, icv),
					 right ? 0 : -EIO);
		}
	}
	assert_int_equal(ike_encr_open(ike_encr_find(IKE_ENCR_NULL),
				       bytes_of(&key), iv, aad, data, 16, icv),
			 -EIO);
}

static void test_encr_cbc_off_the_block_is_refused(void **state)
{
	uint8_t data[32] = { 0 }, iv[16] = { 0 };
	struct octets key = { .len = 16 };
	struct ike_bytes aad = { iv, 0 };
	const struct ike_encr *encr = ike_encr_find(IKE_ENCR_AES_CBC);
	size_t len;

	for (len = 17; len < 32; len++) {
		assert_int_equal(ike_encr_seal(encr, bytes_of(&key), iv, aad,
					       data, len, NULL), -EIO);
		assert_int_not_equal(ike_encr_open(encr, bytes_of(&key), iv,
						   aad, data, len, NULL), 0);
	}
}

/* DH */

/* A private value as the random octets that ike_dh_new() makes it of: for a
 * curve of order n they give (c mod (n - 1)) + 1.
 */
static void random_of_private(const struct ike_group *group,
			      const struct octets *private, uint8_t *random)
{
	size_t pad = group->random_len - private->len;
	size_t i = group->random_len;

	memset(random, 0, pad);
	memcpy(random + pad, private->data, private->len);
	if (!pad)
		return;
	while (random[--i]-- == 0)
		;
}

/* One end has that private value and that public one, and gets shared. */
static void check_end(const struct ike_group *group,
		      const struct octets *private, const struct octets *public,
		      const struct octets *peer, const struct octets *shared)
{
	uint8_t random[RANDOM_MAX];
	struct ike_fault fault = { 0 };
	struct ike_secret gir = { 0 };
	struct ike_dh dh;

	random_of_private(group, private, random);
	assert_int_equal(ike_dh_new(&dh, group, random), 0);
	assert_int_equal(group->public_len, public->len);
	assert_memory_equal(dh.public, public->data, public->len);
	assert_int_equal(ike_dh_shared(&dh, bytes_of(peer), &gir, &fault), 0);
	assert_int_equal(gir.len, shared->len);
	assert_memory_equal(gir.data, shared->data, shared->len);
	ike_secret_clear(&gir);
	ike_dh_clear(&dh);
}

static void check_dh(const struct record *record)
{
	struct octets number = octets_of(record, "Group");
	struct octets private_i = octets_of(record, "Private_i");
	struct octets public_i = octets_of(record, "Public_i");
	struct octets private_r = octets_of(record, "Private_r");
	struct octets public_r = octets_of(record, "Public_r");
	struct octets shared = octets_of(record, "Shared");
	const struct ike_group *group = ike_group_find(number.data[0]);

	assert_non_null(group);
	check_end(group, &private_i, &public_i, &public_r, &shared);
	check_end(group, &private_r, &public_r, &public_i, &shared);
}

/* Among them RFC 5903 8, RFC 8031 A, and values that begin with zero octets:
 * RFC 7296 2.14 and 3.4 want both g^r and g^ir in full length.
 */
static void test_dh_known_answers(void **state)
{
	assert_int_equal(check_file(IKE_VECTORS "/dh.txt", check_dh), 11);
}

static void make_dh(struct ike_dh *dh, uint16_t group, uint64_t seed)
{
	struct seeded seeded = { .state = seed };
	struct ike_random random = seeded_random(&seeded);
	uint8_t octets[RANDOM_MAX];

	assert_in_range(ike_group_find(group)->random_len, 1, RANDOM_MAX);
	ike_random_fill(&random, octets, sizeof(octets));
	assert_int_equal(ike_dh_new(dh, ike_group_find(group), octets), 0);
}

static void test_dh_both_ends_agree_in_every_group(void **state)
{
	struct ike_fault fault = { 0 };
	struct ike_secret gir_i = { 0 }, gir_r = { 0 };
	struct ike_dh i, r;
	size_t at;

	for (at = 0; at < ARRAY_SIZE(all_groups); at++) {
		make_dh(&i, all_groups[at], 1);
		make_dh(&r, all_groups[at], 2);
		assert_int_equal(ike_dh_shared(&i, (struct ike_bytes){
				r.public, r.group->public_len }, &gir_i,
				&fault), 0);
		assert_int_equal(ike_dh_shared(&r, (struct ike_bytes){
				i.public, i.group->public_len }, &gir_r,
				&fault), 0);
		assert_int_equal(gir_i.len, i.group->shared_len);
		assert_memory_equal(gir_i.data, gir_r.data, gir_i.len);
		ike_secret_clear(&gir_i);
		ike_secret_clear(&gir_r);
		ike_dh_clear(&i);
		ike_dh_clear(&r);
	}
}

static void test_dh_the_same_random_octets_give_the_same_values(void **state)
{
	struct ike_dh a, b, c;
	size_t at;

	for (at = 0; at < ARRAY_SIZE(all_groups); at++) {
		make_dh(&a, all_groups[at], 7);
		make_dh(&b, all_groups[at], 7);
		make_dh(&c, all_groups[at], 8);
		assert_memory_equal(a.public, b.public, a.group->public_len);
		assert_memory_not_equal(a.public, c.public,
					a.group->public_len);
		ike_dh_clear(&a);
		ike_dh_clear(&b);
		ike_dh_clear(&c);
	}
}

/* A private value of a curve is 1 to order - 1, whatever the random octets. */
static void test_dh_curves_take_extreme_random_octets(void **state)
{
	uint8_t random[RANDOM_MAX];
	struct ike_dh dh;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ecp_groups); i++) {
		const struct ike_group *group = ike_group_find(ecp_groups[i]);

		memset(random, 0x00, sizeof(random));
		assert_int_equal(ike_dh_new(&dh, group, random), 0);
		assert_int_equal(dh.private.data[dh.private.len - 1], 1);
		ike_dh_clear(&dh);
		memset(random, 0xff, sizeof(random));
		assert_int_equal(ike_dh_new(&dh, group, random), 0);
		ike_dh_clear(&dh);
	}
}

#define LENGTH IKE_REASON_KE_LENGTH
#define VALUE IKE_REASON_KE_VALUE

static void assert_peer(const struct ike_dh *dh, const uint8_t *peer,
			size_t len, enum ike_reason reason)
{
	struct ike_fault fault = { 0 };
	struct ike_secret gir = { 0 };

	assert_int_equal(ike_dh_shared(dh, (struct ike_bytes){ peer, len },
				       &gir, &fault), reason ? -EDOM : 0);
	assert_int_equal(fault.reason, reason);
	if (reason)
		assert_null(gir.data);
	ike_secret_clear(&gir);
}

static void test_I37_groups_nobody_has(void **state)
{
	/* CVE-2014-9221 had 1025. RFC 8247 2.4: 1, 2 and 22 to 24. */
	static const uint16_t ids[] = { 0, 1, 2, 3, 4, 6, 13, 17, 22, 23, 24,
					25, 26, 27, 30, 32, 1025, 65535 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ids); i++)
		assert_null(ike_group_find(ids[i]));
}

static void test_I38_key_exchange_data_of_wrong_lengths(void **state)
{
	static uint8_t data[65536];
	struct ike_dh dh;
	size_t i, len;

	memset(data, 2, sizeof(data));
	for (i = 0; i < ARRAY_SIZE(all_groups); i++) {
		make_dh(&dh, all_groups[i], 3);
		len = dh.group->public_len;
		assert_peer(&dh, data, 0, LENGTH);
		assert_peer(&dh, data, 1, LENGTH);
		assert_peer(&dh, data, len - 1, LENGTH);
		assert_peer(&dh, data, len + 1, LENGTH);
		assert_peer(&dh, data, sizeof(data), LENGTH);
		ike_dh_clear(&dh);
	}
}

/* Adds to a number, in place: -2 to 1. The last octet of these primes is 0xff,
 * so that only 1 carries.
 */
static void add_to(struct octets *number, int difference)
{
	size_t i = number->len - 1;

	if (difference <= 0) {
		number->data[i] += difference;
		return;
	}
	while (++number->data[i] == 0)
		i--;
}

/* RFC 6989 2.1: 1 < r < p - 1. */
static void check_range(const struct record *record)
{
	struct octets number = octets_of(record, "Group");
	struct octets p = octets_of(record, "Prime");
	static const enum ike_reason reasons[] = { 0, VALUE, VALUE, VALUE };
	struct octets r = { .len = p.len };
	struct ike_dh dh;
	int i;

	make_dh(&dh, number.data[0], 4);
	assert_int_equal(dh.group->public_len, p.len);
	for (i = 0; i <= 2; i++) {		/* 0, 1, 2 */
		r.data[r.len - 1] = i;
		assert_peer(&dh, r.data, r.len, i < 2 ? VALUE : 0);
	}
	for (i = -2; i <= 1; i++) {		/* p - 2 to p + 1 */
		r = p;
		add_to(&r, i);
		assert_peer(&dh, r.data, r.len, reasons[i + 2]);
	}
	memset(r.data, 0xff, r.len);
	assert_peer(&dh, r.data, r.len, VALUE);
	ike_dh_clear(&dh);
}

static void test_I39_modp_range_in_every_group(void **state)
{
	assert_int_equal(check_file(IKE_VECTORS "/modp_primes.txt",
				    check_range), ARRAY_SIZE(modp_groups));
}

static void test_I40_ecp_points_that_are_none(void **state)
{
	uint8_t point[132];
	struct ike_dh dh, other;
	size_t i, len;

	for (i = 0; i < ARRAY_SIZE(ecp_groups); i++) {
		make_dh(&dh, ecp_groups[i], 6);
		make_dh(&other, ecp_groups[i], 7);
		len = dh.group->public_len;

		memset(point, 0, sizeof(point));	/* (0, 0) */
		assert_peer(&dh, point, len, VALUE);
		memset(point, 0xff, sizeof(point));	/* beyond the field */
		assert_peer(&dh, point, len, VALUE);
		memcpy(point, other.public, len);	/* the true one */
		assert_peer(&dh, point, len, 0);
		point[len - 1] ^= 1;			/* off the curve */
		assert_peer(&dh, point, len, VALUE);
		ike_dh_clear(&dh);
		ike_dh_clear(&other);
	}
}

/* Each bit of a point changed is off the curve. */
static void test_I40_ecp_every_bit_of_a_point_matters(void **state)
{
	struct ike_dh dh, other;
	size_t bit;

	make_dh(&dh, IKE_DH_ECP_256, 8);
	make_dh(&other, IKE_DH_ECP_256, 9);
	for (bit = 0; bit < 8u * dh.group->public_len; bit++) {
		other.public[bit / 8] ^= 1 << bit % 8;
		assert_peer(&dh, other.public, dh.group->public_len, VALUE);
		other.public[bit / 8] ^= 1 << bit % 8;
	}
	assert_peer(&dh, other.public, dh.group->public_len, 0);
	ike_dh_clear(&dh);
	ike_dh_clear(&other);
}

/* (1, y) lies on the twist of P-256, -y^2 = x^3 - 3x + b, where a secret could
 * be found in small pieces. The other forms of a point have other lengths.
 */
static void test_I40_ecp_twist_and_compressed(void **state)
{
	uint8_t point[65] = { [31] = 1 };
	struct octets y = octets_of_hex("de17b2671045fe58740248c17a8bd2fb"
					"2ef7c3c49b01da9f903efa3dcda669c7");
	struct ike_dh dh;

	make_dh(&dh, IKE_DH_ECP_256, 10);
	memcpy(point + 32, y.data, 32);
	assert_peer(&dh, point, 64, VALUE);
	point[0] = 2;				/* compressed */
	assert_peer(&dh, point, 33, LENGTH);
	point[0] = 4;				/* as SEC 1 has it */
	assert_peer(&dh, point, 65, LENGTH);
	point[0] = 0;				/* infinity */
	assert_peer(&dh, point, 1, LENGTH);
	ike_dh_clear(&dh);
}

/* RFC 7748 6.1: the points of small order give a result of zeroes. */
static void test_I41_x25519_low_order_points(void **state)
{
	static const char *const points[] = {
		/* 0, 1, two of order 8, p - 1, p, p + 1 */
		"00000000000000000000000000000000"
		"00000000000000000000000000000000",
		"01000000000000000000000000000000"
		"00000000000000000000000000000000",
		"e0eb7a7c3b41b8ae1656e3faf19fc46a"
		"da098deb9c32b1fd866205165f49b800",
		"5f9c95bca3508c24b1d0b1559c83ef5b"
		"04445cc4581c8e86d8224eddd09f1157",
		"ecffffffffffffffffffffffffffffff"
		"ffffffffffffffffffffffffffffff7f",
		"edffffffffffffffffffffffffffffff"
		"ffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffff"
		"ffffffffffffffffffffffffffffff7f",
	};
	struct octets point;
	struct ike_dh dh;
	size_t i;

	make_dh(&dh, IKE_DH_CURVE25519, 11);
	for (i = 0; i < ARRAY_SIZE(points); i++) {
		point = octets_of_hex(points[i]);
		assert_peer(&dh, point.data, 32, VALUE);
		point.data[31] |= 0x80;
		assert_peer(&dh, point.data, 32, VALUE);
	}
	ike_dh_clear(&dh);
}

/* RFC 8031 3.2: the top bit is masked, and u is reduced modulo p. */
static void test_I41_x25519_top_bit_and_non_canonical_work(void **state)
{
	/* 9, and p + 9 */
	struct octets u = octets_of_hex("0900000000000000000000000000000000000"
					"000000000000000000000000000");
	struct octets v = octets_of_hex("f6fffffffffffffffffffffffffffffffffff"
					"fffffffffffffffffffffffff7f");
	struct ike_fault fault = { 0 };
	struct ike_secret gir[3] = { 0 };
	struct ike_dh dh;

	make_dh(&dh, IKE_DH_CURVE25519, 12);
	assert_int_equal(ike_dh_shared(&dh, bytes_of(&u), &gir[0], &fault), 0);
	u.data[31] |= 0x80;
	assert_int_equal(ike_dh_shared(&dh, bytes_of(&u), &gir[1], &fault), 0);
	assert_int_equal(ike_dh_shared(&dh, bytes_of(&v), &gir[2], &fault), 0);
	assert_memory_equal(gir[0].data, gir[1].data, 32);
	assert_memory_equal(gir[0].data, gir[2].data, 32);
	ike_secret_clear(&gir[0]);
	ike_secret_clear(&gir[1]);
	ike_secret_clear(&gir[2]);
	ike_dh_clear(&dh);
}

/* RFC 7296 2.12: what could recompute the keys is forgotten. */
static void test_dh_forgets_the_private_value_and_the_result(void **state)
{
	struct ike_secret gir = { 0 };
	struct ike_fault fault = { 0 };
	uint8_t private[RANDOM_MAX];
	uint8_t shared[32];
	struct ike_dh dh;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(all_groups); i++) {
		make_dh(&dh, all_groups[i], 13);
		memcpy(private, dh.private.data, dh.private.len);
		scarce_watch(private, dh.private.len);
		assert_int_equal(ike_dh_shared(&dh, (struct ike_bytes){
				dh.public, dh.group->public_len }, &gir,
				&fault), 0);
		ike_dh_clear(&dh);
		assert_int_equal(scarce_found(), 0);
		memcpy(shared, gir.data, sizeof(shared));
		scarce_watch(shared, sizeof(shared));
		ike_secret_clear(&gir);
		assert_int_equal(scarce_found(), 0);
	}
	scarce_watch(NULL, 0);
}

static int dh_step(void)
{
	static const uint8_t random[RANDOM_MAX] = { [20] = 1 };
	struct ike_fault fault = { 0 };
	struct ike_secret gir = { 0 };
	struct ike_dh dh;
	int err = ike_dh_new(&dh, ike_group_find(IKE_DH_ECP_256), random);

	if (err) {
		assert_null(dh.public);
		assert_null(dh.private.data);
		return err;
	}
	err = ike_dh_shared(&dh, (struct ike_bytes){ dh.public,
			    dh.group->public_len }, &gir, &fault);
	if (err)
		assert_int_equal(fault.reason, IKE_REASON_NO_MEMORY);
	ike_secret_clear(&gir);
	ike_dh_clear(&dh);
	return err;
}

static void test_dh_when_memory_runs_out(void **state)
{
	scarce_try(dh_step);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_secret_holds_a_copy),
		cmocka_unit_test(
			test_secret_cleared_is_empty_and_may_be_cleared_again),
		cmocka_unit_test(test_secret_of_no_octets_is_not_an_error),
		cmocka_unit_test(test_secret_moved_has_one_owner),
		cmocka_unit_test(
			test_secret_is_wiped_before_its_memory_is_freed),
		cmocka_unit_test(test_wipe_zeroes),
		cmocka_unit_test(test_equal_sees_each_octet),
		cmocka_unit_test(
			test_random_is_the_callers_and_so_is_its_failure),
		cmocka_unit_test(test_integ_rfc4868_vectors),
		cmocka_unit_test(test_prf_known_answers),
		cmocka_unit_test(test_integ_lengths),
		cmocka_unit_test(test_I33_an_empty_key_makes_no_mac),
		cmocka_unit_test(test_I32_numbers_without_an_algorithm),
		cmocka_unit_test(test_sha1_of_pieces),
		cmocka_unit_test(test_encr_lengths),
		cmocka_unit_test(test_I33_key_lengths_nobody_has),
		cmocka_unit_test(test_I34_null_ciphers_are_not_for_ike),
		cmocka_unit_test(test_encr_aes_cbc_rfc3602_vectors),
		cmocka_unit_test(
			test_encr_aes_gcm_vectors_with_all_icv_lengths),
		cmocka_unit_test(test_encr_chacha20_poly1305_rfc7634_vectors),
		cmocka_unit_test(test_I26_aead_any_bit_wrong_gives_nothing_out),
		cmocka_unit_test(test_I33_keys_of_a_wrong_length_are_refused),
		cmocka_unit_test(test_encr_cbc_off_the_block_is_refused),
		cmocka_unit_test(test_dh_known_answers),
		cmocka_unit_test(test_dh_both_ends_agree_in_every_group),
		cmocka_unit_test(
			test_dh_the_same_random_octets_give_the_same_values),
		cmocka_unit_test(test_dh_curves_take_extreme_random_octets),
		cmocka_unit_test(test_I37_groups_nobody_has),
		cmocka_unit_test(test_I38_key_exchange_data_of_wrong_lengths),
		cmocka_unit_test(test_I39_modp_range_in_every_group),
		cmocka_unit_test(test_I40_ecp_points_that_are_none),
		cmocka_unit_test(test_I40_ecp_every_bit_of_a_point_matters),
		cmocka_unit_test(test_I40_ecp_twist_and_compressed),
		cmocka_unit_test(test_I41_x25519_low_order_points),
		cmocka_unit_test(
			test_I41_x25519_top_bit_and_non_canonical_work),
		cmocka_unit_test(
			test_dh_forgets_the_private_value_and_the_result),
		cmocka_unit_test(test_dh_when_memory_runs_out),
	};

	return cmocka_run_group_tests_name("ike_crypto", tests, NULL, NULL);
}
