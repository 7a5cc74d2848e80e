// SPDX-License-Identifier: GPL-2.0-only
/* Texts as such: what is no text, where statements end, and what notes say and
 * do not say.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "conf_text.h"

#define ACL "access-list a { permit ip any4 any4 }\n"

/* C01: each as read as it can be */
static void test_C01_empty_and_blank(void **state)
{
	conf_counts("", 0, 0, 1);
	conf_counts("\n", 0, 0, 1);
	conf_counts("#", 0, 0, 1);
	conf_counts(" \t\r\n;;;\n! ASA\n# comment", 0, 0, 1);
}

static void test_C01_every_single_octet(void **state)
{
	int c;

	for (c = 0; c < 256; c++) {
		char octet = c;
		bool fine = strchr("\n\t\r ;#!", c) && c;

		conf_octets_count(&octet, 1, fine ? 0 : -EINVAL, !fine);
	}
}

static void test_C01_nul_and_control_characters_and_no_utf8(void **state)
{
	static const char nul[] = "peer \0 p {\n}\n";
	static const char text[] = PEER "\x01 x\npeer \xff\npe\x7fr\n";

	conf_octets_count(nul, sizeof(nul) - 1, -EINVAL, 1);
	conf_bad(text, "2:1", "an octet 0x01 is not text", NULL);
	conf_bad(text, "3:6", "an octet 0xff is not text", NULL);
	conf_bad(text, "4:1", "unknown statement 'pe'", "peer");
	conf_bad("peer \"a\x02\" {\n}\n", "1:6", "no end on its line", "expected '\"'");
}

static void test_C01_line_ends_and_byte_order_mark(void **state)
{
	conf_counts("\xef\xbb\xbf" ACL PEER "crypto map m interface eth1\r\n"
		    "crypto map m 10 match address a set peer p", 0, 0, 0);
	conf_counts("access-list a {\r\n permit ip any4 any4\r\n}\r\n" PEER MAP,
		    0, 0, 0);
	conf_bad("\xef\xbb\xbf" "x\r\n", "1:2", "unknown statement 'x'",
		 "expected object-group");
}

static void test_C01_a_line_of_1_MiB(void **state)
{
	size_t len = 1 << 20;
	char *text = malloc(len + 1);

	assert_non_null(text);
	memset(text, 'x', len);
	text[len] = '\0';
	conf_bad(text, "1:1", "unknown statement 'xxxx", "expected");
	memcpy(text, "peer p { ", 9);
	conf_bad(text, "1:10", "unknown key", NULL);
	memset(text, '{', len);
	conf_octets_count(text, len, -EINVAL, 1);
	memset(text, '}', len);
	conf_octets_count(text, len, -EINVAL, len);
	memset(text, '"', len);
	conf_octets_count(text, len, -EINVAL, 1);
	free(text);
}

static void test_C01_a_million_lines(void **state)
{
	size_t n = 1000000, i;
	char *text = malloc(10 * n + sizeof(PEER MAP));
	char *at = text;

	assert_non_null(text);
	at += sprintf(at, PEER MAP "access-list a {\npermit ip any4 any4\n");
	for (i = 0; i + 4 < n; i++)
		at += sprintf(at, "# %zu\n", i % 10);
	strcpy(at, "}\n}\n");
	conf_bad(text, "1000002:1", "expected a statement, found '}'", NULL);
	free(text);
}

static void test_every_truncation_is_read_or_refused(void **state)
{
	static const char text[] =
		"object-group network G { 10.0.0.0/8 host 10.0.0.1 }\n"
		"object network H\n subnet 10.0.0.0 255.0.0.0\n"
		"access-list a {\nextended permit tcp object-group G eq 1 object H range 1 2 log\n"
		"permit icmp any any echo 0\nremark x\n}\n"
		PEER_BEGIN "remote_id \"C=CH\"; proposals = aes256-sha256-ecp256, default\n}\n"
		"crypto map m interface eth1 { 10 match address a set peer p set pfs hold-packets 3 }\n";
	struct conf_notes notes;
	struct conf *conf;
	size_t len;

	for (len = 0; len < sizeof(text); len++) {
		char *copy = malloc(len + 1);
		int err;

		memcpy(copy, text, len);
		memset(&notes, 0, sizeof(notes));
		err = conf_read_text(&conf, "test", (struct ike_bytes){
				     (uint8_t *)copy, len },
				     &conf_text_options, &notes);
		assert_int_equal(err, notes.errors ? -EINVAL : 0);
		conf_notes_clear(&notes);
		conf_free(conf);
		free(copy);
	}
}

