/* SPDX-License-Identifier: GPL-2.0-only */
/* Stateless cookies (RFC 7296 2.6): an initiator gets one back and shows it,
 * and so proves that it can be reached at its address, before anything is kept
 * for it. Knows no message; when to ask for cookies is its caller's matter.
 */
#ifndef IKE_COOKIE_H
#define IKE_COOKIE_H

#include "crypto.h"

#define COOKIE_SECRET_LEN 32
/* Version of the secret, and a PRF_HMAC_SHA2_256 of which half is enough: a
 * guess costs a packet and wins an IKE_SA_INIT.
 */
#define COOKIE_LEN (1 + 16)
/* A secret makes cookies for so long, and is good for so long again. */
#define COOKIE_SECRET_MS 60000

/* The secrets of one engine. Zeroed, it has none yet. */
struct ike_cookies {
	uint8_t secret[2][COOKIE_SECRET_LEN];	/* by version % 2 */
	uint64_t since;		/* ms; of the one with this version */
	uint8_t version;
	bool made[2];
};

/* What a cookie is bound to. */
struct ike_cookie_claim {
	struct ike_bytes address;	/* the initiator's; not its port */
	uint64_t spi_i;
	struct ike_bytes ni;
};

/* New secrets are drawn from random when they are due. */
int ike_cookie_make(struct ike_cookies *cookies,
		    const struct ike_random *random, uint64_t now,
		    const struct ike_cookie_claim *claim,
		    uint8_t cookie[COOKIE_LEN]);
/* Whether we made that cookie for this claim, less than two secrets ago. */
bool ike_cookie_good(struct ike_cookies *cookies,
		     const struct ike_random *random, uint64_t now,
		     const struct ike_cookie_claim *claim,
		     struct ike_bytes cookie);
void ike_cookies_clear(struct ike_cookies *cookies);

#endif
