// SPDX-License-Identifier: GPL-2.0-only
/* The known answers of selftests/vectors, recomputed with libcrypto: what the
 * module is measured by is right itself. Does not know the module.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "vectors.h"

#define IP_HEADER 20
#define SALT 4
#define NONCE 12
#define TAG 16

/* RFC 4303 2.4: 1, 2, 3..., their number, the next header. Gives the octets of
 * the payload before them.
 */
static size_t payload_length(const struct octets *plaintext)
{
	size_t pads, i;

	assert_in_range(plaintext->len, 2, OCTETS_MAX);
	pads = plaintext->data[plaintext->len - 2];
	assert_in_range(pads, 0, plaintext->len - 2);
	for (i = 1; i <= pads; i++)
		assert_int_equal(plaintext->data[plaintext->len - 3 - pads + i],
				 i);
	return plaintext->len - 2 - pads;
}

static struct octets cbc(const struct octets *key, const struct octets *iv,
			 const struct octets *in, int encrypt)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	struct octets out = { .len = in->len };
	int len, rest;

	assert_int_equal(key->len, 16);
	assert_int_equal(iv->len, 16);
	assert_true(EVP_CipherInit_ex(ctx, EVP_aes_128_cbc(), NULL, key->data,
				      iv->data, encrypt));
	EVP_CIPHER_CTX_set_padding(ctx, 0);
	assert_true(EVP_CipherUpdate(ctx, out.data, &len, in->data, in->len));
	assert_true(EVP_CipherFinal_ex(ctx, out.data + len, &rest));
	assert_int_equal(len + rest, in->len);
	EVP_CIPHER_CTX_free(ctx);
	return out;
}

static const EVP_CIPHER *gcm_for(size_t key_len)
{
	switch (key_len) {
	case 16:
		return EVP_aes_128_gcm();
	case 32:
		return EVP_aes_256_gcm();
	}
	fail_msg("no record has keys of %zu octets", key_len);
	return NULL;
}

/* What an AEAD of ESP takes: key and salt in one, and the IV of the packet. */
static void aead_init(EVP_CIPHER_CTX *ctx, const EVP_CIPHER *cipher,
		      const struct octets *keymat, const struct octets *iv,
		      int encrypt)
{
	struct octets nonce = { .len = 0 };
	size_t key_len = keymat->len - SALT;

	assert_int_equal(EVP_CIPHER_get_key_length(cipher), key_len);
	octets_add(&nonce, keymat->data + key_len, SALT);
	octets_add(&nonce, iv->data, iv->len);
	assert_int_equal(nonce.len, NONCE);
	assert_true(EVP_CipherInit_ex(ctx, cipher, NULL, keymat->data,
				      nonce.data, encrypt));
}

/* Gives the ciphertext and behind it the tag. */
static struct octets aead_seal(const EVP_CIPHER *cipher,
			       const struct octets *keymat,
			       const struct octets *iv,
			       const struct octets *aad,
			       const struct octets *plaintext)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	struct octets out = { .len = plaintext->len + TAG };
	int len;

	aead_init(ctx, cipher, keymat, iv, 1);
	assert_true(EVP_CipherUpdate(ctx, NULL, &len, aad->data, aad->len));
	if (plaintext->len)
		assert_true(EVP_CipherUpdate(ctx, out.data, &len,
					     plaintext->data, plaintext->len));
	assert_true(EVP_CipherFinal_ex(ctx, out.data + plaintext->len, &len));
	assert_true(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG,
					out.data + plaintext->len));
	EVP_CIPHER_CTX_free(ctx);
	return out;
}

