/* SPDX-License-Identifier: GPL-2.0-only */
/* Files of configurations, as the daemon would read them. */
#ifndef CULVERT_CLI_CONFIG_H
#define CULVERT_CLI_CONFIG_H

#include "cli.h"
#include "conf.h"

/* Which one, and where its credentials are: as the daemon says, if one runs. */
struct config_file {
	struct node *answer;		/* owned: what the daemon says, or NULL */
	const char *path;
	const char *credentials;	/* NULL: none */
};

/* path NULL: what the daemon reads. Says nothing where none answers. */
void config_locate(struct cli *cli, const char *path, struct config_file *file);
void config_forget(struct config_file *file);
/* As conf_read(). */
int config_read(const struct config_file *file, struct conf **conf,
		struct conf_notes *notes);
/* Whether what is in force is something else. */
int config_differs(struct cli *cli, const struct conf *conf, bool *differs);

#endif
