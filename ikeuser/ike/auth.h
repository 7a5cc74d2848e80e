/* SPDX-License-Identifier: GPL-2.0-only */
/* The AUTH payload: proof that who sent the IKE_SA_INIT message is who the ID
 * payload says. Knows how each method makes and checks its data (RFC 7296
 * 2.15), not whose key it is.
 */
#ifndef IKE_AUTH_H
#define IKE_AUTH_H

#include "crypto.h"
#include "reason.h"

/* What one end vouches for. All is borrowed. */
struct ike_auth {
	const struct ike_prf *prf;
	struct ike_bytes message;	/* its whole IKE_SA_INIT message */
	struct ike_bytes nonce;		/* data of the other end's Nonce */
	struct ike_bytes id;		/* body of its ID payload */
	struct ike_bytes sk_p;		/* its SK_pi or SK_pr */
};

/* What it is proved with: one member for each kind of method. */
struct ike_auth_key {
	struct ike_bytes psk;
};

/* The octets that are signed: RealMessage | Nonce | MACedID. */
#define AUTH_PIECES 3

struct ike_auth_octets {
	struct ike_bytes piece[AUTH_PIECES];
	uint8_t maced_id[PRF_LEN_MAX];
};

int ike_auth_octets(const struct ike_auth *auth, struct ike_auth_octets *out);

/* Data of an AUTH payload with that method. -ENOKEY: there is no such method
 * here, or no key for it (AUTH_METHOD, AUTH_NO_KEY).
 */
int ike_auth_make(uint8_t method, const struct ike_auth *auth,
		  const struct ike_auth_key *key, struct ike_secret *data,
		  struct ike_fault *fault);
/* The same, and -EACCES: this is not the proof (AUTH_WRONG). */
int ike_auth_verify(uint8_t method, const struct ike_auth *auth,
		    const struct ike_auth_key *key, struct ike_bytes data,
		    struct ike_fault *fault);

/* A shared secret as an operator writes it: 0x and hex, or the octets
 * themselves, with no terminator added. -EINVAL: empty, or no whole octets.
 */
int ike_auth_psk_parse(const char *text, struct ike_secret *psk);

#endif
