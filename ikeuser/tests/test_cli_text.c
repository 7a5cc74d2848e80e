// SPDX-License-Identifier: GPL-2.0-only
/* What the command makes of numbers, names and words: tables, durations, sizes,
 * JSON, prefixes of verbs, the tree of a message.
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

#include "asa.h"
#include "fake.h"
#include "json.h"
#include "option.h"
#include "bitmap.h"
#include "table.h"
#include "verb.h"

#define IS(call, expected_text) \
	do { \
		struct word word = call; \
		assert_string_equal(word.text, expected_text); \
	} while (0)

static void test_durations_say_what_matters(void **state)
{
	IS(format_duration(0), "0s");
	IS(format_duration(59), "59s");
	IS(format_duration(60), "1m00s");
	IS(format_duration(66), "1m06s");
	IS(format_duration(3599), "59m59s");
	IS(format_duration(3600), "1h");
	IS(format_duration(28740), "7h59m");
	IS(format_duration(86400), "1d");
	IS(format_duration(90061), "1d01h");
	IS(format_ms(999), "999ms");
	IS(format_ms(1000), "1s");
}

static void test_sizes_are_of_1024(void **state)
{
	IS(format_size(0), "0");
	IS(format_size(1023), "1023");
	IS(format_size(1024), "1.0K");
	IS(format_size(1536), "1.5K");
	IS(format_size(10240), "10K");
	IS(format_size(1048575), "1023K");
	IS(format_size(4718592000), "4.3G");
	IS(format_size(UINT64_MAX), "15E");
}

static void test_selectors_are_prefixes_or_not(void **state)
{
	static const struct {
		const char *text;
		const char *mask;
	} cases[] = {
		{ "192.168.100.0/24", "255.255.255.0" },
		{ "0.0.0.0/0", "0.0.0.0" },
		{ "10.0.0.1", "255.255.255.255" },
		{ "10.0.0.1-10.0.0.9", "" },
		{ "10.0.0.0-10.0.0.9", "" },
		{ "10.0.0.0-10.0.0.7", "255.255.255.248" },
		{ "2001:db8::/32", "/32" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct ike_ts ts;

		assert_int_equal(ike_ts_parse(&ts, cases[i].text), 0);
		IS(format_mask(&ts), cases[i].mask);
	}
}

static void test_lines_are_in_the_words_of_an_asa(void **state)
{
	static const struct {
		const char *local;
		const char *remote;
		const char *source;
		const char *line;
	} cases[] = {
		{ "192.168.100.0/24", "172.16.10.0/24",
		  "permit ip object-group A object-group B log default",
		  "permit ip 192.168.100.0 255.255.255.0 172.16.10.0 255.255.255.0 log default" },
		{ "10.0.0.1[tcp]", "0.0.0.0/0[tcp/443]", "",
		  "permit tcp host 10.0.0.1 any4 eq 443" },
		{ "10.0.0.1[udp/1000-2000]", "10.0.0.2[udp]", "",
		  "permit udp host 10.0.0.1 range 1000 2000 host 10.0.0.2" },
		{ "10.0.0.1-10.0.0.3", "2001:db8::/32", "",
		  "permit ip range 10.0.0.1 10.0.0.3 2001:db8::/32" },
		{ "10.0.0.0/8[47]", "10.0.0.0/8[47]", "",
		  "permit gre 10.0.0.0 255.0.0.0 10.0.0.0 255.0.0.0" },
		{ "nonsense", "nonsense", "", "permit ip nonsense nonsense" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct ace ace = asa_ace("permit", cases[i].local,
					 cases[i].remote, cases[i].source);

		assert_string_equal(ace.text, cases[i].line);
	}
}

static void transform_is(const char *child, const char *expected)
{
	struct node *node = fake_node(child);

	IS(asa_transform(node), expected);
	node_free(node);
}

static void test_transforms_are_named_as_there(void **state)
{
	transform_is("encr-alg = AES_CBC encr-keysize = 256 "
		     "integ-alg = HMAC_SHA1_96", "esp-aes-256 esp-sha-hmac");
	transform_is("encr-alg = AES_CBC encr-keysize = 128 "
		     "integ-alg = HMAC_SHA2_256_128",
		     "esp-aes esp-sha-256-hmac");
	transform_is("encr-alg = AES_GCM_16 encr-keysize = 256",
		     "esp-aes-gcm-256 esp-null-hmac");
	transform_is("encr-alg = CHACHA20_POLY1305 encr-keysize = 256",
		     "esp-chacha20-poly1305 esp-null-hmac");
}

static void bits_are(const char *in, uint64_t bits, unsigned int holes)
{
	struct node *node = fake_node(in);

	assert_true(replay_bits(node) == bits);
	assert_int_equal(replay_holes(node), holes);
	node_free(node);
}

/* Of lab.md: idle 1, four packets 0x1f, full all ones. */
static void test_replay_windows_count_from_0(void **state)
{
	bits_are("sequence = 0 replay-bitmap [ 00000000 00000000 ]", 1, 0);
	bits_are("sequence = 4 replay-bitmap [ 00000000 0000000f ]", 0x1f, 0);
	bits_are("sequence = 5 replay-bitmap [ 00000000 0000001d ]", 0x3d, 1);
	bits_are("sequence = 64 replay-bitmap [ ffffffff ffffffff ]",
		 UINT64_MAX, 0);
	bits_are("sequence = 900 replay-bitmap [ 1 2 7fffffff ffffffff ]",
		 UINT64_MAX >> 1, 1);
	bits_are("", 1, 0);
}

