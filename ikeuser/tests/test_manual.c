// SPDX-License-Identifier: GPL-2.0-only
/* The manual tells all there is: each key, statement and word that the parser
 * knows is an item of culvert.conf(5), each verb and option one of culvert(8).
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "conf_parse.h"
#include "verb.h"

static char *page;

static void page_read(const char *name)
{
	char path[256];
	FILE *file;
	long size;

	free(page);
	snprintf(path, sizeof(path), MANUAL "/%s", name);
	file = fopen(path, "r");
	assert_non_null(file);
	fseek(file, 0, SEEK_END);
	size = ftell(file);
	rewind(file);
	page = calloc(1, size + 1);
	assert_int_equal(fread(page, 1, size, file), size);
	fclose(file);
}

/* ".It Ic word" and nothing more of a word behind it. */
static void has_item(const char *before, const char *word)
{
	char item[128];
	const char *at = page;
	size_t n;

	n = snprintf(item, sizeof(item), "\n.It Ic %s%s", before, word);
	while ((at = strstr(at, item))) {
		if (at[n] == ' ' || at[n] == '\n')
			return;
		at += n;
	}
	fail_msg("the manual has no%s", item + 4);
}

static void test_statements_and_keys_are_told(void **state)
{
	size_t keys = 0;

	page_read("culvert.conf.5");
	for (size_t i = 0; conf_statement_word(i); i++)
		has_item("", conf_statement_word(i));
	for (; conf_peer_word(keys); keys++)
		has_item("", conf_peer_word(keys));
	assert_true(keys > 20);
}

static bool stands_behind_set(const char *word)
{
	return strcmp(word, "match") && strcmp(word, "set") &&
	       strcmp(word, "hold-packets");
}

static void test_words_of_crypto_maps_are_told(void **state)
{
	size_t i;

	page_read("culvert.conf.5");
	for (i = 0; conf_map_word(i); i++) {
		const char *word = conf_map_word(i);
		char text[64];

		if (!strcmp(word, "set"))
			continue;
		snprintf(text, sizeof(text), "Ic %s%s",
			 stands_behind_set(word) ? "set " : "", word);
		if (!strstr(page, text))
			fail_msg("the manual has no '%s'", text);
	}
	assert_true(i > 7);
}

static void test_verbs_and_their_options_are_told(void **state)
{
	page_read("culvert.8");
	for (size_t i = 0; i < verbs_count; i++) {
		if (verbs[i].flags & VERB_HIDDEN)
			continue;
		has_item("", verbs[i].words);
		for (size_t j = 0; j < VERB_OPTIONS_MAX &&
		     verbs[i].option[j].name; j++) {
			char text[64];

			snprintf(text, sizeof(text), "Fl %s",
				 verbs[i].option[j].name + 1);
			if (!strstr(page, text))
				fail_msg("the manual has no '%s'", text);
		}
	}
}

static int leave(void **state)
{
	free(page);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_statements_and_keys_are_told),
		cmocka_unit_test(test_words_of_crypto_maps_are_told),
		cmocka_unit_test(test_verbs_and_their_options_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, leave);
}
