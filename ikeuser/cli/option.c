// SPDX-License-Identifier: GPL-2.0-only
/* Options and their values. */

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "option.h"

bool option_duration(const char *text, int *ms)
{
	static const struct {
		const char *unit;
		int ms;
	} units[] = {
		{ "", 1000 }, { "ms", 1 }, { "s", 1000 }, { "m", 60000 },
		{ "h", 3600000 },
	};
	unsigned long number;
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	number = strtoul(text, &end, 10);
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (strcmp(end, units[i].unit))
			continue;
		if (errno || number > (unsigned long)INT_MAX / units[i].ms)
			return false;
		*ms = number * units[i].ms;
		return true;
	}
	return false;
}

int option_number(struct cli *cli, const char *name, const char *text,
		  unsigned int least, unsigned int most, unsigned int *number)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || value < least ||
	    value > most)
		return cli_fail(cli, CLI_USAGE, "%s: expected a number from %u to %u, not '%s'",
				name, least, most, text);
	*number = value;
	return CLI_OK;
}

static int value_of(struct cli *cli, int argc, char **argv, int *i,
		    const char **value)
{
	if (*i + 1 >= argc)
		return cli_fail(cli, CLI_USAGE, "%s wants a value behind it",
				argv[*i]);
	*value = argv[++*i];
	return CLI_OK;
}

int option_common(struct cli *cli, int *argc, char **argv)
{
	const char *text = "";
	int kept = 0;
	int err;

	for (int i = 0; i < *argc; i++) {
		if (!strcmp(argv[i], "--json")) {
			cli->json = true;
		} else if (!strcmp(argv[i], "--asa")) {
			cli->asa = true;
		} else if (!strcmp(argv[i], "--socket")) {
			err = value_of(cli, *argc, argv, &i, &cli->socket);
			if (err)
				return err;
		} else if (!strcmp(argv[i], "--timeout")) {
			err = value_of(cli, *argc, argv, &i, &text);
			if (err)
				return err;
			if (!option_duration(text, &cli->timeout_ms))
				return cli_fail(cli, CLI_USAGE, "--timeout: expected a time such as 10s, not '%s'",
						text);
		} else if (!strcmp(argv[i], "--help")) {
			argv[0] = "help";
			*argc = 1;
			return CLI_OK;
		} else if (!strcmp(argv[i], "--version")) {
			argv[0] = "version";
			*argc = 1;
			return CLI_OK;
		} else {
			argv[kept++] = argv[i];
		}
	}
	*argc = kept;
	return CLI_OK;
}

int option_of_verb(struct cli *cli, const struct verb *verb, int *argc,
		   char **argv)
{
	int kept = 0;

	for (int i = 0; i < *argc; i++) {
		int n = *argv[i] == '-' ? verb_option(verb, argv[i]) : -1;
		int err;

		if (n >= 0 && verb->option[n].value) {
			err = value_of(cli, *argc, argv, &i, &cli->options[n]);
			if (err)
				return err;
		} else if (n >= 0) {
			cli->options[n] = "";
		} else if (*argv[i] == '-' && argv[i][1]) {
			return cli_fail(cli, CLI_USAGE, "'%s' has no option %s: 'culvert help' lists them",
					verb->words, argv[i]);
		} else {
			argv[kept++] = argv[i];
		}
	}
	*argc = kept;
	return CLI_OK;
}
