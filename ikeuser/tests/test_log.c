// SPDX-License-Identifier: GPL-2.0-only
/* Lines of the log cannot be forged by what they quote. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "log.h"

static void test_sanitize_keeps_printable(void **state)
{
	char text[] = "send IKE_AUTH req 1 to 192.0.2.2:4500, ~312~ bytes";

	log_sanitize(text);
	assert_string_equal(text,
			    "send IKE_AUTH req 1 to 192.0.2.2:4500, ~312~ bytes");
}

static void test_sanitize_replaces_control(void **state)
{
	char text[] = "a\nb\rc\033[2Jd\177e\200f\377";

	log_sanitize(text);
	assert_string_equal(text, "a?b?c?[2Jd?e?f?");
}

/* Runs log_write() with standard error in a file; gives what it wrote. */
static char *written(const char *text, char *buffer, size_t size)
{
	FILE *file = tmpfile();
	int saved = dup(STDERR_FILENO);
	size_t len;

	assert_non_null(file);
	fflush(stderr);
	dup2(fileno(file), STDERR_FILENO);
	log_write(LOG_LEVEL_WARNING, "%s", text);
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(file);
	len = fread(buffer, 1, size - 1, file);
	buffer[len] = '\0';
	fclose(file);
	return buffer;
}

static void test_write_is_one_line(void **state)
{
	char buffer[4096];

	unsetenv("JOURNAL_STREAM");
	assert_string_equal(written("x\n<0>forged", buffer, sizeof(buffer)),
			    "culvertd: x?<0>forged\n");
}

static void test_write_has_priority_in_journal(void **state)
{
	char buffer[4096];

	setenv("JOURNAL_STREAM", "1:2", 1);
	assert_string_equal(written("x", buffer, sizeof(buffer)), "<4>x\n");
	unsetenv("JOURNAL_STREAM");
}

static void test_write_cuts_long_lines(void **state)
{
	char text[3000];
	char buffer[4096];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	written(text, buffer, sizeof(buffer));
	assert_in_range(strlen(buffer), 1000, 1100);
	assert_ptr_equal(strchr(buffer, '\n'), buffer + strlen(buffer) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sanitize_keeps_printable),
		cmocka_unit_test(test_sanitize_replaces_control),
		cmocka_unit_test(test_write_is_one_line),
		cmocka_unit_test(test_write_has_priority_in_journal),
		cmocka_unit_test(test_write_cuts_long_lines),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
