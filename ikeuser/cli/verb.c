// SPDX-License-Identifier: GPL-2.0-only
/* Finding a verb by the words that were typed. What verbs there are stands in
 * verbs.c.
 */

#include <string.h>

#include "verb.h"

#define WORD_MAX 32

/* Word i of a verb; false: it has no so many. */
static bool word_get(const struct verb *verb, int i, char word[WORD_MAX])
{
	const char *at = verb->words;
	size_t n;

	for (; i && *at; i--) {
		at += strcspn(at, " ");
		at += *at == ' ';
	}
	n = strcspn(at, " ");
	if (!n || n >= WORD_MAX)
		return false;
	memcpy(word, at, n);
	word[n] = '\0';
	return true;
}

/* Verbs whose words so far were meant, bit i for verb i. */
struct matching {
	uint64_t verbs;
};

static bool is_in(const struct matching *set, size_t i)
{
	return set->verbs >> i & 1;
}

static bool begins(const char *word, const char *typed)
{
	return !strncmp(word, typed, strlen(typed));
}

/* How many different words of the set may be meant by typed, and the first of
 * them; a word that is typed in full is meant alone.
 */
static size_t candidates(const struct matching *set, int at, const char *typed,
			 char first[WORD_MAX])
{
	char word[WORD_MAX];
	size_t n = 0;

	for (size_t i = 0; i < verbs_count; i++) {
		if (!is_in(set, i) || !word_get(&verbs[i], at, word))
			continue;
		if (!strcmp(word, typed)) {
			strcpy(first, word);
			return 1;
		}
		if (!begins(word, typed) || verbs[i].flags & VERB_HIDDEN)
			continue;
		if (!n || strcmp(word, first)) {
			bool seen = false;
			char other[WORD_MAX];

			for (size_t j = 0; j < i && !seen; j++)
				seen = is_in(set, j) &&
				       word_get(&verbs[j], at, other) &&
				       !(verbs[j].flags & VERB_HIDDEN) &&
				       !strcmp(other, word);
			if (seen)
				continue;
			if (!n)
				strcpy(first, word);
			n++;
		}
	}
	return n;
}

static void narrow(struct matching *set, int at, const char *meant)
{
	char word[WORD_MAX];

	for (size_t i = 0; i < verbs_count; i++) {
		if (is_in(set, i) && (!word_get(&verbs[i], at, word) ||
				      strcmp(word, meant)))
			set->verbs &= ~(UINT64_C(1) << i);
	}
}

/* The verb of the set that has no more words than those. */
static const struct verb *complete(const struct matching *set, int words)
{
	char word[WORD_MAX];

	for (size_t i = 0; i < verbs_count; i++) {
		if (is_in(set, i) && !word_get(&verbs[i], words, word))
			return &verbs[i];
	}
	return NULL;
}

static void list_words(const struct matching *set, int at, const char *typed,
		       void (*tell)(const char *word, void *arg), void *arg)
{
	char word[WORD_MAX], other[WORD_MAX];

	for (size_t i = 0; i < verbs_count; i++) {
		bool seen = false;

		if (!is_in(set, i) || verbs[i].flags & VERB_HIDDEN ||
		    !word_get(&verbs[i], at, word) || !begins(word, typed))
			continue;
		for (size_t j = 0; j < i && !seen; j++)
			seen = is_in(set, j) &&
			       word_get(&verbs[j], at, other) &&
			       !strcmp(word, other);
		if (!seen)
			tell(word, arg);
	}
}

static void print_word(const char *word, void *arg)
{
	struct cli *cli = arg;

	fprintf(cli->err, " %s", word);
}

static void refuse(struct cli *cli, const struct matching *set, int at,
		   const char *typed, size_t n)
{
	if (!typed) {
		fputs("culvert: incomplete command, it goes on with:", cli->err);
		list_words(set, at, "", print_word, cli);
	} else if (n) {
		fprintf(cli->err, "culvert: '%s' may be one of:", typed);
		list_words(set, at, typed, print_word, cli);
	} else {
		fprintf(cli->err, "culvert: unknown word '%s', expected one of:",
			typed);
		list_words(set, at, "", print_word, cli);
	}
	fputs("\nculvert: 'culvert help' tells what each is for\n", cli->err);
}

const struct verb *verb_resolve(struct cli *cli, int argc, char **argv,
				int *used)
{
	struct matching set = { UINT64_MAX };
	char meant[WORD_MAX];
	int i;

	for (i = 0; i < argc; i++) {
		const struct verb *done = complete(&set, i);
		size_t n = candidates(&set, i, argv[i], meant);

		/* What is no further word is an argument. */
		if (n != 1 && i && done) {
			*used = i;
			return done;
		}
		if (n != 1) {
			refuse(cli, &set, i, argv[i], n);
			return NULL;
		}
		narrow(&set, i, meant);
	}
	*used = i;
	if (i && complete(&set, i))
		return complete(&set, i);
	refuse(cli, &set, i, NULL, 0);
	return NULL;
}

void verb_next_words(int n, char **words,
		     void (*tell)(const char *word, void *arg), void *arg)
{
	struct matching set = { UINT64_MAX };
	char meant[WORD_MAX];

	for (int i = 0; i < n; i++) {
		if (candidates(&set, i, words[i], meant) != 1)
			return;
		narrow(&set, i, meant);
	}
	list_words(&set, n, "", tell, arg);
}

int verb_option(const struct verb *verb, const char *text)
{
	for (int i = 0; i < VERB_OPTIONS_MAX && verb->option[i].name; i++) {
		if (!strcmp(verb->option[i].name, text))
			return i;
	}
	return -1;
}
