// SPDX-License-Identifier: GPL-2.0-only
/* What a peer is, what it is when nothing is said, and what it cannot be. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "conf_parse.h"
#include "conf_print.h"
#include "conf_text.h"

static const struct ike_peer_conf *only_peer(const struct conf *conf)
{
	assert_int_equal(conf->engine.peers, 1);
	return conf->engine.peer;
}

static void prints(void (*print)(const struct ike_proposals *list,
				 struct ike_text *t),
		   const struct ike_proposals *list, const char *expected)
{
	char text[400];
	struct ike_text t;

	ike_text_init(&t, text, sizeof(text));
	print(list, &t);
	assert_string_equal(text, expected);
}

static void id_is(const struct ike_id *id, const char *expected)
{
	char text[ID_PRINT_MAX];
	struct ike_text t;

	ike_text_init(&t, text, sizeof(text));
	ike_id_print(id, &t);
	assert_string_equal(text, expected);
}

static void test_what_a_peer_is_when_nothing_is_said(void **state)
{
	struct conf *conf = conf_peer("");
	const struct ike_peer_conf *peer = only_peer(conf);

	assert_string_equal(peer->name, "p");
	assert_int_equal(peer->local.port, 500);
	assert_int_equal(peer->remote.len, 4);
	assert_int_equal(peer->remote.ip[3], 2);
	id_is(&peer->local_id, "192.0.2.1");
	id_is(&peer->remote_id, "192.0.2.2");
	assert_int_equal(peer->local_psk.len, 16);
	assert_memory_equal(peer->remote_psk.data, "sixteen octets!!", 16);
	prints(ike_proposals_print, &peer->proposals,
	       "aes256gcm16-aes128gcm16-chacha20poly1305-prfsha384-prfsha256-x25519-ecp256-ecp384-modp3072");
	prints(ike_proposals_print, &peer->child->proposals,
	       "aes256gcm16-aes128gcm16-chacha20poly1305-x25519-ecp256-ecp384-modp3072");
	assert_int_equal(peer->hard_seconds, 86400);
	assert_int_equal(peer->rekey_seconds, 77760);
	assert_int_equal(peer->liveness_seconds, 30);
	assert_int_equal(peer->child->hard_seconds, 28800);
	assert_int_equal(peer->child->rekey_seconds, 25920);
	assert_int_equal(peer->child->idle_seconds, 1800);
	assert_int_equal(peer->child->hard_octets, 0);
	assert_int_equal(peer->prefer, IKE_PREFER_OURS);
	assert_false(peer->no_fragments || peer->no_initial_contact ||
		     peer->prove_pfs || peer->child->transport);
	conf_free(conf);
}

static void test_every_key(void **state)
{
	struct conf *conf = conf_peer(
		"local_id = gw.example.org\nremote_id \"C=CH, CN=gw 2\"\n"
		"proposals = aes256-sha256-modp2048, aes192-sha1-modp2048\n"
		"esp_proposals=aes256-sha1-modp2048\n"
		"ike_lifetime 8h; rekey_time 7h; dpd_delay 10\n"
		"esp_lifetime 1h; esp_rekey_time 50m\n"
		"esp_life_bytes 2G; esp_rekey_bytes 1G; idle_timeout 1d\n"
		"start_action start; mode transport; copy_df no; copy_dscp yes\n"
		"mss_clamp yes; set_mark_in 7; fragmentation no\n"
		"initial_contact no; prefer_configured_proposals no\n"
		"prove_pfs yes; non_first_fragments yes\n");
	const struct ike_peer_conf *peer = only_peer(conf);
	const struct ike_child_conf *child = peer->child;
	const struct conf_rule *rule = &conf->rule[2];

	id_is(&peer->local_id, "gw.example.org");
	id_is(&peer->remote_id, "C=CH, CN=gw 2");
	prints(ike_proposals_print, &peer->proposals,
	       "aes256-sha256-prfsha256-modp2048, aes192-sha1-prfsha1-modp2048");
	assert_int_equal(peer->proposals.proposal[1].number, 2);
	prints(ike_proposals_print, &child->proposals, "aes256-sha1-modp2048");
	assert_int_equal(peer->hard_seconds, 8 * 3600);
	assert_int_equal(peer->rekey_seconds, 7 * 3600);
	assert_int_equal(peer->liveness_seconds, 10);
	assert_int_equal(child->hard_seconds, 3600);
	assert_int_equal(child->rekey_seconds, 3000);
	assert_int_equal(child->hard_octets, 2ULL << 30);
	assert_int_equal(child->rekey_octets, 1ULL << 30);
	assert_int_equal(child->idle_seconds, 86400);
	assert_true(rule->start);
	assert_int_equal(rule->mode, CULVERT_MODE_TRANSPORT);
	assert_true(child->transport);
	assert_int_equal(rule->df, CULVERT_DF_CLEAR);
	assert_int_equal(rule->flags, CULVERT_RULE_FLAG_DECAP_DSCP |
				      CULVERT_RULE_FLAG_MSS_CLAMP);
	assert_int_equal(rule->mark, 7);
	assert_true(peer->no_fragments && peer->no_initial_contact &&
		    peer->prove_pfs && child->non_first_fragments);
	assert_int_equal(peer->prefer, IKE_PREFER_THEIRS);
	conf_free(conf);
}

static void add_line(const char *line, void *arg)
{
	ike_text_add(arg, "%s\n", line);
}

/* All that a key can change, as text. */
static char *shape(const char *key, const char *value)
{
	static char text[8192];
	char keys[200];
	struct conf *conf;
	struct ike_text t;

	snprintf(keys, sizeof(keys), "%s %s", key, value);
	conf = conf_peer(keys);
	ike_text_init(&t, text, sizeof(text));
	conf_print(conf, add_line, &t);
	for (size_t i = 0; i < conf->rules; i++)
		ike_text_add(&t, "%d %d %d %u %x\n", conf->rule[i].start,
			     conf->rule[i].mode, conf->rule[i].df,
			     conf->rule[i].mark, conf->rule[i].flags);
	conf_free(conf);
	return text;
}

