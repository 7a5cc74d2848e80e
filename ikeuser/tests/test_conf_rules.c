// SPDX-License-Identifier: GPL-2.0-only
/* From crypto maps to ordered rules, children and warnings about lines that do
 * nothing.
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

#include "scarce.h"

/* Whether all rules of peer p get one and the same hash: its name is last. */
static bool hash_alike;

int __real_ike_prf(const struct ike_prf *prf, struct ike_bytes key,
		   const struct ike_bytes *input, size_t n, uint8_t *out);
int __wrap_ike_prf(const struct ike_prf *prf, struct ike_bytes key,
		   const struct ike_bytes *input, size_t n, uint8_t *out);

int __wrap_ike_prf(const struct ike_prf *prf, struct ike_bytes key,
		   const struct ike_bytes *input, size_t n, uint8_t *out)
{
	bool alike = hash_alike && input->data[input->len - 1] == 'p';

	return __real_ike_prf(prf, key, input, alike ? 0 : n, out);
}

#define LAB \
	"object-group network SITE1 { 192.168.100.0/24   192.168.200.0/24 }\n" \
	"object-group network SITE2 { 172.16.10.0/24 }\n" \
	"access-list s2svpn_to_site2 {\n" \
	"    permit ip object-group SITE1 object-group SITE2\n" \
	"}\n" \
	"peer site2 {\n" \
	"    local_addrs  = 10.255.1.2\n" \
	"    remote_addrs = 10.255.2.2\n" \
	"    auth psk secret \"sixteen octets!!\"\n" \
	"    proposals     = aes256-sha256-modp2048\n" \
	"    esp_proposals = aes256-sha256-modp2048\n" \
	"}\n" \
	"crypto map outside_map interface eth1 {\n" \
	"    10 match address s2svpn_to_site2  set peer site2  hold-packets 64\n" \
	"}\n"

static void test_the_reference_lab(void **state)
{
	struct conf *conf = conf_good(LAB);
	const struct ike_peer_conf *peer = conf->engine.peer;
	size_t i;

	conf_counts(LAB, 0, 0, 0);
	conf_rules_are(conf, "protect 192.168.100.0/24 172.16.10.0/24 site2\n"
			     "protect 192.168.200.0/24 172.16.10.0/24 site2\n");
	assert_int_equal(conf->settings.hold_packets, 64);
	assert_int_equal(peer->children, 2);
	for (i = 0; i < 2; i++) {
		const struct conf_rule *rule = &conf->rule[2 + i];
		const struct ike_child_conf *child = &peer->child[i];

		assert_ptr_equal(rule->peer, peer);
		assert_ptr_equal(rule->child, child);
		assert_int_equal(child->rule, rule->id);
		assert_int_equal(child->local.n, 1);
		assert_true(ike_ts_equal(&child->local.ts[0], &rule->local));
		assert_true(ike_ts_equal(&child->remote.ts[0], &rule->remote));
		assert_string_equal(rule->device, "eth1");
		assert_string_equal(rule->acl, "s2svpn_to_site2");
		assert_string_equal(rule->source, "permit ip object-group SITE1 object-group SITE2");
		assert_int_equal(rule->line, 1);
		assert_int_equal(rule->element, i + 1);
		assert_int_equal(rule->sequence, 10);
	}
	assert_string_equal(peer->child[0].name, "s2svpn_to_site2-1");
	assert_string_equal(peer->child[1].name, "s2svpn_to_site2-2");
	conf_free(conf);
}

static void rule_prints(const struct conf_rule *rule, const char *expected)
{
	char text[200];
	struct ike_text t;

	ike_text_init(&t, text, sizeof(text));
	ike_ts_print(&rule->local, &t);
	ike_text_add(&t, " ");
	ike_ts_print(&rule->remote, &t);
	assert_string_equal(text, expected);
	assert_int_equal(rule->action, CULVERT_ACTION_BYPASS);
	assert_null(rule->map);
}

static void test_ike_itself_passes_before_all_rules(void **state)
{
	struct conf *conf = conf_good(LAB);

	rule_prints(&conf->rule[0], "10.255.1.2[udp/500] 0.0.0.0/0[udp]");
	rule_prints(&conf->rule[1], "10.255.1.2[udp/4500] 0.0.0.0/0[udp]");
	conf_free(conf);
	/* without an address of our own, to the peer only */
	conf = conf_good("peer p { remote_addrs 2001:db8::2; local_id gw.example; "
			 "auth psk secret \"sixteen octets!!\" }\n"
			 "access-list a { permit ip any6 any6 }\n" MAP);
	rule_prints(&conf->rule[0], "::/0[udp/500] 2001:db8::2[udp]");
	rule_prints(&conf->rule[1], "::/0[udp/4500] 2001:db8::2[udp]");
	conf_free(conf);
}

