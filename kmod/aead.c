// SPDX-License-Identifier: GPL-2.0-only
/* The table of suites and the making of ciphers from it. */

#include <crypto/authenc.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/netlink.h>

#include "aead.h"
#include "words.h"

#define GCM(octets)							\
	{ .cipher = "rfc4106(gcm(aes))", .salt = 4, .key_max = 32,	\
	  .key_aes = true, .iv = 8, .icv = (octets), .block = 4,		\
	  .encrypts = true }

#define CBC(hash, key, octets)						\
	{ .cipher = "authenc(hmac(" hash "),cbc(aes))",			\
	  .cipher_esn = "authencesn(hmac(" hash "),cbc(aes))",		\
	  .key_max = 32, .key_aes = true, .integ_key = (key),		\
	  .iv = 16, .icv = (octets), .block = 16, .encrypts = true,	\
	  .iv_is_ciphertext = true }

#define NULL_ENCR(hash, key, octets)					\
	{ .cipher = "authenc(hmac(" hash "),ecb(cipher_null))",		\
	  .cipher_esn = "authencesn(hmac(" hash "),ecb(cipher_null))",	\
	  .integ_key = (key), .icv = (octets), .block = 4 }

static const struct culvert_aead suites[] = {
	[CULVERT_SUITE_AES_GCM_16] = GCM(16),
	[CULVERT_SUITE_AES_GCM_12] = GCM(12),
	[CULVERT_SUITE_AES_GCM_8] = GCM(8),
	[CULVERT_SUITE_CHACHA20_POLY1305] = {
		.cipher = "rfc7539esp(chacha20,poly1305)",
		.salt = 4,
		.key_max = 32,
		.iv = 8,
		.icv = 16,
		.block = 4,
		.encrypts = true,
	},
	[CULVERT_SUITE_NULL_AES_GMAC] = {
		.cipher = "rfc4543(gcm(aes))",
		.salt = 4,
		.key_max = 32,
		.key_aes = true,
		.iv = 8,
		.icv = 16,
		.block = 4,
	},
	[CULVERT_SUITE_AES_CBC_HMAC_SHA1_96] = CBC("sha1", 20, 12),
	[CULVERT_SUITE_AES_CBC_HMAC_SHA2_256_128] = CBC("sha256", 32, 16),
	[CULVERT_SUITE_AES_CBC_HMAC_SHA2_384_192] = CBC("sha384", 48, 24),
	[CULVERT_SUITE_AES_CBC_HMAC_SHA2_512_256] = CBC("sha512", 64, 32),
	[CULVERT_SUITE_NULL_HMAC_SHA1_96] = NULL_ENCR("sha1", 20, 12),
	[CULVERT_SUITE_NULL_HMAC_SHA2_256_128] = NULL_ENCR("sha256", 32, 16),
	[CULVERT_SUITE_NULL_HMAC_SHA2_384_192] = NULL_ENCR("sha384", 48, 24),
	[CULVERT_SUITE_NULL_HMAC_SHA2_512_256] = NULL_ENCR("sha512", 64, 32),
};

const struct culvert_aead *culvert_aead_suite(u32 number)
{
	return &suites[number];
}

static bool is_key_len(const struct culvert_aead *suite, int octets)
{
	octets -= suite->salt;
	return octets == suite->key_max ||
	       (suite->key_aes && (octets == 16 || octets == 24));
}

static const char *encr_words(const struct culvert_aead *suite)
{
	if (!suite->salt)
		return "encr-key must have 16, 24 or 32 octets";
	if (suite->key_aes)
		return "encr-key must have 20, 28 or 36 octets: the AES key, then a salt of 4";
	return "encr-key must have 36 octets: the key, then a salt of 4";
}

static const char *integ_words(const struct culvert_aead *suite)
{
	if (!suite->integ_key)
		return "the suite is an AEAD: it takes no integ-key";
	return "integ-key must be as long as the hash of the suite: 20, 32, 48 or 64 octets";
}

