// SPDX-License-Identifier: GPL-2.0-only
/* The configuration: the statements that stand in no block, files that name
 * files, and the whole from the first octet to what the daemon gets. What
 * stands in blocks is in conf_object.c, conf_acl.c, conf_peer.c, conf_map.c.
 */

#include <errno.h>
#include <glob.h>
#include <ifaddrs.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "conf_parse.h"

#define INCLUDES_MAX 16		/* one inside of the other */

static int statements_parse(struct conf_parser *p);

/* Goes on behind the include when the file is at its end. */
static int include_file(struct conf_parser *p, const char *path,
			const struct conf_at *at)
{
	const struct conf_lexer back = p->lex;
	struct conf_source *source;
	int err = conf_source_open(p, path, at, &source);

	if (err)
		return err;
	for (const struct conf_source *s = source->next; s; s = s->next) {
		if (s->open && s->dev == source->dev && s->ino == source->ino)
			return conf_error(p, at, "'%s' includes itself", path);
	}
	source->open = true;
	conf_lex_start(p, source);
	err = statements_parse(p);
	source->open = false;
	p->lex = back;
	return err;
}

static int include_all(struct conf_parser *p, const char *pattern,
		       const struct conf_at *at)
{
	glob_t found = { 0 };
	int err = 0;
	int ret = glob(pattern, GLOB_ERR, NULL, &found);

	if (ret == GLOB_NOSPACE)
		err = -ENOMEM;
	else if (ret == GLOB_NOMATCH && !strpbrk(pattern, "*?["))
		err = conf_error(p, at, "there is no file '%s'", pattern);
	else if (ret && ret != GLOB_NOMATCH)
		err = conf_error(p, at, "'%s' cannot be read", pattern);
	for (size_t i = 0; i < found.gl_pathc && err != -ENOMEM; i++) {
		int one = include_file(p, found.gl_pathv[i], at);

		err = err ? err : one;
	}
	globfree(&found);
	return err;
}

/* include "conf.d/ *.conf": in the order of their names; none is none. */
static int include_parse(struct conf_parser *p)
{
	struct ike_bytes text;
	struct conf_at at;
	char *pattern;
	int err = conf_take_text(p, &at, "the name of a file");

	if (!err && !conf_at_end(p))
		err = conf_expected(p, "the end of the statement");
	if (err)
		return err;
	text = conf_at_text(&at);
	if (p->options->no_files)
		return conf_error(p, &at, "files are not read here");
	if (!text.len || memmem(text.data, text.len, "..", 2))
		return conf_error(p, &at, "a file that is included lies beside or below this one: no '..'");
	if (p->depth == INCLUDES_MAX)
		return conf_error(p, &at, "more than %u files include one another",
				  INCLUDES_MAX);
	pattern = conf_path(p, &at);
	if (!pattern)
		return -ENOMEM;
	p->depth++;
	err = include_all(p, pattern, &at);
	p->depth--;
	return err ? err : conf_take_end(p);
}

/* The kernel's limits of what may wait for an SA: it refuses others. */
#define HOLD_OCTETS_MIN 4096
#define HOLD_OCTETS_MAX (1 << 30)
#define HOLD_SECONDS_MAX 600

static int setting_parse(struct conf_parser *p, uint64_t min, uint64_t max,
			 uint32_t *setting)
{
	struct conf_at at;
	uint64_t number = 0;
	int err;

	conf_take_kind(p, CONF_EQUALS);
	err = conf_take_text(p, &at, "a number");
	if (!err)
		err = conf_number(p, &at, min, max, &number);
	*setting = number;
	return err ? err : conf_take_end(p);
}

static int hold_packets_parse(struct conf_parser *p)
{
	return setting_parse(p, 1, 16384,
			     &p->store->conf.settings.hold_packets);
}

static int hold_octets_parse(struct conf_parser *p)
{
	struct conf_at at;
	uint64_t octets = 0;
	int err;

	conf_take_kind(p, CONF_EQUALS);
	err = conf_take_text(p, &at, "a number of octets");
	if (!err)
		err = conf_octets(p, &at, &octets);
	if (!err && (octets < HOLD_OCTETS_MIN || octets > HOLD_OCTETS_MAX))
		err = conf_error(p, &at, "'%s' is not between %u and %u octets",
				 conf_quote(&at).text, HOLD_OCTETS_MIN,
				 HOLD_OCTETS_MAX);
	p->store->conf.settings.hold_octets = octets;
	return err ? err : conf_take_end(p);
}

static int hold_age_parse(struct conf_parser *p)
{
	struct conf_at at;
	uint64_t seconds = 0;
	int err;

	conf_take_kind(p, CONF_EQUALS);
	err = conf_take_text(p, &at, "a time such as 30s");
	if (!err)
		err = conf_duration(p, &at, HOLD_SECONDS_MAX, &seconds);
	if (!err && !seconds)
		err = conf_error(p, &at, "'%s' is less than 1 second",
				 conf_quote(&at).text);
	p->store->conf.settings.hold_age = seconds * 1000;
	return err ? err : conf_take_end(p);
}