static void test_a_map_as_an_asa_prints_it(void **state)
{
	struct conf *conf = conf_good(
		"access-list vpn extended permit ip 10.1.0.0 255.255.0.0 10.2.0.0 255.255.0.0\n"
		PEER
		"crypto map outside_map 1 match address vpn\n"
		"crypto map outside_map 1 set pfs group14\n"
		"crypto map outside_map 1 set peer 192.0.2.2\n"
		"crypto map outside_map 1 set security-association lifetime seconds 28800\n"
		"crypto map outside_map 1 set security-association lifetime kilobytes 4608000\n"
		"crypto map outside_map 1 set reverse-route\n"
		"crypto map outside_map interface outside\n");
	const struct ike_child_conf *child = conf->engine.peer->child;

	conf_rules_are(conf, "protect 10.1.0.0/16 10.2.0.0/16\n");
	assert_string_equal(conf->rule[2].device, "outside");
	assert_int_equal(child->hard_seconds, 28800);
	assert_int_equal(child->rekey_seconds, 25920);
	assert_int_equal(child->hard_octets, 4608000ULL << 10);
	assert_true(ike_proposals_have_group(&child->proposals, 14));
	assert_false(ike_proposals_have_group(&child->proposals, 31));
	conf_free(conf);
}

#define ACL "access-list a { permit ip any4 any4 }\n"

static void entry_bad(const char *options, const char *place,
		      const char *sentence, const char *hint)
{
	char text[1000];

	sprintf(text, "crypto map m interface eth1 {\n%s\n}\n" ACL PEER, options);
	conf_bad(text, place, sentence, hint);
}

static void test_entries_that_are_not_right(void **state)
{
	entry_bad("10 match address b set peer p", "2:18",
		  "access-list 'b' is not defined", "did you mean 'a'?");
	entry_bad("10 match address a set peer q", "2:29",
		  "peer 'q' is not defined", "did you mean 'p'?");
	entry_bad("10 match address a set peer 192.0.2.9", "2:29",
		  "peer '192.0.2.9' is not defined", "defined: 'p', line 5");
	entry_bad("10 set peer p", "2:1", "entry 10 has no match address", NULL);
	entry_bad("10 match address a", "2:1", "entry 10 has no set peer", NULL);
	entry_bad("0 match address a", "2:1", "not between 1 and 65535", NULL);
	entry_bad("10 match address a set peer p match address a", "2:31",
		  "given already, line 2", NULL);
	entry_bad("10 match adress a", "2:10", "expected address", NULL);
	entry_bad("10 set pear p", "2:8", "unknown word 'pear'",
		  "did you mean 'peer'?");
	entry_bad("10 set pfs group99", "2:17", "no group 99", NULL);
	entry_bad("10 set pfs groupx", "2:17", "not a number", NULL);
	entry_bad("10 set ikev2 ipsec-proposal AES", "2:8",
		  "suites belong to the peer", "esp_proposals =");
	entry_bad("10 set security-association lifetime hours 2", "2:38",
		  "expected seconds or kilobytes", NULL);
	entry_bad("10 hold-packets 16385", "2:17", "not between 1 and 16384",
		  NULL);
	conf_bad("crypto map m 10 match address a set peer p\n" ACL PEER,
		 "1:12", "crypto map 'm' has no interface", NULL);
	conf_bad("crypto map m interface eth1\ncrypto map n interface eth1\n",
		 "2:24", "interface 'eth1' has crypto map 'm' already", NULL);
	conf_bad("crypto map m interface eth1\ncrypto map m interface eth2\n",
		 "2:24", "has an interface already, line 1", NULL);
	conf_bad("crypto map m interface sixteen-octets-x {\n}\n", "1:24",
		 "not the name of an interface", NULL);
	conf_bad("crypto ikev2 policy 10\n", "1:8", "expected map", NULL);
}

/* C08 */
static void test_C08_things_of_one_name(void **state)
{
	conf_bad(PEER PEER, "2:6", "peer 'p' is already defined, line 1", NULL);
	conf_bad(ACL ACL, "2:13", "access-list 'a' is already defined, line 1",
		 NULL);
}

/* Two entries, to the peers p and q. */
#define TWO(first, second) \
	"access-list a {\n" first "\n}\naccess-list b {\n" second "\n}\n" PEER \
	"peer q { local_addrs 192.0.2.1; remote_addrs 192.0.2.3; " \
	"auth psk secret \"sixteen octets!!\" }\n" \
	"crypto map m interface eth1 {\n20 match address b set peer q\n" \
	"10 match address a set peer p\n}\n"

