// SPDX-License-Identifier: GPL-2.0-only
/* What a configuration names and the machine has not: a file may come before its
 * interface does, so it is a warning; but a typing error would leave traffic in
 * clear, so it is one.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "conf_text.h"

#define TEXT(device, address) \
	"access-list a { permit ip any4 any4 }\n" \
	"peer p { remote_addrs 192.0.2.2; local_id gw.example.org\n" \
	"local_addrs " address "\n" \
	"auth psk secret \"sixteen octets!!\" }\n" \
	"crypto map m interface " device " { 10 match address a set peer p }\n"

/* NULL: nothing is said. */
static void says(const char *text, bool on_machine, const char *place,
		 const char *sentence, const char *hint)
{
	const struct conf_options options = {
		.no_files = true,
		.on_machine = on_machine,
	};
	struct conf_notes notes = { 0 };
	struct conf *conf;
	char at[32];

	assert_int_equal(conf_read_text(&conf, "test", (struct ike_bytes){
					(const uint8_t *)text, strlen(text) },
					&options, &notes), 0);
	assert_int_equal(notes.warnings, sentence != NULL);
	if (sentence) {
		snprintf(at, sizeof(at), "%u:%u", notes.note[0].line,
			 notes.note[0].column);
		assert_string_equal(at, place);
		assert_non_null(strstr(notes.note[0].sentence, sentence));
		assert_string_equal(notes.note[0].hint ?: "", hint);
	}
	conf_notes_clear(&notes);
	conf_free(conf);
}

static void test_an_interface_that_is_not_there_warns(void **state)
{
	says(TEXT("lo", "127.0.0.1"), true, NULL, NULL, NULL);
	says(TEXT("nothere0", "127.0.0.1"), true, "5:24",
	     "there is no interface 'nothere0' here: until there is, what the map protects leaves in clear",
	     "");
	says(TEXT("l0", "127.0.0.1"), true, "5:24", "no interface 'l0'",
	     "did you mean 'lo'?");
}

static void test_an_address_that_is_not_there_warns(void **state)
{
	says(TEXT("lo", "192.0.2.1"), true, "3:13",
	     "no interface here has the address 192.0.2.1", "");
	says(TEXT("lo", "%any"), true, NULL, NULL, NULL);
}

/* A file for another machine is read anywhere. */
static void test_only_the_machine_it_is_for_is_looked_at(void **state)
{
	says(TEXT("nothere0", "192.0.2.1"), false, NULL, NULL, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_interface_that_is_not_there_warns),
		cmocka_unit_test(test_an_address_that_is_not_there_warns),
		cmocka_unit_test(test_only_the_machine_it_is_for_is_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
