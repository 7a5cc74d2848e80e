// SPDX-License-Identifier: GPL-2.0-only
/* AUTH with a shared key: the right proof, and everything that is none. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "auth.h"
#include "proto.h"
#include "scarce.h"
#include "vectors.h"

#define PSK IKE_AUTH_SHARED_KEY_MIC

static struct ike_bytes bytes_of(const struct octets *octets)
{
	return (struct ike_bytes){ octets->data, octets->len };
}

static struct ike_bytes text(const char *s)
{
	return (struct ike_bytes){ (const uint8_t *)s, strlen(s) };
}

static struct ike_auth some_auth(void)
{
	return (struct ike_auth){
		.prf = ike_prf_find(IKE_PRF_HMAC_SHA2_256),
		.message = text("the whole IKE_SA_INIT message"),
		.nonce = text("nonce of the other end"),
		.id = text("\2...fqdn"),
		.sk_p = text("SK_pi of this IKE SA"),
	};
}

static const struct ike_auth_key some_key = {
	.psk = { (const uint8_t *)"secret", 6 },
};

static struct ike_secret made(const struct ike_auth *auth,
			      const struct ike_auth_key *key)
{
	struct ike_fault fault = { 0 };
	struct ike_secret data = { 0 };

	assert_int_equal(ike_auth_make(PSK, auth, key, &data, &fault), 0);
	return data;
}

static void assert_verify(const struct ike_auth *auth,
			  const struct ike_auth_key *key,
			  struct ike_bytes data, bool right)
{
	struct ike_fault fault = { 0 };

	assert_int_equal(ike_auth_verify(PSK, auth, key, data, &fault),
			 right ? 0 : -EACCES);
	assert_int_equal(fault.reason, right ? IKE_REASON_NONE :
			 IKE_REASON_AUTH_WRONG);
}

static void check_psk(const struct record *record)
{
	struct octets prf = octets_of(record, "PRF");
	struct octets psk = octets_of(record, "PSK");
	struct octets message = octets_of(record, "Message");
	struct octets nonce = octets_of(record, "Nonce");
	struct octets id = octets_of(record, "ID");
	struct octets sk_p = octets_of(record, "SK_p");
	struct octets answer = octets_of(record, "AUTH");
	struct ike_auth auth = {
		.prf = ike_prf_find(prf.data[0]),
		.message = bytes_of(&message),
		.nonce = bytes_of(&nonce),
		.id = bytes_of(&id),
		.sk_p = bytes_of(&sk_p),
	};
	struct ike_auth_key key = { .psk = bytes_of(&psk) };
	struct ike_secret data = made(&auth, &key);

	assert_int_equal(data.len, answer.len);
	assert_memory_equal(data.data, answer.data, answer.len);
	assert_verify(&auth, &key, bytes_of(&answer), true);
	ike_secret_clear(&data);
}

static void test_psk_known_answers(void **state)
{
	assert_int_equal(check_file(IKE_VECTORS "/auth_psk.txt", check_psk), 6);
}

static void test_signed_octets_are_message_nonce_and_maced_id(void **state)
{
	struct ike_auth auth = some_auth();
	struct ike_auth_octets octets;
	uint8_t maced_id[PRF_LEN_MAX];

	assert_int_equal(ike_auth_octets(&auth, &octets), 0);
	assert_true(ike_bytes_equal(octets.piece[0], auth.message));
	assert_true(ike_bytes_equal(octets.piece[1], auth.nonce));
	assert_int_equal(ike_prf(auth.prf, auth.sk_p, &auth.id, 1, maced_id),
			 0);
	assert_int_equal(octets.piece[2].len, 32);
	assert_memory_equal(octets.piece[2].data, maced_id, 32);
}

/* RFC 7296 1.2: what is vouched for is all of it. */
static void test_I49_a_proof_of_something_else(void **state)
{
	struct ike_auth auth = some_auth(), other;
	struct ike_secret data = made(&auth, &some_key);
	struct ike_bytes proof = ike_secret_bytes(&data);

	assert_verify(&auth, &some_key, proof, true);
	other = auth;
	other.message = text("another IKE_SA_INIT message");
	assert_verify(&other, &some_key, proof, false);
	other = auth;
	other.nonce = text("nonce of some other end");
	assert_verify(&other, &some_key, proof, false);
	other = auth;
	other.sk_p = text("SK_pi of another IKE SA");
	assert_verify(&other, &some_key, proof, false);
	ike_secret_clear(&data);
}