static void two_are(const char *text, const char *lines)
{
	struct conf *conf = conf_good(text);

	conf_rules_are(conf, lines);
	conf_free(conf);
}

static void test_entries_are_tried_in_the_order_of_their_numbers(void **state)
{
	two_are(TWO("permit ip 10.0.0.0/8 any4", "permit ip 11.0.0.0/8 any4"),
		"protect 10.0.0.0/8 0.0.0.0/0\n"
		"protect 11.0.0.0/8 0.0.0.0/0 q\n");
}

static void test_what_an_entry_denies_the_next_may_take(void **state)
{
	two_are(TWO("deny ip 10.1.0.0/16 any4\npermit ip 10.0.0.0/8 any4",
		    "permit ip 10.1.2.0/24 11.0.0.0/8\ndiscard ip 9.0.0.0/8 any4"),
		"protect 10.1.2.0/24 11.0.0.0/8 q\n"
		"bypass 10.1.0.0/16 0.0.0.0/0\n"
		"protect 10.0.0.0/8 0.0.0.0/0\n"
		"discard 9.0.0.0/8 0.0.0.0/0\n");
	two_are(TWO("deny ip 10.1.0.0/16 any4", "permit ip 10.0.0.0/8 host 11.0.0.1"),
		"protect 10.1.0.0/16 11.0.0.1 q\n"
		"bypass 10.1.0.0/16 0.0.0.0/0\n"
		"protect 10.0.0.0/8 11.0.0.1 q\n");
}

/* Every packet of a small world goes where going through the entries one by one
 * sends it.
 */
static const struct conf_rule *first_match(const struct conf *conf,
					   const struct ike_ts *local,
					   const struct ike_ts *remote)
{
	size_t i;

	for (i = 0; i < conf->rules; i++)
		if (conf->rule[i].map &&
		    ike_ts_covers(&conf->rule[i].local, local) &&
		    ike_ts_covers(&conf->rule[i].remote, remote))
			return &conf->rule[i];
	return NULL;
}

static void test_denied_packets_fall_through_like_on_an_asa(void **state)
{
	/* lines of a: deny 0-3, permit 2-9; of b: deny 1, permit 0-5, 12-13 */
	struct conf *conf = conf_good(TWO(
		"deny ip 10.0.0.0/30 any4\npermit ip 10.0.0.2-10.0.0.9 any4",
		"deny ip host 10.0.0.1 any4\npermit ip 10.0.0.0-10.0.0.5 any4\n"
		"permit ip 10.0.0.12/31 any4"));
	static const char expected[] = "q.qqpppppp..qq..";
	struct ike_ts local, remote;
	size_t i;

	assert_int_equal(ike_ts_parse(&remote, "11.0.0.1"), 0);
	for (i = 0; expected[i]; i++) {
		const struct conf_rule *rule;
		char text[20];

		sprintf(text, "10.0.0.%zu", i);
		assert_int_equal(ike_ts_parse(&local, text), 0);
		rule = first_match(conf, &local, &remote);
		assert_int_equal(rule && rule->peer ? *rule->peer->name : '.',
				 expected[i]);
	}
	conf_free(conf);
}

static void test_warnings_of_lines_that_never_match(void **state)
{
	conf_warned(TWO("permit ip 10.0.0.0/8 any4\npermit ip 10.1.0.0/16 any4",
			"permit ip 11.0.0.0/8 any4"),
		    "3:1", "never matches: line 1 of 'a' comes before");
	conf_warned(TWO("permit ip 10.0.0.0/8 any4", "permit ip host 10.0.0.1 any4"),
		    "5:1", "never matches: line 1 of 'a'");
	conf_warned("object-group network G { 10.1.0.0/16 11.0.0.0/8 }\n"
		    "access-list a {\npermit ip 10.0.0.0/8 any4\n"
		    "permit ip object-group G any4\n}\n" PEER MAP,
		    "4:1", "1 of 2 elements of this line never match");
	conf_warned("object-group network G { 10.1.0.0/16 10.1.1.0/24 }\n"
		    "access-list a {\npermit ip object-group G any4\n}\n" PEER MAP,
		    "3:1", "stands in this line twice");
	/* what another entry denies is still for this one */
	conf_counts(TWO("deny ip 10.0.0.0/8 any4\npermit ip 9.0.0.0/8 any4",
			"permit ip 10.1.0.0/16 any4"), 0, 0, 0);
}

