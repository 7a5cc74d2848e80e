/* SPDX-License-Identifier: GPL-2.0-only */
/* The algorithms of IKEv2 by their IANA numbers: lengths in tables, arithmetic
 * through libcrypto. crypto.c is the only file of the core that knows
 * libcrypto; it knows no message, no derivation and no policy, and draws no
 * random octet that anybody sees: private values and IVs are the caller's.
 *
 * Errors: -ENOMEM; -EIO when libcrypto refuses (an algorithm its policy
 * forbids); what else a function may return stands beside it.
 */
#ifndef IKE_CRYPTO_H
#define IKE_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "reason.h"

/* Octets that are wiped when they go. Zeroed, it is empty. */
struct ike_secret {
	uint8_t *data;		/* owned */
	size_t len;
};

/* Both expect an empty secret: nothing that is still in it would be wiped. */
int ike_secret_new(struct ike_secret *secret, size_t len);
int ike_secret_set(struct ike_secret *secret, const void *data, size_t len);
/* Takes what from holds and leaves it empty. */
void ike_secret_move(struct ike_secret *secret, struct ike_secret *from);
void ike_secret_clear(struct ike_secret *secret);
struct ike_bytes ike_secret_bytes(const struct ike_secret *secret);

void ike_crypto_wipe(void *data, size_t len);
/* In a time that does not depend on where the octets differ. */
bool ike_crypto_equal(const void *a, const void *b, size_t len);

/* The caller's source of random octets; fill returns 0 or -errno. */
struct ike_random {
	int (*fill)(void *arg, void *data, size_t len);
	void *arg;
};

int ike_random_fill(const struct ike_random *random, void *data, size_t len);

/* Transform type 2. */
struct ike_prf {
	uint16_t id;
	uint16_t len;		/* output, and preferred key: RFC 7296 2.13 */
	const char *digest;	/* libcrypto's name of it */
};

#define PRF_LEN_MAX 64

const struct ike_prf *ike_prf_find(uint16_t id);
/* prf(key, data[0] | data[1] | ...), prf->len octets of it. */
int ike_prf(const struct ike_prf *prf, struct ike_bytes key,
	    const struct ike_bytes *data, size_t n, uint8_t *out);

/* Transform type 3. */
struct ike_integ {
	uint16_t id;
	uint16_t key_len;
	uint16_t icv_len;
	const char *digest;
};

#define ICV_LEN_MAX 32

const struct ike_integ *ike_integ_find(uint16_t id);
int ike_integ_icv(const struct ike_integ *integ, struct ike_bytes key,
		  struct ike_bytes data, uint8_t *icv);

/* Transform type 1. An AEAD has an ICV of its own and takes no integrity
 * algorithm; its key ends with the salt.
 */
struct ike_encr {
	uint16_t id;
	uint16_t bits[3];	/* Key Lengths it takes; 0: no such */
	uint16_t fixed_len;	/* octets of the key without a Key Length */
	uint8_t salt_len;
	uint8_t iv_len;
	uint8_t icv_len;	/* of an AEAD, or 0 */
	uint8_t block;		/* what is encrypted fills whole ones */
	bool ike;		/* may protect IKE messages (RFC 7296 5) */
};

#define IV_LEN_MAX 16

const struct ike_encr *ike_encr_find(uint16_t id);
/* Octets of the key, salt included, for a Key Length attribute of bits (0: none
 * was given); -EINVAL when the algorithm takes no such.
 */
int ike_encr_key_len(const struct ike_encr *encr, uint16_t bits);
/* Both work in place. icv may be NULL without an AEAD, which ignores aad too.
 * ike_encr_open(): -EBADMSG when the ICV is wrong; data is zeroed then.
 */
int ike_encr_seal(const struct ike_encr *encr, struct ike_bytes key,
		  const uint8_t *iv, struct ike_bytes aad, uint8_t *data,
		  size_t len, uint8_t *icv);
int ike_encr_open(const struct ike_encr *encr, struct ike_bytes key,
		  const uint8_t *iv, struct ike_bytes aad, uint8_t *data,
		  size_t len, const uint8_t *icv);

/* Transform type 4. */
struct ike_group {
	uint16_t id;
	uint16_t public_len;	/* of the Key Exchange Data */
	uint16_t shared_len;	/* of g^ir */
	uint16_t random_len;	/* random octets a private value is made of */
	const struct ike_group_kind *kind;
	const void *params;
};

const struct ike_group *ike_group_find(uint16_t id);

/* Our side of one exchange. The private value is never used for a second one
 * (RFC 6989 2.2 second option, 2.3).
 */
struct ike_dh {
	const struct ike_group *group;
	struct ike_secret private;
	uint8_t *public;	/* owned; group->public_len octets */
};

/* Both are arithmetic and nothing else, so they may run on another thread.
 * random: group->random_len octets, wiped by the caller.
 */
int ike_dh_new(struct ike_dh *dh, const struct ike_group *group,
	       const uint8_t *random);
/* g^ir, left padded to its full length (RFC 7296 2.14). -EDOM: the peer's value
 * is none of the group (KE_LENGTH, KE_VALUE; RFC 6989 2.1, 2.3, RFC 7748 6.1).
 */
int ike_dh_shared(const struct ike_dh *dh, struct ike_bytes peer,
		  struct ike_secret *gir, struct ike_fault *fault);
void ike_dh_clear(struct ike_dh *dh);

#define SHA1_LEN 20

/* The plain hash that NAT_DETECTION_*_IP are made of (RFC 7296 2.23). */
int ike_crypto_sha1(const struct ike_bytes *data, size_t n, uint8_t *out);

#endif
