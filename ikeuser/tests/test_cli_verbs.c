// SPDX-License-Identifier: GPL-2.0-only
/* The verbs against a daemon that says what is written here: what they ask,
 * what they print, how they end; and a daemon that is hostile, or is none.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "fake.h"
#include "fake_lab.h"
#include "vici_msg.h"

#define SAS { "list-sas", "list-sa", LAB_SAS }
#define RULES { "culvert-policy", "culvert-rule", LAB_RULES, .bare = true }
#define NO_SAS { "list-sas", "list-sa", "" }

static void test_show_ike_has_a_row_and_its_children(void **state)
{
	static const struct fake_answer answers[] = { SAS, RULES, { 0 } };

	fake_start(answers);
	assert_int_equal(fake_run("sh ike"), CLI_OK);
	fake_has("PEER   ID  LOCAL           REMOTE          STATE  ROLE       UP/LIFE  CRYPTO\n");
	fake_has("site2  85  10.255.1.2:500  10.255.2.2:500  READY  initiator  13s/1d   aes-cbc-256 hmac-sha2-256-128 modp-2048 (14), psk/psk\n");
	fake_has("  ├ s2svpn_to_site2-1  192.168.200.0/24 ⇄ 172.16.10.0/24  spi in/out c8fce690/f34ce0e2  up 5s\n");
	fake_has("  └ s2svpn_to_site2-2  192.168.100.0/24 ⇄ 172.16.10.0/24  spi in/out ed866a3c/b89f38c9  up 25s\n");
	fake_has("1 IKE SA ready, 0 connecting, 2 children\n");
	/* A file gets no colours. */
	assert_null(strchr(fake_out(), '\033'));
	assert_int_equal(fake_run("sh ike --json"), CLI_OK);
	fake_has("{\"schema\":1,\"type\":\"ike-sa\",\"name\":\"site2\",\"uniqueid\":85,");
	fake_has("\"initiator\":true");
	fake_has("\"local-ts\":[\"192.168.100.0/24\"]");
	assert_int_equal(strchr(fake_out(), '\n')[1], '\0');
	fake_stop();
}

static void test_a_peer_without_sas_is_dormant_and_a_stranger_absent(void **s)
{
	static const struct fake_answer answers[] = { NO_SAS, RULES, { 0 } };

	fake_start(answers);
	assert_int_equal(fake_run("show ike site2"), CLI_OK);
	fake_has("site2: no IKE SA");
	assert_string_equal(node_text(fake_request("list-sas"), "ike"),
			    "site2");
	assert_int_equal(fake_run("show ike nobody"), CLI_ABSENT);
	fake_says("there is no peer 'nobody', there is: site2");
	fake_stop();
}

static void test_show_ipsec_tells_windows_and_drops(void **state)
{
	static const struct fake_answer answers[] = { SAS, RULES, { 0 } };

	fake_start(answers);
	assert_int_equal(fake_run("show ipsec s2svpn_to_site2-2"), CLI_OK);
	fake_has("crypto map outside_map 1, access-list s2svpn_to_site2 line 1  (192.168.100.0/24 ⇄ 172.16.10.0/24)\n");
	fake_has("  esp tunnel 10.255.1.2 → 10.255.2.2   aes-cbc-256 hmac-sha1-96, PFS 14   path mtu 1500, overhead 58-73 → inner mtu 1438\n");
	fake_has("64, 0x1f");
	fake_has("7h59m (7h11m)");
	fake_has("drops: none\n");
	assert_null(strstr(fake_out(), "c8fce690"));
	assert_int_equal(fake_run("show ipsec"), CLI_OK);
	fake_has("drops: out-too-big 2\n");
	assert_int_equal(fake_run("show ipsec --json"), CLI_OK);
	fake_has("{\"schema\":1,\"type\":\"child-sa\",\"peer\":\"site2\"");
	fake_has("\"replay-bitmap\":[\"00000000\",\"0000000f\"]");
	assert_int_equal(fake_run("show ipsec nope"), CLI_ABSENT);
	fake_stop();
}