static void test_C08_warnings_of_overlaps_and_what_is_in_no_map(void **state)
{
	conf_warned(TWO("permit ip 10.0.0.0/8 11.0.0.0/16",
			"permit ip 10.1.0.0/16 11.0.0.0/8"),
		    "5:1", "overlaps with line 1 of 'a', which comes before and goes to peer 'p'");
	conf_warned(PEER, "1:6", "peer 'p' is in no crypto map");
	conf_warned("object-group network G { 10.0.0.0/8 }\n", "1:22",
		    "object-group 'G' is in no access list");
	conf_warned(ACL, "1:13", "access-list 'a' is in no crypto map");
	conf_warned("", "", "nothing is protected");
	conf_warned("crypto map m interface eth1 {\n"
		    "10 match address a set peer p hold-packets 1\n"
		    "20 match address b set peer p hold-packets 2\n}\n"
		    ACL "access-list b { permit ip any6 any6 }\n" PEER,
		    "3:44", "one limit for all rules");
}

static void test_a_list_in_no_map_is_checked_too(void **state)
{
	conf_bad("access-list a { permit ip object-group G any4 }\n", "1:40",
		 "object-group 'G' is not defined", NULL);
}

static void test_lines_are_looked_through_to_the_last(void **state)
{
	conf_counts("access-list a {\npermit ip object-group G any4\n"
		    "permit ip object-group H any4\n}\n"
		    "access-list b {\npermit ip any4 any6\n}\n" PEER
		    "crypto map m interface eth1 {\n"
		    "10 match address a set peer p\n"
		    "20 match address b set peer p\n}\n", -EINVAL, 3, 0);
}

static void test_groups_of_an_entry(void **state)
{
	struct conf *conf = conf_good(ACL PEER
		"crypto map m interface eth1 { 10 match address a set pfs none set peer p\n"
		"10 set security-association lifetime kilobytes unlimited }\n");

	assert_int_equal(ike_proposals_first_group(&conf->engine.peer->child->proposals),
			 0);
	assert_int_equal(conf->engine.peer->child->hard_octets, 0);
	conf_free(conf);
	conf_warned(ACL PEER "crypto map m interface eth1 { 10 match address a set peer p set pfs group5 }\n",
		    "3:74", "weak: 1536 bits");
	entry_bad("10 set security-association replay disable", "2:29",
		  "expected lifetime", NULL);
}

static void test_an_error_of_a_list_in_two_entries_is_told_once(void **state)
{
	conf_counts("access-list a { permit ip object-group G any4 }\n" PEER
		    "crypto map m interface eth1 {\n"
		    "10 match address a set peer p\n"
		    "20 match address a set peer p\n}\n", -EINVAL, 1, 0);
}

/* Identity. */

static uint64_t id_of(const char *text)
{
	struct conf *conf = conf_good(text);
	uint64_t id = conf->rule[2].id;

	assert_int_not_equal(id, 0);
	conf_free(conf);
	return id;
}

#define ONE(line, device, mode) \
	"access-list a { " line " }\n" PEER_BEGIN mode " }\n" \
	"crypto map m interface " device " { 10 match address a set peer p }\n"

static void test_a_rule_keeps_its_id_while_it_is_the_same(void **state)
{
	const uint64_t id = id_of(ONE("permit ip 10.0.0.0/8 any4", "eth1", ""));

	assert_int_equal(id, id_of(ONE("permit ip 10.0.0.0 255.0.0.0 any4",
				       "eth1", "dpd_delay 5s")));
	assert_int_equal(id, id_of(ONE("permit ip 10.0.0.0/8 any4\n"
				       "permit ip 9.0.0.0/8 any4", "eth1", "")));
	assert_int_not_equal(id, id_of(ONE("permit ip 10.0.0.0/9 any4", "eth1",
					   "")));
	assert_int_not_equal(id, id_of(ONE("discard ip 10.0.0.0/8 any4", "eth1",
					   "")));
	assert_int_not_equal(id, id_of(ONE("permit ip 10.0.0.0/8 any4", "eth2",
					   "")));
	assert_int_not_equal(id, id_of(ONE("permit ip 10.0.0.0/8 any4", "eth1",
					   "mode transport")));
	assert_int_not_equal(id, id_of(ONE("permit tcp 10.0.0.0/8 any4", "eth1",
					   "")));
	/* the ids are stable from one release to the next: so is this one */
	assert_int_equal(id, 0xe952f181fad41095ULL);
}

static void test_a_rule_stands_once_in_the_list(void **state)
{
	conf_acl_is("permit ip 10.0.0.0/8 any4\npermit ip 10.0.0.0/8 any4",
		    "protect 10.0.0.0/8 0.0.0.0/0\n");
}

