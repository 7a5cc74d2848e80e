// SPDX-License-Identifier: GPL-2.0-only
/* Errors and warnings of a configuration, with the line they are about and a
 * mark under it. Secrets that stand in a line are not shown, nor is what a
 * terminal would obey.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf_parse.h"

/* Of a line that is longer, this much around the place. */
#define SHOWN_MAX 120
#define SHOWN_BEFORE 60
#define SENTENCE_MAX 400

static void note_clear(struct conf_note *note)
{
	free(note->file);
	free(note->sentence);
	free(note->source);
	free(note->marks);
	free(note->hint);
}

void conf_notes_clear(struct conf_notes *notes)
{
	for (size_t i = 0; i < notes->n; i++)
		note_clear(&notes->note[i]);
	free(notes->note);
	*notes = (struct conf_notes){ 0 };
}

void conf_note_print(const struct conf_note *note, struct ike_text *t)
{
	ike_text_add(t, "%s:", note->file ? note->file : "configuration");
	if (note->line)
		ike_text_add(t, "%u:%u:", note->line, note->column);
	ike_text_add(t, " %s: %s\n",
		     note->severity == CONF_ERROR ? "error" : "warning",
		     note->sentence ? note->sentence : "no memory to say more");
	if (note->source && note->marks)
		ike_text_add(t, "%5u | %s\n      | %s%s%s\n", note->line,
			     note->source, note->marks, note->hint ? " " : "",
			     note->hint ? note->hint : "");
}

/* The line. */

static bool is_secretish(const char *word, size_t len)
{
	static const char *const parts[] = {
		"secr", "secer", "psk", "shared", "passw", "auth",
	};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (memmem(word, len, parts[i], strlen(parts[i])))
			return true;
	}
	return false;
}

static bool is_one_of(const char *word, size_t len, const char *list)
{
	const char *at = memmem(list, strlen(list), word, len);

	return at && at[-1] == ' ' && at[len] == ' ';
}

/* One asterisk for each code point. */
static void hide(char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if ((text[i] & 0xc0) != 0x80)
			text[i] = '*';
	}
}

/* What follows a word of which a secret may follow is hidden up to the end of
 * the statement, but for the names of files; and so is every string that is not
 * known to be something else, since the word before it may be misspelt.
 */
static void hide_secrets(char *line, size_t len)
{
	static const char named[] = " file credential include local_id "
				    "remote_id peer crypto map description "
				    "match address ";
	static const char plain[] =
		" psk secret local_secret remote_secret file credential = ";
	bool hiding = false, keep = false;
	size_t i = 0;

	while (i < len) {
		size_t start = i;
		bool string = line[i] == '"';

		if (strchr(" \t;{}", line[i])) {
			if (line[i] == ';' || line[i] == '}')
				hiding = false;
			i++;
			continue;
		}
		do
			i++;
		while (i < len && (string ? line[i] != '"' :
					    !strchr(" \t;{}=\"", line[i])));
		if (string && i < len)
			i++;
		if (!keep && (string ||
			      (hiding && !is_one_of(line + start, i - start,
						    plain))))
			hide(line + start, i - start);
		else if (!string && is_secretish(line + start, i - start))
			hiding = true;
		if (line[start] != '=' || i - start > 1)
			keep = is_one_of(line + start, i - start, named);
	}
}

/* One character for each code point, and none that moves a cursor. */
static size_t make_plain(char *line, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = line[i];

		if (c >= 0x80 && c < 0xc0)
			continue;
		if (c == '\t')
			line[n++] = ' ';
		else if (c == '\r' && i + 1 == len)
			continue;
		else
			line[n++] = c < ' ' || c > '~' ? '?' : c;
	}
	line[n] = '\0';
	return n;
}

static char *strdup_plain(const char *text)
{
	char *copy = strdup(text);

	if (copy)
		make_plain(copy, strlen(copy));
	return copy;
}

static size_t characters(const char *text, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += ((unsigned char)text[i] & 0xc0) != 0x80;
	return n;
}

static size_t line_start(const struct conf_at *at)
{
	const char *text = at->source->text;
	const char *newline = memrchr(text, '\n', at->offset);

	return newline ? newline + 1 - text : 0;
}

/* Cuts out the part of the line around its place, and marks that. */
static void note_show(struct conf_note *note, char *line, size_t len,
		      size_t width)
{
	size_t from = note->column - 1;
	size_t cut = 0;

	if (len > SHOWN_MAX && from > SHOWN_BEFORE)
		cut = from - SHOWN_BEFORE;
	if (len - cut > SHOWN_MAX)
		line[cut + SHOWN_MAX] = '\0';
	note->source = strdup(line + cut);
	from -= cut;
	if (from + width > SHOWN_MAX)
		width = from < SHOWN_MAX ? SHOWN_MAX - from : 1;
	if (!width)
		width = 1;
	note->marks = malloc(from + width + 1);
	if (!note->marks)
		return;
	memset(note->marks, ' ', from);
	memset(note->marks + from, '~', width);
	note->marks[from] = '^';
	note->marks[from + width] = '\0';
}

