/* SPDX-License-Identifier: GPL-2.0-only */
/* The keys of the ESP SAs that the kernel has, which tells none: kept for who may
 * read what they protected, as long as the SA, and wiped with it. Nothing of it is
 * written anywhere. SAs of a daemon before this one are not among them.
 */
#ifndef CULVERT_KEYS_H
#define CULVERT_KEYS_H

#include "engine.h"

struct keys;

struct keys *keys_new(void);
void keys_free(struct keys *keys);

/* Copies what is needed of it. -ENOMEM: it is not kept. */
int keys_add(struct keys *keys, const struct ike_sa_spec *sa);
/* What names an SA: the remote address is part of it where the SPI is the peer's.
 * Nothing happens if it is not there.
 */
void keys_remove(struct keys *keys, enum ike_direction direction, uint32_t spi,
		 const struct ike_address *remote);
/* An end has another address. */
void keys_move(struct keys *keys, const struct ike_sa_spec *sa,
	       const struct ike_address *was_remote);
/* Borrowed until it is removed; without selectors. NULL: it is not known. */
const struct ike_sa_spec *keys_find(const struct keys *keys,
				    enum ike_direction direction, uint32_t spi,
				    const struct ike_address *remote);

#endif
