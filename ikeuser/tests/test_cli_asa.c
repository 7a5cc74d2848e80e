// SPDX-License-Identifier: GPL-2.0-only
/* The ASA's texts, field by field as the reference lab prints them, from
 * recorded messages of the reference lab.
 */

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
#include "fake_lab.h"

static void lab(const char *sas, const char *rules)
{
	static struct fake_answer answers[3];

	answers[0] = (struct fake_answer){ "list-sas", "list-sa", sas };
	answers[1] = (struct fake_answer){ "culvert-policy", "culvert-rule",
					   rules, .bare = true };
	fake_start(answers);
}

static void test_nothing_is_up(void **state)
{
	lab("", "");
	assert_int_equal(fake_run("show crypto isakmp sa"), CLI_OK);
	assert_string_equal(fake_out(), "\nThere are no IKEv1 SAs\n\nThere are no IKEv2 SAs\n");
	assert_int_equal(fake_run("show crypto ipsec sa"), CLI_OK);
	assert_string_equal(fake_out(), "\nThere are no ipsec sas\n");
	fake_stop();
}

static void test_isakmp_sa_has_every_field(void **state)
{
	lab(LAB_SAS, "");
	assert_int_equal(fake_run("show crypto isakmp sa"), CLI_OK);
	fake_has("\nThere are no IKEv1 SAs\n\nIKEv2 SAs:\n");
	fake_has("\nSession-id:85, Status:UP-ACTIVE, IKE count:1, CHILD count:2\n");
	fake_has(" 10.255.1.2/500 ");
	fake_has(" 10.255.2.2/500 ");
	fake_has("READY    INITIATOR\n");
	fake_has("      Encr: AES-CBC, keysize: 256, Hash: SHA256, DH Grp:14, Auth sign: PSK, Auth verify: PSK\n");
	fake_has("      Life/Active Time: 86400/13 sec\n");
	/* The newest child comes first. */
	fake_has("sec\n"
		 "Child sa: local selector  192.168.200.0/0 - 192.168.200.255/65535\n"
		 "          remote selector 172.16.10.0/0 - 172.16.10.255/65535\n"
		 "          ESP spi in/out: 0xc8fce690/0xf34ce0e2\n"
		 "Child sa: local selector  192.168.100.0/0 - 192.168.100.255/65535\n"
		 "          remote selector 172.16.10.0/0 - 172.16.10.255/65535\n"
		 "          ESP spi in/out: 0xed866a3c/0xb89f38c9\n");
	assert_int_equal(fake_run("show crypto ikev2 sa"), CLI_OK);
	assert_null(strstr(fake_out(), "IKEv1"));
	assert_int_equal(fake_run("show ike --asa"), CLI_OK);
	fake_has("Session-id:85");
	assert_int_equal(fake_run("show crypto ikev2 sa detail"), CLI_OK);
	fake_has("      Local spi: 8B1C2F3D4E5F6A70       Remote spi: 19A7D2C4B3E6F581\n");
	fake_has("DPD configured for 10 seconds");
	fake_has("NAT-T is not detected");
	fake_stop();
}

/* It is made of the IKE SA's SPI: children come and go, it stays. */
static void test_the_tunnel_id_stays_when_a_child_comes(void **state)
{
	char before[16];

	lab(LAB_SAS_ONE, "");
	assert_int_equal(fake_run("show crypto isakmp sa"), CLI_OK);
	snprintf(before, sizeof(before), "\n%.9s ",
		 strstr(fake_out(), "Role\n") + 5);
	fake_has("CHILD count:1");
	lab(LAB_SAS, "");
	assert_int_equal(fake_run("show crypto isakmp sa"), CLI_OK);
	fake_has("CHILD count:2");
	fake_has(before);
	fake_stop();
}