/* Every octet of it replaced by every punctuation. */
static void test_every_octet_misplaced_is_read_or_refused(void **state)
{
	static const char wrong[] = "\0\n \"{};=,#9x\xc3";
	char text[] = "access-list a { permit tcp host 10.0.0.1 eq 1 any4 }\n"
		      PEER_BEGIN "dpd_delay = 3s }\n" MAP;
	size_t at, i;

	for (at = 0; at < sizeof(text) - 1; at++) {
		char was = text[at];

		for (i = 0; i < sizeof(wrong) - 1; i++) {
			struct conf_notes notes = { 0 };
			struct conf *conf;
			int err;

			text[at] = wrong[i];
			err = conf_read_text(&conf, "test", (struct ike_bytes){
					     (uint8_t *)text, sizeof(text) - 1 },
					     &conf_text_options, &notes);
			assert_int_equal(err, notes.errors ? -EINVAL : 0);
			conf_notes_clear(&notes);
			conf_free(conf);
		}
		text[at] = was;
	}
}

/* C02 */
static void test_C02_statements(void **state)
{
	conf_bad("acces-list a {\n permit ip any any\n}\n", "1:1",
		 "unknown statement 'acces-list'", "did you mean 'access-list'?");
	conf_bad("permit ip any any\n", "1:1", "unknown statement", "expected");
	conf_bad("peer\n", "1:5", "expected the name of the peer, found the end of the statement",
		 NULL);
	conf_bad("peer p\n{\n}\n", "1:7", "expected '{', found the end", NULL);
	conf_bad("peer p {\n dpd_delay 1s\n", "1:8", "this block is not closed",
		 NULL);
	conf_bad(PEER_BEGIN "\n} x\n", "2:3", "expected the end of the statement",
		 NULL);
	conf_bad("{ }\n", "1:1", "expected a statement, found '{'", NULL);
	conf_bad("\"peer\" p {\n}\n", "1:1", "expected a statement", NULL);
	conf_bad("hold-packets 0\n", "1:14", "not between 1 and 16384", NULL);
	conf_bad("hold-age 601s\n", "1:10", "more than 600 seconds", NULL);
	conf_bad("hold-age 0\n", "1:10", "less than 1 second", NULL);
	conf_bad("hold-octets 4095\n", "1:13",
		 "not between 4096 and 1073741824 octets", NULL);
	conf_bad("hold-octets 1025M\n", "1:13",
		 "not between 4096 and 1073741824 octets", NULL);
	conf_bad("hold-octets 1q\n", "1:13", "not a number of octets", NULL);
	conf_bad("include \"x.conf\"\n", "1:9", "files are not read here", NULL);
}

static void test_settings_of_the_kernel_and_the_engine(void **state)
{
	struct conf *conf = conf_good("hold-packets 9; hold-octets = 64K; hold-age 5s\n"
				      "cookie_threshold 77\n");

	assert_int_equal(conf->settings.hold_packets, 9);
	assert_int_equal(conf->settings.hold_octets, 65536);
	assert_int_equal(conf->settings.hold_age, 5000);
	assert_int_equal(conf->engine.cookie_threshold, 77);
	conf_free(conf);
	conf = conf_good("hold-octets 4096; hold-age 600s\n");
	assert_int_equal(conf->settings.hold_octets, 4096);
	assert_int_equal(conf->settings.hold_age, 600000);
	conf_free(conf);
}

/* What is not said any more goes back to what it was (uapi/culvert.yaml). */
static void test_settings_have_defaults(void **state)
{
	struct conf *conf = conf_good("");

	assert_int_equal(conf->settings.hold_packets, 256);
	assert_int_equal(conf->settings.hold_octets, 1 << 20);
	assert_int_equal(conf->settings.hold_age, 30000);
	conf_free(conf);
}

