// SPDX-License-Identifier: GPL-2.0-only
/* From the words of a command line to the verb that does it. */

#include <string.h>

#include "cli.h"
#include "option.h"
#include "verb.h"

static void print_verb(struct cli *cli, const struct verb *verb)
{
	char usage[120];
	int n;

	n = snprintf(usage, sizeof(usage), "%s%s%s", verb->words,
		     *verb->arguments ? " " : "", verb->arguments);
	for (int i = 0; i < VERB_OPTIONS_MAX && verb->option[i].name; i++)
		n += snprintf(usage + n, sizeof(usage) - n, " [%s%s%s]",
			      verb->option[i].name,
			      verb->option[i].value ? " " : "",
			      verb->option[i].value ?: "");
	fprintf(cli->out, "  culvert %s\n          %s\n", usage, verb->help);
}

int cli_help(struct cli *cli, int argc, char **argv)
{
	bool all = argc && !strcmp(argv[0], "all");

	for (size_t i = 0; i < verbs_count; i++) {
		if (!(verbs[i].flags & VERB_HIDDEN) &&
		    (all || !(verbs[i].flags & VERB_CISCO)))
			print_verb(cli, &verbs[i]);
	}
	fputs("Words may be shortened as long as they are unique: culvert sh ip\n"
	      "  --json          an object a line, see culvert(8)\n"
	      "  --asa           show: the text of an ASA\n"
	      "  --socket PATH   of the daemon, " CLI_SOCKET "\n"
	      "  --timeout TIME  how long to wait, such as 10s\n",
	      cli->out);
	return CLI_OK;
}

static int arguments_check(struct cli *cli, const struct verb *verb, int argc,
			   char **argv)
{
	if (cli->asa && !(verb->flags & VERB_ASA))
		return cli_fail(cli, CLI_USAGE, "'%s' has no --asa: show has, and so have the ASA's own words",
				verb->words);
	if (argc < verb->least)
		return cli_fail(cli, CLI_USAGE, "usage: culvert %s %s",
				verb->words, verb->arguments);
	if (argc > verb->most)
		return cli_fail(cli, CLI_USAGE, "'%s' is one too many: culvert %s %s",
				argv[verb->most], verb->words, verb->arguments);
	return CLI_OK;
}

int cli_run(struct cli *cli, int argc, char **argv)
{
	const struct verb *verb;
	int used;
	int err;

	/* What is completed is no option of ours. */
	if (argc && !strcmp(argv[0], "__complete"))
		return cli_complete(cli, argc - 1, argv + 1);
	err = option_common(cli, &argc, argv);
	if (err)
		return err;
	if (!argc) {
		cli_help(cli, 0, NULL);
		return CLI_USAGE;
	}
	verb = verb_resolve(cli, argc, argv, &used);
	if (!verb)
		return CLI_USAGE;
	argc -= used;
	argv += used;
	err = option_of_verb(cli, verb, &argc, argv);
	if (!err)
		err = arguments_check(cli, verb, argc, argv);
	return err ? err : verb->run(cli, argc, argv);
}
