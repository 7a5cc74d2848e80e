// SPDX-License-Identifier: GPL-2.0-only
/* The derivations against NIST's answers (CAVP, SP 800-135), and what they do
 * with lengths that cannot be.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "keymat.h"
#include "proto.h"
#include "scarce.h"
#include "vectors.h"


static struct ike_bytes bytes_of(const struct octets *octets)
{
	return (struct ike_bytes){ octets->data, octets->len };
}

static struct ike_secret secret_of(const struct octets *octets)
{
	struct ike_secret secret = { 0 };

	assert_int_equal(ike_secret_set(&secret, octets->data, octets->len), 0);
	return secret;
}

static uint64_t spi_of(const uint8_t *octets)
{
	struct ike_reader r;

	ike_reader_init(&r, octets, 8);
	return ike_reader_u64(&r);
}

/* The keys stand where the stream has them, as far as the stream goes. */
static void assert_stream(const struct ike_secret *const *keys, size_t n,
			  const struct octets *stream)
{
	size_t at = 0, i, len;

	for (i = 0; i < n; i++) {
		len = keys[i]->len;
		if (len > stream->len - at)
			len = stream->len - at;
		if (len)
			assert_memory_equal(keys[i]->data, stream->data + at,
					    len);
		at += len;
	}
	assert_int_equal(at, stream->len);
}

static void assert_ike_keys(const struct ike_keys *keys,
			    const struct octets *stream)
{
	const struct ike_secret *const order[] = {
		&keys->d, &keys->ai, &keys->ar, &keys->ei, &keys->er,
		&keys->pi, &keys->pr,
	};

	assert_stream(order, ARRAY_SIZE(order), stream);
}

static void assert_child_keys(const struct ike_child_keys *keys,
			      const struct octets *stream)
{
	const struct ike_secret *const order[] = {
		&keys->encr_i, &keys->integ_i, &keys->encr_r, &keys->integ_r,
	};

	assert_stream(order, ARRAY_SIZE(order), stream);
}

/* The inputs of a record: nonces and SPIs come apart or together. */
struct inputs {
	struct octets ni;
	struct octets nr;
	struct octets spis;
	struct octets gir;
};

static struct inputs inputs_of(const struct record *record)
{
	bool sha1 = strstr(record->name, "SHA1");
	struct inputs in = { .gir = octets_of(record, "g^ir") };
	struct octets both, spi_r;

	if (sha1) {
		in.ni = octets_of(record, "Ni");
		in.nr = octets_of(record, "Nr");
		in.spis = octets_of(record, "SPIi");
		spi_r = octets_of(record, "SPIr");
		octets_add(&in.spis, spi_r.data, spi_r.len);
		return in;
	}
	both = octets_of(record, "Ni|Nr");
	octets_add(&in.ni, both.data, both.len / 2);
	octets_add(&in.nr, both.data + both.len / 2, both.len / 2);
	in.spis = octets_of(record, "SPIi|SPIr");
	return in;
}