static void test_groups_have_numbers(void **state)
{
	assert_int_equal(format_group("MODP_2048"), 14);
	assert_int_equal(format_group("CURVE_25519"), 31);
	assert_int_equal(format_group("ECP_256"), 19);
	assert_int_equal(format_group(""), 0);
	assert_int_equal(format_group("MODP"), 0);
}

static void json_is(const char *text, const char *expected)
{
	struct node *node = fake_node(text);
	size_t len;
	char *out;
	FILE *file = open_memstream(&out, &len);

	json_print(file, "test", NULL, node);
	fclose(file);
	assert_string_equal(out, expected);
	free(out);
	node_free(node);
}

static void test_json_escapes_and_keeps_types(void **state)
{
	size_t len;
	char *out;
	FILE *file = open_memstream(&out, &len);

	json_string(file, "a\"b\\c\nd\te\x01\x7f\xc3\xa4");
	fclose(file);
	assert_string_equal(out,
			    "\"a\\\"b\\\\c\\nd\\te\\u0001\\u007f\xc3\xa4\"");
	free(out);
	/* A type depends on the key, not on what it is today. */
	json_is("spi-in = 12345678 uniqueid = 7 initiator = yes name = yes",
		"{\"schema\":1,\"type\":\"test\",\"spi-in\":\"12345678\",\"uniqueid\":7,\"initiator\":true,\"name\":\"yes\"}\n");
	json_is("uniqueid = 007 sequence = 99999999999999999999",
		"{\"schema\":1,\"type\":\"test\",\"uniqueid\":\"007\",\"sequence\":\"99999999999999999999\"}\n");
	json_is("a [ 1 2 ] b { c = d } counters { x = 5 }",
		"{\"schema\":1,\"type\":\"test\",\"a\":[\"1\",\"2\"],\"b\":{\"c\":\"d\"},\"counters\":{\"x\":5}}\n");
	/* A rule names its child, an event has the number of one. */
	json_is("child = 7 child-id = 7", "{\"schema\":1,\"type\":\"test\",\"child\":\"7\",\"child-id\":7}\n");
	json_is("a = 1 a = 2", "{\"schema\":1,\"type\":\"test\",\"a\":\"1\"}\n");
}

static void test_tables_are_as_wide_as_what_is_in_them(void **state)
{
	static const char *const titles[] = { "A", ">NUMBER", "C", NULL };
	struct cli cli = { 0 };
	struct table table;
	size_t len;
	char *out;

	cli.out = open_memstream(&out, &len);
	cli.err = stderr;
	table_start(&table, titles);
	table_row(&table);
	table_cell(&table, CLI_PLAIN, "⇄⇄⇄");
	table_cell(&table, CLI_PLAIN, "1");
	table_cell(&table, CLI_RED, "x");
	table_under(&table, "└ %s", "below");
	table_row(&table);
	table_cell(&table, CLI_PLAIN, "a");
	table_cell(&table, CLI_PLAIN, "12345678");
	assert_int_equal(table_print(&table, &cli), CLI_OK);
	fclose(cli.out);
	assert_string_equal(out, "A      NUMBER  C\n"
				 "⇄⇄⇄         1  x\n"
				 "  └ below\n"
				 "a    12345678\n");
	free(out);
}

static void test_colours_are_for_terminals(void **state)
{
	struct cli cli = { .color = true };

	assert_string_equal(cli_color(&cli, CLI_RED), "\033[31m");
	cli.color = false;
	assert_string_equal(cli_color(&cli, CLI_RED), "");
	assert_string_equal(cli_plain(&cli), "");
}

static void resolves(const char *line, const char *words, int used)
{
	char copy[200], *rest = copy, *argv[10];
	struct cli cli = { .out = stdout };
	const struct verb *verb;
	size_t len;
	char *err;
	int argc = 0, n = 0;

	strcpy(copy, line);
	while (rest && argc < 10)
		argv[argc++] = strsep(&rest, " ");
	cli.err = open_memstream(&err, &len);
	verb = verb_resolve(&cli, argc, argv, &n);
	fclose(cli.err);
	if (words) {
		assert_non_null(verb);
		assert_string_equal(verb->words, words);
		assert_int_equal(n, used);
		assert_string_equal(err, "");
	} else {
		assert_null(verb);
		assert_string_not_equal(err, "");
	}
	free(err);
}