static void test_show_policy_tells_the_status_and_why(void **state)
{
	static const struct fake_answer answers[] = { RULES, { 0 } };

	fake_start(answers);
	assert_int_equal(fake_run("sh pol"), CLI_OK);
	fake_has("IKE itself");
	fake_has("protect  192.168.200.0/24 → 172.16.10.0/24");
	fake_has("failed 1m01s ago: the proposals have nothing in common: DH: theirs modp2048, ours x25519; more: culvert why s2svpn_to_site2-2\n");
	assert_int_equal(fake_run("sh pol nope"), CLI_ABSENT);
	assert_int_equal(fake_run("sh pol site2 --json"), CLI_OK);
	assert_null(strstr(fake_out(), "bypass"));
	fake_has("\"flows\":2");
	fake_stop();
}

static void test_up_asks_for_each_child_of_a_peer(void **state)
{
	static const struct fake_answer good[] = {
		RULES, { "initiate", .answer = "success = yes" }, { 0 }
	};
	static const struct fake_answer late[] = {
		RULES, { "initiate", .answer = "success = no refusal = late errmsg = \"it is not up yet, and is being tried\"" },
		{ 0 }
	};
	static const struct fake_answer bad[] = {
		RULES, { "initiate", .answer = "success = no errmsg = \"NO_PROPOSAL\"" },
		{ 0 }
	};
	static const struct fake_answer no_route[] = {
		RULES, { "initiate", .answer = "success = no errmsg = \"NO_ROUTE: there is no way to the peer\"" },
		{ 0 }
	};

	fake_start(good);
	assert_int_equal(fake_run("up site2"), CLI_OK);
	assert_string_equal(fake_out(), "s2svpn_to_site2-1: up\ns2svpn_to_site2-2: up\n");
	assert_string_equal(node_text(fake_request("initiate"), "child"),
			    "s2svpn_to_site2-2");
	assert_string_equal(node_text(fake_request("initiate"), "ike"),
			    "site2");
	assert_int_equal(fake_run("up site2/s2svpn_to_site2-1 --timeout 2s"),
			 CLI_OK);
	assert_string_equal(node_text(fake_request("initiate"), "timeout"),
			    "2000");
	assert_int_equal(fake_run("up site3"), CLI_ABSENT);
	assert_int_equal(fake_run("up site2/nope"), CLI_ABSENT);
	assert_int_equal(fake_run("up"), CLI_USAGE);
	assert_int_equal(fake_run("up a b"), CLI_USAGE);
	fake_start(late);
	assert_int_equal(fake_run("up s2svpn_to_site2-1"), CLI_TIMEOUT);
	/* Whatever words a failure has, it is no absence. */
	fake_start(no_route);
	assert_int_equal(fake_run("up s2svpn_to_site2-1"), CLI_FAILED);
	fake_start(bad);
	assert_int_equal(fake_run("up s2svpn_to_site2-1"), CLI_FAILED);
	fake_says("NO_PROPOSAL");
	fake_says("'culvert why s2svpn_to_site2-1' tells the story");
	fake_stop();
}

static void test_down_and_rekey_need_something_that_is_up(void **state)
{
	static const struct fake_answer answers[] = {
		RULES, { "terminate", .answer = "success = yes matches = 1 terminated = 1" },
		{ "rekey", .answer = "success = yes matches = 0" }, { 0 }
	};

	fake_start(answers);
	assert_int_equal(fake_run("down 10.255.2.2"), CLI_OK);
	assert_string_equal(node_text(fake_request("terminate"), "ike"),
			    "site2");
	assert_int_equal(fake_run("rekey site2"), CLI_ABSENT);
	fake_says("site2: not up");
	fake_stop();
}

static void test_wait_ends_in_time(void **state)
{
	static const struct fake_answer up[] = { SAS, RULES, { 0 } };
	static const struct fake_answer down[] = { NO_SAS, RULES, { 0 } };

	fake_start(up);
	assert_int_equal(fake_run("wait site2"), CLI_OK);
	assert_int_equal(fake_run("wait s2svpn_to_site2-1 --state ready"),
			 CLI_OK);
	assert_int_equal(fake_run("wait site2 --state down --timeout 50ms"),
			 CLI_TIMEOUT);
	assert_int_equal(fake_run("wait site2 --state x"), CLI_USAGE);
	assert_int_equal(fake_run("wait site2 --timeout x"), CLI_USAGE);
	fake_start(down);
	assert_int_equal(fake_run("wait site2 --timeout 50ms"), CLI_TIMEOUT);
	fake_says("'culvert why site2' tells why");
	assert_int_equal(fake_run("wait site2 --state down"), CLI_OK);
	fake_stop();
}