static const struct ike_prf *prf_of(const struct record *record)
{
	static const struct {
		const char *name;
		uint16_t id;
	} prfs[] = {
		{ "SHA1", IKE_PRF_HMAC_SHA1 },
		{ "SHA2_256", IKE_PRF_HMAC_SHA2_256 },
		{ "SHA2_384", IKE_PRF_HMAC_SHA2_384 },
		{ "SHA2_512", IKE_PRF_HMAC_SHA2_512 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(prfs); i++)
		if (strstr(record->name, prfs[i].name))
			return ike_prf_find(prfs[i].id);
	fail_msg("no PRF in [%s]", record->name);
	return NULL;
}

static struct ike_suite suite_of(const struct ike_prf *prf)
{
	struct ike_suite suite;

	assert_int_equal(ike_suite_set(&suite, IKE_ENCR_AES_CBC, 128,
				       IKE_INTEG_HMAC_SHA1_96, prf->id,
				       IKE_DH_MODP_2048), 0);
	return suite;
}

static void check_init(const struct record *record)
{
	struct inputs in = inputs_of(record);
	struct octets dkm = octets_of(record, "DKM");
	struct ike_suite suite = suite_of(prf_of(record));
	struct ike_nonces nonces = { bytes_of(&in.ni), bytes_of(&in.nr) };
	struct ike_secret gir = secret_of(&in.gir);
	struct ike_keys keys;

	assert_int_equal(ike_keymat_init(&keys, &suite, &gir, nonces,
					 spi_of(in.spis.data),
					 spi_of(in.spis.data + 8)), 0);
	assert_int_equal(keys.d.len, suite.prf->len);
	assert_ike_keys(&keys, &dkm);
	ike_keys_clear(&keys);
	ike_secret_clear(&gir);
}

static void test_skeyseed_and_keys_cavp(void **state)
{
	assert_int_equal(check_file(IKE_VECTORS "/ikev2_kdf_cavp.txt",
				    check_init), 4);
}

static void check_prf_plus(const struct record *record)
{
	struct inputs in = inputs_of(record);
	struct octets dkm = octets_of(record, "DKM");
	struct octets skeyseed = octets_of(record, "SKEYSEED");
	struct octets seed = in.ni;
	struct ike_secret out = { 0 };
	size_t len;

	octets_add(&seed, in.nr.data, in.nr.len);
	octets_add(&seed, in.spis.data, in.spis.len);
	for (len = 1; len <= dkm.len; len++) {
		assert_int_equal(ike_keymat_prf_plus(prf_of(record),
						     bytes_of(&skeyseed),
						     bytes_of(&seed), &out,
						     len), 0);
		assert_int_equal(out.len, len);
		assert_memory_equal(out.data, dkm.data, len);
		ike_secret_clear(&out);
	}
}

static void test_prf_plus_of_every_length_cavp(void **state)
{
	assert_int_equal(check_file(IKE_VECTORS "/ikev2_kdf_cavp.txt",
				    check_prf_plus), 4);
}

/* The SHA-1 record alone has what comes after IKE_AUTH. */
static void check_child(const struct record *record)
{
	struct inputs in = inputs_of(record);
	struct ike_nonces nonces = { bytes_of(&in.ni), bytes_of(&in.nr) };
	struct octets d = octets_of(record, "DKM"), gir_new, without, with;
	struct ike_secret sk_d, gir;
	struct ike_child_keys keys;

	if (!strstr(record->name, "SHA1"))
		return;
	d.len = 20;
	sk_d = secret_of(&d);
	gir_new = octets_of(record, "g^ir_new");
	gir = secret_of(&gir_new);
	without = octets_of(record, "DKM_Child");
	with = octets_of(record, "DKM_Child_DH");
	assert_int_equal(ike_keymat_child(&keys, prf_of(record), &sk_d, NULL,
					  nonces, 36, 30), 0);
	assert_child_keys(&keys, &without);
	ike_child_keys_clear(&keys);
	assert_int_equal(ike_keymat_child(&keys, prf_of(record), &sk_d, &gir,
					  nonces, 66, 0), 0);
	assert_child_keys(&keys, &with);
	ike_child_keys_clear(&keys);
	ike_secret_clear(&gir);
	ike_secret_clear(&sk_d);
}

static void test_keymat_of_a_child_with_and_without_dh_cavp(void **state)
{
	check_file(IKE_VECTORS "/ikev2_kdf_cavp.txt", check_child);
}

/* The new IKE SA has another PRF: SKEYSEED is made with the old one, the keys
 * with the new one.
 */
static void check_rekey(const struct record *record)
{
	struct inputs in = inputs_of(record);
	struct ike_nonces nonces = { bytes_of(&in.ni), bytes_of(&in.nr) };
	const struct ike_prf *new_prf = ike_prf_find(IKE_PRF_HMAC_SHA2_512);
	struct ike_suite suite = suite_of(new_prf);
	struct octets d = octets_of(record, "DKM"), gir_new, skeyseed, stream;
	struct octets seed = in.ni;
	struct ike_secret sk_d, gir, expect = { 0 };
	struct ike_keys keys;

	if (!strstr(record->name, "SHA1"))
		return;
	d.len = 20;
	sk_d = secret_of(&d);
	gir_new = octets_of(record, "g^ir_new");
	gir = secret_of(&gir_new);
	skeyseed = octets_of(record, "SKEYSEED_Rekey");
	octets_add(&seed, in.nr.data, in.nr.len);
	octets_add(&seed, in.spis.data, in.spis.len);
	assert_int_equal(ike_keymat_prf_plus(new_prf, bytes_of(&skeyseed),
					     bytes_of(&seed), &expect,
					     3 * 64 + 2 * 20 + 2 * 16), 0);
	stream.len = 0;
	octets_add(&stream, expect.data, expect.len);

	assert_int_equal(ike_keymat_rekey(&keys, &suite, prf_of(record), &sk_d,
					  &gir, nonces, spi_of(in.spis.data),
					  spi_of(in.spis.data + 8)), 0);
	assert_ike_keys(&keys, &stream);
	ike_keys_clear(&keys);
	ike_secret_clear(&expect);
	ike_secret_clear(&gir);
	ike_secret_clear(&sk_d);
}

static void test_rekey_uses_the_old_prf_for_skeyseed_cavp(void **state)
{
	check_file(IKE_VECTORS "/ikev2_kdf_cavp.txt", check_rekey);
}

/* Some input, when the answer does not matter. */
static const struct octets some = { .data = { 1, 2, 3 }, .len = 32 };

static void test_keys_of_an_aead_have_a_salt_and_no_sk_a(void **state)
{
	struct ike_nonces nonces = { bytes_of(&some), bytes_of(&some) };
	struct ike_secret gir = secret_of(&some);
	struct ike_suite suite;
	struct ike_keys keys;

	assert_int_equal(ike_suite_set(&suite, IKE_ENCR_AES_GCM_16, 256, 0,
				       IKE_PRF_HMAC_SHA2_384,
				       IKE_DH_ECP_384), 0);
	assert_int_equal(ike_keymat_init(&keys, &suite, &gir, nonces, 1, 2), 0);
	assert_int_equal(keys.ai.len, 0);
	assert_int_equal(keys.ar.len, 0);
	assert_int_equal(keys.ei.len, 36);
	assert_int_equal(keys.er.len, 36);
	assert_int_equal(keys.pi.len, 48);
	assert_int_equal(keys.pr.len, 48);
	assert_memory_not_equal(keys.ei.data, keys.er.data, 36);
	ike_keys_clear(&keys);
	ike_secret_clear(&gir);
}

static void test_every_input_of_skeyseed_matters(void **state)
{
	struct octets other = { .data = { 1, 2, 4 }, .len = 32 };
	struct ike_suite suite = suite_of(ike_prf_find(IKE_PRF_HMAC_SHA2_256));
	struct ike_secret gir[2] = { secret_of(&some), secret_of(&other) };
	struct ike_bytes nonce[2] = { bytes_of(&some), bytes_of(&other) };
	struct ike_keys keys[6];
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		struct ike_nonces nonces = { nonce[i == 1], nonce[i == 2] };

		assert_int_equal(ike_keymat_init(&keys[i], &suite,
						 &gir[i == 3], nonces,
						 i == 4 ? 9 : 1,
						 i == 5 ? 9 : 2), 0);
		for (j = 0; j < i; j++)
			assert_memory_not_equal(keys[i].d.data, keys[j].d.data,
						keys[i].d.len);
	}
	for (i = 0; i < ARRAY_SIZE(keys); i++)
		ike_keys_clear(&keys[i]);
	ike_secret_clear(&gir[0]);
	ike_secret_clear(&gir[1]);
}

