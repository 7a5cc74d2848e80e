// SPDX-License-Identifier: GPL-2.0-only
/* Tokens of a configuration, each with its place, and what every statement does
 * with them. Which words there are is not known here.
 */

#include <errno.h>
#include <string.h>

#include "conf_parse.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Octets of no text: control characters, and what UTF-8 has none of. */
static bool is_bad(const struct conf_lexer *lex)
{
	unsigned char c = lex->source->text[lex->pos];

	return (c < ' ' && c != '\n' && c != '\t' && c != '\r') || c == 0x7f ||
	       c >= 0xf5 || c == 0xc0 || c == 0xc1;
}

static bool is_word(char c)
{
	return (unsigned char)c > ' ' && c != 0x7f && !strchr("{};=,\"", c);
}

static char lex_char(const struct conf_lexer *lex)
{
	return lex->pos < lex->source->len ? lex->source->text[lex->pos] : '\n';
}

static void skip_to_newline(struct conf_lexer *lex)
{
	const char *text = lex->source->text;
	const char *end = memchr(text + lex->pos, '\n',
				 lex->source->len - lex->pos);

	lex->pos = end ? (size_t)(end - text) : lex->source->len;
}

/* '!' is what ASA configurations have between their parts. */
static void skip_blanks(struct conf_lexer *lex)
{
	while (lex->pos < lex->source->len && is_blank(lex_char(lex)))
		lex->pos++;
	if (lex_char(lex) == '#' || lex_char(lex) == '!')
		skip_to_newline(lex);
}

static enum conf_kind lex_string(struct conf_parser *p)
{
	struct conf_lexer *lex = &p->lex;
	size_t start = lex->pos++;

	while (lex_char(lex) != '"' && lex_char(lex) != '\n' && !is_bad(lex))
		lex->pos++;
	lex->at.len = lex->pos - start;
	if (lex_char(lex) != '"') {
		conf_error(p, &lex->at, "the string has no end on its line");
		conf_hint(p, "expected '\"'");
		return CONF_BAD;
	}
	lex->pos++;
	lex->at.len++;
	return CONF_STRING;
}

static enum conf_kind lex_bad(struct conf_parser *p)
{
	struct conf_lexer *lex = &p->lex;

	conf_error(p, &lex->at, "an octet 0x%02x is not text",
		   (unsigned char)lex_char(lex));
	skip_to_newline(lex);
	return CONF_BAD;
}

static enum conf_kind lex_kind(struct conf_parser *p)
{
	static const char punctuation[] = "{}=,;\n";
	static const enum conf_kind kinds[] = {
		CONF_OPEN, CONF_CLOSE, CONF_EQUALS, CONF_COMMA, CONF_END,
		CONF_END,
	};
	struct conf_lexer *lex = &p->lex;
	const char *mark;

	if (lex->pos == lex->source->len)
		return CONF_EOF;
	if (is_bad(lex))
		return lex_bad(p);
	if (lex_char(lex) == '"')
		return lex_string(p);
	mark = strchr(punctuation, lex_char(lex));
	if (mark) {
		if (*mark == '\n')
			lex->line++;
		lex->pos++;
		lex->at.len = 1;
		return kinds[mark - punctuation];
	}
	while (is_word(lex_char(lex)) && !is_bad(lex))
		lex->pos++;
	lex->at.len = lex->pos - lex->at.offset;
	return CONF_WORD;
}

void conf_lex_next(struct conf_parser *p)
{
	struct conf_lexer *lex = &p->lex;

	skip_blanks(lex);
	lex->at = (struct conf_at){
		.source = lex->source,
		.offset = lex->pos,
		.line = lex->line,
	};
	lex->kind = lex_kind(p);
}

void conf_lex_start(struct conf_parser *p, struct conf_source *source)
{
	static const char bom[] = "\xef\xbb\xbf";

	p->lex = (struct conf_lexer){ .source = source, .line = 1 };
	if (source->len >= 3 && !memcmp(source->text, bom, 3))
		p->lex.pos = 3;
	conf_lex_next(p);
}

