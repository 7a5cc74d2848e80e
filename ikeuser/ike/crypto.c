// SPDX-License-Identifier: GPL-2.0-only
/* The algorithms of IKEv2: tables by IANA number, and the arithmetic behind
 * them through libcrypto. This file alone knows libcrypto. It knows no message
 * and no policy, and keeps nothing.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/objects.h>

#include "crypto.h"
#include "proto.h"

/* Secrets */

void ike_crypto_wipe(void *data, size_t len)
{
	OPENSSL_cleanse(data, len);
}

bool ike_crypto_equal(const void *a, const void *b, size_t len)
{
	return CRYPTO_memcmp(a, b, len) == 0;
}

int ike_secret_new(struct ike_secret *secret, size_t len)
{
	/* calloc(0) may return NULL, and NULL means that there is no memory. */
	secret->data = calloc(1, len ? len : 1);
	if (!secret->data)
		return -ENOMEM;
	secret->len = len;
	return 0;
}

int ike_secret_set(struct ike_secret *secret, const void *data, size_t len)
{
	int err = ike_secret_new(secret, len);

	if (!err && len)
		memcpy(secret->data, data, len);
	return err;
}

void ike_secret_move(struct ike_secret *secret, struct ike_secret *from)
{
	ike_secret_clear(secret);
	*secret = *from;
	*from = (struct ike_secret){ 0 };
}

void ike_secret_clear(struct ike_secret *secret)
{
	if (secret->data)
		OPENSSL_cleanse(secret->data, secret->len);
	free(secret->data);
	*secret = (struct ike_secret){ 0 };
}

struct ike_bytes ike_secret_bytes(const struct ike_secret *secret)
{
	return (struct ike_bytes){ secret->data, secret->len };
}

int ike_random_fill(const struct ike_random *random, void *data, size_t len)
{
	return random->fill(random->arg, data, len);
}

/* PRF and INTEG: HMAC, all of them (RFC 2404, 4868). */

static const struct ike_prf prfs[] = {
	{ IKE_PRF_HMAC_SHA1, 20, "SHA1" },
	{ IKE_PRF_HMAC_SHA2_256, 32, "SHA256" },
	{ IKE_PRF_HMAC_SHA2_384, 48, "SHA384" },
	{ IKE_PRF_HMAC_SHA2_512, 64, "SHA512" },
};

static const struct ike_integ integs[] = {
	{ IKE_INTEG_HMAC_SHA1_96, 20, 12, "SHA1" },
	{ IKE_INTEG_HMAC_SHA2_256_128, 32, 16, "SHA256" },
	{ IKE_INTEG_HMAC_SHA2_384_192, 48, 24, "SHA384" },
	{ IKE_INTEG_HMAC_SHA2_512_256, 64, 32, "SHA512" },
};

const struct ike_prf *ike_prf_find(uint16_t id)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(prfs); i++)
		if (prfs[i].id == id)
			return &prfs[i];
	return NULL;
}

const struct ike_integ *ike_integ_find(uint16_t id)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(integs); i++)
		if (integs[i].id == id)
			return &integs[i];
	return NULL;
}

static bool mac_run(EVP_MAC_CTX *ctx, const char *digest, struct ike_bytes key,
		    const struct ike_bytes *data, size_t n, uint8_t *out)
{
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
						 (char *)digest, 0),
		OSSL_PARAM_construct_end(),
	};
	size_t i, len;

	if (!EVP_MAC_init(ctx, key.data, key.len, params))
		return false;
	for (i = 0; i < n; i++)
		if (data[i].len &&
		    !EVP_MAC_update(ctx, data[i].data, data[i].len))
			return false;
	return EVP_MAC_final(ctx, out, &len, EVP_MAX_MD_SIZE);
}

/* An empty key is a fault of the caller that must not become a MAC that anybody
 * can make.
 */
static int hmac(const char *digest, struct ike_bytes key,
		const struct ike_bytes *data, size_t n, uint8_t *out,
		size_t len)
{
	uint8_t full[EVP_MAX_MD_SIZE];
	EVP_MAC_CTX *ctx;
	EVP_MAC *mac;
	int err = -EIO;

	if (!key.len)
		return -EINVAL;
	mac = EVP_MAC_fetch(NULL, OSSL_MAC_NAME_HMAC, NULL);
	ctx = mac ? EVP_MAC_CTX_new(mac) : NULL;
	if (ctx && mac_run(ctx, digest, key, data, n, full)) {
		memcpy(out, full, len);
		err = 0;
	}
	OPENSSL_cleanse(full, sizeof(full));
	EVP_MAC_CTX_free(ctx);
	EVP_MAC_free(mac);
	return err;
}