/* RFC 7296 2.13: the counter of prf+ is one octet. */
static void test_prf_plus_ends_after_255_blocks(void **state)
{
	const struct ike_prf *prf = ike_prf_find(IKE_PRF_HMAC_SHA1);
	struct ike_secret out = { 0 };

	assert_int_equal(ike_keymat_prf_plus(prf, bytes_of(&some),
					     bytes_of(&some), &out, 255 * 20),
			 0);
	ike_secret_clear(&out);
	assert_int_equal(ike_keymat_prf_plus(prf, bytes_of(&some),
					     bytes_of(&some), &out,
					     255 * 20 + 1), -EINVAL);
	assert_null(out.data);
}

/* CVE-2024-3652: ESP NULL and NONE ask for no keys at all. */
static void test_I34_key_material_of_no_octets_is_refused(void **state)
{
	struct ike_nonces nonces = { bytes_of(&some), bytes_of(&some) };
	struct ike_secret d = secret_of(&some);
	struct ike_child_keys keys;

	assert_int_equal(ike_keymat_child(&keys,
					  ike_prf_find(IKE_PRF_HMAC_SHA1), &d,
					  NULL, nonces, 0, 0), -EINVAL);
	assert_null(keys.encr_i.data);
	ike_secret_clear(&d);
}