/* Ten mistakes, ten messages, in one run; each says what to write instead. */
static void test_all_errors_are_found_in_one_run(void **state)
{
	static const char text[] =
		"object-group netwerk G { 10.0.0.0/8 }\n"
		"access-list a {\n"
		"    permit ip 10.0.0.0/33 any4\n"
		"    premit ip any any\n"
		"    permit tcp any any eq 70000\n"
		"    permit ip any any inactive\n"
		"}\n"
		"peer p {\n"
		"    local_adrs 192.0.2.1; remote_addrs 192.0.2.256\n"
		"    proposals aes512\n"
		"}\n"
		"crypto map m interface eth1 {\n"
		"    10 match address b set peer q\n"
		"}\n";

	conf_counts(text, -EINVAL, 10, 0);
	conf_bad(text, "1:14", "'netwerk'", "did you mean 'network'?");
	conf_bad(text, "3:15", "a prefix has no more than 32 bits", NULL);
	conf_bad(text, "4:5", "'premit'", "did you mean 'permit'?");
	conf_bad(text, "5:27", "not between 0 and 65535", NULL);
	conf_bad(text, "6:23", "inactive", "put '#'");
	conf_bad(text, "9:5", "'local_adrs'", "did you mean 'local_addrs'?");
	conf_bad(text, "9:40", "not an address",
		 "expected one such as 192.0.2.1");
	conf_bad(text, "10:15", "\"aes512\"", "did you mean 'aes");
	conf_bad(text, "13:22", "access-list 'b'", "did you mean 'a'?");
	conf_bad(text, "13:33", "peer 'q'", "did you mean 'p'?");
}

/* Notes. */

static void note_is(const char *text, size_t len, const char *expected)
{
	struct conf_notes notes = { 0 };
	char printed[CONF_NOTE_PRINT_MAX];
	struct conf *conf;
	struct ike_text t;

	conf_read_text(&conf, "culvert.conf", (struct ike_bytes){
		       (const uint8_t *)text, len }, &conf_text_options, &notes);
	assert_true(notes.n > 0);
	ike_text_init(&t, printed, sizeof(printed));
	conf_note_print(&notes.note[0], &t);
	assert_string_equal(printed, expected);
	conf_notes_clear(&notes);
	conf_free(conf);
}

#define NOTE_IS(text, expected) note_is(text, strlen(text), expected)

static void test_a_note_shows_the_line_and_what_was_meant(void **state)
{
	NOTE_IS("peer site2 {\n    ike_lifetme 24h; dpd_delay 10s; idle_timeout 30m\n}\n",
		"culvert.conf:2:5: error: unknown key 'ike_lifetme' in peer 'site2'\n"
		"    2 |     ike_lifetme 24h; dpd_delay 10s; idle_timeout 30m\n"
		"      |     ^~~~~~~~~~~ did you mean 'ike_lifetime'?\n");
}

static void test_columns_count_characters_and_tabs_are_blanks(void **state)
{
	NOTE_IS("peer p { auth psk secret \"\xc3\xbc...............\";\tdpd_dely 1s }\n",
		"culvert.conf:1:46: error: unknown key 'dpd_dely' in peer 'p'\n"
		"    1 | peer p { auth psk secret ******************; dpd_dely 1s }\n"
		"      |                                              ^~~~~~~~ did you mean 'dpd_delay'?\n");
}

static void test_a_terminal_obeys_no_note(void **state)
{
	NOTE_IS("x\xc2\x9b" "31m \x1b[2J\n",
		"culvert.conf:1:1: error: unknown statement 'x\\xc2\\x9b31m'\n"
		"    1 | x?31m ?[2J\n"
		"      | ^~~~~ expected object-group, access-list, peer, crypto map or include\n");
}

static void test_names_are_plain(void **state)
{
	char text[200], name[102];

	memset(name, 'x', 101);
	name[101] = '\0';
	sprintf(text, "peer %s {\n}\n", name);
	conf_bad(text, "1:6", "a name has 1 to 100", NULL);
	conf_bad("peer \"\" {\n}\n", "1:6", "a name has", NULL);
	conf_bad("peer \"a b\" {\n}\n", "1:6", "a name has", NULL);
	conf_bad("peer s\xc3\xbc" "d {\n}\n", "1:6", "a name has", NULL);
	conf_bad("crypto map m interface \"eth 1\"\n", "1:24", "a name has",
		 NULL);
}

