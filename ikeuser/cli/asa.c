// SPDX-License-Identifier: GPL-2.0-only
/* Names of the ASA for algorithms, addresses and lines of access lists. */

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "asa.h"

struct name {
	const char *ours;
	const char *asa;
};

static const char *find_name(const struct name *names, const char *ours)
{
	while (names->ours && strcmp(names->ours, ours))
		names++;
	return names->asa;
}

/* Those without a name on an ASA keep ours. */
static const struct name encryptions[] = {
	{ "AES_CBC", "AES-CBC" }, { "3DES", "3DES" },
	{ "AES_GCM_16", "AES-GCM" }, { "AES_GCM_12", "AES-GCM-12" },
	{ "AES_GCM_8", "AES-GCM-8" }, { 0 },
};

static const struct name hashes[] = {
	{ "HMAC_MD5_96", "MD596" }, { "HMAC_SHA1_96", "SHA96" },
	{ "HMAC_SHA2_256_128", "SHA256" }, { "HMAC_SHA2_384_192", "SHA384" },
	{ "HMAC_SHA2_512_256", "SHA512" }, { "", "N/A" }, { 0 },
};

static const struct name esp_ciphers[] = {
	{ "AES_CBC", "esp-aes" }, { "3DES", "esp-3des" },
	{ "NULL", "esp-null" }, { "AES_GCM_16", "esp-aes-gcm" },
	{ "NULL_AUTH_AES_GMAC", "esp-aes-gmac" }, { 0 },
};

static const struct name esp_hmacs[] = {
	{ "HMAC_MD5_96", "esp-md5-hmac" }, { "HMAC_SHA1_96", "esp-sha-hmac" },
	{ "HMAC_SHA2_256_128", "esp-sha-256-hmac" },
	{ "HMAC_SHA2_384_192", "esp-sha-384-hmac" },
	{ "HMAC_SHA2_512_256", "esp-sha-512-hmac" },
	{ "", "esp-null-hmac" }, { 0 },
};

struct word asa_encryption(const char *name)
{
	return format_printf("%s", find_name(encryptions, name) ?: name);
}

struct word asa_hash(const char *name)
{
	return format_printf("%s", find_name(hashes, name) ?: name);
}

/* AES of 128 bits goes without a number there. */
struct word asa_transform(const struct node *child)
{
	const char *cipher = node_text(child, "encr-alg");
	const char *bits = node_text(child, "encr-keysize");
	const char *hmac = node_text(child, "integ-alg");
	struct word lower = format_lower(cipher);
	struct word esp = format_printf("esp-%.60s", lower.text);
	struct word esp_hmac;

	if (find_name(esp_ciphers, cipher))
		esp = format_printf("%s", find_name(esp_ciphers, cipher));
	lower = format_lower(hmac);
	esp_hmac = format_printf("esp-%.60s", lower.text);
	if (find_name(esp_hmacs, hmac))
		esp_hmac = format_printf("%s", find_name(esp_hmacs, hmac));
	if (*bits && strcmp(bits, "0") && strcmp(bits, "128") &&
	    strcmp(cipher, "CHACHA20_POLY1305"))
		return format_printf("%.60s-%.10s %.60s", esp.text, bits,
				     esp_hmac.text);
	return format_printf("%.60s %.60s", esp.text, esp_hmac.text);
}

/* They have 9 digits in their column. */
#define TUNNEL_IDS 1000000000

uint32_t asa_tunnel_id(const struct node *sa)
{
	uint64_t spi = strtoull(node_text(sa, "initiator-spi"), NULL, 16);

	return ((spi >> 32) ^ (spi & UINT32_MAX)) % TUNNEL_IDS;
}

bool asa_selector(const struct node *list, size_t n, struct ike_ts *ts)
{
	const struct node *item = list ? list->first : NULL;

	while (item && n--)
		item = item->next;
	return item && item->value && !ike_ts_parse(ts, item->value);
}

/* --- lines --- */

const char *asa_action(const struct node *rule)
{
	if (node_is(rule, "action", "protect"))
		return "permit";
	return node_is(rule, "action", "bypass") ? "deny" : "discard";
}

static void add_network(struct ike_text *t, const struct ike_ts *ts)
{
	struct word first = format_address(ts, false);
	struct word last = format_address(ts, true);
	struct word mask = format_mask(ts);
	unsigned int bits = 0;

	if (!strcmp(first.text, last.text)) {
		ike_text_add(t, " host %s", first.text);
	} else if (!*mask.text) {
		ike_text_add(t, " range %s %s", first.text, last.text);
	} else if (format_prefix(ts, &bits) && !bits) {
		ike_text_add(t, ike_ts_address_len(ts) == 4 ? " any4" : " any6");
	} else if (*mask.text == '/') {
		ike_text_add(t, " %s%s", first.text, mask.text);
	} else {
		ike_text_add(t, " %s %s", first.text, mask.text);
	}
}

static bool has_ports(const struct ike_ts *ts)
{
	return ts->protocol == IPPROTO_TCP || ts->protocol == IPPROTO_UDP ||
	       ts->protocol == IPPROTO_SCTP;
}

static void add_ports(struct ike_text *t, const struct ike_ts *ts)
{
	if (!has_ports(ts) || (!ts->port_first && ts->port_last == UINT16_MAX))
		return;
	if (ts->port_first == ts->port_last)
		ike_text_add(t, " eq %u", ts->port_first);
	else
		ike_text_add(t, " range %u %u", ts->port_first, ts->port_last);
}

/* ICMP has its type in the upper octet of both ports (RFC 7296 3.13.1). */
static void add_icmp(struct ike_text *t, const struct ike_ts *ts)
{
	if ((ts->protocol != IPPROTO_ICMP && ts->protocol != IPPROTO_ICMPV6) ||
	    (!ts->port_first && ts->port_last == UINT16_MAX))
		return;
	ike_text_add(t, " %u", ts->port_first >> 8);
	if (ts->port_first == ts->port_last)
		ike_text_add(t, " %u", ts->port_first & 255);
}

static void add_protocol(struct ike_text *t, uint8_t protocol)
{
	static const struct {
		uint8_t number;
		const char *name;
	} names[] = {
		{ 0, "ip" }, { IPPROTO_ICMP, "icmp" }, { IPPROTO_TCP, "tcp" },
		{ IPPROTO_UDP, "udp" }, { IPPROTO_ICMPV6, "icmp6" },
		{ IPPROTO_SCTP, "sctp" }, { IPPROTO_GRE, "gre" },
	};
	size_t i = 0;

	while (i < ARRAY_SIZE(names) && names[i].number != protocol)
		i++;
	if (i < ARRAY_SIZE(names))
		ike_text_add(t, " %s", names[i].name);
	else
		ike_text_add(t, " %u", protocol);
}

struct ace asa_ace(const char *action, const char *local, const char *remote,
		   const char *source)
{
	const char *log = strstr(source, " log");
	struct ike_ts from, to;
	struct ace ace;
	struct ike_text t;

	ike_text_init(&t, ace.text, sizeof(ace.text));
	ike_text_add(&t, "%s", action);
	if (ike_ts_parse(&from, local) || ike_ts_parse(&to, remote)) {
		ike_text_add(&t, " ip %.100s %.100s", local, remote);
		return ace;
	}
	add_protocol(&t, from.protocol);
	add_network(&t, &from);
	add_ports(&t, &from);
	add_network(&t, &to);
	add_ports(&t, &to);
	add_icmp(&t, &to);
	if (log)
		ike_text_add(&t, "%.60s", log);
	return ace;
}
