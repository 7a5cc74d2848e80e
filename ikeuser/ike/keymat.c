// SPDX-License-Identifier: GPL-2.0-only
/* Every key that IKEv2 derives, each headed by the formula of RFC 7296 that it
 * is. Knows no message and no state; what it made on the way it wipes.
 */

#include <endian.h>
#include <errno.h>
#include <string.h>

#include "keymat.h"

int ike_suite_set(struct ike_suite *suite, uint16_t encr, uint16_t encr_bits,
		  uint16_t integ, uint16_t prf, uint16_t group)
{
	int key_len;

	*suite = (struct ike_suite){
		.encr = ike_encr_find(encr),
		.integ = ike_integ_find(integ),
		.prf = ike_prf_find(prf),
		.group = ike_group_find(group),
	};
	if (!suite->encr || !suite->encr->ike || !suite->prf || !suite->group ||
	    (integ && !suite->integ))
		return -ENOTSUP;
	key_len = ike_encr_key_len(suite->encr, encr_bits);
	/* RFC 7296 3.3: an AEAD has no integrity algorithm, the others must. */
	if (key_len < 0 || !suite->encr->icv_len != !!suite->integ)
		return -EINVAL;
	suite->encr_key_len = key_len;
	return 0;
}

/* RFC 7296 2.13:
 *
 *	prf+ (K,S) = T1 | T2 | T3 | T4 | ...
 *
 *	T1 = prf (K, S | 0x01)
 *	T2 = prf (K, T1 | S | 0x02)
 *	T3 = prf (K, T2 | S | 0x03)
 *
 * The counter is one octet: there is no block after the 255th.
 */
static int prf_plus(const struct ike_prf *prf, struct ike_bytes key,
		    struct ike_bytes seed, uint8_t *out, size_t len)
{
	uint8_t t[PRF_LEN_MAX], counter = 0;
	size_t n;
	int err = 0;

	while (len && !err) {
		struct ike_bytes data[] = {
			{ t, counter ? prf->len : 0 },
			seed,
			{ &counter, sizeof(counter) },
		};

		counter++;
		err = ike_prf(prf, key, data, ARRAY_SIZE(data), t);
		n = len < prf->len ? len : prf->len;
		if (!err)
			memcpy(out, t, n);
		out += n;
		len -= n;
	}
	ike_crypto_wipe(t, sizeof(t));
	return err;
}

int ike_keymat_prf_plus(const struct ike_prf *prf, struct ike_bytes key,
			struct ike_bytes seed, struct ike_secret *out,
			size_t len)
{
	int err;

	if (!len || len > 255 * (size_t)prf->len)
		return -EINVAL;
	err = ike_secret_new(out, len);
	if (err)
		return err;
	err = prf_plus(prf, key, seed, out->data, len);
	if (err)
		ike_secret_clear(out);
	return err;
}

/* All the pieces after each other, as one key or seed. */
static int concat(const struct ike_bytes *piece, size_t n,
		  struct ike_secret *out)
{
	size_t len = 0, at = 0, i;
	int err;

	for (i = 0; i < n; i++)
		len += piece[i].len;
	err = ike_secret_new(out, len);
	for (i = 0; !err && i < n; i++) {
		if (piece[i].len)
			memcpy(out->data + at, piece[i].data, piece[i].len);
		at += piece[i].len;
	}
	return err;
}

/* A row for each key that is cut out of a stream, in the order of the cutting.
 */
struct cut {
	struct ike_secret *key;
	size_t len;
};

static int cut_up(const struct ike_secret *stream, const struct cut *cut,
		  size_t n)
{
	const uint8_t *at = stream->data;
	size_t i;
	int err = 0;

	for (i = 0; i < n && !err; i++) {
		err = ike_secret_set(cut[i].key, at, cut[i].len);
		at += cut[i].len;
	}
	return err;
}

/* prf+ (key, pieces), cut into keys; all of them are empty when it fails. */
static int derive(const struct ike_prf *prf, struct ike_bytes key,
		  const struct ike_bytes *piece, size_t pieces,
		  const struct cut *cut, size_t n)
{
	struct ike_secret seed = { 0 }, stream = { 0 };
	size_t len = 0, i;
	int err;

	for (i = 0; i < n; i++)
		len += cut[i].len;
	err = concat(piece, pieces, &seed);
	if (!err)
		err = ike_keymat_prf_plus(prf, key, ike_secret_bytes(&seed),
					  &stream, len);
	if (!err)
		err = cut_up(&stream, cut, n);
	for (i = 0; err && i < n; i++)
		ike_secret_clear(cut[i].key);
	ike_secret_clear(&stream);
	ike_secret_clear(&seed);
	return err;
}

/* RFC 7296 2.14:
 *
 *	{SK_d | SK_ai | SK_ar | SK_ei | SK_er | SK_pi | SK_pr}
 *		= prf+ (SKEYSEED, Ni | Nr | SPIi | SPIr)
 *
 * RFC 5282 7: SK_ai and SK_ar do not exist with an AEAD, SK_ei and SK_er end
 * with the salt.
 */
