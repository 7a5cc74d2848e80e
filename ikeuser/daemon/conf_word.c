// SPDX-License-Identifier: GPL-2.0-only
/* The names that access lists have for protocols, ports and ICMP types: the
 * ASA's, and a few of /etc/services, which is not read: a policy should not
 * change with a file that has nothing to do with it.
 */

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "conf_parse.h"

static const struct conf_word protocols[] = {
	{ "ip", 0 },	    { "icmp", 1 },	{ "igmp", 2 },
	{ "ipinip", 4 },    { "tcp", 6 },	{ "igrp", 9 },
	{ "udp", 17 },	    { "dccp", 33 },	{ "gre", 47 },
	{ "esp", 50 },	    { "ah", 51 },	{ "ahp", 51 },
	{ "icmp6", 58 },    { "ipv6-icmp", 58 }, { "eigrp", 88 },
	{ "ospf", 89 },	    { "nos", 94 },	{ "pim", 103 },
	{ "pcp", 108 },	    { "snp", 109 },	{ "vrrp", 112 },
	{ "l2tp", 115 },    { "sctp", 132 },	{ "udplite", 136 },
	{ 0 },
};

static const struct conf_word ports[] = {
	{ "aol", 5190 },	  { "bgp", 179 },
	{ "biff", 512 },	  { "bootpc", 68 },
	{ "bootps", 67 },	  { "chargen", 19 },
	{ "cifs", 3020 },	  { "citrix-ica", 1494 },
	{ "cmd", 514 },		  { "ctiqbe", 2748 },
	{ "daytime", 13 },	  { "discard", 9 },
	{ "dnsix", 195 },	  { "domain", 53 },
	{ "echo", 7 },		  { "exec", 512 },
	{ "finger", 79 },	  { "ftp", 21 },
	{ "ftp-data", 20 },	  { "gopher", 70 },
	{ "h323", 1720 },	  { "hostname", 101 },
	{ "http", 80 },		  { "https", 443 },
	{ "ident", 113 },	  { "imap4", 143 },
	{ "irc", 194 },		  { "isakmp", 500 },
	{ "kerberos", 88 },	  { "klogin", 543 },
	{ "kshell", 544 },	  { "ldap", 389 },
	{ "ldaps", 636 },	  { "login", 513 },
	{ "lotusnotes", 1352 },	  { "lpd", 515 },
	{ "mobile-ip", 434 },	  { "nameserver", 42 },
	{ "netbios-dgm", 138 },	  { "netbios-ns", 137 },
	{ "netbios-ssn", 139 },	  { "nfs", 2049 },
	{ "nntp", 119 },	  { "ntp", 123 },
	{ "pcanywhere-data", 5631 }, { "pcanywhere-status", 5632 },
	{ "pim-auto-rp", 496 },	  { "pop2", 109 },
	{ "pop3", 110 },	  { "pptp", 1723 },
	{ "radius", 1645 },	  { "radius-acct", 1646 },
	{ "rip", 520 },		  { "rsh", 514 },
	{ "rtsp", 554 },	  { "secureid-udp", 5510 },
	{ "sip", 5060 },	  { "smtp", 25 },
	{ "snmp", 161 },	  { "snmptrap", 162 },
	{ "sqlnet", 1521 },	  { "ssh", 22 },
	{ "sunrpc", 111 },	  { "syslog", 514 },
	{ "tacacs", 49 },	  { "talk", 517 },
	{ "telnet", 23 },	  { "tftp", 69 },
	{ "time", 37 },		  { "uucp", 540 },
	{ "vxlan", 4789 },	  { "who", 513 },
	{ "whois", 43 },	  { "www", 80 },
	{ "xdmcp", 177 },	  { 0 },
};