int ike_prf(const struct ike_prf *prf, struct ike_bytes key,
	    const struct ike_bytes *data, size_t n, uint8_t *out)
{
	return hmac(prf->digest, key, data, n, out, prf->len);
}

int ike_integ_icv(const struct ike_integ *integ, struct ike_bytes key,
		  struct ike_bytes data, uint8_t *icv)
{
	return hmac(integ->digest, key, &data, 1, icv, integ->icv_len);
}

int ike_crypto_sha1(const struct ike_bytes *data, size_t n, uint8_t *out)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx && EVP_DigestInit_ex(ctx, EVP_sha1(), NULL);
	size_t i;

	for (i = 0; i < n; i++)
		ok = ok && EVP_DigestUpdate(ctx, data[i].data, data[i].len);
	ok = ok && EVP_DigestFinal_ex(ctx, out, NULL);
	EVP_MD_CTX_free(ctx);
	return ok ? 0 : -EIO;
}

/* ENCR: RFC 3602, 4106 and 5282, 7634; for ESP alone 2410 and 4543. */

#define AES_BITS { 128, 192, 256 }
#define SALT_LEN 4
#define NONCE_LEN 12		/* salt | IV */

static const struct ike_encr encrs[] = {
	{
		.id = IKE_ENCR_NULL,
		.block = 1,
	}, {
		.id = IKE_ENCR_AES_CBC,
		.bits = AES_BITS,
		.iv_len = 16,
		.block = 16,
		.ike = true,
	}, {
		.id = IKE_ENCR_AES_GCM_8,
		.bits = AES_BITS,
		.salt_len = SALT_LEN,
		.iv_len = 8,
		.icv_len = 8,
		.block = 1,
		.ike = true,
	}, {
		.id = IKE_ENCR_AES_GCM_12,
		.bits = AES_BITS,
		.salt_len = SALT_LEN,
		.iv_len = 8,
		.icv_len = 12,
		.block = 1,
		.ike = true,
	}, {
		.id = IKE_ENCR_AES_GCM_16,
		.bits = AES_BITS,
		.salt_len = SALT_LEN,
		.iv_len = 8,
		.icv_len = 16,
		.block = 1,
		.ike = true,
	}, {
		.id = IKE_ENCR_NULL_AUTH_AES_GMAC,
		.bits = AES_BITS,
		.salt_len = SALT_LEN,
		.iv_len = 8,
		.icv_len = 16,
		.block = 1,
	}, {
		.id = IKE_ENCR_CHACHA20_POLY1305,
		.fixed_len = 32,
		.salt_len = SALT_LEN,
		.iv_len = 8,
		.icv_len = 16,
		.block = 1,
		.ike = true,
	},
};

/* libcrypto has one name for each length of key, and one for all ICVs. */
static const struct cipher {
	uint16_t id;
	uint16_t key_len;	/* with the salt */
	const EVP_CIPHER *(*evp)(void);
} ciphers[] = {
	{ IKE_ENCR_AES_CBC, 16, EVP_aes_128_cbc },
	{ IKE_ENCR_AES_CBC, 24, EVP_aes_192_cbc },
	{ IKE_ENCR_AES_CBC, 32, EVP_aes_256_cbc },
	{ IKE_ENCR_AES_GCM_8, 16 + SALT_LEN, EVP_aes_128_gcm },
	{ IKE_ENCR_AES_GCM_8, 24 + SALT_LEN, EVP_aes_192_gcm },
	{ IKE_ENCR_AES_GCM_8, 32 + SALT_LEN, EVP_aes_256_gcm },
	{ IKE_ENCR_AES_GCM_12, 16 + SALT_LEN, EVP_aes_128_gcm },
	{ IKE_ENCR_AES_GCM_12, 24 + SALT_LEN, EVP_aes_192_gcm },
	{ IKE_ENCR_AES_GCM_12, 32 + SALT_LEN, EVP_aes_256_gcm },
	{ IKE_ENCR_AES_GCM_16, 16 + SALT_LEN, EVP_aes_128_gcm },
	{ IKE_ENCR_AES_GCM_16, 24 + SALT_LEN, EVP_aes_192_gcm },
	{ IKE_ENCR_AES_GCM_16, 32 + SALT_LEN, EVP_aes_256_gcm },
	{ IKE_ENCR_CHACHA20_POLY1305, 32 + SALT_LEN, EVP_chacha20_poly1305 },
};