/* Each value of each key; same: what it is when nothing is said. */
static const struct {
	const char *key;
	const char *values[4];
	const char *same;
} samples[] = {
	{ "local_id", { "gw.example.org" }, "192.0.2.1" },
	{ "remote_id", { "*@example.org" }, "192.0.2.2" },
	{ "proposals", { "aes256-sha256-modp2048" } },
	{ "esp_proposals", { "aes256-sha256" } },
	{ "ike_lifetime", { "1h" }, "24h" },
	{ "rekey_time", { "1h" }, "77760" },
	{ "dpd_delay", { "0", "9s" }, "30s" },
	{ "esp_lifetime", { "1h" }, "8h" },
	{ "esp_rekey_time", { "1h" }, "25920s" },
	{ "esp_life_bytes", { "1K", "1M", "1G", "1T" }, "0" },
	{ "esp_rekey_bytes", { "1G" }, "0" },
	{ "idle_timeout", { "0", "1m" }, "30m" },
	{ "start_action", { "start" }, "trap" },
	{ "mode", { "transport" }, "tunnel" },
	{ "copy_df", { "no", "set" }, "yes" },
	{ "copy_dscp", { "in", "no", "yes" }, "out" },
	{ "mss_clamp", { "yes" }, "no" },
	{ "set_mark_in", { "1", "4294967295" }, "0" },
	{ "fragmentation", { "no" }, "yes" },
	{ "initial_contact", { "no" }, "yes" },
	{ "prefer_configured_proposals", { "no" }, "yes" },
	{ "prove_pfs", { "yes" }, "no" },
	{ "non_first_fragments", { "yes" }, "no" },
};

static void sample_try(size_t i)
{
	char *seen[5] = { strdup(shape("", "")) };
	size_t n = 1;

	if (samples[i].same)
		assert_string_equal(shape(samples[i].key, samples[i].same),
				    seen[0]);
	for (; n < 5 && samples[i].values[n - 1]; n++) {
		seen[n] = strdup(shape(samples[i].key,
				       samples[i].values[n - 1]));
		for (size_t j = 0; j < n; j++) {
			if (!strcmp(seen[j], seen[n]))
				fail_msg("%s %s changes nothing",
					 samples[i].key,
					 samples[i].values[n - 1]);
		}
	}
	while (n--)
		free(seen[n]);
}

/* Those that every peer of these tests has already, and the table. */
static void test_every_key_there_is_means_something(void **state)
{
	static const char given[] = " local_addrs remote_addrs auth ";
	const char *word;
	size_t i, j;

	for (i = 0; (word = conf_peer_word(i)); i++) {
		for (j = 0; j < sizeof(samples) / sizeof(samples[0]); j++) {
			if (!strcmp(samples[j].key, word))
				break;
		}
		if (j < sizeof(samples) / sizeof(samples[0]))
			sample_try(j);
		else if (!strstr(given, word))
			fail_msg("no value of %s is tried", word);
	}
	assert_int_equal(i, sizeof(samples) / sizeof(samples[0]) + 3);
}