static void test_clear_closes_by_number(void **state)
{
	static const struct fake_answer answers[] = {
		SAS, { "terminate", .answer = "success = yes" },
		{ "reset-counters", .answer = "success = yes" }, { 0 }
	};

	fake_start(answers);
	assert_int_equal(fake_run("clear sa"), CLI_OK);
	assert_string_equal(node_text(fake_request("terminate"), "ike-id"),
			    "85");
	assert_int_equal(fake_run("clear crypto ipsec sa peer 10.255.2.2"),
			 CLI_OK);
	assert_string_equal(node_text(fake_request("terminate"), "child-id"),
			    "86");
	assert_int_equal(fake_run("clear sa nobody"), CLI_ABSENT);
	assert_int_equal(fake_run("clear access-list counters"), CLI_OK);
	fake_stop();
}

#define WHY_HEAD \
	"now-ms = 900500 what = peer name = site2 configured { " \
	"proposals = aes256-sha256-x25519 local-id = 10.255.1.2 } events { "
#define OLD "0 { at-ms = 10 kind = FAILED level = W reason = AUTH_WRONG } "
#define DIFFERS \
	"1 { at-ms = 900000 kind = SENT level = I text = \"IKE_SA_INIT request\" } " \
	"2 { at-ms = 900012 kind = PROPOSAL_DIFFERS level = W " \
	"reason = NO_PROPOSAL sentence = \"the proposals have nothing in common\" " \
	"text = \"DH: theirs modp2048, ours x25519; PRF: theirs prfsha1, ours prfsha256\" } " \
	"3 { at-ms = 900013 kind = NOTIFIED level = W reason = PEER_REFUSED " \
	"sentence = \"the peer answered with an error\" text = NO_PROPOSAL_CHOSEN } "
#define GOOD_END \
	"4 { at-ms = 900400 kind = CHILD_STATE level = I text = \"ASKED -> UP: x\" } "

static void test_why_tells_a_story_and_what_to_change(void **state)
{
	static const struct fake_answer bad[] = {
		RULES, { "culvert-why", .answer = WHY_HEAD OLD DIFFERS "}" },
		{ 0 }
	};
	static const struct fake_answer good[] = {
		RULES, { "culvert-why",
			 .answer = WHY_HEAD OLD DIFFERS GOOD_END "}" }, { 0 }
	};
	static const struct fake_answer none[] = {
		RULES, { "culvert-why", .answer = "success = no refusal = absent errmsg = \"there is no rule of that name\"" },
		{ 0 }
	};

	fake_start(bad);
	assert_int_equal(fake_run("why site2"), CLI_OK);
	assert_true(fake_asked("culvert-why", "peer", "site2"));
	fake_has("site2, begun 500ms ago:\n");
	fake_has("         0 ms  sent IKE_SA_INIT request\n");
	fake_has("!       12 ms  proposals differ DH: theirs");
	fake_has("reason: the proposals have nothing in common (NO_PROPOSAL)\n");
	fake_has("  first difference   DH       offered    modp2048\n"
		 "                              configured x25519\n"
		 "  and                PRF      offered    prfsha1\n"
		 "                              configured prfsha256\n");
	fake_has("  proposals          aes256-sha256-x25519\n");
	fake_has("to change: here: 'proposals'");
	/* What was long before is another story. */
	assert_null(strstr(fake_out(), "AUTH_WRONG"));
	fake_start(good);
	assert_int_equal(fake_run("why site2"), CLI_OK);
	fake_has("\nnothing is wrong\n");
	assert_int_equal(fake_run("why s2svpn_to_site2-1"), CLI_OK);
	assert_true(fake_asked("culvert-why", "rule", "s2svpn_to_site2-1"));
	assert_int_equal(fake_run("show events site2"), CLI_OK);
	fake_has("NOTIFIED PEER_REFUSED: the peer answered with an error: NO_PROPOSAL_CHOSEN\n");
	fake_start(none);
	assert_int_equal(fake_run("why nobody"), CLI_ABSENT);
	fake_says("'culvert show policy' lists");
	fake_stop();
}

/* The fake answers the same to each question: its events come in twice here. */
#define ATTEMPT(at, ike, rest) \
	"a" at " { at-ms = 1000" at "0 kind = IKE_STATE level = I ike-id = " ike \
	" text = \"NEW -> INIT_SENT: we start\" } " \
	"b" at " { at-ms = 1000" at "1 kind = " rest " ike-id = " ike " } "