const struct ike_encr *ike_encr_find(uint16_t id)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(encrs); i++)
		if (encrs[i].id == id)
			return &encrs[i];
	return NULL;
}

int ike_encr_key_len(const struct ike_encr *encr, uint16_t bits)
{
	size_t i;

	if (!encr->bits[0])
		return bits ? -EINVAL : encr->fixed_len + encr->salt_len;
	for (i = 0; i < ARRAY_SIZE(encr->bits); i++)
		if (encr->bits[i] == bits)
			return bits / 8 + encr->salt_len;
	return -EINVAL;
}

static const EVP_CIPHER *evp_cipher(const struct ike_encr *encr, size_t key_len)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ciphers); i++)
		if (ciphers[i].id == encr->id && ciphers[i].key_len == key_len)
			return ciphers[i].evp();
	return NULL;
}

/* RFC 4106 4 and RFC 7634 2: the nonce is salt | IV, and the salt is what the
 * key ends with. Without an AEAD it is the IV.
 */
static bool cipher_init(EVP_CIPHER_CTX *ctx, const struct ike_encr *encr,
			struct ike_bytes key, const uint8_t *iv, bool seal)
{
	const EVP_CIPHER *cipher = evp_cipher(encr, key.len);
	uint8_t nonce[IV_LEN_MAX];

	if (!cipher)
		return false;
	memcpy(nonce, key.data + key.len - encr->salt_len, encr->salt_len);
	memcpy(nonce + encr->salt_len, iv, encr->iv_len);
	return EVP_CipherInit_ex(ctx, cipher, NULL, key.data, nonce, seal) &&
	       EVP_CIPHER_CTX_set_padding(ctx, 0);
}

/* An AEAD is told the ICV before it opens and asked for it after it sealed.
 * EVP_CipherFinal_ex() is where it checks.
 */
static bool cipher_run(EVP_CIPHER_CTX *ctx, const struct ike_encr *encr,
		       struct ike_bytes aad, uint8_t *data, size_t len)
{
	int n;

	if (encr->icv_len &&
	    !EVP_CipherUpdate(ctx, NULL, &n, aad.data, aad.len))
		return false;
	if (!EVP_CipherUpdate(ctx, data, &n, data, len))
		return false;
	return EVP_CipherFinal_ex(ctx, data + n, &n) == 1;
}

int ike_encr_seal(const struct ike_encr *encr, struct ike_bytes key,
		  const uint8_t *iv, struct ike_bytes aad, uint8_t *data,
		  size_t len, uint8_t *icv)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	bool ok = ctx && cipher_init(ctx, encr, key, iv, true) &&
		  cipher_run(ctx, encr, aad, data, len);

	if (ok && encr->icv_len)
		ok = EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG,
					 encr->icv_len, icv) == 1;
	EVP_CIPHER_CTX_free(ctx);
	return ok ? 0 : -EIO;
}

int ike_encr_open(const struct ike_encr *encr, struct ike_bytes key,
		  const uint8_t *iv, struct ike_bytes aad, uint8_t *data,
		  size_t len, const uint8_t *icv)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	bool ok = ctx && cipher_init(ctx, encr, key, iv, false);
	int err = -EIO;

	if (ok && encr->icv_len)
		ok = EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG,
					 encr->icv_len, (uint8_t *)icv) == 1;
	if (ok)
		err = cipher_run(ctx, encr, aad, data, len) ? 0 : -EBADMSG;
	if (err)
		OPENSSL_cleanse(data, len);
	EVP_CIPHER_CTX_free(ctx);
	return err;
}

/* DH */

struct ike_group_kind {
	/* Makes dh->private of random, and g^x in dh->public. */
	int (*make)(struct ike_dh *dh, const uint8_t *random);
	int (*shared)(const struct ike_dh *dh, const uint8_t *peer,
		      uint8_t *gir);
};

/* MODP groups (RFC 7296 B, RFC 3526): generator 2, safe primes. */