static void test_a_failed_derivation_leaves_no_key(void **state)
{
	struct ike_nonces nonces = { bytes_of(&some), bytes_of(&some) };
	struct ike_suite suite = suite_of(ike_prf_find(IKE_PRF_HMAC_SHA2_256));
	struct ike_secret nothing = { 0 }, gir = secret_of(&some);
	struct ike_keys keys;

	/* no SK_d to begin with */
	assert_int_equal(ike_keymat_rekey(&keys, &suite, suite.prf, &nothing,
					  &gir, nonces, 1, 2), -EINVAL);
	assert_null(keys.d.data);
	assert_null(keys.pr.data);
	ike_keys_clear(&keys);
	ike_secret_clear(&gir);
}

static void test_suite_of_numbers(void **state)
{
	struct ike_suite suite;

	assert_int_equal(ike_suite_set(&suite, IKE_ENCR_AES_CBC, 256,
				       IKE_INTEG_HMAC_SHA2_256_128,
				       IKE_PRF_HMAC_SHA2_256, IKE_DH_ECP_256),
			 0);
	assert_int_equal(suite.encr->id, IKE_ENCR_AES_CBC);
	assert_int_equal(suite.encr_key_len, 32);
	assert_int_equal(suite.integ->id, IKE_INTEG_HMAC_SHA2_256_128);
	assert_int_equal(suite.prf->id, IKE_PRF_HMAC_SHA2_256);
	assert_int_equal(suite.group->id, IKE_DH_ECP_256);
}

static void test_I34_suites_that_protect_nothing(void **state)
{
	/* ENCR, Key Length, INTEG, PRF, DH, error */
	static const int rows[][6] = {
		{ IKE_ENCR_AES_CBC, 128, 0, 5, 14, -EINVAL },
		{ IKE_ENCR_AES_CBC, 128, 1, 5, 14, -ENOTSUP },
		{ IKE_ENCR_AES_GCM_16, 128, 12, 5, 14, -EINVAL },
		{ IKE_ENCR_NULL, 0, 12, 5, 14, -ENOTSUP },
		{ IKE_ENCR_NULL_AUTH_AES_GMAC, 128, 0, 5, 14, -ENOTSUP },
		{ IKE_ENCR_AES_CBC, 128, 12, 0, 14, -ENOTSUP },
		{ IKE_ENCR_AES_CBC, 128, 12, 1, 14, -ENOTSUP },
		{ IKE_ENCR_AES_CBC, 128, 12, 5, 0, -ENOTSUP },
		{ IKE_ENCR_AES_CBC, 0, 12, 5, 14, -EINVAL },
		{ IKE_ENCR_CHACHA20_POLY1305, 256, 0, 5, 14, -EINVAL },
		{ 0, 0, 12, 5, 14, -ENOTSUP },
	};
	struct ike_suite suite;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(ike_suite_set(&suite, rows[i][0], rows[i][1],
					       rows[i][2], rows[i][3],
					       rows[i][4]), rows[i][5]);
}