static void test_500_rules_and_50_peers(void **state)
{
	size_t size = 200000, i, children = 0;
	char *text = calloc(1, size), *at = text;
	struct conf *conf;

	assert_non_null(text);
	for (i = 0; i < 50; i++) {
		size_t j;

		at += sprintf(at, "peer p%zu { local_addrs 192.0.2.1; remote_addrs 198.51.100.%zu; auth psk secret \"sixteen octets!!\" }\n"
			      "access-list a%zu {\n", i, i, i);
		for (j = 0; j < 10; j++)
			at += sprintf(at, "permit ip 10.%zu.%zu.0/24 11.0.0.0/8\n",
				      i, j);
		at += sprintf(at, "}\ncrypto map m %zu match address a%zu\ncrypto map m %zu set peer p%zu\n",
			      i + 1, i, i + 1, i);
	}
	strcpy(at, "crypto map m interface eth1\n");
	conf = conf_good(text);
	assert_int_equal(conf->rules, 502);
	assert_int_equal(conf->engine.peers, 50);
	for (i = 0; i < 50; i++)
		children += conf->engine.peer[i].children;
	assert_int_equal(children, 500);
	conf_free(conf);
	free(text);
}

static void test_more_rules_than_a_kernel_takes(void **state)
{
	size_t i;
	char *text = calloc(1, 40000), *at = text;

	assert_non_null(text);
	at += sprintf(at, "object-group network G {\n");
	for (i = 0; i < 400; i++)
		at += sprintf(at, "10.%zu.%zu.0/24\n", i / 250, i % 250);
	strcpy(at, "}\naccess-list a {\npermit ip object-group G object-group G\n}\n"
	       PEER MAP);
	conf_bad(text, "404:1", "more than 131072 rules", NULL);
	free(text);
}

static int read_lab(void)
{
	struct conf_notes notes = { 0 };
	struct conf *conf;
	int err = conf_read_text(&conf, "lab", (struct ike_bytes){
				 (const uint8_t *)LAB, strlen(LAB) },
				 &conf_text_options, &notes);

	conf_notes_clear(&notes);
	conf_free(conf);
	return err;
}

static void test_memory_that_runs_out_is_an_error_and_no_more(void **state)
{
	scarce_try(read_lab);
}

static void test_secrets_are_gone_from_memory_that_is_given_back(void **state)
{
	static const char secret[] = "sixteen octets!!";

	scarce_watch(secret, sizeof(secret) - 1);
	assert_int_equal(read_lab(), 0);
	assert_int_equal(scarce_found(), 0);
	scarce_watch(NULL, 0);
}

static void test_rules_of_one_number_by_chance(void **state)
{
	hash_alike = true;
	conf_bad(TWO("permit ip 10.0.0.0/8 any4\npermit ip 11.0.0.0/8 any4",
		     "permit ip 12.0.0.0/8 any4"),
		 "3:1", "a rule of this line has the number", NULL);
	hash_alike = false;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_reference_lab),
		cmocka_unit_test(test_ike_itself_passes_before_all_rules),
		cmocka_unit_test(test_a_map_as_an_asa_prints_it),
		cmocka_unit_test(test_entries_that_are_not_right),
		cmocka_unit_test(test_C08_things_of_one_name),
		cmocka_unit_test(test_entries_are_tried_in_the_order_of_their_numbers),
		cmocka_unit_test(test_what_an_entry_denies_the_next_may_take),
		cmocka_unit_test(test_denied_packets_fall_through_like_on_an_asa),
		cmocka_unit_test(test_warnings_of_lines_that_never_match),
		cmocka_unit_test(test_C08_warnings_of_overlaps_and_what_is_in_no_map),
		cmocka_unit_test(test_a_list_in_no_map_is_checked_too),
		cmocka_unit_test(test_lines_are_looked_through_to_the_last),
		cmocka_unit_test(test_groups_of_an_entry),
		cmocka_unit_test(test_an_error_of_a_list_in_two_entries_is_told_once),
		cmocka_unit_test(test_a_rule_keeps_its_id_while_it_is_the_same),
		cmocka_unit_test(test_a_rule_stands_once_in_the_list),
		cmocka_unit_test(test_rules_of_one_number_by_chance),
		cmocka_unit_test(test_500_rules_and_50_peers),
		cmocka_unit_test(test_more_rules_than_a_kernel_takes),
		cmocka_unit_test(test_memory_that_runs_out_is_an_error_and_no_more),
		cmocka_unit_test(test_secrets_are_gone_from_memory_that_is_given_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
