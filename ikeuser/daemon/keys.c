// SPDX-License-Identifier: GPL-2.0-only
/* Keys of ESP, found by what names their SAs. Who may have them is vici_keys.c's
 * business.
 */
#include <errno.h>
#include <stdlib.h>

#include "keys.h"
#include "map.h"

struct entry {
	struct ike_map_node node;
	struct entry *same;		/* of another peer, with the same SPI */
	struct ike_sa_spec sa;
};

struct keys {
	struct ike_map map;		/* of the first of each SPI */
};

static uint64_t key_of(enum ike_direction direction, uint32_t spi)
{
	return (uint64_t)direction << 32 | spi;
}

static bool is_it(const struct entry *entry, const struct ike_address *remote)
{
	return entry->sa.direction == IKE_IN ||
	       ike_address_same_ip(&entry->sa.remote, remote);
}

static void entry_free(struct entry *entry)
{
	ike_secret_clear(&entry->sa.encr_key);
	ike_secret_clear(&entry->sa.integ_key);
	free(entry);
}

struct keys *keys_new(void)
{
	struct keys *keys = calloc(1, sizeof(*keys));

	if (keys && ike_map_init(&keys->map)) {
		free(keys);
		return NULL;
	}
	return keys;
}

/* Removes all of a bucket's, from the front. */
void keys_free(struct keys *keys)
{
	struct entry *entry, *next;
	size_t i;

	if (!keys)
		return;
	for (i = 0; i < keys->map.buckets; i++) {
		while (keys->map.bucket[i]) {
			entry = keys->map.bucket[i]->owner;
			ike_map_remove(&keys->map, &entry->node);
			for (; entry; entry = next) {
				next = entry->same;
				entry_free(entry);
			}
		}
	}
	ike_map_clear(&keys->map);
	free(keys);
}

static void insert(struct keys *keys, struct entry *entry)
{
	uint64_t key = key_of(entry->sa.direction, entry->sa.spi);
	struct entry *first = ike_map_find(&keys->map, key);

	if (first) {
		entry->same = first->same;
		first->same = entry;
	} else {
		ike_map_add(&keys->map, &entry->node, key, entry);
	}
}

/* Taken out, and the caller's; NULL: it is not there. */
static struct entry *take(struct keys *keys, enum ike_direction direction,
			  uint32_t spi, const struct ike_address *remote)
{
	uint64_t key = key_of(direction, spi);
	struct entry *entry = ike_map_find(&keys->map, key);
	struct entry *before = NULL;

	while (entry && !is_it(entry, remote)) {
		before = entry;
		entry = entry->same;
	}
	if (!entry)
		return NULL;
	if (before) {
		before->same = entry->same;
	} else {
		ike_map_remove(&keys->map, &entry->node);
		if (entry->same)
			ike_map_add(&keys->map, &entry->same->node, key,
				    entry->same);
	}
	entry->same = NULL;
	return entry;
}

int keys_add(struct keys *keys, const struct ike_sa_spec *sa)
{
	struct entry *entry = calloc(1, sizeof(*entry));

	if (!entry)
		return -ENOMEM;
	entry->sa = *sa;
	entry->sa.ts_local = (struct ike_ts_list){ 0 };
	entry->sa.ts_remote = (struct ike_ts_list){ 0 };
	entry->sa.encr_key = (struct ike_secret){ 0 };
	entry->sa.integ_key = (struct ike_secret){ 0 };
	if (ike_secret_set(&entry->sa.encr_key, sa->encr_key.data,
			   sa->encr_key.len) ||
	    ike_secret_set(&entry->sa.integ_key, sa->integ_key.data,
			   sa->integ_key.len)) {
		entry_free(entry);
		return -ENOMEM;
	}
	keys_remove(keys, sa->direction, sa->spi, &sa->remote);
	insert(keys, entry);
	return 0;
}

void keys_remove(struct keys *keys, enum ike_direction direction, uint32_t spi,
		 const struct ike_address *remote)
{
	struct entry *entry = take(keys, direction, spi, remote);

	if (entry)
		entry_free(entry);
}

void keys_move(struct keys *keys, const struct ike_sa_spec *sa,
	       const struct ike_address *was_remote)
{
	struct entry *entry = take(keys, sa->direction, sa->spi, was_remote);

	if (!entry)
		return;
	entry->sa.local = sa->local;
	entry->sa.remote = sa->remote;
	entry->sa.encap = sa->encap;
	insert(keys, entry);
}

const struct ike_sa_spec *keys_find(const struct keys *keys,
				    enum ike_direction direction, uint32_t spi,
				    const struct ike_address *remote)
{
	const struct entry *entry = ike_map_find(&keys->map,
						 key_of(direction, spi));

	while (entry && !is_it(entry, remote))
		entry = entry->same;
	return entry ? &entry->sa : NULL;
}
