/* SPDX-License-Identifier: GPL-2.0-only */
/* NAT detection (RFC 7296 2.23): each end tells a hash of the addresses it
 * sees, and the other compares. Knows no message and no socket.
 */
#ifndef IKE_NAT_H
#define IKE_NAT_H

#include "crypto.h"

/* Data of NAT_DETECTION_SOURCE_IP or NAT_DETECTION_DESTINATION_IP:
 * SHA1(SPIi | SPIr | address | port), of an IKE message as it left or came.
 */
int ike_nat_hash(uint64_t spi_i, uint64_t spi_r, struct ike_bytes address,
		 uint16_t port, uint8_t hash[SHA1_LEN]);

/* What the hashes of one kind in one message say: those of its source tell
 * about the sender, those of its destination about the receiver. Zeroed at
 * first but for expect, the hash of the address and port that were really seen.
 */
struct ike_nat_side {
	uint8_t expect[SHA1_LEN];
	bool seen;		/* at least one hash */
	bool matched;		/* at least one that is expected */
};

/* Takes one hash from the message. One that is not as long as SHA-1 is no hash
 * and says nothing.
 */
void ike_nat_side_add(struct ike_nat_side *side, struct ike_bytes hash);
/* Its address is not the one it thinks: something translates it. */
bool ike_nat_side_translated(const struct ike_nat_side *side);

#endif