static void test_DF_and_DSCP_are_copied_as_told(void **state)
{
	static const struct {
		const char *keys;
		enum culvert_df df;
		uint32_t flags;
	} cases[] = {
		{ "", CULVERT_DF_COPY, 0 },
		{ "copy_df yes; copy_dscp out", CULVERT_DF_COPY, 0 },
		{ "copy_df no; copy_dscp no", CULVERT_DF_CLEAR,
		  CULVERT_RULE_FLAG_NO_DSCP_COPY },
		{ "copy_df set; copy_dscp in", CULVERT_DF_SET,
		  CULVERT_RULE_FLAG_NO_DSCP_COPY |
		  CULVERT_RULE_FLAG_DECAP_DSCP },
		{ "copy_dscp yes", CULVERT_DF_COPY,
		  CULVERT_RULE_FLAG_DECAP_DSCP },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct conf *conf = conf_peer(cases[i].keys);

		assert_int_equal(conf->rule[2].df, cases[i].df);
		assert_int_equal(conf->rule[2].flags, cases[i].flags);
		conf_free(conf);
	}
}

static void test_C02_keys(void **state)
{
	conf_peer_bad("ike_lifetme 24h", "2:1", "unknown key 'ike_lifetme' in peer 'p'",
		      "did you mean 'ike_lifetime'?");
	conf_peer_bad("dpd_delay 1s\ndpd_delay 2s", "3:1", "stands twice", NULL);
	conf_peer_bad("permit ip any any", "2:1", "unknown key 'permit'", NULL);
	conf_peer_bad("dpd_delay", "2:10", "expected a time such as 24h, found the end",
		      NULL);
	conf_peer_bad("dpd_delay 1s 2s", "2:14", "expected the end of the statement",
		      NULL);
	conf_peer_bad("mode tunel", "2:6", "none of: tunnel, transport",
		      "did you mean 'tunnel'?");
	conf_peer_bad("{", "2:1", "expected a key, found '{'", NULL);
}

static void test_C03_numbers(void **state)
{
	static const char *const wrong[] = {
		"dpd_delay -1", "dpd_delay 0x10", "dpd_delay 1.5",
		"dpd_delay 10y", "dpd_delay s", "dpd_delay \"\"",
	};
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		conf_peer_bad(wrong[i], "2:11", "is not a time such as", NULL);
	conf_peer_bad("dpd_delay 4294967296", "2:11",
		      "is more than 31536000 seconds", NULL);
	conf_peer_bad("dpd_delay 18446744073709551616", "2:11", "too much", NULL);
	conf_peer_bad("dpd_delay 18446744073709551615d", "2:11", "too much",
		      NULL);
	conf_peer_bad("esp_life_bytes 99999999T", "2:16", "too much", NULL);
	conf_peer_bad("esp_life_bytes 5q", "2:16", "not a number of octets",
		      NULL);
	conf_peer_bad("set_mark_in 4294967296", "2:13",
		      "not between 0 and 4294967295", NULL);
	conf_peer_bad("set_mark_in -1", "2:13", "is not a number", NULL);
}

static void test_C05_proposals(void **state)
{
	conf_peer_bad("proposals aes256-sha265-modp2048", "2:18",
		      "\"sha265\" is no algorithm", "did you mean 'sha256'?");
	conf_peer_bad("proposals aes256gmc16-x25519", "2:11", "no algorithm",
		      "did you mean 'aes256gcm16'?");
	conf_peer_bad("proposals aes256-sha256-group14", "2:25", "no algorithm",
		      "expected words such as");
	/* What is for ESP alone is no guess for IKE. */
	conf_peer_bad("proposals nul-sha256-modp2048", "2:11", "no algorithm",
		      "expected words such as");
	conf_peer_bad("proposals aes256-modp2048", "2:11",
		      "no integrity algorithm", NULL);
	conf_peer_bad("esp_proposals aes256", "2:15", "no integrity algorithm",
		      NULL);
	conf_peer_bad("esp_proposals null", "2:15", "no integrity algorithm",
		      NULL);
	conf_peer_bad("proposals null-sha256-modp2048", "2:11",
		      "\"null\" is not for IKE", NULL);
	conf_peer_bad("proposals aes256-sha256", "2:11",
		      "no Diffie-Hellman group", NULL);
	conf_peer_bad("proposals =", "2:12", "expected a proposal", NULL);
	conf_peer_bad("proposals a,,b", "2:11", "no algorithm", "");
}