/* Takes the ciphertext and behind it the tag; is the tag right? */
static bool aead_open(const EVP_CIPHER *cipher, const struct octets *keymat,
		      const struct octets *iv, const struct octets *aad,
		      const struct octets *sealed, struct octets *plaintext)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t tag[TAG];
	bool right;
	int len;

	plaintext->len = sealed->len - TAG;
	memcpy(tag, sealed->data + plaintext->len, TAG);
	aead_init(ctx, cipher, keymat, iv, 0);
	assert_true(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG, tag));
	assert_true(EVP_CipherUpdate(ctx, NULL, &len, aad->data, aad->len));
	if (plaintext->len)
		assert_true(EVP_CipherUpdate(ctx, plaintext->data, &len,
					     sealed->data, plaintext->len));
	right = EVP_CipherFinal_ex(ctx, plaintext->data + plaintext->len,
				   &len) > 0;
	EVP_CIPHER_CTX_free(ctx);
	return right;
}

/* Sealing gives the known answer, opening takes it, and takes no other: whichever
 * octet is changed.
 */
static void check_aead(const EVP_CIPHER *cipher, const struct octets *keymat,
		       const struct octets *iv, const struct octets *aad,
		       const struct octets *plaintext,
		       const struct octets *sealed)
{
	struct octets bad = *sealed;
	struct octets got;
	size_t i;

	got = aead_seal(cipher, keymat, iv, aad, plaintext);
	assert_int_equal(got.len, sealed->len);
	assert_memory_equal(got.data, sealed->data, sealed->len);

	assert_true(aead_open(cipher, keymat, iv, aad, sealed, &got));
	assert_int_equal(got.len, plaintext->len);
	assert_memory_equal(got.data, plaintext->data, plaintext->len);
	for (i = 0; i < bad.len; i++) {
		bad.data[i] ^= 1;
		assert_false(aead_open(cipher, keymat, iv, aad, &bad, &got));
		bad.data[i] ^= 1;
	}
}

static void check_rfc3602(const struct record *record)
{
	struct octets key = octets_of(record, "Key");
	struct octets iv = octets_of(record, "IV");
	struct octets original = octets_of(record, "OriginalPacket");
	struct octets plaintext = octets_of(record, "PreEncryption");
	struct octets ciphertext = octets_of(record, "Ciphertext");
	struct octets packet = octets_of(record, "ESPPacket");
	struct octets spi = octets_of(record, "SPI");
	uint32_t number = htonl(strtoul(value_of(record, "Seq"), NULL, 10));
	bool tunnel = strstr(record->name, "tunnel");
	size_t skip = tunnel ? 0 : IP_HEADER;
	struct octets seq = { .len = 0 };
	struct octets got;
	size_t at;

	octets_add(&seq, (const uint8_t *)&number, sizeof(number));

	got = cbc(&key, &iv, &plaintext, 1);
	assert_int_equal(got.len, ciphertext.len);
	assert_memory_equal(got.data, ciphertext.data, ciphertext.len);
	got = cbc(&key, &iv, &ciphertext, 0);
	assert_memory_equal(got.data, plaintext.data, plaintext.len);

	assert_int_equal(payload_length(&plaintext), original.len - skip);
	assert_memory_equal(plaintext.data, original.data + skip,
			    original.len - skip);
	assert_int_equal(plaintext.data[plaintext.len - 1],
			 tunnel ? IPPROTO_IPIP : IPPROTO_ICMP);

	at = assert_continues(&packet, IP_HEADER, &spi);
	at = assert_continues(&packet, at, &seq);
	at = assert_continues(&packet, at, &iv);
	at = assert_continues(&packet, at, &ciphertext);
	assert_int_equal(at, packet.len);
}

static void check_rfc4106(const struct record *record)
{
	struct octets keymat = octets_of(record, "KEYMAT");
	struct octets iv = octets_of(record, "IV");
	struct octets aad = octets_of(record, "AAD");
	struct octets plaintext = octets_of(record, "Plaintext");
	struct octets sealed = octets_of(record, "CiphertextAndICV");

	assert_int_equal(aad.len, strstr(record->name, "ESN") ? 12 : 8);
	payload_length(&plaintext);
	check_aead(gcm_for(keymat.len - SALT), &keymat, &iv, &aad, &plaintext,
		   &sealed);
}

/* Nothing is encrypted; the payload is part of what is authenticated, and so is
 * the IV (RFC 4543 3.3).
 */
