/* SPDX-License-Identifier: GPL-2.0-only */
/* Options: those that every verb has may stand anywhere, a verb's own behind
 * it.
 */
#ifndef CULVERT_OPTION_H
#define CULVERT_OPTION_H

#include "cli.h"
#include "verb.h"

/* Both take what they know out of argv. */
int option_common(struct cli *cli, int *argc, char **argv);
int option_of_verb(struct cli *cli, const struct verb *verb, int *argc,
		   char **argv);

/* "500ms", "10s", "2m", "1h"; without a unit, seconds. */
bool option_duration(const char *text, int *ms);
/* Of the verb's own; def: it was not given. CLI_OK or CLI_USAGE, told. */
int option_number(struct cli *cli, const char *name, const char *text,
		  unsigned int least, unsigned int most, unsigned int *number);

#endif