static int sk_keys(struct ike_keys *keys, const struct ike_suite *suite,
		   struct ike_bytes skeyseed, struct ike_nonces nonces,
		   uint64_t spi_i, uint64_t spi_r)
{
	size_t a = suite->integ ? suite->integ->key_len : 0;
	size_t e = suite->encr_key_len;
	size_t p = suite->prf->len;
	const struct cut cut[] = {
		{ &keys->d, p },
		{ &keys->ai, a }, { &keys->ar, a },
		{ &keys->ei, e }, { &keys->er, e },
		{ &keys->pi, p }, { &keys->pr, p },
	};
	const uint64_t spis[] = { htobe64(spi_i), htobe64(spi_r) };
	const struct ike_bytes seed[] = {
		nonces.ni, nonces.nr, { (const uint8_t *)spis, sizeof(spis) },
	};

	*keys = (struct ike_keys){ 0 };
	return derive(suite->prf, skeyseed, seed, ARRAY_SIZE(seed), cut,
		      ARRAY_SIZE(cut));
}

/* RFC 7296 2.14:
 *
 *	SKEYSEED = prf(Ni | Nr, g^ir)
 */
int ike_keymat_init(struct ike_keys *keys, const struct ike_suite *suite,
		    const struct ike_secret *gir, struct ike_nonces nonces,
		    uint64_t spi_i, uint64_t spi_r)
{
	const struct ike_bytes ni_nr[] = { nonces.ni, nonces.nr };
	const struct ike_bytes data = ike_secret_bytes(gir);
	uint8_t skeyseed[PRF_LEN_MAX];
	const struct ike_bytes from = { skeyseed, suite->prf->len };
	struct ike_secret key = { 0 };
	int err = concat(ni_nr, ARRAY_SIZE(ni_nr), &key);

	*keys = (struct ike_keys){ 0 };
	if (!err)
		err = ike_prf(suite->prf, ike_secret_bytes(&key), &data, 1,
			      skeyseed);
	if (!err)
		err = sk_keys(keys, suite, from, nonces, spi_i, spi_r);
	ike_crypto_wipe(skeyseed, sizeof(skeyseed));
	ike_secret_clear(&key);
	return err;
}

/* RFC 7296 2.18:
 *
 *	SKEYSEED = prf(SK_d (old), g^ir (new) | Ni | Nr)
 *
 * with the PRF of the old IKE SA, to which the exchange belongs; what follows
 * is the new one's.
 */
int ike_keymat_rekey(struct ike_keys *keys, const struct ike_suite *suite,
		     const struct ike_prf *old_prf,
		     const struct ike_secret *old_d,
		     const struct ike_secret *gir, struct ike_nonces nonces,
		     uint64_t spi_i, uint64_t spi_r)
{
	const struct ike_bytes data[] = {
		ike_secret_bytes(gir), nonces.ni, nonces.nr,
	};
	uint8_t skeyseed[PRF_LEN_MAX];
	const struct ike_bytes from = { skeyseed, old_prf->len };
	int err;

	*keys = (struct ike_keys){ 0 };
	err = ike_prf(old_prf, ike_secret_bytes(old_d), data, ARRAY_SIZE(data),
		      skeyseed);
	if (!err)
		err = sk_keys(keys, suite, from, nonces, spi_i, spi_r);
	ike_crypto_wipe(skeyseed, sizeof(skeyseed));
	return err;
}

void ike_keys_clear(struct ike_keys *keys)
{
	ike_secret_clear(&keys->d);
	ike_secret_clear(&keys->ai);
	ike_secret_clear(&keys->ar);
	ike_secret_clear(&keys->ei);
	ike_secret_clear(&keys->er);
	ike_secret_clear(&keys->pi);
	ike_secret_clear(&keys->pr);
}

/* RFC 7296 2.17:
 *
 *	KEYMAT = prf+(SK_d, Ni | Nr)
 *	KEYMAT = prf+(SK_d, g^ir (new) | Ni | Nr)
 *
 * All keys for traffic from the initiator come before those for traffic from
 * the responder, and encryption keys before integrity keys.
 */
int ike_keymat_child(struct ike_child_keys *keys, const struct ike_prf *prf,
		     const struct ike_secret *d, const struct ike_secret *gir,
		     struct ike_nonces nonces, size_t encr_len,
		     size_t integ_len)
{
	const struct cut cut[] = {
		{ &keys->encr_i, encr_len }, { &keys->integ_i, integ_len },
		{ &keys->encr_r, encr_len }, { &keys->integ_r, integ_len },
	};
	const struct ike_bytes none = { NULL, 0 };
	const struct ike_bytes seed[] = {
		gir ? ike_secret_bytes(gir) : none, nonces.ni, nonces.nr,
	};

	*keys = (struct ike_child_keys){ 0 };
	return derive(prf, ike_secret_bytes(d), seed, ARRAY_SIZE(seed), cut,
		      ARRAY_SIZE(cut));
}

void ike_child_keys_clear(struct ike_child_keys *keys)
{
	ike_secret_clear(&keys->encr_i);
	ike_secret_clear(&keys->integ_i);
	ike_secret_clear(&keys->encr_r);
	ike_secret_clear(&keys->integ_r);
}