static void test_verbs_are_found_by_unique_prefixes(void **state)
{
	resolves("show ike", "show ike", 2);
	resolves("sh ip", "show ipsec", 2);
	resolves("sh ike site2", "show ike", 2);
	resolves("sh pol", "show policy", 2);
	resolves("sh cry isa sa", "show crypto isakmp sa", 4);
	resolves("show crypto ikev2 sa", "show crypto ikev2 sa", 4);
	resolves("sh cr ikev2 sa det", "show crypto ikev2 sa detail", 5);
	resolves("show crypto ipsec sa peer 10.0.0.1",
		 "show crypto ipsec sa", 4);
	resolves("show run crypto map", "show run crypto map", 4);
	resolves("sh acc s2svpn", "show access-list", 2);
	resolves("up site2", "up", 1);
	resolves("w site2", NULL, 0);		/* wait, why */
	resolves("wa site2", "wait", 1);
	resolves("conf ch", "config check", 2);
	resolves("clear crypto ipsec sa", "clear crypto ipsec sa", 4);
	resolves("show", NULL, 0);
	resolves("sh c", NULL, 0);
	resolves("sh i", NULL, 0);
	resolves("sho ikes", NULL, 0);
	resolves("", NULL, 0);
	resolves("frobnicate", NULL, 0);
	resolves("__c", NULL, 0);
}

static void test_times_have_units(void **state)
{
	int ms = 0;

	assert_true(option_duration("10s", &ms) && ms == 10000);
	assert_true(option_duration("10", &ms) && ms == 10000);
	assert_true(option_duration("250ms", &ms) && ms == 250);
	assert_true(option_duration("2m", &ms) && ms == 120000);
	assert_false(option_duration("", &ms));
	assert_false(option_duration("-1s", &ms));
	assert_false(option_duration("10x", &ms));
	assert_false(option_duration("99999999999999999999s", &ms));
	assert_false(option_duration("3000000s", &ms));
}

/* A peer's name cannot drive the terminal of who looks. */
static void test_what_a_message_says_is_fit_for_a_terminal(void **state)
{
	static const struct {
		const char *octets;
		const char *text;
	} cases[] = {
		{ "plain", "plain" },
		{ "a\033[2Jb", "a?[2Jb" },
		{ "a\nb\tc\r", "a?b?c?" },
		{ "\xc3\xa4\xe2\x87\x84\xf0\x9f\x98\x80",
		  "\xc3\xa4\xe2\x87\x84\xf0\x9f\x98\x80" },
		{ "\xc2\x9b" "31m", "??31m" },		/* CSI in 8 bits */
		{ "\xc0\xaf", "??" },			/* overlong */
		{ "\xed\xa0\x80", "???" },		/* a surrogate */
		{ "\xe2\x80\xae" "gnp", "???gnp" },	/* right to left */
		{ "\xf4\x90\x80\x80", "????" },
		{ "\xe2\x82", "??" },			/* cut */
		{ "\x7f", "?" },
	};
	struct vici_packet packet;
	struct vici_fault fault;
	struct ike_bytes segment;
	struct vici_writer v;
	struct node *node;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		vici_begin(&v, VICI_CMD_RESPONSE, NULL);
		vici_put_bytes(&v, "key", (struct ike_bytes){
			(const uint8_t *)cases[i].octets,
			strlen(cases[i].octets) });
		assert_int_equal(vici_finish(&v, &segment), 0);
		segment.data += VICI_HEAD;
		segment.len -= VICI_HEAD;
		assert_int_equal(vici_packet_read(&packet, segment, &fault), 0);
		assert_int_equal(node_read(&node, packet.message), 0);
		assert_string_equal(node_text(node, "key"), cases[i].text);
		node_free(node);
		vici_clear(&v);
	}
}

static void test_a_message_of_too_many_parts_is_refused(void **state)
{
	struct vici_packet packet;
	struct vici_fault fault;
	struct ike_bytes segment;
	struct vici_writer v;
	struct node *node;

	vici_begin(&v, VICI_CMD_RESPONSE, NULL);
	vici_list(&v, "l");
	for (size_t i = 0; i < 70000; i++)
		vici_item(&v, "%s", "");
	vici_end(&v);
	assert_int_equal(vici_finish(&v, &segment), 0);
	segment.data += VICI_HEAD;
	segment.len -= VICI_HEAD;
	assert_int_equal(vici_packet_read(&packet, segment, &fault), 0);
	assert_int_equal(node_read(&node, packet.message), -E2BIG);
	assert_null(node);
	vici_clear(&v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_durations_say_what_matters),
		cmocka_unit_test(test_sizes_are_of_1024),
		cmocka_unit_test(test_selectors_are_prefixes_or_not),
		cmocka_unit_test(test_lines_are_in_the_words_of_an_asa),
		cmocka_unit_test(test_transforms_are_named_as_there),
		cmocka_unit_test(test_replay_windows_count_from_0),
		cmocka_unit_test(test_groups_have_numbers),
		cmocka_unit_test(test_json_escapes_and_keeps_types),
		cmocka_unit_test(test_tables_are_as_wide_as_what_is_in_them),
		cmocka_unit_test(test_colours_are_for_terminals),
		cmocka_unit_test(test_verbs_are_found_by_unique_prefixes),
		cmocka_unit_test(test_times_have_units),
		cmocka_unit_test(test_what_a_message_says_is_fit_for_a_terminal),
		cmocka_unit_test(test_a_message_of_too_many_parts_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
