// SPDX-License-Identifier: GPL-2.0-only
/* NAT detection (RFC 7296 2.23): the hash of an address, and what those of a
 * message say. Knows no message and no socket.
 */

#include <endian.h>
#include <string.h>

#include "nat.h"

int ike_nat_hash(uint64_t spi_i, uint64_t spi_r, struct ike_bytes address,
		 uint16_t port, uint8_t hash[SHA1_LEN])
{
	const uint64_t spis[] = { htobe64(spi_i), htobe64(spi_r) };
	const uint16_t be_port = htobe16(port);
	const struct ike_bytes data[] = {
		{ (const uint8_t *)spis, sizeof(spis) }, address,
		{ (const uint8_t *)&be_port, sizeof(be_port) },
	};

	return ike_crypto_sha1(data, ARRAY_SIZE(data), hash);
}

void ike_nat_side_add(struct ike_nat_side *side, struct ike_bytes hash)
{
	if (hash.len != SHA1_LEN)
		return;
	side->seen = true;
	if (!memcmp(side->expect, hash.data, SHA1_LEN))
		side->matched = true;
}

/* A sender that does not know which of its addresses is used tells the hashes
 * of all of them: one that matches is enough. One that tells none does not know
 * about NAT.
 */
bool ike_nat_side_translated(const struct ike_nat_side *side)
{
	return side->seen && !side->matched;
}
