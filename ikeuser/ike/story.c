// SPDX-License-Identifier: GPL-2.0-only
/* Events of the flight recorder, their rings and their lines. Knows neither
 * states nor messages, only how an event looks and how long it is kept.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "story.h"

static const struct {
	const char *name;
	char level;
} kinds[] = {
#define ROW(name, level) [IKE_STORY_##name] = { #name, #level[0] },
	IKE_STORIES(ROW)
#undef ROW
};

const char *ike_story_kind_name(enum ike_story_kind kind)
{
	return kind < IKE_STORY_COUNT ? kinds[kind].name : NULL;
}

char ike_story_level(enum ike_story_kind kind)
{
	return kind < IKE_STORY_COUNT ? kinds[kind].level : 'D';
}

int ike_story_copy(struct ike_story *to, const struct ike_story *from)
{
	*to = *from;
	if (!from->text)
		return 0;
	to->text = strdup(from->text);
	return to->text ? 0 : -ENOMEM;
}

void ike_story_clear(struct ike_story *story)
{
	free(story->text);
	memset(story, 0, sizeof(*story));
}

static void print_whose(const struct ike_story *story, struct ike_text *t)
{
	ike_text_add(t, "%s", story->peer ? story->peer : "-");
	if (story->ike)
		ike_text_add(t, " #%u", story->ike);
	if (story->child)
		ike_text_add(t, "%s%u", story->ike ? "/" : " /", story->child);
	else if (story->rule)
		ike_text_add(t, " rule %llx", (unsigned long long)story->rule);
}

void ike_story_print(const struct ike_story *story, struct ike_text *t)
{
	print_whose(story, t);
	ike_text_add(t, " %s", ike_story_kind_name(story->kind));
	if (story->reason != IKE_REASON_NONE)
		ike_text_add(t, " %s: %s", ike_reason_code(story->reason),
			     ike_reason_sentence(story->reason));
	if (story->text)
		ike_text_add(t, ": %s", story->text);
}

static void drop(struct ike_kept *kept)
{
	if (!kept || --kept->rings)
		return;
	ike_story_clear(&kept->story);
	free(kept);
}

/* While nothing is forgotten yet: where an event stands is its number, modulo the
 * size.
 */
static int grow(struct ike_ring *ring)
{
	uint32_t size = ring->size ? 2 * ring->size : STORY_RING_FIRST;
	struct ike_kept **slot;

	if (ring->n != ring->size || ring->size == STORY_RING)
		return 0;
	slot = realloc(ring->slot, size * sizeof(*slot));
	if (!slot)
		return ring->size ? 0 : -ENOMEM;
	memset(slot + ring->size, 0, (size - ring->size) * sizeof(*slot));
	ring->slot = slot;
	ring->size = size;
	return 0;
}

static int put(struct ike_ring *ring, struct ike_kept *kept)
{
	struct ike_kept **slot;
	int err = grow(ring);

	if (err)
		return err;
	slot = &ring->slot[ring->n++ % ring->size];
	drop(*slot);
	*slot = kept;
	kept->rings++;
	return 0;
}

int ike_ring_put(struct ike_ring *ring, const struct ike_story *story)
{
	struct ike_kept *kept = calloc(1, sizeof(*kept));
	int err;

	if (!kept)
		return -ENOMEM;
	err = ike_story_copy(&kept->story, story);
	if (!err)
		err = put(ring, kept);
	if (!err)
		return 0;
	ike_story_clear(&kept->story);
	free(kept);
	return err;
}

int ike_ring_share(struct ike_ring *ring, const struct ike_ring *other)
{
	return put(ring, other->slot[(other->n - 1) % other->size]);
}

static uint64_t first(const struct ike_ring *ring)
{
	return ring->n > ring->size ? ring->n - ring->size : 0;
}

const struct ike_story *ike_ring_get(const struct ike_ring *ring, size_t i)
{
	if (i >= ring->n - first(ring))
		return NULL;
	return &ring->slot[(first(ring) + i) % ring->size]->story;
}

void ike_ring_rename(struct ike_ring *ring, const char *peer)
{
	uint32_t i;

	for (i = 0; i < ring->size; i++)
		if (ring->slot[i] && ring->slot[i]->story.peer)
			ring->slot[i]->story.peer = peer;
}

void ike_ring_clear(struct ike_ring *ring)
{
	uint32_t i;

	for (i = 0; i < ring->size; i++)
		drop(ring->slot[i]);
	free(ring->slot);
	memset(ring, 0, sizeof(*ring));
}
