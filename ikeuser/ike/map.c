// SPDX-License-Identifier: GPL-2.0-only
/* A hash table whose keys are random already. Knows nothing of what it holds. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "map.h"

#define MAP_BUCKETS 64

static struct ike_map_node **bucket_of(const struct ike_map *map, uint64_t key)
{
	return &map->bucket[key & (map->buckets - 1)];
}

int ike_map_init(struct ike_map *map)
{
	memset(map, 0, sizeof(*map));
	map->bucket = calloc(MAP_BUCKETS, sizeof(*map->bucket));
	if (!map->bucket)
		return -ENOMEM;
	map->buckets = MAP_BUCKETS;
	return 0;
}

void ike_map_clear(struct ike_map *map)
{
	free(map->bucket);
	memset(map, 0, sizeof(*map));
}

static void put(struct ike_map *map, struct ike_map_node *node)
{
	struct ike_map_node **bucket = bucket_of(map, node->key);

	node->next = *bucket;
	*bucket = node;
}

static void grow(struct ike_map *map)
{
	struct ike_map old = *map;
	struct ike_map_node *node;
	size_t i;

	map->bucket = calloc(old.buckets * 2, sizeof(*map->bucket));
	if (!map->bucket) {
		map->bucket = old.bucket;
		return;
	}
	map->buckets = old.buckets * 2;
	for (i = 0; i < old.buckets; i++) {
		while ((node = old.bucket[i])) {
			old.bucket[i] = node->next;
			put(map, node);
		}
	}
	free(old.bucket);
}

void ike_map_add(struct ike_map *map, struct ike_map_node *node, uint64_t key,
		 void *owner)
{
	if (map->n >= map->buckets)
		grow(map);
	node->key = key;
	node->owner = owner;
	put(map, node);
	map->n++;
}

void ike_map_remove(struct ike_map *map, struct ike_map_node *node)
{
	struct ike_map_node **at;

	if (!node->owner)
		return;
	for (at = bucket_of(map, node->key); *at; at = &(*at)->next) {
		if (*at == node) {
			*at = node->next;
			map->n--;
			break;
		}
	}
	memset(node, 0, sizeof(*node));
}

void *ike_map_find(const struct ike_map *map, uint64_t key)
{
	const struct ike_map_node *node;

	for (node = *bucket_of(map, key); node; node = node->next)
		if (node->key == key)
			return node->owner;
	return NULL;
}
