// SPDX-License-Identifier: GPL-2.0-only
/* What the algorithms do when libcrypto lets them down: it has no memory, or it
 * has no such algorithm here, as in FIPS mode. An error, and nothing else:
 * CVE-2018-10811 was a PRF that libcrypto refused, used all the same.
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
#include <openssl/crypto.h>
#include <openssl/provider.h>

#include "crypto.h"
#include "proto.h"

/* More allocations than any operation makes. */
#define TRIES_MAX 2000

static const uint16_t groups[] = { 5, 14, 15, 16, 18, 19, 20, 21, 31 };
static const uint16_t prfs[] = { 2, 5, 6, 7 };
static const uint16_t encrs[] = { 12, 18, 19, 20, 28 };

static const uint8_t octets[128] = { 1, 2, 3, 4, 5, 6, 7, 8 };

static long allocations = -1;	/* what libcrypto may make; -1: all */

static bool there_is_some(void)
{
	if (allocations <= 0)
		return allocations;
	allocations--;
	return true;
}

static void *give(size_t size, const char *file, int line)
{
	return there_is_some() ? malloc(size) : NULL;
}

static void *give_more(void *data, size_t size, const char *file, int line)
{
	return there_is_some() ? realloc(data, size) : NULL;
}

static void take_back(void *data, const char *file, int line)
{
	free(data);
}

/* Each operation gives 0 or an error. */

static int dh_op(uint16_t id)
{
	struct ike_fault fault = { 0 };
	struct ike_secret gir = { 0 };
	struct ike_dh dh;
	int err = ike_dh_new(&dh, ike_group_find(id), octets);

	if (!err)
		err = ike_dh_shared(&dh, (struct ike_bytes){ dh.public,
				    dh.group->public_len }, &gir, &fault);
	if (err)
		assert_null(gir.data);
	ike_secret_clear(&gir);
	ike_dh_clear(&dh);
	return err;
}

static int prf_op(uint16_t id)
{
	const struct ike_bytes some = { octets, 20 };
	uint8_t out[PRF_LEN_MAX];

	return ike_prf(ike_prf_find(id), some, &some, 1, out);
}

static int encr_op(uint16_t id)
{
	const struct ike_encr *encr = ike_encr_find(id);
	const struct ike_bytes key = { octets, 32u + encr->salt_len };
	const struct ike_bytes aad = { octets, 8 };
	uint8_t data[32] = { 0 }, icv[16];
	int err = ike_encr_seal(encr, key, octets, aad, data, 32, icv);

	return err ? err : ike_encr_open(encr, key, octets, aad, data, 32, icv);
}

static int sha1_op(uint16_t id)
{
	const struct ike_bytes some = { octets, 20 };
	uint8_t out[SHA1_LEN];

	return ike_crypto_sha1(&some, 1, out);
}

static void each_op(void (*check)(int (*op)(uint16_t), uint16_t))
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(groups); i++)
		check(dh_op, groups[i]);
	for (i = 0; i < ARRAY_SIZE(prfs); i++)
		check(prf_op, prfs[i]);
	for (i = 0; i < ARRAY_SIZE(encrs); i++)
		check(encr_op, encrs[i]);
	check(sha1_op, 0);
}

/* MODP and ECP are plain arithmetic, which asks no provider. */
static void check_refused(int (*op)(uint16_t), uint16_t id)
{
	if (op != dh_op || id == IKE_DH_CURVE25519)
		assert_int_equal(op(id), -EIO);
}

static void test_algorithms_that_libcrypto_refuses(void **state)
{
	/* With this one loaded, the default one is not. */
	OSSL_PROVIDER *none = OSSL_PROVIDER_load(NULL, "null");

	assert_non_null(none);
	each_op(check_refused);
	OSSL_PROVIDER_unload(none);
}

static void check_works(int (*op)(uint16_t), uint16_t id)
{
	assert_int_equal(op(id), 0);
}

/* An operation that worked before fails at each of its allocations in turn. */
static void check_scarce(int (*op)(uint16_t), uint16_t id)
{
	int err = -ENOMEM;
	long n;

	if (id == IKE_DH_MODP_3072 || id == IKE_DH_MODP_4096 ||
	    id == IKE_DH_MODP_8192)
		return;		/* slow, and the code is that of group 14 */
	for (n = 0; err && n < TRIES_MAX; n++) {
		allocations = n;
		err = op(id);
		allocations = -1;
		assert_true(!err || err == -ENOMEM || err == -EIO ||
			    err == -EDOM || err == -EBADMSG);
	}
	assert_in_range(n, 2, TRIES_MAX - 1);
}

static void test_libcrypto_without_memory(void **state)
{
	OSSL_PROVIDER *provider = OSSL_PROVIDER_load(NULL, "default");

	assert_non_null(provider);
	each_op(check_works);
	each_op(check_scarce);
	each_op(check_works);
	OSSL_PROVIDER_unload(provider);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_algorithms_that_libcrypto_refuses),
		cmocka_unit_test(test_libcrypto_without_memory),
	};

	/* before libcrypto asks for its first octet */
	if (!CRYPTO_set_mem_functions(give, give_more, take_back))
		return 1;
	return cmocka_run_group_tests_name("ike_libcrypto", tests, NULL, NULL);
}
