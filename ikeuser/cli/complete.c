// SPDX-License-Identifier: GPL-2.0-only
/* __complete: what may come next on a command line, a word a line, for the
 * completion of shells. Its arguments are the words so far, the last one being
 * typed. Names are the daemon's at this moment; without a daemon there are
 * none, and nothing is said about it.
 */

#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "names.h"
#include "verb.h"

struct completing {
	struct cli *cli;
	const char *typed;
};

static void offer(const char *word, void *arg)
{
	struct completing *completing = arg;

	if (!strncmp(word, completing->typed, strlen(completing->typed)))
		fprintf(completing->cli->out, "%s\n", word);
}

static const char *const keys[][3] = {
	[ARGUMENT_PEER] = { "peer" },
	[ARGUMENT_PEER_OR_CHILD] = { "peer", "child" },
	[ARGUMENT_RULE] = { "peer", "child", "acl" },
	[ARGUMENT_ACL] = { "acl", "peer" },
};

static void offer_names(struct completing *completing,
			enum verb_argument argument)
{
	char sentence[CLIENT_SENTENCE_MAX];
	struct cli *cli = completing->cli;
	struct cli quiet = *cli;
	struct node *rules;

	if (argument >= ARRAY_SIZE(keys) || !keys[argument][0] ||
	    (!cli->client && client_open(&cli->client, cli->socket, sentence)))
		return;
	quiet = *cli;
	quiet.err = fopen("/dev/null", "we");
	if (!quiet.err)
		return;
	if (!cli_rules(&quiet, &rules)) {
		for (size_t i = 0; i < 3 && keys[argument][i]; i++)
			names_each(rules, keys[argument][i], offer, completing);
		node_free(rules);
	}
	fclose(quiet.err);
}

static void offer_options(struct completing *completing,
			  const struct verb *verb)
{
	static const char *const common[] = { "--json", "--socket",
					      "--timeout" };

	for (size_t i = 0; i < ARRAY_SIZE(common); i++)
		offer(common[i], completing);
	for (int i = 0; verb && i < VERB_OPTIONS_MAX && verb->option[i].name;
	     i++)
		offer(verb->option[i].name, completing);
	if (verb && verb->flags & VERB_ASA)
		offer("--asa", completing);
}

/* Values of options with a few words to choose from: "ready|down". */
static void offer_values(struct completing *completing, const char *values)
{
	char *copy = strdup(values);
	char *rest = copy, *word;

	while (strchr(values, '|') && rest && (word = strsep(&rest, "|")))
		offer(word, completing);
	free(copy);
}

static const struct verb *find_verb(struct cli *cli, int argc, char **argv,
				    int *used)
{
	struct cli quiet = *cli;
	const struct verb *verb;

	quiet.err = fopen("/dev/null", "we");
	if (!quiet.err || !argc) {
		if (quiet.err)
			fclose(quiet.err);
		return NULL;
	}
	verb = verb_resolve(&quiet, argc, argv, used);
	fclose(quiet.err);
	return verb;
}

int cli_complete(struct cli *cli, int argc, char **argv)
{
	struct completing completing = { cli, argc ? argv[argc - 1] : "" };
	const struct verb *verb;
	int words = 0, used = 0;
	int option;

	/* Options may stand anywhere: verbs are found without them. */
	for (int i = 0; i + 1 < argc; i++) {
		if (!strcmp(argv[i], "--socket") && i + 2 < argc)
			cli->socket = argv[++i];
		else if (!strcmp(argv[i], "--timeout"))
			i++;
		else if (strncmp(argv[i], "--", 2) || i + 2 == argc)
			argv[words++] = argv[i];
	}
	verb = find_verb(cli, words, argv, &used);
	option = verb && words ? verb_option(verb, argv[words - 1]) : -1;
	if (option >= 0 && verb->option[option].value) {
		offer_values(&completing, verb->option[option].value);
	} else if (*completing.typed == '-') {
		offer_options(&completing, verb);
	} else {
		verb_next_words(words, argv, offer, &completing);
		if (verb && words - used < verb->most)
			offer_names(&completing, verb->argument);
	}
	return CLI_OK;
}
