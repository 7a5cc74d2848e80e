// SPDX-License-Identifier: GPL-2.0-only
/* Stateless cookies (RFC 7296 2.6):
 *
 *	Cookie = <VersionIDofSecret> | prf(secret, IPi length | IPi | SPIi | Ni)
 *
 * The RFC's example hashes Ni first. Here what has a fixed length stands in
 * front, so that no two claims are the same octets: the end of a nonce cannot
 * pass for the beginning of an address. Knows no message, and of an initiator
 * keeps nothing.
 */

#include <endian.h>
#include <errno.h>
#include <string.h>

#include "cookie.h"
#include "proto.h"

static int draw_secret(struct ike_cookies *cookies,
		       const struct ike_random *random, uint64_t now)
{
	uint8_t version = cookies->version + 1, slot = version % 2;
	int err = ike_random_fill(random, cookies->secret[slot],
				  COOKIE_SECRET_LEN);

	if (err)
		return err;
	cookies->version = version;
	cookies->made[slot] = true;
	cookies->since = now;
	return 0;
}

/* The secret before the last one goes with the time of the last one, also when
 * nobody asked for so long that both are too old.
 */
static int refresh(struct ike_cookies *cookies, const struct ike_random *random,
		   uint64_t now)
{
	uint64_t age = now - cookies->since;
	uint8_t slot = cookies->version % 2;

	if (cookies->made[slot] && age < COOKIE_SECRET_MS)
		return 0;
	if (age >= 2 * COOKIE_SECRET_MS)
		cookies->made[slot] = false;
	return draw_secret(cookies, random, now);
}

static int compute(const struct ike_cookies *cookies, uint8_t version,
		   const struct ike_cookie_claim *claim,
		   uint8_t cookie[COOKIE_LEN])
{
	const struct ike_bytes key = { cookies->secret[version % 2],
				       COOKIE_SECRET_LEN };
	const uint8_t address_len = claim->address.len;
	const uint64_t spi_i = htobe64(claim->spi_i);
	const struct ike_bytes data[] = {
		{ &address_len, sizeof(address_len) }, claim->address,
		{ (const uint8_t *)&spi_i, sizeof(spi_i) }, claim->ni,
	};
	uint8_t full[PRF_LEN_MAX];
	int err = ike_prf(ike_prf_find(IKE_PRF_HMAC_SHA2_256), key, data,
			  ARRAY_SIZE(data), full);

	if (err)
		return err;
	cookie[0] = version;
	memcpy(cookie + 1, full, COOKIE_LEN - 1);
	return 0;
}

int ike_cookie_make(struct ike_cookies *cookies,
		    const struct ike_random *random, uint64_t now,
		    const struct ike_cookie_claim *claim,
		    uint8_t cookie[COOKIE_LEN])
{
	int err = refresh(cookies, random, now);

	return err ? err : compute(cookies, cookies->version, claim, cookie);
}

/* One of the two secrets there are. */
static bool knows_version(const struct ike_cookies *cookies, uint8_t version)
{
	return (version == cookies->version ||
		version == (uint8_t)(cookies->version - 1)) &&
	       cookies->made[version % 2];
}

bool ike_cookie_good(struct ike_cookies *cookies,
		     const struct ike_random *random, uint64_t now,
		     const struct ike_cookie_claim *claim,
		     struct ike_bytes cookie)
{
	uint8_t expect[COOKIE_LEN];

	if (cookie.len != COOKIE_LEN || refresh(cookies, random, now) ||
	    !knows_version(cookies, cookie.data[0]) ||
	    compute(cookies, cookie.data[0], claim, expect))
		return false;
	return ike_crypto_equal(expect, cookie.data, COOKIE_LEN);
}

void ike_cookies_clear(struct ike_cookies *cookies)
{
	ike_crypto_wipe(cookies, sizeof(*cookies));
}
