// SPDX-License-Identifier: GPL-2.0-only
/* capture: not there. The kernel tells no key and no clear packet to anybody,
 * and until it does for those who may ask, a file that says so would be a lie.
 */

#include "cli.h"

int cli_capture(struct cli *cli, int argc, char **argv)
{
	return cli_fail(cli, CLI_FAILED, "this version writes no captures: the kernel module gives out no keys; for the outer packets use 'tcpdump -i DEVICE \"udp port 500 or udp port 4500 or esp\" -w FILE'");
}