/* RFC 7296 2.12. The first run tells what to look for in the second one. */
static void test_no_key_is_left_in_memory_that_is_freed(void **state)
{
	struct ike_nonces nonces = { bytes_of(&some), bytes_of(&some) };
	struct ike_suite suite = suite_of(ike_prf_find(IKE_PRF_HMAC_SHA2_256));
	struct ike_secret gir = secret_of(&some);
	struct ike_child_keys child;
	struct ike_keys keys;
	uint8_t sk_d[32], encr_i[16];
	int round;

	for (round = 0; round < 2; round++) {
		scarce_watch(round ? sk_d : NULL, sizeof(sk_d));
		assert_int_equal(ike_keymat_init(&keys, &suite, &gir, nonces,
						 1, 2), 0);
		memcpy(sk_d, keys.d.data, sizeof(sk_d));
		assert_int_equal(ike_keymat_child(&child, suite.prf, &keys.d,
						  &gir, nonces, 16, 20), 0);
		memcpy(encr_i, child.encr_i.data, sizeof(encr_i));
		ike_keys_clear(&keys);
		assert_int_equal(scarce_found(), 0);
		scarce_watch(encr_i, sizeof(encr_i));
		ike_child_keys_clear(&child);
		assert_int_equal(scarce_found(), 0);
	}
	scarce_watch(NULL, 0);
	ike_secret_clear(&gir);
}

static struct ike_secret some_secret;

static int init_step(void)
{
	static const struct ike_keys none;
	struct ike_nonces nonces = { bytes_of(&some), bytes_of(&some) };
	struct ike_suite suite = suite_of(ike_prf_find(IKE_PRF_HMAC_SHA1));
	struct ike_keys keys;
	int err = ike_keymat_init(&keys, &suite, &some_secret, nonces, 1, 2);

	if (err)
		assert_memory_equal(&keys, &none, sizeof(keys));
	ike_keys_clear(&keys);
	return err;
}

static int rekey_step(void)
{
	static const struct ike_keys none;
	struct ike_nonces nonces = { bytes_of(&some), bytes_of(&some) };
	struct ike_suite suite = suite_of(ike_prf_find(IKE_PRF_HMAC_SHA1));
	struct ike_keys keys;
	int err = ike_keymat_rekey(&keys, &suite, suite.prf, &some_secret,
				   &some_secret, nonces, 1, 2);

	if (err)
		assert_memory_equal(&keys, &none, sizeof(keys));
	ike_keys_clear(&keys);
	return err;
}

static int child_step(void)
{
	static const struct ike_child_keys none;
	struct ike_nonces nonces = { bytes_of(&some), bytes_of(&some) };
	struct ike_child_keys keys;
	int err = ike_keymat_child(&keys, ike_prf_find(IKE_PRF_HMAC_SHA1),
				   &some_secret, &some_secret, nonces, 36, 20);

	if (err)
		assert_memory_equal(&keys, &none, sizeof(keys));
	ike_child_keys_clear(&keys);
	return err;
}

static void test_no_key_is_left_when_memory_runs_out(void **state)
{
	some_secret = secret_of(&some);
	scarce_try(init_step);
	scarce_try(rekey_step);
	scarce_try(child_step);
	ike_secret_clear(&some_secret);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_skeyseed_and_keys_cavp),
		cmocka_unit_test(test_prf_plus_of_every_length_cavp),
		cmocka_unit_test(
			test_keymat_of_a_child_with_and_without_dh_cavp),
		cmocka_unit_test(test_rekey_uses_the_old_prf_for_skeyseed_cavp),
		cmocka_unit_test(test_keys_of_an_aead_have_a_salt_and_no_sk_a),
		cmocka_unit_test(test_every_input_of_skeyseed_matters),
		cmocka_unit_test(test_prf_plus_ends_after_255_blocks),
		cmocka_unit_test(test_I34_key_material_of_no_octets_is_refused),
		cmocka_unit_test(test_a_failed_derivation_leaves_no_key),
		cmocka_unit_test(test_no_key_is_left_in_memory_that_is_freed),
		cmocka_unit_test(test_no_key_is_left_when_memory_runs_out),
		cmocka_unit_test(test_suite_of_numbers),
		cmocka_unit_test(test_I34_suites_that_protect_nothing),
	};

	return cmocka_run_group_tests_name("ike_keymat", tests, NULL, NULL);
}