static void test_I49_wrong_id_with_the_right_key(void **state)
{
	struct ike_auth auth = some_auth(), other = auth;
	struct ike_secret data = made(&auth, &some_key);

	other.id = text("\2...fqdm");
	assert_verify(&other, &some_key, ike_secret_bytes(&data), false);
	other.id = text("\3...fqdn");
	assert_verify(&other, &some_key, ike_secret_bytes(&data), false);
	other.id = text("\2...fqdn ");
	assert_verify(&other, &some_key, ike_secret_bytes(&data), false);
	ike_secret_clear(&data);
}

static void test_I49_psk_of_another_peer(void **state)
{
	static const char *const psks[] = { "secreu", "secre", "secret ",
					    "Secret", "x" };
	struct ike_auth auth = some_auth();
	size_t i;

	for (i = 0; i < ARRAY_SIZE(psks); i++) {
		struct ike_auth_key key = { .psk = text(psks[i]) };
		struct ike_secret data = made(&auth, &key);

		assert_verify(&auth, &some_key, ike_secret_bytes(&data), false);
		ike_secret_clear(&data);
	}
}

/* The peer sends our own proof back: it vouches for the other message, with the
 * other nonce, identity and SK_p.
 */
static void test_I49_our_proof_reflected(void **state)
{
	struct ike_auth ours = some_auth(), theirs = ours;
	struct ike_secret data = made(&ours, &some_key);

	theirs.message = text("their IKE_SA_INIT message");
	theirs.nonce = text("our nonce");
	theirs.sk_p = text("SK_pr of this IKE SA");
	assert_verify(&theirs, &some_key, ike_secret_bytes(&data), false);
	/* even if all but SK_p were the same */
	theirs = ours;
	theirs.sk_p = text("SK_pr of this IKE SA");
	assert_verify(&theirs, &some_key, ike_secret_bytes(&data), false);
	ike_secret_clear(&data);
}

static void test_I49_auth_data_of_every_wrong_length(void **state)
{
	struct ike_auth auth = some_auth();
	struct ike_secret data = made(&auth, &some_key);
	uint8_t *copy;
	size_t len;

	for (len = 0; len <= 64; len++) {
		copy = calloc(1, len ? len : 1);
		memcpy(copy, data.data, len < 32 ? len : 32);
		assert_verify(&auth, &some_key, (struct ike_bytes){ copy, len },
			      len == 32);
		free(copy);
	}
	ike_secret_clear(&data);
}

static void test_I49_auth_data_of_zeroes_and_of_64_kib(void **state)
{
	static uint8_t zeroes[65536];
	struct ike_auth auth = some_auth();

	assert_verify(&auth, &some_key, (struct ike_bytes){ zeroes, 32 },
		      false);
	assert_verify(&auth, &some_key, (struct ike_bytes){ zeroes,
		      sizeof(zeroes) }, false);
}

static void test_I49_each_bit_of_the_proof(void **state)
{
	struct ike_auth auth = some_auth();
	struct ike_secret data = made(&auth, &some_key);
	size_t bit;

	for (bit = 0; bit < 8 * data.len; bit++) {
		data.data[bit / 8] ^= 1 << bit % 8;
		assert_verify(&auth, &some_key, ike_secret_bytes(&data), false);
		data.data[bit / 8] ^= 1 << bit % 8;
	}
	assert_verify(&auth, &some_key, ike_secret_bytes(&data), true);
	ike_secret_clear(&data);
}

static void test_I49_methods_nobody_has(void **state)
{
	struct ike_auth auth = some_auth();
	struct ike_secret data = made(&auth, &some_key), none = { 0 };
	struct ike_fault fault = { 0 };
	int method;

	for (method = 0; method < 256; method++) {
		if (method == PSK)
			continue;
		fault.reason = IKE_REASON_NONE;
		assert_int_equal(ike_auth_verify(method, &auth, &some_key,
						 ike_secret_bytes(&data),
						 &fault), -ENOKEY);
		assert_int_equal(fault.reason, IKE_REASON_AUTH_METHOD);
		assert_int_equal(fault.number, method);
		assert_int_equal(ike_auth_make(method, &auth, &some_key, &none,
					       &fault), -ENOKEY);
		assert_null(none.data);
	}
	ike_secret_clear(&data);
}

/* CVE-2024-2357: no secret is configured. Nothing is a proof then, not even
 * what an empty secret would make.
 */