static void test_proposals_by_blanks_commas_and_default(void **state)
{
	struct conf *conf = conf_peer("esp_proposals aes256-sha256 aes128gcm16,default");
	const struct ike_proposals *list = &only_peer(conf)->child->proposals;
	size_t i;

	assert_in_range(list->n, 4, 10);
	for (i = 0; i < list->n; i++)
		assert_int_equal(list->proposal[i].number, i + 1);
	conf_free(conf);
}

static void test_weak_suites_warn(void **state)
{
	conf_warned(PEER_BEGIN "\nesp_proposals aes256gcm16 aes256-sha1\n}\n",
		    "2:27", "weak: sha1: SHA-1");
	conf_warned(PEER_BEGIN "\nproposals aes128-sha256-modp1536\n}\n",
		    "2:11", "weak: modp1536");
}

static void secret_bad(const char *auth, const char *place,
		       const char *sentence, const char *hint)
{
	char text[2048];

	sprintf(text, "peer p {\nremote_addrs 192.0.2.2; local_addrs 192.0.2.1\n%s\n}\n",
		auth);
	conf_bad(text, place, sentence, hint);
}

static void secret_is(const char *auth, const char *expected, size_t len)
{
	char text[2048];
	struct conf *conf;

	sprintf(text, "peer p { remote_addrs 192.0.2.2; local_addrs 192.0.2.1\n%s\n}\n",
		auth);
	conf = conf_good(text);
	assert_int_equal(only_peer(conf)->local_psk.len, len);
	assert_memory_equal(only_peer(conf)->local_psk.data, expected, len);
	conf_free(conf);
}

static void test_C06_secrets(void **state)
{
	char text[1200], x[1100];

	memset(x, 'x', sizeof(x));
	secret_bad("auth psk secret \"\"", "3:17", "1 to 1024 octets", NULL);
	sprintf(text, "auth psk secret \"%.1025s\"", x);
	secret_bad(text, "3:17", "1 to 1024 octets", NULL);
	secret_bad("auth psk secret 0x123", "3:17", "pairs of hexadecimal", NULL);
	secret_bad("auth psk secret 0x", "3:17", "pairs of hexadecimal", NULL);
	secret_bad("auth psk secret 0x12zz", "3:17", "pairs of hexadecimal",
		   NULL);
	secret_bad("auth psk secret 0sA", "3:17", "base64 digits", NULL);
	secret_bad("auth psk secret \"0sA*==\"", "3:17", "base64 digits", NULL);
	secret_bad("auth psk secret file \"/etc/passwd\"", "3:22",
		   "files are not read here", NULL);
	secret_bad("auth psk secret credential site2", "3:28",
		   "there are no credentials", "LoadCredential=site2:");
	secret_bad("auth psk secret credential \"../x\"", "3:28",
		   "not the name of a credential", NULL);
	secret_bad("auth psk", "1:6", "needs secrets for both directions",
		   "auth psk secret file");
	secret_bad("auth psk local_secret \"sixteen octets!!\"", "1:6",
		   "needs secrets for both directions", "auth psk");
	secret_bad("auth psk secret a secret b", "3:19", "given already", NULL);
	secret_bad("auth psk remote_secret a secret b", "3:26", "given already",
		   NULL);
	secret_bad("auth pubkey", "3:6", "expected psk", NULL);
	secret_bad("", "1:6", "needs secrets", "auth psk");
}

static void test_secrets_as_text_hexadecimal_and_base64(void **state)
{
	char text[200], x[101] = { 0 };

	secret_is("auth psk secret \"a secret # with; all {}\"",
		  "a secret # with; all {}", 23);
	secret_is("auth psk secret 0x00ff10", "\x00\xff\x10", 3);
	secret_is("auth psk secret \"0sAP8Q\"", "\x00\xff\x10", 3);
	secret_is("auth psk secret \"0sAP8=\"", "\x00\xff", 2);
	memset(x, 'x', 100);
	sprintf(text, "auth psk secret %s", x);
	secret_is(text, x, 100);
}

static void test_one_secret_for_each_direction(void **state)
{
	struct conf *conf = conf_good(
		"peer p { remote_addrs 192.0.2.2; local_addrs 192.0.2.1\n"
		"auth psk local_secret \"what proves us..\" remote_secret \"what proves them\"\n}\n");

	assert_memory_equal(only_peer(conf)->local_psk.data, "what proves us..",
			    16);
	assert_memory_equal(only_peer(conf)->remote_psk.data,
			    "what proves them", 16);
	conf_free(conf);
}

