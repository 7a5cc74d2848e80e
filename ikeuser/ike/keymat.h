/* SPDX-License-Identifier: GPL-2.0-only */
/* Every key that IKEv2 derives, from g^ir and the nonces to what ESP is given.
 * keymat.c has the formulas of RFC 7296 2.13 to 2.18 and nothing else: it knows
 * no message and no state.
 */
#ifndef IKE_KEYMAT_H
#define IKE_KEYMAT_H

#include "crypto.h"

/* The algorithms of an IKE SA, as negotiated. */
struct ike_suite {
	const struct ike_encr *encr;
	const struct ike_integ *integ;	/* NULL with an AEAD */
	const struct ike_prf *prf;
	const struct ike_group *group;
	uint16_t encr_key_len;		/* octets, salt included */
};

/* Of transform IDs; integ is 0 (NONE) with an AEAD. -ENOTSUP when there is no
 * such algorithm, or none that may protect IKE messages; -EINVAL when the key
 * length or the integrity algorithm does not go with the cipher.
 */
int ike_suite_set(struct ike_suite *suite, uint16_t encr, uint16_t encr_bits,
		  uint16_t integ, uint16_t prf, uint16_t group);

/* What both ends put into a derivation. */
struct ike_nonces {
	struct ike_bytes ni;
	struct ike_bytes nr;
};

/* The seven keys of an IKE SA (RFC 7296 2.14). */
struct ike_keys {
	struct ike_secret d;
	struct ike_secret ai;
	struct ike_secret ar;
	struct ike_secret ei;
	struct ike_secret er;
	struct ike_secret pi;
	struct ike_secret pr;
};

/* Each leaves what it is to fill empty when it fails. -EINVAL: no octets are
 * asked for, or more than 255 times those of the PRF.
 */
int ike_keymat_prf_plus(const struct ike_prf *prf, struct ike_bytes key,
			struct ike_bytes seed, struct ike_secret *out,
			size_t len);
int ike_keymat_init(struct ike_keys *keys, const struct ike_suite *suite,
		    const struct ike_secret *gir, struct ike_nonces nonces,
		    uint64_t spi_i, uint64_t spi_r);
/* The IKE SA is rekeyed: old_prf and old_d are those of the SA that is
 * replaced, everything else comes from the exchange that replaces it.
 */
int ike_keymat_rekey(struct ike_keys *keys, const struct ike_suite *suite,
		     const struct ike_prf *old_prf,
		     const struct ike_secret *old_d,
		     const struct ike_secret *gir, struct ike_nonces nonces,
		     uint64_t spi_i, uint64_t spi_r);
void ike_keys_clear(struct ike_keys *keys);

/* The keys of a pair of Child SAs; i: traffic from the initiator of the
 * exchange that made them (RFC 7296 2.17).
 */
struct ike_child_keys {
	struct ike_secret encr_i;
	struct ike_secret integ_i;
	struct ike_secret encr_r;
	struct ike_secret integ_r;
};

/* gir is NULL without a Key Exchange of its own; encr_len includes the salt;
 * one of the lengths may be 0.
 */
int ike_keymat_child(struct ike_child_keys *keys, const struct ike_prf *prf,
		     const struct ike_secret *d, const struct ike_secret *gir,
		     struct ike_nonces nonces, size_t encr_len,
		     size_t integ_len);
void ike_child_keys_clear(struct ike_child_keys *keys);

#endif