static void story_is(const char *events, const char *reason,
		     const char *absent)
{
	static struct fake_answer answers[] = {
		RULES, { "culvert-why" }, { 0 }
	};
	char text[2000];

	snprintf(text, sizeof(text), "now-ms = 100500 what = peer name = site2 configured { remote-addrs = 10.255.2.2 } events { %s}",
		 events);
	answers[1].answer = text;
	fake_start(answers);
	assert_int_equal(fake_run("why site2"), CLI_OK);
	fake_has(reason);
	if (absent)
		assert_null(strstr(fake_out(), absent));
	fake_stop();
}

#define KERNEL "KERNEL reason = KERNEL_REFUSED sentence = k"
#define REFUSED \
	"NOTIFIED reason = PEER_REFUSED sentence = p text = AUTHENTICATION_FAILED"

static void test_the_last_attempt_that_is_decided_is_told(void **state)
{
	story_is(ATTEMPT("1", "1", KERNEL) ATTEMPT("2", "2", REFUSED),
		 "to change: both ends: the pre-shared key differs", "KERNEL");
	story_is(ATTEMPT("1", "1", KERNEL) ATTEMPT("2", "2", "SENT"),
		 "(KERNEL_REFUSED)", NULL);
	/* What follows from a cause is none. */
	story_is(ATTEMPT("1", "1", KERNEL)
		 "c { at-ms = 100020 kind = CHILD_STATE reason = PEER_DELETED } ",
		 "(KERNEL_REFUSED)", NULL);
	/* Repetition is no cause when the peer refused. */
	story_is("c { at-ms = 100000 kind = REPEATED reason = NO_ANSWER } "
		 ATTEMPT("1", "1", REFUSED), "(PEER_REFUSED)", NULL);
	story_is("c { at-ms = 100000 kind = REPEATED reason = NO_ANSWER sentence = n } ",
		 "(NO_ANSWER)", NULL);
}

/* What a stranger's message was refused for is told of the peer it names. */
static void test_refusals_before_a_peer_is_known_are_told(void **state)
{
	story_is("1 { at-ms = 5 kind = PROPOSAL_DIFFERS reason = NO_PROPOSAL text = \"site2: ENCR: theirs aes256, ours aes128\" } ",
		 "first difference   ENCR     offered    aes256\n", NULL);
}

static void test_explain_tells_each_step(void **state)
{
	static const struct fake_answer answers[] = {
		SAS, RULES, { "culvert-explain", .answer =
			 "route { device = outside gateway = 10.255.1.1 } "
			 "verdict = protect rule = 33333333b7b04209 "
			 "spi = b89f38c9 wire-length = 152 inner-mtu = 1438" },
		{ 0 }
	};
	static const struct fake_answer clear[] = {
		RULES, { "culvert-explain", .answer =
			 "route { device = outside } verdict = no-rule" },
		{ 0 }
	};
	const struct node *request;

	fake_start(answers);
	assert_int_equal(fake_run("explain 192.168.100.11 172.16.10.21 icmp 8 0"),
			 CLI_OK);
	request = fake_request("culvert-explain");
	assert_string_equal(node_text(request, "protocol"), "1");
	assert_string_equal(node_text(request, "source-port"), "8");
	fake_has("1 route      172.16.10.21 via 10.255.1.1 dev outside");
	fake_has("3 policy     outside_map 1 / s2svpn_to_site2 line 1.2 → protect site2");
	fake_has("not outside_map 1 / s2svpn_to_site2 line 1.1: the source is not in it\n");
	fake_has("2 nat        exempt: the module accepts it before any source NAT");
	fake_has("4 SA         out b89f38c9, sequence number 5, 7h59m left");
	fake_has("5 size       152 octets on the wire");
	fake_has("verdict: ENCRYPT to 10.255.2.2\n");
	fake_has("return: 172.16.10.21 → 192.168.100.11 must come through that tunnel, on SPI ed866a3c; in clear it is dropped\n");
	assert_int_equal(fake_run("packet-tracer input inside tcp 192.168.100.11 1025 172.16.10.21 80"),
			 CLI_OK);
	request = fake_request("culvert-explain");
	assert_string_equal(node_text(request, "destination"), "172.16.10.21");
	assert_string_equal(node_text(request, "destination-port"), "80");
	assert_int_equal(fake_run("explain nowhere 1.2.3.4"), CLI_USAGE);
	assert_int_equal(fake_run("explain 1.2.3.4 1.2.3.4 bogus"), CLI_USAGE);
	assert_int_equal(fake_run("explain 1.2.3.4 1.2.3.4 tcp 70000"),
			 CLI_USAGE);
	fake_start(clear);
	assert_int_equal(fake_run("explain 192.168.100.11 8.8.8.8"), CLI_OK);
	fake_has("2 nat        not looked at: rules of nftables may translate it");
	fake_has("verdict: let it pass in CLEAR: no rule covers it\n");
	fake_stop();
}