static const struct conf_word icmp_types[] = {
	{ "echo-reply", 0 },	      { "unreachable", 3 },
	{ "source-quench", 4 },	      { "redirect", 5 },
	{ "alternate-address", 6 },   { "echo", 8 },
	{ "router-advertisement", 9 }, { "router-solicitation", 10 },
	{ "time-exceeded", 11 },      { "parameter-problem", 12 },
	{ "timestamp-request", 13 },  { "timestamp-reply", 14 },
	{ "information-request", 15 }, { "information-reply", 16 },
	{ "mask-request", 17 },	      { "mask-reply", 18 },
	{ "traceroute", 30 },	      { "conversion-error", 31 },
	{ "mobile-redirect", 32 },    { 0 },
};

static const struct conf_word icmp6_types[] = {
	{ "unreachable", 1 },		{ "packet-too-big", 2 },
	{ "time-exceeded", 3 },		{ "parameter-problem", 4 },
	{ "echo", 128 },		{ "echo-reply", 129 },
	{ "membership-query", 130 },	{ "membership-report", 131 },
	{ "membership-reduction", 132 }, { "router-solicitation", 133 },
	{ "router-advertisement", 134 }, { "neighbor-solicitation", 135 },
	{ "neighbor-advertisement", 136 }, { "neighbor-redirect", 137 },
	{ "router-renumbering", 138 },	{ 0 },
};

static const struct conf_word *word_find(const struct conf_word *words,
					 const struct conf_at *at)
{
	for (; words->word; words++) {
		if (conf_at_is(at, words->word))
			return words;
	}
	return NULL;
}

static int unknown(struct conf_parser *p, const struct conf_at *at,
		   const struct conf_word *words, const char *what)
{
	struct conf_guess guess;

	conf_error(p, at, "'%s' is no %s", conf_quote(at).text, what);
	conf_guess_start(&guess, at);
	for (; words->word; words++)
		conf_guess_try(&guess, words->word);
	conf_guess_hint(p, &guess);
	return -EINVAL;
}

static int name_or_number(struct conf_parser *p, const struct conf_at *at,
			  const struct conf_word *words, const char *what,
			  uint64_t max, uint64_t *number)
{
	const struct conf_word *word = word_find(words, at);
	uint8_t first = conf_at_text(at).len ? *conf_at_text(at).data : 0;

	if (word) {
		*number = word->value;
		return 0;
	}
	if (first < '0' || first > '9')
		return unknown(p, at, words, what);
	return conf_number(p, at, 0, max, number);
}

int conf_protocol(struct conf_parser *p, const struct conf_at *at,
		  uint8_t *protocol)
{
	uint64_t number = 0;
	int err = name_or_number(p, at, protocols, "protocol", 255, &number);

	*protocol = number;
	return err;
}

int conf_port(struct conf_parser *p, const struct conf_at *at, uint16_t *port)
{
	uint64_t number = 0;
	int err = name_or_number(p, at, ports, "port", UINT16_MAX, &number);

	*port = number;
	return err;
}

static const struct conf_word *types_of(uint8_t protocol)
{
	return protocol == IPPROTO_ICMPV6 ? icmp6_types : icmp_types;
}

int conf_icmp_type(struct conf_parser *p, const struct conf_at *at,
		   uint8_t protocol, uint8_t *type)
{
	uint64_t number = 0;
	int err = name_or_number(p, at, types_of(protocol), "type of ICMP", 255,
				 &number);

	*type = number;
	return err;
}

bool conf_is_icmp_type(const struct conf_at *at, uint8_t protocol)
{
	uint8_t first = conf_at_text(at).len ? *conf_at_text(at).data : 0;

	return (first >= '0' && first <= '9') ||
	       word_find(types_of(protocol), at);
}

bool conf_has_ports(uint8_t protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP ||
	       protocol == IPPROTO_SCTP || protocol == IPPROTO_DCCP ||
	       protocol == IPPROTO_UDPLITE;
}

bool conf_is_icmp(uint8_t protocol)
{
	return protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6;
}