static void test_ipsec_sa_has_every_field(void **state)
{
	lab(LAB_SAS_ONE, "");
	assert_int_equal(fake_run("show crypto ipsec sa"), CLI_OK);
	assert_string_equal(fake_out(),
		"interface: outside\n"
		"    Crypto map tag: outside_map, seq num: 1, local addr: 10.255.1.2\n\n"
		"      access-list s2svpn_to_site2 extended permit ip 192.168.100.0 255.255.255.0 172.16.10.0 255.255.255.0 log default\n"
		"      local ident (addr/mask/prot/port): (192.168.100.0/255.255.255.0/0/0)\n"
		"      remote ident (addr/mask/prot/port): (172.16.10.0/255.255.255.0/0/0)\n"
		"      current_peer: 10.255.2.2\n\n\n"
		"      #pkts encaps: 4, #pkts encrypt: 4, #pkts digest: 4\n"
		"      #pkts decaps: 4, #pkts decrypt: 4, #pkts verify: 4\n"
		"      #pkts compressed: 0, #pkts decompressed: 0\n"
		"      #pkts not compressed: 4, #pkts comp failed: 0, #pkts decomp failed: 0\n"
		"      #pre-frag successes: 0, #pre-frag failures: 0, #fragments created: 0\n"
		"      #PMTUs sent: 0, #PMTUs rcvd: 0, #decapsulated frgs needing reassembly: 0\n"
		"      #TFC rcvd: 0, #TFC sent: 0\n"
		"      #Valid ICMP Errors rcvd: 0, #Invalid ICMP Errors rcvd: 0\n"
		"      #send errors: 0, #recv errors: 0\n\n"
		"      local crypto endpt.: 10.255.1.2/500, remote crypto endpt.: 10.255.2.2/500\n"
		"      path mtu 1500, ipsec overhead 74(44), media mtu 1500\n"
		"      PMTU time remaining (sec): 0, DF policy: copy-df\n"
		"      ICMP error validation: enabled, TFC packets: disabled\n"
		"      current outbound spi: B89F38C9\n"
		"      current inbound spi : ED866A3C\n\n"
		"    inbound esp sas:\n"
		"      spi: 0xED866A3C (3985009212)\n"
		"         SA State: active\n"
		"         transform: esp-aes-256 esp-sha-hmac no compression\n"
		"         in use settings ={L2L, Tunnel, PFS Group 14, IKEv2, }\n"
		"         slot: 0, conn_id: 85, crypto-map: outside_map\n"
		"         sa timing: remaining key lifetime (kB/sec): (4607999/28775)\n"
		"         IV size: 16 bytes\n"
		"         replay detection support: Y\n"
		"         Anti replay bitmap:\n"
		"          0x00000000 0x0000001F\n"
		"    outbound esp sas:\n"
		"      spi: 0xB89F38C9 (3097442505)\n"
		"         SA State: active\n"
		"         transform: esp-aes-256 esp-sha-hmac no compression\n"
		"         in use settings ={L2L, Tunnel, PFS Group 14, IKEv2, }\n"
		"         slot: 0, conn_id: 85, crypto-map: outside_map\n"
		"         sa timing: remaining key lifetime (kB/sec): (4607999/28775)\n"
		"         IV size: 16 bytes\n"
		"         replay detection support: Y\n"
		"         Anti replay bitmap:\n"
		"          0x00000000 0x00000001\n\n");
	fake_stop();
}

/* The head of an interface stands once; a peer is chosen by its address. */
static void test_ipsec_sas_of_one_interface_stand_together(void **state)
{
	const char *head;

	lab(LAB_SAS, "");
	assert_int_equal(fake_run("show crypto ipsec sa"), CLI_OK);
	head = strstr(fake_out(), "interface: outside\n");
	assert_non_null(head);
	assert_null(strstr(head + 1, "interface: outside\n"));
	fake_has("current inbound spi : C8FCE690");
	fake_has("current inbound spi : ED866A3C");
	assert_int_equal(fake_run("show crypto ipsec sa peer 10.255.2.2"),
			 CLI_OK);
	fake_has("current_peer: 10.255.2.2");
	assert_int_equal(fake_run("show crypto ipsec sa peer 10.9.9.9"),
			 CLI_OK);
	fake_has("There are no ipsec sas");
	assert_int_equal(fake_run("show crypto ipsec sa of x"), CLI_USAGE);
	fake_stop();
}

