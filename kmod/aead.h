/* SPDX-License-Identifier: GPL-2.0-only */
/* The suites: how the kernel's crypto API names them and what they add to a
 * packet. Knows keys and ciphers, neither SAs nor packets.
 */
#ifndef CULVERT_AEAD_H
#define CULVERT_AEAD_H

#include <crypto/aead.h>
#include <linux/netlink.h>
#include <uapi/linux/culvert.h>

struct culvert_aead {
	const char *cipher;		/* of the crypto API */
	const char *cipher_esn;		/* NULL: the same */
	u8 salt;			/* octets at the end of encr-key */
	u8 key_max;			/* octets of the longest key, less salt */
	bool key_aes;			/* 16 and 24 octets will do too */
	u8 integ_key;			/* octets; 0: the cipher needs none */
	u8 iv;				/* octets in the packet */
	u8 icv;				/* octets in the packet */
	u8 block;			/* octets that the payload is padded to */
	bool encrypts;			/* not only integrity */
	/* The IV is the first block of the ciphertext of a block with the
	 * sequence number and a secret: as unpredictable as RFC 3602 3 wants it.
	 */
	bool iv_is_ciphertext;
};

const struct culvert_aead *culvert_aead_suite(u32 number);

/* A cipher ready for use. The keys are borrowed and checked: what they should
 * be is in the error's words. Returns an ERR_PTR.
 */
struct crypto_aead *culvert_aead_new(const struct culvert_aead *suite,
				     bool esn, const struct nlattr *encr_key,
				     const struct nlattr *integ_key,
				     struct netlink_ext_ack *extack);

#endif
