// SPDX-License-Identifier: GPL-2.0-only
/* What a line of an access list means, in the ASA's words. In what is expected,
 * each rule is "action local remote".
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

#define YELLOW "192.168.100.0/24"
#define PURPLE "172.16.10.0/24"

static void test_lines_of_an_asa_mean_what_they_mean_there(void **state)
{
	conf_acl_is("access-list a extended permit ip 192.168.100.0 255.255.255.0 172.16.10.0 255.255.255.0 log default",
		    "protect " YELLOW " " PURPLE "\n");
	conf_acl_is("access-list a line 1 extended permit ip host 10.0.0.1 host 10.0.0.2",
		    "protect 10.0.0.1 10.0.0.2\n");
	conf_acl_is("extended permit ip 192.168.100.0 255.255.255.0 any4 log informational interval 300",
		    "protect " YELLOW " 0.0.0.0/0\n");
	conf_acl_is("permit ip 0.0.0.0 0.0.0.0 10.0.0.1 255.255.255.255 log disable",
		    "protect 0.0.0.0/0 10.0.0.1\n");
}

static void test_lines_outside_of_a_block_add_up(void **state)
{
	struct conf *conf = conf_good(
		"access-list a remark what goes to site 2 { \" # }\n"
		"access-list a extended permit ip host 10.0.0.1 host 10.9.0.1\n"
		"!\n"
		"access-list a extended permit ip host 10.0.0.2 host 10.9.0.1\n"
		PEER MAP);

	conf_rules_are(conf, "protect 10.0.0.1 10.9.0.1\n"
			     "protect 10.0.0.2 10.9.0.1\n");
	/* remarks are lines, as an ASA counts */
	assert_int_equal(conf->rule[2].line, 2);
	assert_int_equal(conf->rule[3].line, 3);
	conf_free(conf);
}

static void test_prefixes_ranges_and_ipv6(void **state)
{
	conf_acl_is("permit ip 10.0.0.0/8 10.1.1.1-10.1.1.9",
		    "protect 10.0.0.0/8 10.1.1.1-10.1.1.9\n");
	conf_acl_is("permit ip 2001:db8::/64 host 2001:db8:1::1",
		    "protect 2001:db8::/64 2001:db8:1::1\n");
}

static void test_any_is_both_families(void **state)
{
	conf_acl_is("permit ip any any",
		    "protect 0.0.0.0/0 0.0.0.0/0\nprotect ::/0 ::/0\n");
	conf_acl_is("permit ip any any6", "protect ::/0 ::/0\n");
	conf_acl_is("permit ip any 10.0.0.0/8",
		    "protect 0.0.0.0/0 10.0.0.0/8\n");
	conf_acl_bad("permit ip any4 any6", "2:1", "no packet has such",
		     "do not go together");
}

static void test_port_operators(void **state)
{
	conf_acl_is("permit tcp any4 host 10.0.0.1 eq www",
		    "protect 0.0.0.0/0[tcp] 10.0.0.1[tcp/80]\n");
	conf_acl_is("permit udp any4 gt 1023 host 10.0.0.1 lt ntp",
		    "protect 0.0.0.0/0[udp/1024-65535] 10.0.0.1[udp/0-122]\n");
	conf_acl_is("permit tcp any4 host 10.0.0.1 range ftp-data ftp",
		    "protect 0.0.0.0/0[tcp] 10.0.0.1[tcp/20-21]\n");
	conf_acl_is("permit tcp any4 host 10.0.0.1 neq ssh",
		    "protect 0.0.0.0/0[tcp] 10.0.0.1[tcp/0-21]\n"
		    "protect 0.0.0.0/0[tcp] 10.0.0.1[tcp/23-65535]\n");
	conf_acl_is("permit tcp any4 neq 0 host 10.0.0.1",
		    "protect 0.0.0.0/0[tcp/1-65535] 10.0.0.1[tcp]\n");
	conf_acl_is("permit tcp any4 host 10.0.0.1 neq 65535",
		    "protect 0.0.0.0/0[tcp] 10.0.0.1[tcp/0-65534]\n");
}

static void test_ports_that_are_none_are_refused(void **state)
{
	conf_acl_bad("permit tcp any4 any4 eq wwww", "2:25", "is no port",
		     "did you mean 'www'?");
	conf_acl_bad("permit tcp any4 any4 eq 65536", "2:25",
		     "not between 0 and 65535", NULL);
	conf_acl_bad("permit tcp any4 any4 range 9 8", "2:30",
		     "ends before it starts", NULL);
	conf_acl_bad("permit tcp any4 any4 gt 65535", "2:25", "no port is left",
		     NULL);
	conf_acl_bad("permit tcp any4 any4 lt 0", "2:25", "no port is left",
		     NULL);
	conf_acl_bad("permit ip any4 any4 eq 80", "2:21", "unexpected 'eq'",
		     "expected ports, log");
}

