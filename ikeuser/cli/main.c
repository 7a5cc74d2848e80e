// SPDX-License-Identifier: GPL-2.0-only
/* The culvert command: its surroundings, and how it ends. */

#include <stdlib.h>
#include <unistd.h>

#include "cli.h"
#include "client.h"

int main(int argc, char **argv)
{
	const char *socket = getenv("CULVERT_SOCKET");
	const char *no_color = getenv("NO_COLOR");
	struct cli cli = {
		.out = stdout,
		.err = stderr,
		.socket = socket ? socket : CLI_SOCKET,
		.timeout_ms = -1,
		.color = isatty(STDOUT_FILENO) && !(no_color && *no_color),
	};
	int ret = cli_run(&cli, argc - 1, argv + 1);

	client_close(cli.client);
	if ((fflush(stdout) || ferror(stdout)) && ret == CLI_OK) {
		perror("culvert: standard output");
		ret = CLI_FAILED;
	}
	return ret;
}