static void check_rfc4543(const struct record *record)
{
	struct octets keymat = octets_of(record, "KEYMAT");
	struct octets iv = octets_of(record, "IV");
	struct octets payload = octets_of(record, "Payload");
	struct octets icv = octets_of(record, "ICV");
	struct octets aad = octets_of(record, "AAD_SPI_Seq");
	struct octets nothing = { .len = 0 };

	payload_length(&payload);
	octets_add(&aad, iv.data, iv.len);
	octets_add(&aad, payload.data, payload.len);
	check_aead(gcm_for(keymat.len - SALT), &keymat, &iv, &aad, &nothing,
		   &icv);
}

static void check_rfc4868(const struct record *record)
{
	struct octets key = octets_of(record, "Key");
	struct octets data = octets_of(record, "Data");
	struct octets icv = octets_of(record, "ICV");
	bool short_one = strstr(record->name, "HMAC-SHA-256-128");
	const EVP_MD *md = short_one ? EVP_sha256() : EVP_sha512();
	uint8_t full[EVP_MAX_MD_SIZE];
	unsigned int len;

	assert_true(short_one || strstr(record->name, "HMAC-SHA-512-256"));
	/* RFC 4868 2.1.1, 2.6: keys as long as the hash, ICVs half as long. */
	assert_int_equal(key.len, EVP_MD_get_size(md));
	assert_int_equal(icv.len, EVP_MD_get_size(md) / 2);
	assert_non_null(HMAC(md, key.data, key.len, data.data, data.len, full,
			     &len));
	assert_memory_equal(full, icv.data, icv.len);
}

static void check_rfc7634(const struct record *record)
{
	bool esp = strncmp(record->name, "ESP", 3) == 0;
	struct octets keymat = octets_of(record, "KEYMAT");
	struct octets iv = octets_of(record, "IV");
	struct octets aad = octets_of(record, "AAD");
	struct octets plaintext = octets_of(record, "Plaintext");
	struct octets sealed = octets_of(record, "Ciphertext");
	struct octets icv = octets_of(record, "ICV");
	struct octets packet = octets_of(record, esp ? "OuterPacket" :
							"IKEMessage");
	struct octets inner;
	size_t at;

	octets_add(&sealed, icv.data, icv.len);
	check_aead(EVP_chacha20_poly1305(), &keymat, &iv, &aad, &plaintext,
		   &sealed);

	at = assert_continues(&packet, esp ? IP_HEADER : 0, &aad);
	at = assert_continues(&packet, at, &iv);
	at = assert_continues(&packet, at, &sealed);
	assert_int_equal(at, packet.len);
	if (!esp)
		return;
	inner = octets_of(record, "InnerPacket");
	assert_int_equal(payload_length(&plaintext), inner.len);
	assert_continues(&plaintext, 0, &inner);
}

static void test_aes_cbc(void **state)
{
	assert_int_equal(check_file(VECTORS "/rfc3602_aes_cbc_esp.txt",
				    check_rfc3602), 4);
}

static void test_aes_gcm(void **state)
{
	assert_int_equal(check_file(VECTORS "/rfc4106_aes_gcm_esp.txt",
				    check_rfc4106), 4);
}

static void test_aes_gmac(void **state)
{
	assert_int_equal(check_file(VECTORS "/rfc4543_gmac_esp.txt",
				    check_rfc4543), 1);
}

static void test_hmac_sha2(void **state)
{
	assert_int_equal(check_file(VECTORS "/rfc4868_hmac_sha2_esp.txt",
				    check_rfc4868), 7);
}

static void test_chacha20_poly1305(void **state)
{
	assert_int_equal(check_file(VECTORS "/rfc7634_chacha20poly1305.txt",
				    check_rfc7634), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_aes_cbc),
		cmocka_unit_test(test_aes_gcm),
		cmocka_unit_test(test_aes_gmac),
		cmocka_unit_test(test_hmac_sha2),
		cmocka_unit_test(test_chacha20_poly1305),
	};

	return cmocka_run_group_tests_name("vectors", tests, NULL, NULL);
}
