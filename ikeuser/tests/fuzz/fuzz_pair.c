// SPDX-License-Identifier: GPL-2.0-only
/* Fuzzes two engines with each other: the input is a script of what operators and
 * kernels want and of what a wire does (tests/script.h). All that the script checks
 * ends here as a crash.
 */

#include <stdint.h>
#include <stdlib.h>

#include "tests/script.h"

/* A longer script says no more than two shorter ones, and takes their time. */
#define SCRIPT_MAX 200

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	/* What cmocka fails outside of its tests is to be seen as a crash. */
	return setenv("CMOCKA_TEST_ABORT", "1", 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	script_run(data, size < SCRIPT_MAX ? size : SCRIPT_MAX);
	return 0;
}