/* What other dumps of an ASA have, by the rule of lab.md. */
static void test_overheads_are_computed(void **state)
{
	static const struct {
		unsigned int before, after, block;
		const char *text;
	} cases[] = {
		{ 52, 14, 16, "ipsec overhead 82(52)," },
		{ 52, 18, 16, "ipsec overhead 86(52)," },
		{ 28, 14, 4, "ipsec overhead 46(28)," },
		{ 36, 14, 8, "ipsec overhead 58(36)," },
		{ 36, 18, 4, "ipsec overhead 58(36)," },
	};
	char sas[400];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		snprintf(sas, sizeof(sas),
			 "p { child-sas { c { device = eth1 in { } out { overhead-before = %u overhead-after = %u block = %u } } } }",
			 cases[i].before, cases[i].after, cases[i].block);
		lab(sas, "");
		assert_int_equal(fake_run("show crypto ipsec sa"), CLI_OK);
		fake_has(cases[i].text);
	}
	fake_stop();
}

static void test_what_is_off_is_told_so(void **state)
{
	lab("p { nat-local = yes child-sas { c { device = eth1 encap = yes "
	    "state = REKEYED mode = TRANSPORT local-ts [ \"10.0.0.1-10.0.0.9[tcp/80]\" ] "
	    "remote-ts [ \"2001:db8::/64[udp/53-54]\" ] "
	    "in { hard-seconds = 100 age-ms = 30500 } out { df = set } } } }",
	    "");
	assert_int_equal(fake_run("show crypto ipsec sa"), CLI_OK);
	fake_has("in use settings ={L2L, Transport, NAT-T-Encaps, IKEv2, Rekeyed, }");
	fake_has("remaining key lifetime (sec): 70\n");
	fake_has("(10.0.0.1/10.0.0.9/6/80)");
	fake_has("(2001:db8::/64/17/53 - 54)");
	assert_int_equal(fake_run("show crypto ikev2 sa detail"), CLI_OK);
	fake_has("NAT-T is detected inside");
	fake_stop();
}

static void test_access_lists_have_elements_hashes_and_hits(void **state)
{
	lab("", LAB_RULES);
	assert_int_equal(fake_run("show access-list s2svpn_to_site2"), CLI_OK);
	fake_has("access-list s2svpn_to_site2; 2 elements; name hash: 0x");
	/* Hits of the line are those of its elements, flows and not packets. */
	fake_has("\naccess-list s2svpn_to_site2 line 1 extended permit ip object-group SITE1 object-group SITE2 log default (hitcnt=3) 0x");
	fake_has("\n  access-list s2svpn_to_site2 line 1 extended permit ip 192.168.200.0 255.255.255.0 172.16.10.0 255.255.255.0 log default (hitcnt=1) 0xfab888fb\n");
	fake_has("\n  access-list s2svpn_to_site2 line 1 extended permit ip 192.168.100.0 255.255.255.0 172.16.10.0 255.255.255.0 log default (hitcnt=2) 0xb7b04209\n");
	assert_int_equal(fake_run("show access-list nope"), CLI_ABSENT);
	fake_says("there is: s2svpn_to_site2");
	fake_stop();
}

static void test_crypto_maps_are_lines(void **state)
{
	lab("", LAB_RULES);
	assert_int_equal(fake_run("show run crypto map"), CLI_OK);
	assert_string_equal(fake_out(),
		"crypto map outside_map 1 match address s2svpn_to_site2\n"
		"crypto map outside_map 1 set pfs group14\n"
		"crypto map outside_map 1 set peer 10.255.2.2\n"
		"crypto map outside_map 1 set ikev2 ipsec-proposal aes256-sha1-modp2048\n"
		"crypto map outside_map 1 set security-association lifetime seconds 28800\n"
		"crypto map outside_map 1 set security-association lifetime kilobytes 4608000\n"
		"crypto map outside_map interface outside\n");
	fake_stop();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_is_up),
		cmocka_unit_test(test_isakmp_sa_has_every_field),
		cmocka_unit_test(test_the_tunnel_id_stays_when_a_child_comes),
		cmocka_unit_test(test_ipsec_sa_has_every_field),
		cmocka_unit_test(test_ipsec_sas_of_one_interface_stand_together),
		cmocka_unit_test(test_overheads_are_computed),
		cmocka_unit_test(test_what_is_off_is_told_so),
		cmocka_unit_test(test_access_lists_have_elements_hashes_and_hits),
		cmocka_unit_test(test_crypto_maps_are_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