static void test_a_short_secret_warns(void **state)
{
	conf_warned("peer p { remote_addrs 192.0.2.2; local_addrs 192.0.2.1\n"
		    "auth psk secret hunter2\n}\n", "2:17",
		    "weak: a secret of 7 octets can be guessed");
}

static void test_a_secret_has_a_name_that_does_not_tell_it(void **state)
{
	const struct ike_bytes secret = { (const uint8_t *)"hunter2", 7 };
	const struct ike_bytes other = { (const uint8_t *)"hunter3", 7 };
	char text[CONF_SECRET_PRINT_MAX], again[CONF_SECRET_PRINT_MAX];
	struct ike_text t;

	ike_text_init(&t, text, sizeof(text));
	assert_int_equal(conf_secret_print(secret, &t), 0);
	assert_int_equal(t.len, strlen("sha256:ab12cd34"));
	assert_memory_equal(text, "sha256:", 7);
	ike_text_init(&t, again, sizeof(again));
	assert_int_equal(conf_secret_print(secret, &t), 0);
	assert_string_equal(text, again);
	ike_text_init(&t, again, sizeof(again));
	assert_int_equal(conf_secret_print(other, &t), 0);
	assert_string_not_equal(text, again);
}

#define PSK "auth psk secret \"sixteen octets!!\";"

static void test_addresses_and_identities_that_are_needed(void **state)
{
	struct conf *conf;

	conf_bad("peer p { " PSK " }", "1:6", "needs local_addrs, or a remote_addrs",
		 NULL);
	conf_bad("peer p { " PSK " local_addrs 192.0.2.1 }", "1:6",
		 "needs remote_id or remote_addrs", NULL);
	conf_bad("peer p { " PSK " remote_addrs 192.0.2.1 }", "1:6",
		 "needs local_id or local_addrs", NULL);
	conf_bad("peer p { " PSK " remote_addrs 192.0.2.1; local_addrs 2001:db8::1 }",
		 "1:6", "of two families", NULL);
	conf_bad("peer p { " PSK " remote_addrs 192.0.2.1; local_addrs 192.0.2.2; local_id %any }",
		 "1:6", "one identity, not any", NULL);
	conf_peer_bad("remote_id \"C=\"", "2:11", "not an identity",
		      "expected an address");
	conf_bad("peer p {\nremote_addrs 192.0.2.1, 192.0.2.2\n}", "2:23",
		 "one address, no more", "another peer");
	conf_bad("peer p {\nremote_addrs gw.example.org\n}", "2:14",
		 "not an address", "names are not looked up");
	conf_bad("peer p {\nremote_addrs 192.0.2.0/24\n}", "2:14",
		 "not an address", "");
	conf = conf_good("peer p { " PSK " local_addrs 2001:db8::1; remote_addrs %any; remote_id *.example.org }");
	assert_int_equal(only_peer(conf)->remote.len, 0);
	assert_int_equal(only_peer(conf)->local.len, 16);
	id_is(&only_peer(conf)->remote_id, "*.example.org");
	conf_free(conf);
}

static void test_lifetimes_end_after_the_rekey(void **state)
{
	conf_peer_bad("ike_lifetime 1h; rekey_time 1h", "1:6",
		      "rekey_time is not before the lifetime ends, 3600s", NULL);
	conf_peer_bad("esp_lifetime 1h; esp_rekey_time 2h", "1:6",
		      "esp_rekey_time is not before", NULL);
	conf_peer_bad("esp_life_bytes 1G; esp_rekey_bytes 1G", "1:6",
		      "esp_rekey_bytes is not below", NULL);
	conf_free(conf_peer("esp_lifetime 0; esp_rekey_time 2h"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_a_peer_is_when_nothing_is_said),
		cmocka_unit_test(test_every_key),
		cmocka_unit_test(test_every_key_there_is_means_something),
		cmocka_unit_test(test_DF_and_DSCP_are_copied_as_told),
		cmocka_unit_test(test_C02_keys),
		cmocka_unit_test(test_C03_numbers),
		cmocka_unit_test(test_C05_proposals),
		cmocka_unit_test(test_proposals_by_blanks_commas_and_default),
		cmocka_unit_test(test_weak_suites_warn),
		cmocka_unit_test(test_C06_secrets),
		cmocka_unit_test(test_secrets_as_text_hexadecimal_and_base64),
		cmocka_unit_test(test_one_secret_for_each_direction),
		cmocka_unit_test(test_a_short_secret_warns),
		cmocka_unit_test(test_a_secret_has_a_name_that_does_not_tell_it),
		cmocka_unit_test(test_addresses_and_identities_that_are_needed),
		cmocka_unit_test(test_lifetimes_end_after_the_rekey),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