static void test_icmp_types_and_codes(void **state)
{
	conf_acl_is("permit icmp any any echo",
		    "protect 0.0.0.0/0[icmp/8] 0.0.0.0/0[icmp/8]\n");
	conf_acl_is("permit icmp any any unreachable 4 log",
		    "protect 0.0.0.0/0[icmp/3(4)] 0.0.0.0/0[icmp/3(4)]\n");
	conf_acl_is("permit icmp any any 13",
		    "protect 0.0.0.0/0[icmp/13] 0.0.0.0/0[icmp/13]\n");
	conf_acl_is("permit icmp6 any any echo",
		    "protect ::/0[icmpv6/128] ::/0[icmpv6/128]\n");
	conf_acl_bad("permit icmp any any echoo", "2:21", "unexpected", "");
	conf_acl_bad("permit icmp any any echo 256", "2:26",
		     "not between 0 and 255", NULL);
	conf_acl_bad("permit icmp any6 any", "2:1", "no packet has such", "");
}

static void test_protocols_by_name_and_number(void **state)
{
	conf_acl_is("permit gre any4 any4",
		    "protect 0.0.0.0/0[gre] 0.0.0.0/0[gre]\n");
	conf_acl_is("permit 89 any4 any4",
		    "protect 0.0.0.0/0[89] 0.0.0.0/0[89]\n");
	conf_acl_bad("permit tpc any4 any4", "2:8", "'tpc' is no protocol",
		     "did you mean 'tcp'?");
	conf_acl_bad("permit 256 any4 any4", "2:8", "not between 0 and 255",
		     NULL);
}

static void test_actions(void **state)
{
	conf_acl_is("deny ip host 10.0.0.1 any4\ndiscard ip host 10.0.0.2 any4\n"
		    "permit ip 10.0.0.0/8 any4",
		    "bypass 10.0.0.1 0.0.0.0/0\ndiscard 10.0.0.2 0.0.0.0/0\n"
		    "protect 10.0.0.0/8 0.0.0.0/0\n");
	conf_acl_bad("allow ip any any", "2:1", "is none of: permit, deny, discard",
		     NULL);
	conf_acl_bad("permitt ip any any", "2:1", "is none of",
		     "did you mean 'permit'?");
}

static void test_what_culvert_does_not_do_is_refused_with_words(void **state)
{
	conf_acl_bad("permit ip any4 any4 inactive", "2:21",
		     "a line cannot be inactive", "put '#' in front");
	conf_acl_bad("permit ip any4 any4 log inactive", "2:25",
		     "a line cannot be inactive", "put '#' in front");
	conf_acl_bad("permit ip any4 any4 time-range work", "2:21",
		     "time of day", "remove time-range");
	conf_acl_bad("standard permit any4", "2:1", "no sources", "extended");
	conf_acl_bad("permit ip interface inside any4", "2:11",
		     "names no address", "write the address");
	conf_acl_bad("permit ip www.example.org any4", "2:11",
		     "not an address", "names are not looked up");
}

/* C04 */
static void test_C04_addresses(void **state)
{
	conf_acl_bad("permit ip 10.0.0.0/33 any4", "2:11",
		     "no more than 32 bits", NULL);
	conf_acl_bad("permit ip 2001:db8::/129 any6", "2:11",
		     "no more than 128 bits", NULL);
	conf_acl_bad("permit ip 10.0.0.1/24 any4", "2:11",
		     "bits set behind its prefix", "did you mean 10.0.0.0/24?");
	conf_acl_bad("permit ip 10.0.0.1 255.255.255.0 any4", "2:11",
		     "bits set behind its mask", "did you mean 10.0.0.0/24?");
	conf_acl_bad("permit ip 10.0.0.0 0.0.0.255 any4", "2:20",
		     "is not a mask", "wildcard");
	conf_acl_bad("permit ip 10.0.0.0 255.0.255.0 any4", "2:20",
		     "is not a mask", NULL);
	conf_acl_bad("permit ip 10.0.0.256 any4", "2:11", "not an address",
		     "");
	conf_acl_bad("permit ip host 10.0.0.0/8 any4", "2:16",
		     "not an address", "");
	conf_acl_bad("permit ip 10.0.0.9-10.0.0.1 any4", "2:11",
		     "not an address", "");
	conf_acl_bad("permit ip 10.0.0.0/8[tcp] any4", "2:11",
		     "not an address", "");
	conf_acl_bad("permit ip host any4", "2:16", "not an address", "");
}

