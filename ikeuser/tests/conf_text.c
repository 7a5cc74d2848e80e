// SPDX-License-Identifier: GPL-2.0-only
/* Configurations as a test writes them down. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "conf_text.h"

#define TEXT_MAX 8192

const struct conf_options conf_text_options = { .no_files = true };

static struct ike_bytes bytes_of(const char *text)
{
	return (struct ike_bytes){ (const uint8_t *)text, strlen(text) };
}

static void notes_show(const struct conf_notes *notes)
{
	char line[CONF_NOTE_PRINT_MAX];
	struct ike_text t;
	size_t i;

	for (i = 0; i < notes->n; i++) {
		ike_text_init(&t, line, sizeof(line));
		conf_note_print(&notes->note[i], &t);
		print_error("%s", line);
	}
}

struct conf *conf_good(const char *text)
{
	struct conf_notes notes = { 0 };
	struct conf *conf;
	int err = conf_read_text(&conf, "test", bytes_of(text),
				 &conf_text_options, &notes);

	if (err || notes.errors) {
		notes_show(&notes);
		fail_msg("%s\nis refused: %d", text, err);
	}
	conf_notes_clear(&notes);
	return conf;
}

static bool is_note(const struct conf_note *note, enum conf_severity severity,
		    const char *place, const char *sentence, const char *hint)
{
	char at[32] = "";

	if (note->line)
		snprintf(at, sizeof(at), "%u:%u", note->line, note->column);
	if (note->severity != severity || strcmp(at, place) ||
	    !note->sentence || !strstr(note->sentence, sentence))
		return false;
	if (!hint)
		return !note->hint;
	return note->hint && strstr(note->hint, hint);
}

static void expect_note(const char *text, int expected,
			enum conf_severity severity, const char *place,
			const char *sentence, const char *hint)
{
	struct conf_notes notes = { 0 };
	struct conf *conf;
	size_t i;
	int err = conf_read_text(&conf, "test", bytes_of(text),
				 &conf_text_options, &notes);

	assert_int_equal(err, expected);
	for (i = 0; i < notes.n; i++)
		if (is_note(&notes.note[i], severity, place, sentence, hint))
			break;
	if (i == notes.n) {
		notes_show(&notes);
		fail_msg("%s\ngives no %s: %s", text, place, sentence);
	}
	conf_notes_clear(&notes);
	conf_free(conf);
}

void conf_bad(const char *text, const char *place, const char *sentence,
	      const char *hint)
{
	expect_note(text, -EINVAL, CONF_ERROR, place, sentence, hint);
}

void conf_warned(const char *text, const char *place, const char *sentence)
{
	expect_note(text, 0, CONF_WARNING, place, sentence, NULL);
}

static void counts(struct ike_bytes text, int err, size_t errors,
		   const size_t *warnings)
{
	struct conf_notes notes = { 0 };
	struct conf *conf;
	int ret = conf_read_text(&conf, "test", text, &conf_text_options,
				 &notes);

	if (ret != err || notes.errors != errors ||
	    (warnings && notes.warnings != *warnings)) {
		notes_show(&notes);
		fail_msg("%d, %zu errors, %zu warnings", ret, notes.errors,
			 notes.warnings);
	}
	assert_int_equal(!conf, ret != 0);
	conf_notes_clear(&notes);
	conf_free(conf);
}

void conf_counts(const char *text, int err, size_t errors, size_t warnings)
{
	counts(bytes_of(text), err, errors, &warnings);
}

void conf_octets_count(const char *text, size_t len, int err, size_t errors)
{
	/* in memory of its own, so that what is read past its end is seen */
	uint8_t *copy = malloc(len ? len : 1);

	assert_non_null(copy);
	memcpy(copy, text, len);
	counts((struct ike_bytes){ copy, len }, err, errors, NULL);
	free(copy);
}

void conf_rules_are(const struct conf *conf, const char *lines)
{
	static const char *const actions[] = { "protect", "bypass", "discard" };
	char text[TEXT_MAX];
	struct ike_text t;
	size_t i;

	ike_text_init(&t, text, sizeof(text));
	for (i = 0; i < conf->rules; i++) {
		const struct conf_rule *rule = &conf->rule[i];

		if (!rule->map)
			continue;
		ike_text_add(&t, "%s ", actions[rule->action]);
		ike_ts_print(&rule->local, &t);
		ike_text_add(&t, " ");
		ike_ts_print(&rule->remote, &t);
		if (rule->peer && strcmp(rule->peer->name, "p"))
			ike_text_add(&t, " %s", rule->peer->name);
		ike_text_add(&t, "\n");
	}
	assert_string_equal(text, lines);
}

static void acl_text(char *text, const char *acl)
{
	assert_in_range(strlen(acl), 0, TEXT_MAX - 1000);
	sprintf(text, "access-list a {\n%s\n}\n" PEER MAP, acl);
}

void conf_acl_is(const char *acl, const char *lines)
{
	char text[TEXT_MAX];
	struct conf *conf;

	acl_text(text, acl);
	conf = conf_good(text);
	conf_rules_are(conf, lines);
	conf_free(conf);
}

void conf_acl_bad(const char *acl, const char *place, const char *sentence,
		  const char *hint)
{
	char text[TEXT_MAX];

	acl_text(text, acl);
	conf_bad(text, place, sentence, hint);
}

static void peer_text(char *text, const char *keys)
{
	assert_in_range(strlen(keys), 0, TEXT_MAX - 1000);
	sprintf(text, PEER_BEGIN "\n%s\n}\naccess-list a { permit ip any4 any4 }\n"
		MAP, keys);
}

struct conf *conf_peer(const char *keys)
{
	char text[TEXT_MAX];

	peer_text(text, keys);
	return conf_good(text);
}

void conf_peer_bad(const char *keys, const char *place, const char *sentence,
		   const char *hint)
{
	char text[TEXT_MAX];

	peer_text(text, keys);
	conf_bad(text, place, sentence, hint);
}
