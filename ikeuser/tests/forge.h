/* SPDX-License-Identifier: GPL-2.0-only */
/* A message on its way, opened and sealed again as the end that sent it would
 * have: what a peer means that has the keys and no good will.
 */
#ifndef FORGE_H
#define FORGE_H

#include "pair.h"

/* Its octet at has these bits flipped, 0: it ends there. False: there is no such
 * octet under the seal, or nobody is left who could open it.
 */
bool forge_sealed(struct pair *pair, struct pair_packet *packet, size_t at,
		  uint8_t flip);
/* n payloads of that type stand before all others. */
bool forge_front(struct pair *pair, struct pair_packet *packet, uint8_t type,
		 struct ike_bytes payload, size_t n);
/* Its last octets, cut of them, are those instead. */
bool forge_tail(struct pair *pair, struct pair_packet *packet, size_t cut,
		struct ike_bytes tail);
/* The same as forge_sealed() of the datagram as it is on the wire. */
bool forge_clear(struct pair_packet *packet, size_t at, uint8_t flip);

#endif
