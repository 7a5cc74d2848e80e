// SPDX-License-Identifier: GPL-2.0-only
/* One suite of each kind that can protect IKE messages. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "proto.h"
#include "seeded.h"
#include "suites.h"

static const struct {
	uint16_t encr;
	uint16_t bits;
	uint16_t integ;
	uint16_t prf;
} suites[SUITES] = {
	{ IKE_ENCR_AES_CBC, 128, IKE_INTEG_HMAC_SHA1_96, IKE_PRF_HMAC_SHA1 },
	{ IKE_ENCR_AES_CBC, 192, IKE_INTEG_HMAC_SHA2_384_192,
	  IKE_PRF_HMAC_SHA2_384 },
	{ IKE_ENCR_AES_CBC, 256, IKE_INTEG_HMAC_SHA2_256_128,
	  IKE_PRF_HMAC_SHA2_256 },
	{ IKE_ENCR_AES_CBC, 256, IKE_INTEG_HMAC_SHA2_512_256,
	  IKE_PRF_HMAC_SHA2_512 },
	{ IKE_ENCR_AES_GCM_8, 128, 0, IKE_PRF_HMAC_SHA2_256 },
	{ IKE_ENCR_AES_GCM_12, 192, 0, IKE_PRF_HMAC_SHA2_256 },
	{ IKE_ENCR_AES_GCM_16, 256, 0, IKE_PRF_HMAC_SHA2_512 },
	{ IKE_ENCR_CHACHA20_POLY1305, 0, 0, IKE_PRF_HMAC_SHA2_256 },
};

void protection_make(struct protection *p, size_t suite)
{
	struct seeded seeded = { .state = suite };
	struct ike_random random = seeded_random(&seeded);
	uint8_t octets[32];
	struct ike_nonces nonces = { { octets, 32 }, { octets, 32 } };
	struct ike_secret gir = { 0 };

	ike_random_fill(&random, octets, sizeof(octets));
	assert_int_equal(ike_suite_set(&p->suite, suites[suite].encr,
				       suites[suite].bits, suites[suite].integ,
				       suites[suite].prf, IKE_DH_ECP_256), 0);
	assert_int_equal(ike_secret_set(&gir, octets, sizeof(octets)), 0);
	assert_int_equal(ike_keymat_init(&p->keys, &p->suite, &gir, nonces,
					 1, 2), 0);
	assert_int_equal(ike_sk_init(&p->i, &p->suite, &p->keys, true, &random),
			 0);
	assert_int_equal(ike_sk_init(&p->r, &p->suite, &p->keys, false,
				     &random), 0);
	ike_secret_clear(&gir);
}

void protection_clear(struct protection *p)
{
	ike_keys_clear(&p->keys);
}
