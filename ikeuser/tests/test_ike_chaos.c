// SPDX-License-Identifier: GPL-2.0-only
/* Random scripts for two engines: wishes, losses, copies and restarts in any
 * order. A failure names the script, which is the same in every run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "script.h"
#include "seeded.h"

#define SCRIPTS 400
#define SCRIPT_LEN 60

static void test_I76_random_scripts(void **state)
{
	const char *only = getenv("SCRIPT");
	uint8_t script[SCRIPT_LEN];
	unsigned int i, j;

	for (i = 0; i < SCRIPTS; i++) {
		struct seeded seeded = { .state = i };

		if (only && strtoul(only, NULL, 0) != i)
			continue;
		for (j = 0; j < SCRIPT_LEN; j++)
			script[j] = seeded_u64(&seeded);
		print_message("script %u\n", i);
		script_run(script, 1 + seeded_u64(&seeded) % SCRIPT_LEN);
	}
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_I76_random_scripts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