static int cookie_threshold_parse(struct conf_parser *p)
{
	return setting_parse(p, 1, 100000,
			     &p->store->conf.engine.cookie_threshold);
}

static const struct statement {
	const char *word;
	int (*parse)(struct conf_parser *p);
} statements[] = {
	{ "object", conf_object_parse },
	{ "object-group", conf_object_group_parse },
	{ "access-list", conf_acl_parse },
	{ "peer", conf_peer_parse },
	{ "crypto", conf_map_parse },
	{ "include", include_parse },
	{ "hold-packets", hold_packets_parse },
	{ "hold-octets", hold_octets_parse },
	{ "hold-age", hold_age_parse },
	{ "cookie_threshold", cookie_threshold_parse },
};

#define STATEMENTS (sizeof(statements) / sizeof(statements[0]))

const char *conf_statement_word(size_t i)
{
	return i < STATEMENTS ? statements[i].word : NULL;
}

static int statement_parse(struct conf_parser *p)
{
	struct conf_guess guess;

	if (p->lex.kind != CONF_WORD)
		return conf_expected(p, "a statement");
	conf_guess_start(&guess, &p->lex.at);
	for (size_t i = 0; i < STATEMENTS; i++) {
		if (conf_take(p, statements[i].word))
			return statements[i].parse(p);
		conf_guess_try(&guess, statements[i].word);
	}
	conf_error(p, &p->lex.at, "unknown statement '%s'",
		   conf_quote(&p->lex.at).text);
	conf_guess_hint(p, &guess);
	if (!guess.best)
		conf_hint(p, "expected object-group, access-list, peer, crypto map or include");
	return -EINVAL;
}

/* Of one file. -EINVAL only after all of it was read. */
static int statements_parse(struct conf_parser *p)
{
	size_t errors = p->notes->errors;

	while (p->lex.kind != CONF_EOF) {
		int err;

		if (conf_take_kind(p, CONF_END))
			continue;
		err = statement_parse(p);
		if (err && err != -EINVAL)
			return err;
		if (!err)
			continue;
		conf_lex_skip_statement(p);
		/* Of a block that was left by mistake. */
		conf_take_kind(p, CONF_CLOSE);
	}
	return p->notes->errors == errors ? 0 : -EINVAL;
}

static struct conf_store *store_new(void)
{
	struct conf_store *store = calloc(1, sizeof(*store));

	if (!store)
		return NULL;
	conf_names_init(&store->groups, "object-group");
	conf_names_init(&store->acls, "access-list");
	conf_names_init(&store->peers, "peer");
	conf_names_init(&store->maps, "crypto map");
	return store;
}

void conf_free(struct conf *conf)
{
	struct conf_store *store = (struct conf_store *)conf;
	struct conf_name *name;

	if (!store)
		return;
	for (name = store->peers.first; name; name = name->next)
		conf_peer_clear((struct conf_peer *)name);
	for (name = store->maps.first; name; name = name->next)
		conf_map_clear((struct conf_map *)name);
	conf_pool_clear(&store->pool);
	free(store);
}

/* name stands for a text in memory; without a text, it is read. */
static int read_all(struct conf_parser *p, const char *name,
		    const struct ike_bytes *text)
{
	const struct conf_at nowhere = {
		.source = &(struct conf_source){ .name = (char *)name },
	};
	struct conf_source *source;
	int err;

	if (text)
		err = conf_source_of_text(p, name, *text, &source);
	else
		err = conf_source_open(p, name, &nowhere, &source);
	if (err)
		return err;
	source->is_private |= text != NULL;
	source->open = true;
	conf_lex_start(p, source);
	err = statements_parse(p);
	/* What is named is looked for though something else was wrong. */
	if (err != -ENOMEM)
		err = conf_maps_resolve(p) ?: err;
	return err ? err : conf_rules_make(p);
}

static int read_parsed(struct conf **conf, const char *name,
		       const struct ike_bytes *text,
		       const struct conf_options *options,
		       struct conf_notes *notes)
{
	struct conf_parser p = {
		.store = store_new(),
		.notes = notes,
		.options = options,
	};
	struct ifaddrs *machine = NULL;
	int err;

	*conf = NULL;
	if (!p.store)
		return -ENOMEM;
	/* Without a list nothing is said to be missing. */
	if (options->on_machine && getifaddrs(&machine))
		machine = NULL;
	p.machine = machine;
	err = read_all(&p, name, text);
	conf_sources_free(p.sources);
	freeifaddrs(machine);
	if (err)
		conf_free(&p.store->conf);
	else
		*conf = &p.store->conf;
	return err;
}

int conf_read(struct conf **conf, const char *path,
	      const struct conf_options *options, struct conf_notes *notes)
{
	return read_parsed(conf, path, NULL, options, notes);
}

int conf_read_text(struct conf **conf, const char *name,
		   struct ike_bytes text, const struct conf_options *options,
		   struct conf_notes *notes)
{
	return read_parsed(conf, name, &text, options, notes);
}