static int check_keys(const struct culvert_aead *suite,
		      const struct nlattr *encr, const struct nlattr *integ,
		      struct netlink_ext_ack *extack)
{
	if (suite->key_max && !encr) {
		NL_SET_ERR_MSG(extack, "the suite needs an encr-key");
		return -EINVAL;
	}
	if (encr && !suite->key_max) {
		NL_SET_ERR_MSG_ATTR(extack, encr,
				    "the suite does not encrypt: it takes no encr-key");
		return -EINVAL;
	}
	if (encr && !is_key_len(suite, nla_len(encr))) {
		culvert_words_set(extack, encr, encr_words(suite));
		return -EINVAL;
	}
	if (suite->integ_key && !integ) {
		NL_SET_ERR_MSG(extack, "the suite needs an integ-key");
		return -EINVAL;
	}
	if (integ && (!suite->integ_key ||
		      nla_len(integ) != suite->integ_key)) {
		culvert_words_set(extack, integ, integ_words(suite));
		return -EINVAL;
	}
	return 0;
}

/* The crypto API takes both keys of authenc() as one: a parameter with the
 * length of the encryption key, the integrity key, the encryption key.
 */
static int set_both_keys(struct crypto_aead *cipher, const struct nlattr *encr,
			 const struct nlattr *integ)
{
	int encr_len = encr ? nla_len(encr) : 0;
	int len = RTA_SPACE(sizeof(struct crypto_authenc_key_param)) +
		  nla_len(integ) + encr_len;
	struct crypto_authenc_key_param *param;
	struct rtattr *rta;
	u8 *key;
	u8 *to;
	int err;

	key = kzalloc(len, GFP_KERNEL);
	if (!key)
		return -ENOMEM;
	rta = (struct rtattr *)key;
	rta->rta_type = CRYPTO_AUTHENC_KEYA_PARAM;
	rta->rta_len = RTA_LENGTH(sizeof(*param));
	param = RTA_DATA(rta);
	param->enckeylen = cpu_to_be32(encr_len);
	to = key + RTA_SPACE(sizeof(*param));
	memcpy(to, nla_data(integ), nla_len(integ));
	if (encr)
		memcpy(to + nla_len(integ), nla_data(encr), encr_len);

	err = crypto_aead_setkey(cipher, key, len);
	kfree_sensitive(key);
	return err;
}

struct crypto_aead *culvert_aead_new(const struct culvert_aead *suite,
				     bool esn, const struct nlattr *encr_key,
				     const struct nlattr *integ_key,
				     struct netlink_ext_ack *extack)
{
	const char *name = suite->cipher;
	struct crypto_aead *cipher;
	int err;

	err = check_keys(suite, encr_key, integ_key, extack);
	if (err)
		return ERR_PTR(err);

	if (esn && suite->cipher_esn)
		name = suite->cipher_esn;
	cipher = crypto_alloc_aead(name, 0, 0);
	if (IS_ERR(cipher)) {
		if (PTR_ERR(cipher) == -ENOENT)
			NL_SET_ERR_MSG(extack,
				       "the kernel has no cipher for this suite");
		return cipher;
	}

	if (suite->integ_key)
		err = set_both_keys(cipher, encr_key, integ_key);
	else
		err = crypto_aead_setkey(cipher, nla_data(encr_key),
					 nla_len(encr_key));
	if (err) {
		NL_SET_ERR_MSG(extack, "the cipher refuses the key");
		goto err_free_cipher;
	}
	err = crypto_aead_setauthsize(cipher, suite->icv);
	if (err) {
		NL_SET_ERR_MSG(extack,
			       "the cipher refuses the length of the ICV");
		goto err_free_cipher;
	}
	return cipher;

err_free_cipher:
	crypto_free_aead(cipher);
	return ERR_PTR(err);
}