void conf_lex_skip_line(struct conf_parser *p)
{
	skip_to_newline(&p->lex);
	conf_lex_next(p);
}

void conf_lex_skip_statement(struct conf_parser *p)
{
	size_t depth = 0;

	while (p->lex.kind != CONF_EOF) {
		if (!depth && (p->lex.kind == CONF_END ||
			       p->lex.kind == CONF_CLOSE))
			break;
		depth += p->lex.kind == CONF_OPEN;
		depth -= p->lex.kind == CONF_CLOSE;
		conf_lex_next(p);
	}
	conf_take_kind(p, CONF_END);
}

struct ike_bytes conf_at_text(const struct conf_at *at)
{
	const char *text = at->source->text + at->offset;
	size_t quotes = at->len >= 2 && *text == '"';

	return (struct ike_bytes){ (const uint8_t *)text + quotes,
				   at->len - 2 * quotes };
}

bool conf_at_is(const struct conf_at *at, const char *text)
{
	return strlen(text) == at->len &&
	       !memcmp(text, at->source->text + at->offset, at->len);
}

char *conf_at_copy(struct conf_parser *p, const struct conf_at *at)
{
	struct ike_bytes text = conf_at_text(at);
	char *copy = conf_pool_get(&p->store->pool, text.len + 1);

	if (copy)
		memcpy(copy, text.data, text.len);
	return copy;
}

bool conf_token_is(const struct conf_parser *p, const char *word)
{
	return p->lex.kind == CONF_WORD && conf_at_is(&p->lex.at, word);
}

bool conf_take(struct conf_parser *p, const char *word)
{
	bool is = conf_token_is(p, word);

	if (is)
		conf_lex_next(p);
	return is;
}

bool conf_take_kind(struct conf_parser *p, enum conf_kind kind)
{
	bool is = p->lex.kind == kind;

	if (is)
		conf_lex_next(p);
	return is;
}

int conf_expected(struct conf_parser *p, const char *expected)
{
	static const char *const names[] = {
		[CONF_OPEN] = "'{'",
		[CONF_CLOSE] = "'}'",
		[CONF_EQUALS] = "'='",
		[CONF_COMMA] = "','",
		[CONF_END] = "the end of the statement",
		[CONF_EOF] = "the end of the file",
	};

	if (p->lex.kind == CONF_BAD)
		return -EINVAL;
	if (p->lex.kind == CONF_WORD || p->lex.kind == CONF_STRING)
		return conf_error(p, &p->lex.at, "expected %s", expected);
	return conf_error(p, &p->lex.at, "expected %s, found %s", expected,
			  names[p->lex.kind]);
}

int conf_take_text(struct conf_parser *p, struct conf_at *at,
		   const char *expected)
{
	if (p->lex.kind != CONF_WORD && p->lex.kind != CONF_STRING)
		return conf_expected(p, expected);
	*at = p->lex.at;
	conf_lex_next(p);
	return 0;
}

bool conf_at_end(const struct conf_parser *p)
{
	return p->lex.kind == CONF_END || p->lex.kind == CONF_CLOSE ||
	       p->lex.kind == CONF_EOF;
}

int conf_take_end(struct conf_parser *p)
{
	if (!conf_at_end(p))
		return conf_expected(p, "the end of the statement");
	conf_take_kind(p, CONF_END);
	return 0;
}

/* An error costs its statement, so that all of them are found in one run. */
int conf_block(struct conf_parser *p,
	       int (*parse)(struct conf_parser *p, void *arg), void *arg)
{
	struct conf_at open = p->lex.at;

	if (!conf_take_kind(p, CONF_OPEN))
		return conf_expected(p, "'{'");
	while (p->lex.kind != CONF_CLOSE && p->lex.kind != CONF_EOF) {
		int err = 0;

		if (conf_take_kind(p, CONF_END))
			continue;
		err = parse(p, arg);
		if (err == -EINVAL)
			conf_lex_skip_statement(p);
		else if (err)
			return err;
	}
	if (!conf_take_kind(p, CONF_CLOSE))
		return conf_error(p, &open, "this block is not closed");
	return 0;
}
