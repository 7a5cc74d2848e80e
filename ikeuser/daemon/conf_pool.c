// SPDX-License-Identifier: GPL-2.0-only
/* Memory that is given back at once, since a configuration lives and goes as a
 * whole; and tables of names in it. No grammar is known here.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf_parse.h"

#define CHUNK_SIZE 16384
#define NAME_MAX_LEN 100

struct conf_chunk {
	struct conf_chunk *next;
	size_t size;
	size_t used;
	max_align_t data[];
};

static struct conf_chunk *chunk_new(size_t size)
{
	struct conf_chunk *chunk;

	if (size < CHUNK_SIZE)
		size = CHUNK_SIZE;
	chunk = calloc(1, sizeof(*chunk) + size);
	if (chunk)
		chunk->size = size;
	return chunk;
}

void *conf_pool_get(struct conf_pool *pool, size_t size)
{
	struct conf_chunk *chunk = pool->chunk;
	void *data;

	size = (size + sizeof(max_align_t) - 1) & -sizeof(max_align_t);
	if (!chunk || chunk->size - chunk->used < size) {
		chunk = chunk_new(size);
		if (!chunk)
			return NULL;
		chunk->next = pool->chunk;
		pool->chunk = chunk;
	}
	data = (char *)chunk->data + chunk->used;
	chunk->used += size;
	return data;
}

char *conf_pool_print(struct conf_pool *pool, const char *format, ...)
{
	va_list args;
	char *text;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	text = conf_pool_get(pool, len + 1);
	if (!text)
		return NULL;
	va_start(args, format);
	vsnprintf(text, len + 1, format, args);
	va_end(args);
	return text;
}

void conf_pool_clear(struct conf_pool *pool)
{
	struct conf_chunk *next;

	for (; pool->chunk; pool->chunk = next) {
		next = pool->chunk->next;
		free(pool->chunk);
	}
}

void conf_names_init(struct conf_names *names, const char *what)
{
	*names = (struct conf_names){ .what = what };
	names->last = &names->first;
}

/* FNV-1a; who writes the file gains nothing from names that collide. */
static size_t bucket_of(const char *text, size_t len)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (uint8_t)text[i]) * 16777619u;
	return hash % CONF_NAME_BUCKETS;
}

struct conf_name *conf_names_find(const struct conf_names *names,
				  const char *text, size_t len)
{
	struct conf_name *name = names->bucket[bucket_of(text, len)];

	for (; name; name = name->chain) {
		if (strlen(name->text) == len && !memcmp(name->text, text, len))
			return name;
	}
	return NULL;
}

static void names_add(struct conf_names *names, struct conf_name *name)
{
	size_t bucket = bucket_of(name->text, strlen(name->text));

	name->chain = names->bucket[bucket];
	names->bucket[bucket] = name;
	*names->last = name;
	names->last = &name->next;
}

/* They stand in logs, and in what the control socket tells. */
int conf_name_check(struct conf_parser *p, const struct conf_at *at)
{
	struct ike_bytes text = conf_at_text(at);
	size_t plain = 0;

	while (plain < text.len && text.data[plain] > ' ' &&
	       text.data[plain] <= '~')
		plain++;
	if (!text.len || plain < text.len || text.len > NAME_MAX_LEN)
		return conf_error(p, at, "a name has 1 to %u letters, digits and signs of ASCII, and no blanks",
				  NAME_MAX_LEN);
	return 0;
}

int conf_name_add(struct conf_parser *p, struct conf_names *names,
		  struct conf_name *name, const struct conf_at *at)
{
	struct ike_bytes text = conf_at_text(at);
	const struct conf_name *other;
	int err = conf_name_check(p, at);

	if (err)
		return err;
	other = conf_names_find(names, (const char *)text.data, text.len);
	if (other)
		return conf_error(p, at, "%s '%s' is already defined, line %u",
				  names->what, conf_quote(at).text,
				  other->at.line);
	name->at = *at;
	name->text = conf_at_copy(p, at);
	if (!name->text)
		return -ENOMEM;
	names_add(names, name);
	return 0;
}

struct conf_name *conf_name_get(struct conf_parser *p,
				const struct conf_names *names,
				const struct conf_at *at)
{
	struct ike_bytes text = conf_at_text(at);
	struct conf_guess guess;
	struct conf_name *name;

	name = conf_names_find(names, (const char *)text.data, text.len);
	if (name) {
		name->used = true;
		return name;
	}
	conf_error(p, at, "%s '%s' is not defined", names->what,
		   conf_quote(at).text);
	conf_guess_start(&guess, at);
	for (name = names->first; name; name = name->next)
		conf_guess_try(&guess, name->text);
	if (guess.best)
		conf_guess_hint(p, &guess);
	else if (names->first)
		conf_hint(p, "defined: '%s', line %u%s", names->first->text,
			  names->first->at.line,
			  names->first->next ? ", and others" : "");
	return NULL;
}
