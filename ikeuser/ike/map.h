/* SPDX-License-Identifier: GPL-2.0-only */
/* What is found by a number that this end drew at random, such as an SPI: so no
 * keyed hash is needed, nobody else can choose where an entry lands.
 */
#ifndef IKE_MAP_H
#define IKE_MAP_H

#include <stddef.h>
#include <stdint.h>

/* Embedded in what is found. Zeroed, it is in no map. */
struct ike_map_node {
	struct ike_map_node *next;
	uint64_t key;
	void *owner;		/* NULL: in no map */
};

struct ike_map {
	struct ike_map_node **bucket;	/* owned */
	size_t buckets;			/* a power of two */
	size_t n;
};

int ike_map_init(struct ike_map *map);
void ike_map_clear(struct ike_map *map);
/* The caller has seen that there is no such key. Cannot fail: a map that finds no
 * memory to grow gets slower.
 */
void ike_map_add(struct ike_map *map, struct ike_map_node *node, uint64_t key,
		 void *owner);
void ike_map_remove(struct ike_map *map, struct ike_map_node *node);
/* The owner, or NULL. */
void *ike_map_find(const struct ike_map *map, uint64_t key);

#endif