static void test_a_long_line_is_shown_in_part(void **state)
{
	char text[1000], expected[1000], dots[101];

	memset(dots, '.', 100);
	dots[100] = '\0';
	sprintf(text, "peer %s { dpd_dely 1s; %s }\n", dots, dots);
	sprintf(expected, "culvert.conf:1:109: error: unknown key 'dpd_dely' in peer '%s'\n"
		"    1 | %.57s { dpd_dely 1s; %.47s\n"
		"      | %60s^~~~~~~~ did you mean 'dpd_delay'?\n", dots, dots,
		dots, "");
	NOTE_IS(text, expected);
}

static void hides(const char *text)
{
	struct conf_notes notes = { 0 };
	char printed[CONF_NOTE_PRINT_MAX];
	struct conf *conf;
	struct ike_text t;
	size_t i;

	assert_non_null(strstr(text, "hunter2"));
	conf_read_text(&conf, "test", (struct ike_bytes){
		       (const uint8_t *)text, strlen(text) },
		       &conf_text_options, &notes);
	assert_true(notes.n > 0);
	for (i = 0; i < notes.n; i++) {
		ike_text_init(&t, printed, sizeof(printed));
		conf_note_print(&notes.note[i], &t);
		if (strstr(printed, "hunter2"))
			fail_msg("%s", printed);
	}
	conf_notes_clear(&notes);
	conf_free(conf);
}

static void test_no_note_tells_a_secret(void **state)
{
	hides("peer p { auth psk secret hunter2; x }\n");
	hides("peer p { auth psk secret \"hunter2\" x }\n");
	hides("peer p { x; auth psk secret hunter2 }\n");
	hides("peer p { auth psk secert hunter2 }\n");
	hides("peer p { auth psk hunter2 }\n");
	hides("peer p { auth psk secert \"my hunter2\" }\n");
	hides("peer p { auth hunter2 }\n");
	hides("peer p { secret hunter2 }\n");
	hides("peer p { psk = \"hunter2\" }\n");
	hides("peer p { password=hunter2 }\n");
	hides("peer p { auth psk secret 0xhunter2 }\n");
	hides("peer p { auth psk local_secret hunter2 remote_secret hunter2 x }\n");
	hides("peer p { auth psk secret \"hunter2\n }\n");
	hides("x \"hunter2\"\n");
}

static void test_no_more_notes_are_kept_than_anybody_reads(void **state)
{
	struct conf_notes notes = { 0 };
	char text[2 * 150 + 1];
	struct conf *conf;
	size_t i;

	for (i = 0; i < 150; i++)
		memcpy(text + 2 * i, "x\n", 3);
	assert_int_equal(conf_read_text(&conf, "test", (struct ike_bytes){
					(uint8_t *)text, 300 },
					&conf_text_options, &notes), -EINVAL);
	assert_int_equal(notes.n, CONF_NOTES_MAX);
	assert_int_equal(notes.errors, 150);
	conf_notes_clear(&notes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_C01_empty_and_blank),
		cmocka_unit_test(test_C01_every_single_octet),
		cmocka_unit_test(test_C01_nul_and_control_characters_and_no_utf8),
		cmocka_unit_test(test_C01_line_ends_and_byte_order_mark),
		cmocka_unit_test(test_C01_a_line_of_1_MiB),
		cmocka_unit_test(test_C01_a_million_lines),
		cmocka_unit_test(test_every_truncation_is_read_or_refused),
		cmocka_unit_test(test_every_octet_misplaced_is_read_or_refused),
		cmocka_unit_test(test_C02_statements),
		cmocka_unit_test(test_settings_of_the_kernel_and_the_engine),
		cmocka_unit_test(test_settings_have_defaults),
		cmocka_unit_test(test_all_errors_are_found_in_one_run),
		cmocka_unit_test(test_a_note_shows_the_line_and_what_was_meant),
		cmocka_unit_test(test_columns_count_characters_and_tabs_are_blanks),
		cmocka_unit_test(test_a_terminal_obeys_no_note),
		cmocka_unit_test(test_names_are_plain),
		cmocka_unit_test(test_a_long_line_is_shown_in_part),
		cmocka_unit_test(test_no_note_tells_a_secret),
		cmocka_unit_test(test_no_more_notes_are_kept_than_anybody_reads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