struct modp {
	BIGNUM *(*prime)(BIGNUM *bn);
};

/* base^x mod p in constant time, left padded to the length of p. */
static int modp_exp(const struct ike_dh *dh, const BIGNUM *base,
		    const BIGNUM *p, uint8_t *out)
{
	size_t len = dh->group->public_len;
	BIGNUM *x = BN_bin2bn(dh->private.data, dh->private.len, NULL);
	BIGNUM *result = BN_new();
	BN_CTX *ctx = BN_CTX_new();
	int err = -ENOMEM;

	if (x && result && ctx) {
		BN_set_flags(x, BN_FLG_CONSTTIME);
		err = BN_mod_exp_mont_consttime(result, base, x, p, ctx,
						NULL) &&
		      BN_bn2binpad(result, out, len) == (int)len ? 0 : -EIO;
	}
	BN_CTX_free(ctx);
	BN_clear_free(result);
	BN_clear_free(x);
	return err;
}

static BIGNUM *modp_prime(const struct ike_dh *dh)
{
	const struct modp *modp = dh->group->params;

	return modp->prime(NULL);
}

static int modp_make(struct ike_dh *dh, const uint8_t *random)
{
	BIGNUM *p = modp_prime(dh), *generator = BN_new();
	int err = ike_secret_set(&dh->private, random, dh->group->random_len);

	if (!err && (!p || !generator || !BN_set_word(generator, 2)))
		err = -ENOMEM;
	if (!err)
		err = modp_exp(dh, generator, p, dh->public);
	BN_free(generator);
	BN_free(p);
	return err;
}

/* RFC 6989 2.1: 1 < r < p - 1. */
static bool modp_valid(const BIGNUM *r, BIGNUM *p_minus_1)
{
	return !BN_is_zero(r) && !BN_is_one(r) && BN_cmp(r, p_minus_1) < 0;
}

static int modp_shared(const struct ike_dh *dh, const uint8_t *peer,
		       uint8_t *gir)
{
	BIGNUM *r = BN_bin2bn(peer, dh->group->public_len, NULL);
	BIGNUM *p = modp_prime(dh), *p_minus_1 = p ? BN_dup(p) : NULL;
	int err;

	if (!r || !p || !p_minus_1 || !BN_sub_word(p_minus_1, 1))
		err = -ENOMEM;
	else if (!modp_valid(r, p_minus_1))
		err = -EDOM;
	else
		err = modp_exp(dh, r, p, gir);
	BN_free(p_minus_1);
	BN_free(p);
	BN_free(r);
	return err;
}

static const struct ike_group_kind modp_kind = { modp_make, modp_shared };

/* ECP groups (RFC 5903): KE data is x | y, g^ir is x. */

struct ecp {
	int nid;
	int field_len;
};

#define POINT_UNCOMPRESSED 4	/* SEC 1, 2.3.3: the octet before x | y */
#define ECP_POINT_MAX (1 + 2 * 66)

/* All that the two operations of a curve need. */
struct ecp_work {
	EC_GROUP *curve;
	EC_POINT *point;
	EC_POINT *product;
	BIGNUM *d;
	BIGNUM *n;		/* order - 1 */
	BN_CTX *ctx;
};

static int ecp_work_new(struct ecp_work *work, const struct ecp *ecp)
{
	*work = (struct ecp_work){
		.curve = EC_GROUP_new_by_curve_name(ecp->nid),
		.ctx = BN_CTX_secure_new(),
		.d = BN_new(),
		.n = BN_new(),
	};
	if (!work->curve || !work->ctx || !work->d || !work->n)
		return -ENOMEM;
	BN_set_flags(work->d, BN_FLG_CONSTTIME);
	work->point = EC_POINT_new(work->curve);
	work->product = EC_POINT_new(work->curve);
	if (!work->point || !work->product ||
	    !BN_copy(work->n, EC_GROUP_get0_order(work->curve)) ||
	    !BN_sub_word(work->n, 1))
		return -ENOMEM;
	return 0;
}

static void ecp_work_free(struct ecp_work *work)
{
	EC_POINT_clear_free(work->product);
	EC_POINT_free(work->point);
	BN_free(work->n);
	BN_clear_free(work->d);
	BN_CTX_free(work->ctx);
	EC_GROUP_free(work->curve);
}

