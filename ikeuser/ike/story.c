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

void ike_ring_put(struct ike_ring *ring, const struct ike_story *story)
{
	struct ike_story *slot;

	if (!ring->slot)
		ring->slot = calloc(STORY_RING, sizeof(*ring->slot));
	if (!ring->slot)
		return;
	slot = &ring->slot[ring->n++ % STORY_RING];
	ike_story_clear(slot);
	if (ike_story_copy(slot, story))
		ike_story_clear(slot);
}

const struct ike_story *ike_ring_get(const struct ike_ring *ring, size_t i)
{
	uint64_t first = ring->n > STORY_RING ? ring->n - STORY_RING : 0;

	if (!ring->slot || i >= ring->n - first)
		return NULL;
	return &ring->slot[(first + i) % STORY_RING];
}

void ike_ring_clear(struct ike_ring *ring)
{
	size_t i;

	for (i = 0; ring->slot && i < STORY_RING; i++)
		ike_story_clear(&ring->slot[i]);
	free(ring->slot);
	memset(ring, 0, sizeof(*ring));
}