static void test_counters_events_and_metrics(void **state)
{
	static const struct fake_answer answers[] = {
		SAS, RULES,
		{ "culvert-counters", .answer =
		  "counters { in-icv = 3 in-replay = 0 } engine { acquires = 7 } kernel { module = 0.1.0 }" },
		{ 0 }
	};

	fake_start(answers);
	assert_int_equal(fake_run("show counters"), CLI_OK);
	fake_has("packets  in-icv    ");
	assert_null(strstr(fake_out(), "in-replay"));
	assert_int_equal(fake_run("show counters all"), CLI_OK);
	fake_has("in-replay");
	assert_int_equal(fake_run("show counters --json"), CLI_OK);
	fake_has("\"counters\":{\"in-icv\":3,\"in-replay\":0}");
	assert_int_equal(fake_run("metrics"), CLI_OK);
	fake_has("# TYPE culvert_policy_packets_total counter\n");
	fake_has("culvert_policy_packets_total{policy=\"outside_map\",rule=\"s2svpn_to_site2:1.2\",id=\"33333333b7b04209\",peer=\"site2\"} 8\n");
	fake_has("culvert_kernel_events_total{event=\"in-icv\"} 3\n");
	fake_has("culvert_ike_sas{state=\"established\"} 1\n");
	assert_int_equal(fake_run("metrics --openmetrics"), CLI_OK);
	fake_has("# TYPE culvert_policy_packets counter\n");
	fake_has("# EOF\n");
	assert_int_equal(fake_run("top --count 1"), CLI_OK);
	fake_has("s2svpn_to_site2-2");
	fake_stop();
}

/* RFC 8259, read strictly: what is behind a value, or NULL. */
static const char *json_end(const char *at);

static const char *json_string_end(const char *at)
{
	if (*at++ != '"')
		return NULL;
	for (; *at != '"'; at++) {
		if ((unsigned char)*at < 0x20)
			return NULL;
		if (*at != '\\')
			continue;
		at++;
		if (*at == 'u' && strspn(at + 1, "0123456789abcdef") >= 4)
			at += 4;
		else if (!*at || !strchr("\"\\/bfnrt", *at))
			return NULL;
	}
	return at + 1;
}

static const char *json_all(const char *at, char close)
{
	at++;
	if (*at == close)
		return at + 1;
	for (;; at++) {
		if (close == '}')
			at = json_string_end(at);
		if (close == '}' && (!at || *at++ != ':'))
			return NULL;
		at = json_end(at);
		if (!at || *at == close)
			return at ? at + 1 : NULL;
		if (*at != ',')
			return NULL;
	}
}

static const char *json_end(const char *at)
{
	static const char *const words[] = { "true", "false", "null" };
	size_t n = strspn(at, "0123456789");

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (!strncmp(at, words[i], strlen(words[i])))
			return at + strlen(words[i]);
	}
	if (*at == '{' || *at == '[')
		return json_all(at, *at == '{' ? '}' : ']');
	if (!n)
		return json_string_end(at);
	return *at != '0' || n == 1 ? at + n : NULL;
}

/* The whole text is lines of JSON objects; the last, behind notes, is of a type. */
static void json_is(const char *type)
{
	static const char schema[] = "{\"schema\":1,\"type\":\"";
	const char *at = fake_out(), *last = "";

	while (*at) {
		last = at;
		at = json_end(at);
		if (strncmp(last, schema, strlen(schema)) || !at || *at != '\n')
			fail_msg("%s: not as docs/json.md says: %s", type, last);
		at++;
	}
	if (!*last || strncmp(last + strlen(schema), type, strlen(type)))
		fail_msg("not %s: %s%s", type, last, fake_err());
}