/* FIPS 186-4 B.4.1: d = (c mod (order - 1)) + 1, where c has 64 bits more than
 * the order, so that no d is likelier than another.
 */
static int ecp_private(struct ike_dh *dh, struct ecp_work *work,
		       const uint8_t *random)
{
	const struct ecp *ecp = dh->group->params;
	BIGNUM *c = BN_bin2bn(random, dh->group->random_len, NULL);
	int err = ike_secret_new(&dh->private, ecp->field_len);

	if (!err && (!c || !BN_mod(work->d, c, work->n, work->ctx) ||
		     !BN_add_word(work->d, 1) ||
		     BN_bn2binpad(work->d, dh->private.data,
				  dh->private.len) < 0))
		err = -EIO;
	BN_clear_free(c);
	return err;
}

static int ecp_product_octets(struct ecp_work *work, uint8_t *octets,
			      size_t len)
{
	return EC_POINT_point2oct(work->curve, work->product,
				  POINT_CONVERSION_UNCOMPRESSED, octets, len,
				  work->ctx) == len ? 0 : -EIO;
}

static int ecp_make(struct ike_dh *dh, const uint8_t *random)
{
	uint8_t octets[ECP_POINT_MAX];
	size_t len = dh->group->public_len;
	struct ecp_work work;
	int err = ecp_work_new(&work, dh->group->params);

	if (!err)
		err = ecp_private(dh, &work, random);
	if (!err && !EC_POINT_mul(work.curve, work.product, work.d, NULL, NULL,
				  work.ctx))
		err = -EIO;
	if (!err)
		err = ecp_product_octets(&work, octets, 1 + len);
	if (!err)
		memcpy(dh->public, octets + 1, len);
	ecp_work_free(&work);
	return err;
}

/* RFC 6989 2.3: EC_POINT_oct2point() takes no coordinate beyond the field and
 * no point off the curve. The order of these curves is prime, so a point on it
 * is in the right subgroup.
 */
static int ecp_multiply(const struct ike_dh *dh, struct ecp_work *work,
			uint8_t *octets, size_t len)
{
	if (!EC_POINT_oct2point(work->curve, work->point, octets, len,
				work->ctx))
		return -EDOM;
	if (!BN_bin2bn(dh->private.data, dh->private.len, work->d))
		return -ENOMEM;
	if (!EC_POINT_mul(work->curve, work->product, NULL, work->point,
			  work->d, work->ctx))
		return -EIO;
	return ecp_product_octets(work, octets, len);
}

static int ecp_shared(const struct ike_dh *dh, const uint8_t *peer,
		      uint8_t *gir)
{
	uint8_t octets[ECP_POINT_MAX] = { POINT_UNCOMPRESSED };
	size_t len = dh->group->public_len;
	struct ecp_work work;
	int err = ecp_work_new(&work, dh->group->params);

	memcpy(octets + 1, peer, len);
	if (!err)
		err = ecp_multiply(dh, &work, octets, 1 + len);
	if (!err)
		memcpy(gir, octets + 1, dh->group->shared_len);
	OPENSSL_cleanse(octets, sizeof(octets));
	ecp_work_free(&work);
	return err;
}

static const struct ike_group_kind ecp_kind = { ecp_make, ecp_shared };

/* Curve25519 (RFC 8031) */

#define X25519_LEN 32

static int x25519_make(struct ike_dh *dh, const uint8_t *random)
{
	size_t len = X25519_LEN;
	EVP_PKEY *key;
	int err = ike_secret_set(&dh->private, random, X25519_LEN);

	if (err)
		return err;
	key = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, random,
					   X25519_LEN);
	if (!key || !EVP_PKEY_get_raw_public_key(key, dh->public, &len))
		err = -EIO;
	EVP_PKEY_free(key);
	return err;
}

/* Of both halves: of the private one alone libcrypto makes the public one again,
 * which takes as long as the exchange.
 */
static EVP_PKEY *x25519_pair(const struct ike_dh *dh)
{
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PRIV_KEY,
						  dh->private.data,
						  X25519_LEN),
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY,
						  dh->public, X25519_LEN),
		OSSL_PARAM_construct_end(),
	};
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, SN_X25519, NULL);
	EVP_PKEY *key = NULL;

	if (ctx && EVP_PKEY_fromdata_init(ctx) == 1)
		EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

/* RFC 8031 3.2: a value is masked and reduced, never refused. What is refused
 * is a result of zeroes, which libcrypto does not give out (RFC 7748 6.1).
 */