static void test_a_line_ends_where_it_ends(void **state)
{
	conf_acl_bad("permit", "2:7", "expected a protocol, found the end",
		     NULL);
	conf_acl_bad("permit ip", "2:10", "expected an address or network", NULL);
	conf_acl_bad("permit ip any4 any4 any4", "2:21", "unexpected 'any4'",
		     "");
	conf_acl_bad("permit ip any4 host", "2:20", "expected an address",
		     NULL);
	conf_acl_bad("line x permit ip any4 any4", "2:6", "not a number", NULL);
	conf_acl_bad("access-list b permit ip any4 any4", "2:13",
		     "a line of 'b' inside of 'a'", NULL);
}

/* Objects and groups. */

#define LISTS(groups, line) \
	groups "access-list a { " line " }\n" PEER MAP

static void groups_give(const char *text, const char *lines)
{
	struct conf *conf = conf_good(text);

	conf_rules_are(conf, lines);
	conf_free(conf);
}

static void test_one_line_is_a_rule_for_each_pair_of_its_groups(void **state)
{
	groups_give(LISTS("object-group network S1 { " YELLOW "  192.168.200.0/24 }\n"
			  "object-group network S2 { " PURPLE " }\n",
			  "permit ip object-group S1 object-group S2"),
		    "protect " YELLOW " " PURPLE "\n"
		    "protect 192.168.200.0/24 " PURPLE "\n");
}

static void test_objects_and_groups_as_an_asa_prints_them(void **state)
{
	groups_give(LISTS("object network H\n host 10.0.0.1\n description a host\n"
			  "object network R\n range 10.0.1.1 10.0.1.5\n"
			  "object network N\n subnet 10.0.2.0 255.255.255.0\n"
			  "object-group network ALL\n description { all\n"
			  " network-object object H\n network-object object R\n\n"
			  " network-object 10.0.3.0 255.255.255.0\n"
			  " network-object host 10.0.4.1\n"
			  "object-group network MORE\n group-object ALL\n",
			  "permit ip object-group MORE object N"),
		    "protect 10.0.0.1 10.0.2.0/24\n"
		    "protect 10.0.1.1-10.0.1.5 10.0.2.0/24\n"
		    "protect 10.0.3.0/24 10.0.2.0/24\n"
		    "protect 10.0.4.1 10.0.2.0/24\n");
}

static void test_a_group_may_be_used_before_it_is_defined(void **state)
{
	groups_give("access-list a { permit ip object-group G any4 }\n" PEER MAP
		    "object-group network G { group-object H }\n"
		    "object-group network H { 10.0.0.0/8 }\n",
		    "protect 10.0.0.0/8 0.0.0.0/0\n");
}

static void test_service_groups(void **state)
{
	groups_give(LISTS("object-group service WEB tcp { port-object eq www\n"
			  "port-object range 8000 8010 }\n",
			  "permit tcp any4 host 10.0.0.1 object-group WEB"),
		    "protect 0.0.0.0/0[tcp] 10.0.0.1[tcp/80]\n"
		    "protect 0.0.0.0/0[tcp] 10.0.0.1[tcp/8000-8010]\n");
	groups_give(LISTS("object-group service S { service-object tcp-udp destination eq 53\n"
			  "service-object icmp echo\n service-object gre\n"
			  "service-object udp source eq 67 destination eq 68 }\n",
			  "permit object-group S any4 host 10.0.0.1"),
		    "protect 0.0.0.0/0[tcp] 10.0.0.1[tcp/53]\n"
		    "protect 0.0.0.0/0[udp] 10.0.0.1[udp/53]\n"
		    "protect 0.0.0.0/0[icmp/8] 10.0.0.1[icmp/8]\n"
		    "protect 0.0.0.0/0[gre] 10.0.0.1[gre]\n"
		    "protect 0.0.0.0/0[udp/67] 10.0.0.1[udp/68]\n");
	groups_give(LISTS("object service DNS\n service udp destination eq domain\n",
			  "permit object DNS any4 any4"),
		    "protect 0.0.0.0/0[udp] 0.0.0.0/0[udp/53]\n");
}

static void test_groups_of_service_groups(void **state)
{
	groups_give(LISTS("object service DNS\n service udp eq domain\n"
			  "object-group service S { service-object object DNS\n"
			  "group-object T }\n"
			  "object-group service T { service-object esp }\n",
			  "permit object-group S any4 any4"),
		    "protect 0.0.0.0/0[udp] 0.0.0.0/0[udp/53]\n"
		    "protect 0.0.0.0/0[esp] 0.0.0.0/0[esp]\n");
	conf_bad("object-group service S tcp { port-object 80 }\n", "1:42",
		 "expected eq or range", NULL);
	conf_bad("object network R\n range 10.0.0.9 10.0.0.1\n", "2:17",
		 "ends before it starts", NULL);
	conf_bad("object network R\n range 10.0.0.9 2001:db8::1\n", "2:17",
		 "ends before it starts", NULL);
}