static void test_every_json_is_json(void **state)
{
	static const struct fake_answer answers[] = {
		SAS, RULES,
		{ "culvert-why", .answer = WHY_HEAD OLD DIFFERS "}" },
		{ "culvert-explain", .answer =
		  "route { device = outside } verdict = no-rule" },
		{ "culvert-counters", .answer = "counters { in-icv = 3 }" },
		{ "culvert-config", "culvert-config", "a { lines [ \"a \\ b\" ] }",
		  "path = /nonexistent", .bare = true },
		{ "culvert-config-apply", .answer = "success = yes" },
		{ "culvert-config-confirm", .answer = "success = yes" },
		{ "initiate", .answer = "success = yes" },
		{ "terminate", .answer = "success = yes" },
		{ "rekey", .answer = "success = yes" },
		{ "reset-counters", .answer = "success = yes" },
		{ "version", .answer = "version = 0.1.0" },
		{ 0 }
	};
	static const struct {
		const char *line;
		const char *type;
	} cases[] = {
		{ "show ike", "ike-sa" }, { "show ipsec", "child-sa" },
		{ "show policy", "rule" }, { "show access-list", "rule" },
		{ "show config", "config" }, { "show counters", "counters" },
		{ "show events site2", "event" }, { "why site2", "why" },
		{ "explain 1.2.3.4 4.3.2.1", "explain" },
		{ "top --count 1", "ike-sa" }, { "up site2", "up" },
		{ "down site2", "down" }, { "rekey site2", "rekey" },
		{ "wait site2", "wait" }, { "clear counters", "clear" },
		{ "clear sa", "clear" }, { "config check %s", "check" },
		{ "config apply", "config" }, { "config confirm", "config" },
		{ "config rollback", "config" }, { "doctor", "doctor" },
		{ "version", "version" }, { "metrics", "metric" },
		{ "config diff %s", "change" },
		{ "config import %s --from asa", "import" },
	};
	char path[] = "/tmp/culvert-json.XXXXXX", line[200];
	int fd = mkstemp(path);

	assert_int_equal(write(fd, "! \"\\\n", 5), 5);
	close(fd);
	fake_start(answers);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *name = strstr(cases[i].line, "%s");
		int n = name ? name - cases[i].line : 100;

		snprintf(line, sizeof(line), "%.*s%s%s --json", n,
			 cases[i].line, name ? path : "", name ? name + 2 : "");
		fake_run(line);
		json_is(cases[i].type);
	}
	unlink(path);
	fake_stop();
}

static void test_events_are_told_as_they_happen(void **state)
{
	static const struct fake_answer answers[] = {
		{ "version" }, { "", "culvert-event",
		  "a { now-ms = 9000 at-ms = 8000 kind = SENT level = I peer = site2 ike-id = 3 child-id = 4 text = \"IKE_AUTH request\" } "
		  "b { now-ms = 9000 at-ms = 8000 kind = SENT level = I peer = site3 } "
		  "c { now-ms = 9000 at-ms = 8500 kind = FAILED level = W peer = site2 reason = NO_ANSWER sentence = \"the peer does not answer\" lost = 7 } ",
		  .bare = true }, { 0 }
	};

	fake_start(answers);
	assert_int_equal(fake_run("monitor site2 --count 2"), CLI_OK);
	fake_has(" site2 #3/4 SENT: IKE_AUTH request\n");
	fake_has("site2 FAILED NO_ANSWER: the peer does not answer\n");
	fake_has("(7 events before this one were lost: this client was slow)\n");
	assert_null(strstr(fake_out(), "site3"));
	assert_int_equal(fake_run("monitor --count 3 --json"), CLI_OK);
	json_is("event");
	fake_has("\"ike-id\":3,\"child-id\":4,");
	assert_int_equal(fake_run("monitor --count 4 --timeout 50ms"),
			 CLI_TIMEOUT);
	fake_says("no event came in time");
	assert_int_equal(fake_run("monitor --count 0"), CLI_USAGE);
	fake_stop();
}

static void test_show_config_and_confirm(void **state)
{
	static const struct fake_answer answers[] = {
		{ "culvert-config", "culvert-config",
		  "a { lines [ \"peer p {\" \"}\" ] } b { lines [ \"rule x\" ] }",
		  .bare = true },
		{ "culvert-config-confirm", .answer = "success = yes warning = \"mend it\"" },
		{ 0 }
	};

	fake_start(answers);
	assert_int_equal(fake_run("show config"), CLI_OK);
	assert_string_equal(fake_out(), "peer p {\n}\nrule x\n");
	assert_int_equal(fake_run("config confirm"), CLI_OK);
	assert_false(node_has(fake_request("culvert-config-confirm"),
			      "rollback"));
	fake_has("confirmed\n");
	assert_int_equal(fake_run("config rollback"), CLI_OK);
	fake_says("warning: mend it\n");
	fake_stop();
}