static int x25519_shared(const struct ike_dh *dh, const uint8_t *peer,
			 uint8_t *gir)
{
	EVP_PKEY *ours = x25519_pair(dh);
	EVP_PKEY *theirs = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL,
						       peer, X25519_LEN);
	EVP_PKEY_CTX *ctx = ours ? EVP_PKEY_CTX_new(ours, NULL) : NULL;
	size_t len = X25519_LEN;
	int err = -EIO;

	if (ctx && theirs && EVP_PKEY_derive_init(ctx) == 1 &&
	    EVP_PKEY_derive_set_peer(ctx, theirs) == 1)
		err = EVP_PKEY_derive(ctx, gir, &len) == 1 ? 0 : -EDOM;
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(theirs);
	EVP_PKEY_free(ours);
	return err;
}

static const struct ike_group_kind x25519_kind = { x25519_make, x25519_shared };

/* random_len of a MODP group: RFC 3526 8, the larger estimate. */
#define MODP(number, bits, exponent)					\
	{								\
		.id = (number),						\
		.public_len = (bits) / 8,				\
		.shared_len = (bits) / 8,				\
		.random_len = ((exponent) + 7) / 8,			\
		.kind = &modp_kind,					\
		.params = &(const struct modp){				\
			BN_get_rfc3526_prime_ ## bits			\
		},							\
	}
#define ECP(number, curve, octets)					\
	{								\
		.id = (number),						\
		.public_len = 2 * (octets),				\
		.shared_len = (octets),					\
		.random_len = (octets) + 8,				\
		.kind = &ecp_kind,					\
		.params = &(const struct ecp){ (curve), (octets) },	\
	}

static const struct ike_group groups[] = {
	MODP(IKE_DH_MODP_1536, 1536, 240),
	MODP(IKE_DH_MODP_2048, 2048, 320),
	MODP(IKE_DH_MODP_3072, 3072, 420),
	MODP(IKE_DH_MODP_4096, 4096, 480),
	MODP(IKE_DH_MODP_8192, 8192, 620),
	ECP(IKE_DH_ECP_256, NID_X9_62_prime256v1, 32),
	ECP(IKE_DH_ECP_384, NID_secp384r1, 48),
	ECP(IKE_DH_ECP_521, NID_secp521r1, 66),
	{
		.id = IKE_DH_CURVE25519,
		.public_len = X25519_LEN,
		.shared_len = X25519_LEN,
		.random_len = X25519_LEN,
		.kind = &x25519_kind,
	},
};

const struct ike_group *ike_group_find(uint16_t id)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(groups); i++)
		if (groups[i].id == id)
			return &groups[i];
	return NULL;
}

int ike_dh_new(struct ike_dh *dh, const struct ike_group *group,
	       const uint8_t *random)
{
	int err;

	*dh = (struct ike_dh){
		.group = group,
		.public = calloc(1, group->public_len),
	};
	if (!dh->public)
		return -ENOMEM;
	err = group->kind->make(dh, random);
	if (err)
		ike_dh_clear(dh);
	return err;
}

static int dh_fault(struct ike_fault *fault, int err, uint32_t number)
{
	switch (err) {
	case -ENOMEM:
		return ike_fault_set(fault, err, IKE_REASON_NO_MEMORY, number);
	case -EDOM:
		return ike_fault_set(fault, err, IKE_REASON_KE_VALUE, number);
	}
	return ike_fault_set(fault, err, IKE_REASON_CRYPTO_REFUSED, number);
}

int ike_dh_shared(const struct ike_dh *dh, struct ike_bytes peer,
		  struct ike_secret *gir, struct ike_fault *fault)
{
	int err;

	if (peer.len != dh->group->public_len)
		return ike_fault_set(fault, -EDOM, IKE_REASON_KE_LENGTH,
				     peer.len);
	err = ike_secret_new(gir, dh->group->shared_len);
	if (!err)
		err = dh->group->kind->shared(dh, peer.data, gir->data);
	if (!err)
		return 0;
	ike_secret_clear(gir);
	return dh_fault(fault, err, dh->group->id);
}

void ike_dh_clear(struct ike_dh *dh)
{
	ike_secret_clear(&dh->private);
	free(dh->public);
	*dh = (struct ike_dh){ 0 };
}