static void note_place(struct conf_note *note, const struct conf_at *at)
{
	const char *text = at->source->text;
	size_t start = line_start(at);
	const char *end = memchr(text + start, '\n', at->source->len - start);
	size_t len = (end ? (size_t)(end - text) : at->source->len) - start;
	size_t width = at->len;
	char *line;

	if (width > len - (at->offset - start))
		width = len - (at->offset - start);
	note->line = at->line;
	note->column = characters(text + start, at->offset - start) + 1;
	line = malloc(len + 1);
	if (!line)
		return;
	memcpy(line, text + start, len);
	hide_secrets(line, len);
	len = make_plain(line, len);
	note_show(note, line, len, characters(text + at->offset, width));
	ike_crypto_wipe(line, len);
	free(line);
}

static struct conf_note *note_new(struct conf_notes *notes,
				  enum conf_severity severity)
{
	struct conf_note *grown;

	if (severity == CONF_ERROR)
		notes->errors++;
	else
		notes->warnings++;
	if (notes->n == CONF_NOTES_MAX)
		return NULL;
	grown = reallocarray(notes->note, notes->n + 1, sizeof(*grown));
	if (!grown)
		return NULL;
	notes->note = grown;
	grown += notes->n++;
	*grown = (struct conf_note){ .severity = severity };
	return grown;
}

static bool same_text(const char *a, const char *b)
{
	return a && b && !strcmp(a, b);
}

/* A list that stands in two entries is looked through twice: the last note is
 * dropped if it says nothing new.
 */
static void note_once(struct conf_notes *notes)
{
	struct conf_note *last = &notes->note[notes->n - 1];

	for (struct conf_note *note = notes->note; note < last; note++) {
		if (note->line != last->line || note->column != last->column ||
		    !same_text(note->file, last->file) ||
		    !same_text(note->sentence, last->sentence))
			continue;
		if (last->severity == CONF_ERROR)
			notes->errors--;
		else
			notes->warnings--;
		notes->n--;
		note_clear(last);
		return;
	}
}

static void note_add(struct conf_parser *p, enum conf_severity severity,
		     const struct conf_at *at, const char *format,
		     va_list args)
{
	struct conf_note *note = note_new(p->notes, severity);
	char sentence[SENTENCE_MAX];

	if (!note)
		return;
	vsnprintf(sentence, sizeof(sentence), format, args);
	note->sentence = strdup_plain(sentence);
	if (!at || !at->source)
		return;
	note->file = strdup_plain(at->source->name);
	if (at->line)
		note_place(note, at);
	note_once(p->notes);
}

int conf_error(struct conf_parser *p, const struct conf_at *at,
	       const char *format, ...)
{
	va_list args;

	va_start(args, format);
	note_add(p, CONF_ERROR, at, format, args);
	va_end(args);
	return -EINVAL;
}

void conf_warn(struct conf_parser *p, const struct conf_at *at,
	       const char *format, ...)
{
	va_list args;

	va_start(args, format);
	note_add(p, CONF_WARNING, at, format, args);
	va_end(args);
}

void conf_hint(struct conf_parser *p, const char *format, ...)
{
	struct conf_notes *notes = p->notes;
	char sentence[SENTENCE_MAX];
	va_list args;

	/* The one before was not kept. */
	if (!notes->n || notes->n != notes->errors + notes->warnings)
		return;
	va_start(args, format);
	vsnprintf(sentence, sizeof(sentence), format, args);
	va_end(args);
	free(notes->note[notes->n - 1].hint);
	notes->note[notes->n - 1].hint = strdup_plain(sentence);
}

struct conf_quote conf_quote(const struct conf_at *at)
{
	struct ike_bytes bytes = conf_at_text(at);
	struct conf_quote quote;
	struct ike_text t;

	ike_text_init(&t, quote.text, sizeof(quote.text));
	ike_text_escape(&t, bytes);
	return quote;
}

/* Guesses. */

#define GUESS_MAX 32		/* octets; longer words are not misspelt */

static size_t min_of(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Letters to change, add, leave out or swap (optimal string alignment). */
static size_t distance(struct ike_bytes a, const char *b, size_t b_len)
{
	size_t row[3][GUESS_MAX + 1];
	size_t *before = row[0], *last = row[1], *now = row[2], *spare;

	for (size_t j = 0; j <= b_len; j++)
		last[j] = j;
	for (size_t i = 1; i <= a.len; i++) {
		now[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			bool same = a.data[i - 1] == (uint8_t)b[j - 1];

			now[j] = min_of(min_of(last[j], now[j - 1]) + 1,
					last[j - 1] + !same);
			if (i > 1 && j > 1 && a.data[i - 1] == (uint8_t)b[j - 2] &&
			    a.data[i - 2] == (uint8_t)b[j - 1])
				now[j] = min_of(now[j], before[j - 2] + 1);
		}
		spare = before;
		before = last;
		last = now;
		now = spare;
	}
	return last[b_len];
}

void conf_guess_start(struct conf_guess *guess, const struct conf_at *at)
{
	*guess = (struct conf_guess){ .wrong = conf_at_text(at) };
	/* A third of it wrong, and it is another word. */
	guess->distance = (guess->wrong.len + 2) / 3 + 1;
}

void conf_guess_try(struct conf_guess *guess, const char *candidate)
{
	size_t len = strlen(candidate);
	size_t away;

	if (guess->wrong.len > GUESS_MAX || len > GUESS_MAX)
		return;
	away = distance(guess->wrong, candidate, len);
	if (away >= guess->distance)
		return;
	guess->distance = away;
	guess->best = candidate;
}

void conf_guess_hint(struct conf_parser *p, const struct conf_guess *guess)
{
	if (guess->best)
		conf_hint(p, "did you mean '%s'?", guess->best);
}