static void test_version_as_json(void **state)
{
	static const struct fake_answer answers[] = {
		{ "version", .answer = "version = 9.9" }, { 0 }
	};

	fake_start(answers);
	assert_int_equal(fake_run("version --json"), CLI_OK);
	fake_has("\"command\":\"" CULVERT_VERSION "\",\"daemon\":\"9.9\",\"module\":\"");
	fake_stop();
	assert_int_equal(fake_run("version --json --socket /nonexistent/x"),
			 CLI_OK);
	assert_null(strstr(fake_out(), "daemon"));
}

static void test_doctor_tells_what_is_in_the_way(void **state)
{
	char path[] = "/tmp/culvert-doctor.XXXXXX", answer[100];
	struct fake_answer answers[] = {
		{ "version", .answer = "version = 9.9" },
		{ "culvert-config", "culvert-config", "a { lines [ x ] }",
		  answer, .bare = true }, RULES, { 0 }
	};
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	close(fd);
	snprintf(answer, sizeof(answer), "path = %s", path);
	fake_start(answers);
	assert_int_equal(fake_run("doctor"), CLI_FAILED);
	fake_has("look  daemon        the daemon answers, 9.9\n");
	fake_has("systemctl restart culvertd");
	fake_has("look  configuration ");
	fake_has("0 errors, 1 warnings: no crypto map has a line");
	fake_has("BAD   tunnels       1 of 2 protect rules failed: s2svpn_to_site2-2: DH: theirs modp2048, ours x25519\n");
	fake_has("ok    tracking ");
	assert_int_equal(fake_run("doctor --json"), CLI_FAILED);
	fake_has("\"name\":\"tunnels\",\"finding\":\"BAD\"");
	unlink(path);
	fake_stop();
	/* Without a daemon it looks at the machine all the same. */
	assert_int_equal(fake_run("doctor --socket /nonexistent/x"),
			 CLI_FAILED);
	fake_has("BAD   daemon        /nonexistent/x: No such file");
	fake_has("look  tunnels       the daemon does not tell its rules\n");
}

static void test_completion_knows_words_names_and_options(void **state)
{
	static const struct fake_answer answers[] = { RULES, { 0 } };

	fake_start(answers);
	assert_int_equal(fake_run("__complete sh"), CLI_OK);
	assert_string_equal(fake_out(), "show\n");
	fake_run("__complete show i");
	assert_string_equal(fake_out(), "ike\nipsec\n");
	fake_run("__complete show crypto ''");
	assert_string_equal(fake_out(), "isakmp\nikev2\nipsec\n");
	fake_run("__complete up ''");
	assert_string_equal(fake_out(), "site2\ns2svpn_to_site2-1\ns2svpn_to_site2-2\n");
	fake_run("__complete show access-list s2");
	assert_string_equal(fake_out(), "s2svpn_to_site2\n");
	fake_run("__complete wait site2 --s");
	assert_string_equal(fake_out(), "--socket\n--state\n");
	fake_run("__complete wait site2 --state ''");
	assert_string_equal(fake_out(), "ready\ndown\n");
	fake_run("__complete up site2 ''");
	assert_string_equal(fake_out(), "");
	fake_stop();
	/* Without a daemon there are no names, and no noise. */
	assert_int_equal(fake_run("__complete up ''"), CLI_OK);
	assert_string_equal(fake_out(), "");
	assert_string_equal(fake_err(), "");
}

static void test_what_cannot_be_done_is_said(void **state)
{
	static const struct fake_answer answers[] = { { 0 } };

	fake_start(answers);
	assert_int_equal(fake_run("show ike"), CLI_FAILED);
	fake_says("does not know 'list-sas': it is of another version");
	assert_int_equal(fake_run("show bogus"), CLI_USAGE);
	fake_says("unknown word 'bogus', expected one of: ike ipsec");
	assert_int_equal(fake_run("up site2 --frob"), CLI_USAGE);
	fake_says("'up' has no option --frob");
	assert_int_equal(fake_run("up --asa site2"), CLI_USAGE);
	assert_int_equal(fake_run("--socket"), CLI_USAGE);
	fake_stop();
	assert_int_equal(fake_run("show ike --socket /nonexistent/x"),
			 CLI_FAILED);
	fake_says("/nonexistent/x: No such file or directory: the daemon does not run here");
	assert_int_equal(fake_run("version --socket /nonexistent/x"), CLI_OK);
	fake_has("daemon  does not run\n");
}