static void test_protocol_and_icmp_groups(void **state)
{
	groups_give(LISTS("object-group protocol TU { protocol-object tcp\n"
			  "protocol-object udp }\n",
			  "permit object-group TU any4 any4 eq 53"),
		    "protect 0.0.0.0/0[tcp] 0.0.0.0/0[tcp/53]\n"
		    "protect 0.0.0.0/0[udp] 0.0.0.0/0[udp/53]\n");
	groups_give(LISTS("object-group icmp-type PING { icmp-object echo\n"
			  "icmp-object echo-reply }\n",
			  "permit icmp any any object-group PING"),
		    "protect 0.0.0.0/0[icmp/8] 0.0.0.0/0[icmp/8]\n"
		    "protect 0.0.0.0/0[icmp/0] 0.0.0.0/0[icmp/0]\n");
	conf_bad(LISTS("object-group protocol P { protocol-object gre }\n",
		       "permit object-group P any4 any4 eq 53"),
		 "2:17", "protocol 47 has no ports", NULL);
}

static void test_groups_that_are_not_there_or_not_that(void **state)
{
	conf_bad(LISTS("object-group network SITE1 { 10.0.0.0/8 }\n",
		       "permit ip object-group SITE2 any4"),
		 "2:40", "object-group 'SITE2' is not defined",
		 "did you mean 'SITE1'?");
	conf_bad(LISTS("object-group service S tcp { port-object eq 1 }\n",
		       "permit ip object-group S any4"),
		 "2:40", "of another kind: service, line 1", NULL);
	conf_bad(LISTS("object-group network A { group-object B }\n"
		       "object-group network B { group-object A }\n",
		       "permit ip object-group A any4"),
		 "2:39", "'A' contains itself", NULL);
	conf_bad("object-group network A { 10.0.0.0/8 }\n"
		 "object network A\n host 10.0.0.1\n", "2:16",
		 "'A' is already defined, line 1", NULL);
	conf_bad("object-group netwrk A { 10.0.0.0/8 }\n", "1:14",
		 "is none of: network, service", "did you mean 'network'?");
	conf_bad("object-group network A { network-objct host 10.0.0.1 }\n",
		 "1:26", "unknown word 'network-objct'",
		 "did you mean 'network-object'?");
	conf_bad("object network A\n fqdn www.example.org\n", "2:2",
		 "names are not looked up", "write addresses");
	conf_bad("object network A\n host 10.0.0.1\n nat (inside,outside) dynamic interface\n",
		 "3:2", "does not translate", "nftables");
}

/* Groups that double thirty times would be 2^30 networks. */
static void test_groups_that_multiply_are_capped(void **state)
{
	char text[4096] = "object-group network G0 { 10.0.0.1 }\n";
	size_t i;

	for (i = 1; i <= 30; i++)
		sprintf(text + strlen(text),
			"object-group network G%zu { group-object G%zu\ngroup-object G%zu }\n",
			i, i - 1, i - 1);
	strcat(text, LISTS("", "permit ip object-group G30 any4"));
	conf_bad(text, "1:27", "more than 65536 networks", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines_of_an_asa_mean_what_they_mean_there),
		cmocka_unit_test(test_lines_outside_of_a_block_add_up),
		cmocka_unit_test(test_prefixes_ranges_and_ipv6),
		cmocka_unit_test(test_any_is_both_families),
		cmocka_unit_test(test_port_operators),
		cmocka_unit_test(test_ports_that_are_none_are_refused),
		cmocka_unit_test(test_icmp_types_and_codes),
		cmocka_unit_test(test_protocols_by_name_and_number),
		cmocka_unit_test(test_actions),
		cmocka_unit_test(test_what_culvert_does_not_do_is_refused_with_words),
		cmocka_unit_test(test_C04_addresses),
		cmocka_unit_test(test_a_line_ends_where_it_ends),
		cmocka_unit_test(test_one_line_is_a_rule_for_each_pair_of_its_groups),
		cmocka_unit_test(test_objects_and_groups_as_an_asa_prints_them),
		cmocka_unit_test(test_a_group_may_be_used_before_it_is_defined),
		cmocka_unit_test(test_service_groups),
		cmocka_unit_test(test_groups_of_service_groups),
		cmocka_unit_test(test_protocol_and_icmp_groups),
		cmocka_unit_test(test_groups_that_are_not_there_or_not_that),
		cmocka_unit_test(test_groups_that_multiply_are_capped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