static void test_I49_no_secret_accepts_nothing(void **state)
{
	struct ike_auth auth = some_auth();
	struct ike_auth_key key = { .psk = text("") };
	struct ike_secret data = { 0 };
	struct ike_fault fault = { 0 };
	uint8_t zeroes[32] = { 0 };

	assert_int_equal(ike_auth_make(PSK, &auth, &key, &data, &fault),
			 -ENOKEY);
	assert_int_equal(fault.reason, IKE_REASON_AUTH_NO_KEY);
	assert_null(data.data);
	assert_int_equal(ike_auth_verify(PSK, &auth, &key,
					 (struct ike_bytes){ zeroes, 32 },
					 &fault), -ENOKEY);
}

/* A key that cannot be is an error, and no error is a success. */
static void test_a_failing_prf_is_no_proof(void **state)
{
	struct ike_auth auth = some_auth();
	struct ike_secret right = made(&auth, &some_key), data = { 0 };
	struct ike_fault fault = { 0 };

	auth.sk_p = text("");
	assert_int_not_equal(ike_auth_verify(PSK, &auth, &some_key,
					     ike_secret_bytes(&right), &fault),
			     0);
	assert_int_equal(fault.reason, IKE_REASON_CRYPTO_REFUSED);
	assert_int_not_equal(ike_auth_make(PSK, &auth, &some_key, &data,
					   &fault), 0);
	assert_null(data.data);
	ike_secret_clear(&right);
}

/* RFC 7296 2.15: at least 64 octets of ASCII, no terminator, hex too. */
static void test_psk_of_ascii_has_no_terminator(void **state)
{
	char ascii[201];
	struct ike_secret psk = { 0 };
	size_t len;

	for (len = 1; len <= 200; len++) {
		memset(ascii, 'k', len);
		ascii[len] = 0;
		assert_int_equal(ike_auth_psk_parse(ascii, &psk), 0);
		assert_int_equal(psk.len, len);
		assert_memory_equal(psk.data, ascii, len);
		ike_secret_clear(&psk);
	}
}

static void test_psk_of_hex(void **state)
{
	struct ike_secret psk = { 0 };

	assert_int_equal(ike_auth_psk_parse("0x00fFa5AB", &psk), 0);
	assert_int_equal(psk.len, 4);
	assert_memory_equal(psk.data, "\x00\xff\xa5\xab", 4);
	ike_secret_clear(&psk);
}

static void test_C06_psk_empty_or_of_no_whole_octets(void **state)
{
	static const char *const bad[] = { "", "0x", "0x1", "0x123", "0xfg",
					   "0x 12", "0x12 ", "0x-1" };
	struct ike_secret psk = { 0 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(ike_auth_psk_parse(bad[i], &psk), -EINVAL);
		assert_null(psk.data);
	}
}

static int make_step(void)
{
	struct ike_auth auth = some_auth();
	struct ike_fault fault = { 0 };
	struct ike_secret data = { 0 };
	int err = ike_auth_make(PSK, &auth, &some_key, &data, &fault);

	assert_int_equal(fault.reason, err ? IKE_REASON_NO_MEMORY :
			 IKE_REASON_NONE);
	ike_secret_clear(&data);
	return err;
}

static int parse_step(void)
{
	struct ike_secret psk = { 0 };
	int err = ike_auth_psk_parse("0x1234", &psk);

	ike_secret_clear(&psk);
	return err;
}

static void test_auth_when_memory_runs_out(void **state)
{
	scarce_try(make_step);
	scarce_try(parse_step);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_psk_known_answers),
		cmocka_unit_test(
			test_signed_octets_are_message_nonce_and_maced_id),
		cmocka_unit_test(test_I49_a_proof_of_something_else),
		cmocka_unit_test(test_I49_wrong_id_with_the_right_key),
		cmocka_unit_test(test_I49_psk_of_another_peer),
		cmocka_unit_test(test_I49_our_proof_reflected),
		cmocka_unit_test(test_I49_auth_data_of_every_wrong_length),
		cmocka_unit_test(test_I49_auth_data_of_zeroes_and_of_64_kib),
		cmocka_unit_test(test_I49_each_bit_of_the_proof),
		cmocka_unit_test(test_I49_methods_nobody_has),
		cmocka_unit_test(test_I49_no_secret_accepts_nothing),
		cmocka_unit_test(test_a_failing_prf_is_no_proof),
		cmocka_unit_test(test_auth_when_memory_runs_out),
		cmocka_unit_test(test_psk_of_ascii_has_no_terminator),
		cmocka_unit_test(test_psk_of_hex),
		cmocka_unit_test(test_C06_psk_empty_or_of_no_whole_octets),
	};

	return cmocka_run_group_tests_name("ike_auth", tests, NULL, NULL);
}