/* What no daemon of ours sends. */
static void hostile(const char *octets, size_t len, const char *said)
{
	const struct fake_answer answers[] = {
		{ "list-sas",
		  .raw = { (const uint8_t *)octets, len } }, { 0 }
	};

	fake_start(answers);
	assert_int_equal(fake_run("show ike"), CLI_FAILED);
	fake_says(said);
	fake_stop();
}

#define HOSTILE(octets, said) hostile(octets, sizeof(octets) - 1, said)

static void test_a_hostile_daemon_is_refused(void **state)
{
	HOSTILE("\xff\xff\xff\xff", "no packet is so long");
	HOSTILE("\0\0\0\0", "does not speak vici");
	HOSTILE("\0\0\0\1\x09", "does not speak vici");
	/* A response whose section never ends, a value past the end. */
	HOSTILE("\0\0\0\4\1\1\1a", "does not speak vici");
	HOSTILE("\0\0\0\6\1\3\1k\xff\xff", "does not speak vici");
	/* A confirmation, a request: nothing that answers. */
	HOSTILE("\0\0\0\1\5", "what was not asked");
	HOSTILE("\0\0\0\3\0\1x", "a packet of type 0");
	/* An event whose one section is a value. */
	HOSTILE("\0\0\0\x0f\7\7list-sa\3\1k\0\1v\0\0\0\1\5",
		"what was not asked");
}

/* Keys that are missing or of another kind are nothing, not a fault. */
static void test_messages_of_odd_shapes_are_printed(void **state)
{
	static const struct fake_answer answers[] = {
		{ "list-sas", "list-sa",
		  "p { child-sas = x } q { child-sas { a { local-ts = y in [ z ] } } } r { } s [ a ]" },
		{ "culvert-policy", "culvert-rule",
		  "a { action = protect } b { }", .bare = true },
		{ "culvert-why", .answer = "events { 0 { } }" },
		{ "culvert-counters", .answer = "counters = 5" },
		{ "culvert-explain", .answer = "" },
		{ 0 }
	};
	static const char *const lines[] = {
		"show ike", "show ike --json", "show ipsec",
		"show crypto isakmp sa", "show crypto ikev2 sa detail",
		"show crypto ipsec sa", "show policy", "show access-list",
		"show run crypto map", "why x", "show events", "metrics",
		"show counters", "top --count 1", "explain 1.2.3.4 4.3.2.1",
	};

	fake_start(answers);
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		assert_int_equal(fake_run(lines[i]), CLI_OK);
	fake_stop();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_show_ike_has_a_row_and_its_children),
		cmocka_unit_test(test_a_peer_without_sas_is_dormant_and_a_stranger_absent),
		cmocka_unit_test(test_show_ipsec_tells_windows_and_drops),
		cmocka_unit_test(test_show_policy_tells_the_status_and_why),
		cmocka_unit_test(test_up_asks_for_each_child_of_a_peer),
		cmocka_unit_test(test_down_and_rekey_need_something_that_is_up),
		cmocka_unit_test(test_wait_ends_in_time),
		cmocka_unit_test(test_clear_closes_by_number),
		cmocka_unit_test(test_why_tells_a_story_and_what_to_change),
		cmocka_unit_test(test_the_last_attempt_that_is_decided_is_told),
		cmocka_unit_test(test_refusals_before_a_peer_is_known_are_told),
		cmocka_unit_test(test_explain_tells_each_step),
		cmocka_unit_test(test_counters_events_and_metrics),
		cmocka_unit_test(test_every_json_is_json),
		cmocka_unit_test(test_events_are_told_as_they_happen),
		cmocka_unit_test(test_show_config_and_confirm),
		cmocka_unit_test(test_doctor_tells_what_is_in_the_way),
		cmocka_unit_test(test_version_as_json),
		cmocka_unit_test(test_completion_knows_words_names_and_options),
		cmocka_unit_test(test_what_cannot_be_done_is_said),
		cmocka_unit_test(test_a_hostile_daemon_is_refused),
		cmocka_unit_test(test_messages_of_odd_shapes_are_printed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
