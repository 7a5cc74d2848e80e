// SPDX-License-Identifier: GPL-2.0-only
/* The control socket at work: what each command answers, what events say, and
 * clients that send what is no packet, too much, or do not read (C10, C11 of the
 * families of bad input).
 */
#include <errno.h>
#include <grp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "gateway.h"
#include "rig.h"

static struct rig_answer answer;

/* In the answer; in the last event. */
static const char *said(const char *path)
{
	return rig_value(answer.reply, answer.reply_len, path);
}

static const char *told(const char *path)
{
	return rig_value(answer.event, answer.event_len, path);
}

static void says(const char *path, const char *value)
{
	const char *got = said(path);

	assert_non_null(got);
	assert_string_equal(got, value);
}

static void says_with(const char *path, const char *part)
{
	const char *got = said(path);

	if (!got || !strstr(got, part))
		fail_msg("'%s' is not in %s: %s", part, path, got ?: "nothing");
}

static void tells(const char *path, const char *value)
{
	const char *got = told(path);

	assert_non_null(got);
	assert_string_equal(got, value);
}

static struct rig_client *up(void)
{
	struct rig_client *client = rig_connect();

	rig_ask(client, &answer, "initiate", "child", "acl-1", NULL);
	says("success", "yes");
	return client;
}

/* --- what is answered --- */

static void test_list_sas_has_what_the_engine_and_the_kernel_know(void **state)
{
	struct rig_client *client = up();

	rig_traffic(5);
	rig_listen(client, "list-sa");
	rig_ask(client, &answer, "list-sas", NULL);
	assert_int_equal(answer.events, 1);
	tells("site2/uniqueid", "1");
	tells("site2/session", "1");
	tells("site2/state", "ESTABLISHED");
	tells("site2/ike-state", "ESTABLISHED");
	tells("site2/initiator", "yes");
	tells("site2/prf-alg", "PRF_HMAC_SHA2_256");
	tells("site2/dh-group", "MODP_2048");
	tells("site2/child-sas/acl-1-2/state", "INSTALLED");
	tells("site2/child-sas/acl-1-2/bytes-in", "640");
	tells("site2/child-sas/acl-1-2/use-in", "3");
	tells("site2/child-sas/acl-1-2/rekey-time", "2993");
	tells("site2/child-sas/acl-1-2/map", "outside");
	tells("site2/child-sas/acl-1-2/acl", "acl");
	tells("site2/child-sas/acl-1-2/in/overhead-before", "44");
	tells("site2/child-sas/acl-1-2/in/drops/in-icv", "2");
	/* Trap 1: what swanctl waits for comes when all its keys are there. */
	assert_non_null(told("site2/next-request"));
	rig_disconnect(client);
}

static void test_c11_list_sas_without_a_module_has_no_figures(void **state)
{
	struct rig_client *client = up();

	rig.gone = true;
	rig_listen(client, "list-sa");
	rig_ask(client, &answer, "list-sas", NULL);
	tells("site2/child-sas/acl-1-2/state", "INSTALLED");
	assert_null(told("site2/child-sas/acl-1-2/bytes-in"));
	assert_null(told("site2/child-sas/acl-1-2/in/packets"));
	rig_disconnect(client);
}

static void test_list_sas_by_name_and_number(void **state)
{
	static const struct {
		const char *key;
		const char *value;
		unsigned int events;
	} cases[] = {
		{ "ike", "site2", 1 },	  { "ike", "site3", 0 },
		{ "child", "acl-1", 1 },  { "child", "acl-2", 0 },
		{ "ike-id", "1", 1 },	  { "ike-id", "2", 0 },
		{ "child-id", "2", 1 },	  { "child-id", "1", 0 },
	};
	struct rig_client *client = up();
	size_t i;

	rig_listen(client, "list-sa");
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		rig_ask(client, &answer, "list-sas", cases[i].key,
			cases[i].value, NULL);
		assert_int_equal(answer.events, cases[i].events);
	}
	rig_ask(client, &answer, "list-sas", "ike-id", "0x1", NULL);
	says("success", "no");
	rig_disconnect(client);
}

static void test_policy_tells_the_state_of_a_rule(void **state)
{
	struct rig_client *client = rig_connect();

	rig_listen(client, "culvert-rule");
	rig_ask(client, &answer, "culvert-policy", "acl", "acl", NULL);
	assert_int_equal(answer.events, 2);
	tells("status", "dormant");
	tells("remote", "172.16.10.0/24");
	tells("packets", "11");
	tells("flows", "11");
	rig_ask(client, &answer, "initiate", "child", "acl-2", NULL);
	rig_ask(client, &answer, "culvert-policy", "peer", "site2", NULL);
	tells("child", "acl-2");
	tells("status", "up");
	/* What the operator closed is not needed: that is no failure. */
	rig_ask(client, &answer, "terminate", "ike", "site2", NULL);
	says("success", "yes");
	rig_ask(client, &answer, "culvert-policy", "peer", "site2", NULL);
	tells("status", "dormant");
	rig_disconnect(client);
}

/* The configuration with something else in one place. */
static void apply_with(struct rig_client *client, const char *was,
		       const char *is)
{
	const char *at = strstr(rig_conf, was);
	char text[4096];

	assert_non_null(at);
	snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - rig_conf), rig_conf,
		 is, at + strlen(was));
	rig_write_conf(text);
	rig_ask(client, &answer, "culvert-config-apply", NULL);
	says("success", "yes");
}

static void test_wrong_secret_fails_with_its_reason(void **state)
{
	struct rig_client *client = rig_connect();

	apply_with(client, "correct", "changed");
	rig_ask(client, &answer, "initiate", "child", "acl-1", NULL);
	says("success", "no");
	says_with("errmsg", "AUTHENTICATION_FAILED");
	rig_listen(client, "culvert-rule");
	rig_ask(client, &answer, "culvert-policy", "peer", "site2", NULL);
	tells("status", "failed");
	tells("reason", "PEER_REFUSED");
	tells("text", "AUTHENTICATION_FAILED");
	assert_non_null(told("since-ms"));
	rig_ask(client, &answer, "culvert-why", "peer", "site2", NULL);
	says("what", "peer");
	says("configured/proposals", "aes256-sha256-prfsha256-modp2048");
	assert_non_null(said("events/0/kind"));
	says("success", "yes");
	rig_disconnect(client);
}

/* The status of the last rule, which is acl-2's. */
static void status_is(struct rig_client *client, const char *status,
		      const char *reason, const char *text)
{
	rig_listen(client, "culvert-rule");
	rig_ask(client, &answer, "culvert-policy", "acl", "acl", NULL);
	tells("status", status);
	if (reason)
		tells("reason", reason);
	else
		assert_null(told("reason"));
	if (!text)
		assert_null(told("text"));
	else if (!told("text") || !strstr(told("text"), text))
		fail_msg("'%s' is not told: %s", text, told("text") ?: "nothing");
}

static void test_status_while_it_is_negotiated(void **state)
{
	struct rig_client *client = rig_connect();

	rig.deaf = true;
	rig_ask(client, &answer, "initiate", "child", "acl-2", "timeout", "-1",
		NULL);
	status_is(client, "negotiating", NULL, NULL);
	rig_disconnect(client);
}

static bool is_repeated(void *arg)
{
	rig_ask(arg, &answer, "culvert-policy", "peer", "site2", NULL);
	return told("status") && !strcmp(told("status"), "degraded");
}

static void test_status_of_a_peer_that_ceases_to_answer(void **state)
{
	struct rig_client *client = rig_connect();

	rig_ask(client, &answer, "initiate", "child", "acl-2", NULL);
	status_is(client, "up", NULL, NULL);
	rig.deaf = true;
	rig_ask(client, &answer, "rekey", "child", "acl-2", NULL);
	assert_true(rig_until(is_repeated, client));
	status_is(client, "degraded", "NO_ANSWER", "is being repeated");
	rig_disconnect(client);
}

/* Also a tunnel that carried packets both ways before. */
static void test_status_of_a_tunnel_that_goes_one_way(void **state)
{
	struct rig_client *client = rig_connect();

	rig_ask(client, &answer, "initiate", "child", "acl-2", NULL);
	rig_traffic(4);
	rig.quiet_out = 100;
	rig.quiet_in = 10000;
	status_is(client, "up", NULL, NULL);
	rig_traffic(1);
	status_is(client, "degraded", NULL, "none comes back");
	assert_in_range(strtoul(told("since-ms"), NULL, 10), 10000, 19999);
	rig.quiet_in = 9999;
	status_is(client, "up", NULL, NULL);
	/* Neither way is no fault: nobody asks. */
	rig.quiet_in = rig.quiet_out = 20000;
	status_is(client, "up", NULL, NULL);
	rig_disconnect(client);
}

static void test_status_without_a_way_to_the_peer(void **state)
{
	struct rig_client *client = rig_connect();

	apply_with(client, "local_addrs = 127.0.0.1\n    remote_addrs = 127.0.0.2",
		   "local_id = a.b\n    remote_addrs = 192.0.2.9");
	status_is(client, "dormant", NULL, NULL);
	rig_ask(client, &answer, "initiate", "child", "acl-2", NULL);
	says("success", "no");
	assert_null(said("refusal"));
	status_is(client, "failed", "NO_ROUTE", NULL);
	rig_disconnect(client);
}

static bool is_refused(void *arg)
{
	rig_ask(arg, &answer, "culvert-policy", "peer", "site2", NULL);
	return told("status") && strcmp(told("status"), "dormant");
}

/* It never had a Child SA: only the IKE SA failed. */
static void test_status_when_the_peer_is_refused(void **state)
{
	struct rig_client *client = rig_connect();

	apply_with(client, "correct", "changed");
	status_is(client, "dormant", NULL, NULL);
	rig_peer_initiates();
	assert_true(rig_until(is_refused, client));
	status_is(client, "failed", "AUTH_WRONG", "AUTHENTICATION_FAILED");
	/* That was then. */
	apply_with(client, "correct", "correct");
	rig_ask(client, &answer, "initiate", "child", "acl-2", NULL);
	says("success", "yes");
	rig_ask(client, &answer, "terminate", "ike", "site2", NULL);
	status_is(client, "dormant", NULL, NULL);
	rig_disconnect(client);
}

static void test_status_of_what_nothing_catches(void **state)
{
	struct rig_client *client = rig_connect();

	rig_ask(client, &answer, "initiate", "child", "acl-2", NULL);
	rig.bare = true;
	status_is(client, "failed", NULL, "the kernel does not have this rule");
	rig.gone = true;
	status_is(client, "failed", NULL, "module culvert is not loaded");
	rig.gone = rig.bare = false;
	status_is(client, "up", NULL, NULL);
	apply_with(client, "interface lo", "interface nothere0");
	says("warnings", "1");
	status_is(client, "failed", NULL, "no such interface");
	apply_with(client, "local_addrs = 127.0.0.1", "local_addrs = 192.0.2.1");
	status_is(client, "failed", NULL, "local_addrs");
	rig_disconnect(client);
}

static void test_why_of_what_is_not_there(void **state)
{
	struct rig_client *client = rig_connect();

	rig_ask(client, &answer, "culvert-why", "peer", "nobody", NULL);
	says("success", "no");
	says("refusal", "absent");
	rig_ask(client, &answer, "culvert-why", "rule", "acl-9", NULL);
	says("success", "no");
	says("refusal", "absent");
	rig_ask(client, &answer, "culvert-why", "rule", "acl-1", NULL);
	says("what", "rule");
	says("name", "acl-1");
	rig_ask(client, &answer, "culvert-why", NULL);
	says("what", "nobody");
	rig_disconnect(client);
}

static void test_explain_asks_the_kernel(void **state)
{
	struct rig_client *client = rig_connect();

	rig_ask(client, &answer, "culvert-explain", "source", "127.0.0.1",
		"destination", "127.0.0.9", NULL);
	says("success", "yes");
	says("route/device", "lo");
	says("verdict", "hold");
	says("return-verdict", "hold");
	says("wire-length", "156");
	rig_ask(client, &answer, "culvert-explain", "source", "127.0.0.1",
		"destination", "::1", NULL);
	says("success", "no");
	rig_ask(client, &answer, "culvert-explain", "source", "127.0.0.1",
		"destination", "127.0.0.9", "protocol", "256", NULL);
	says_with("errmsg", "up to 255");
	rig_disconnect(client);
}

/* Where policy routing sends packets from there, and no others. */
static void test_explain_routes_by_the_source(void **state)
{
	struct rig_client *client = rig_connect();

	if (system("ip rule add from 127.0.0.1 lookup 100 && "
		   "ip route add 10.9.0.0/16 dev lo table 100"))
		skip();
	rig_ask(client, &answer, "culvert-explain", "source", "127.0.0.1",
		"destination", "10.9.0.1", NULL);
	says("route/device", "lo");
	rig_ask(client, &answer, "culvert-explain", "source", "127.0.0.2",
		"destination", "10.9.0.1", NULL);
	assert_null(said("route/device"));
	assert_non_null(said("route/error"));
	rig_disconnect(client);
}

static void test_counters_count_from_the_reset(void **state)
{
	struct rig_client *client = up();

	rig_ask(client, &answer, "culvert-counters", NULL);
	says("counters/in-icv", "7");
	says("engine/ike-auth-out-req", "1");
	says("kernel/rules", "2");
	rig_ask(client, &answer, "reset-counters", "culvert", "yes", NULL);
	says("success", "yes");
	rig_ask(client, &answer, "culvert-counters", NULL);
	says("counters/in-icv", "0");
	says("engine/ike-auth-out-req", "0");
	rig_disconnect(client);
}

static void hits_are(struct rig_client *client, const char *hits)
{
	rig_ask(client, &answer, "culvert-policy", "acl", "acl", NULL);
	tells("packets", hits);
	tells("flows", hits);
}

static void test_rules_count_from_the_reset(void **state)
{
	struct rig_client *client = rig_connect();

	rig_listen(client, "culvert-rule");
	hits_are(client, "11");
	rig_ask(client, &answer, "reset-counters", "culvert", "yes", NULL);
	hits_are(client, "0");
	rig.hits = 3;
	hits_are(client, "3");
	/* The module was loaded again, and counts from 0 itself. */
	rig.hits = -5;
	hits_are(client, "6");
	rig.hits = 3;
	hits_are(client, "14");
	rig_disconnect(client);
}

/* --- what happens --- */

static void test_terminate_by_number_and_rekey(void **state)
{
	struct rig_client *client = up();

	rig_ask(client, &answer, "rekey", "child-id", "2", NULL);
	says("success", "yes");
	says("matches", "1");
	rig_ask(client, &answer, "terminate", "ike-id", "1", NULL);
	says("success", "yes");
	says("terminated", "1");
	rig_ask(client, &answer, "terminate", "ike-id", "1", NULL);
	says("success", "no");
	says("refusal", "absent");
	says("matches", "0");
	rig_ask(client, &answer, "terminate", NULL);
	says("success", "no");
	rig_disconnect(client);
}

static void test_initiate_does_not_wait_when_told_so(void **state)
{
	struct rig_client *client = rig_connect();

	rig.deaf = true;
	rig_ask(client, &answer, "initiate", "child", "acl-1", "timeout", "-1",
		NULL);
	says("success", "yes");
	rig_ask(client, &answer, "initiate", "ike", "site2", "timeout", "100",
		NULL);
	says("success", "no");
	says("refusal", "late");
	rig_ask(client, &answer, "initiate", "ike", "site3", NULL);
	says("refusal", "absent");
	rig_ask(client, &answer, "initiate", "child", "acl-1", "timeout", "1x",
		NULL);
	says("success", "no");
	rig_disconnect(client);
}

/* A daemon that waits for one client answers the others. */
static void test_one_that_waits_holds_up_nobody(void **state)
{
	struct rig_client *waits = rig_connect(), *asks = rig_connect();
	struct vici_writer v;

	rig.deaf = true;
	vici_begin(&v, VICI_CMD_REQUEST, "initiate");
	vici_put(&v, "child", "acl-1");
	rig_request(waits, &v);
	rig_ask(asks, &answer, "version", NULL);
	says("daemon", "culvertd");
	/* It goes while it waits. */
	rig_disconnect(waits);
	rig_turn();
	rig_ask(asks, &answer, "version", NULL);
	rig_disconnect(asks);
}

static void next_event(struct rig_client *client, const char *name)
{
	assert_true(rig_read(client));
	assert_int_equal(client->packet.type, VICI_EVENT);
	assert_string_equal(client->packet.name, name);
	answer.event_len = client->packet.message.len;
	memcpy(answer.event, client->packet.message.data, answer.event_len);
}

static void test_events_tell_what_came_was_replaced_and_went(void **state)
{
	static const char *const events[] = { "ike-updown", "child-updown",
					      "ike-rekey", "child-rekey" };
	struct rig_client *hears = rig_connect(), *client;
	struct ike_bytes in_event;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(events); i++)
		rig_listen(hears, events[i]);
	client = up();
	next_event(hears, "ike-updown");
	tells("up", "yes");
	tells("site2/uniqueid", "1");
	/* Trap 1: clients print an IKE SA when they meet its section. */
	in_event = (struct ike_bytes){ answer.event, answer.event_len };
	assert_true(vici_find(in_event, VICI_SECTION_START, "site2",
			      &in_event));
	assert_true(vici_find(in_event, VICI_SECTION_START, "child-sas",
			      &in_event));
	next_event(hears, "child-updown");
	tells("site2/child-sas/acl-1-2/name", "acl-1");
	rig_ask(client, &answer, "rekey", "child", "acl-1", NULL);
	next_event(hears, "child-rekey");
	tells("site2/child-sas/acl-1/old/uniqueid", "2");
	tells("site2/child-sas/acl-1/new/uniqueid", "3");
	rig_ask(client, &answer, "rekey", "ike", "site2", NULL);
	next_event(hears, "ike-rekey");
	tells("site2/old/uniqueid", "1");
	tells("site2/new/uniqueid", "4");
	tells("site2/new/session", "1");
	rig_ask(client, &answer, "terminate", "ike", "site2", NULL);
	next_event(hears, "child-updown");
	assert_null(told("up"));
	next_event(hears, "ike-updown");
	assert_null(told("up"));
	tells("site2/uniqueid", "4");
	rig_disconnect(client);
	rig_disconnect(hears);
}

/* --- the configuration --- */

static void test_config_is_shown_checked_applied_and_taken_back(void **state)
{
	struct rig_client *client = up();

	setenv("CREDENTIALS_DIRECTORY", "/run/credentials/culvertd.service", 1);
	rig_listen(client, "culvert-config");
	rig_ask(client, &answer, "culvert-config", NULL);
	says("path", rig.conf);
	says("credentials", "/run/credentials/culvertd.service");
	assert_int_equal(answer.events, 1);
	rig_write_conf("peer site2 { loacl_addrs = 127.0.0.1 }\n");
	rig_ask(client, &answer, "culvert-config-check", NULL);
	says("success", "no");
	assert_string_not_equal(said("errors"), "0");
	rig_ask(client, &answer, "culvert-config-apply", NULL);
	says("success", "no");
	assert_int_equal(rig_sas(), 2);

	rig_write_conf("");
	rig_ask(client, &answer, "culvert-config-apply", "confirm", "0", NULL);
	says("success", "no");
	rig_ask(client, &answer, "culvert-config-apply", "confirm", "60", NULL);
	says("success", "yes");
	rig_ask(client, &answer, "get-conns", NULL);
	rig_ask(client, &answer, "initiate", "child", "acl-1", NULL);
	says("success", "no");
	rig_ask(client, &answer, "culvert-config-apply", NULL);
	says("success", "no");
	rig_ask(client, &answer, "culvert-config-confirm", "rollback", "yes",
		NULL);
	says("success", "yes");
	rig_ask(client, &answer, "initiate", "child", "acl-1", NULL);
	says("success", "yes");
	rig_ask(client, &answer, "culvert-config-confirm", NULL);
	says("success", "no");
	rig_disconnect(client);
}

static bool is_back(void *arg)
{
	struct rig_client *client = arg;

	rig_ask(client, &answer, "initiate", "child", "acl-1", NULL);
	return !strcmp(said("success"), "yes");
}

static void test_config_comes_back_when_nobody_confirms(void **state)
{
	struct rig_client *client = rig_connect();

	rig_write_conf("");
	rig_ask(client, &answer, "culvert-config-apply", "confirm", "1", NULL);
	says("success", "yes");
	rig_ask(client, &answer, "initiate", "child", "acl-1", NULL);
	says("success", "no");
	assert_true(rig_until(is_back, client));
	rig_disconnect(client);
}

/* The kernel was busy when the time was over. */
static void test_config_comes_back_though_not_at_once(void **state)
{
	struct rig_client *client = rig_connect();

	rig_write_conf("");
	rig_ask(client, &answer, "culvert-config-apply", "confirm", "1", NULL);
	says("success", "yes");
	rig.refuses = -EAGAIN;
	assert_true(rig_until(is_back, client));
	assert_int_equal(rig.refuses, 0);
	rig_disconnect(client);
}

/* A third one would be lost when the first comes back. */
static void test_nothing_is_read_while_one_waits_to_be_confirmed(void **state)
{
	struct rig_client *client = rig_connect();

	rig_write_conf("");
	rig_ask(client, &answer, "culvert-config-apply", "confirm", "60", NULL);
	says("success", "yes");
	rig_write_conf(rig_conf);
	assert_int_equal(gateway_reload(rig.gateway), -EBUSY);
	rig_ask(client, &answer, "culvert-config-confirm", NULL);
	says("success", "yes");
	assert_int_equal(gateway_reload(rig.gateway), 0);
	rig_disconnect(client);
}

static void test_the_file_of_what_was_taken_back_is_warned_about(void **state)
{
	struct rig_client *client = rig_connect();

	rig_write_conf("");
	rig_ask(client, &answer, "culvert-config-apply", "confirm", "60", NULL);
	rig_ask(client, &answer, "culvert-config-confirm", "rollback", "yes",
		NULL);
	says("success", "yes");
	says_with("warning", rig.conf);
	rig_disconnect(client);
}

/* It is in force, and protects nothing. */
static void test_c11_config_without_a_module_is_warned_about(void **state)
{
	struct rig_client *client = rig_connect();

	rig.gone = true;
	rig_ask(client, &answer, "culvert-config-apply", NULL);
	says("success", "yes");
	says_with("warning", "module culvert is not loaded");
	rig.gone = false;
	rig_ask(client, &answer, "culvert-config-apply", NULL);
	says("success", "yes");
	assert_null(said("warning"));
	rig_disconnect(client);
}

/* --- bad input --- */

static void test_c10_what_is_no_packet_closes_its_client_alone(void **state)
{
	static const struct {
		const char *octets;
		size_t len;
	} cases[] = {
#define CASE(octets) { octets, sizeof(octets) - 1 }
		CASE("\0\0\0\0"), CASE("\0\x08\0\x01"), CASE("\xff\xff\xff\xff"),
		CASE("GET / HTTP/1.0\r\n\r\n"), CASE("\0\0\0\x01\x00"),
		CASE("\0\0\0\x01\x01"), CASE("\0\0\0\x01\x05"),
		CASE("\0\0\0\x04\x07\x02" "ab"), CASE("\0\0\0\x01\x08"),
		CASE("\0\0\0\x0a\0\x07version\x02"),
		CASE("\0\0\0\x0a\0\x07version\x01"),
#undef CASE
	};
	struct rig_client *good = rig_connect(), *bad;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		bad = rig_connect();
		rig_send(bad, cases[i].octets, cases[i].len);
		assert_false(rig_read(bad));
		assert_true(bad->closed);
		rig_disconnect(bad);
		rig_ask(good, &answer, "version", NULL);
		says("daemon", "culvertd");
	}
	rig_disconnect(good);
}

static void test_c10_half_a_command_is_waited_for_and_forgotten(void **state)
{
	static const char request[] = "\0\0\0\x09\0\x07version";
	size_t len;

	for (len = 0; len < sizeof(request) - 1; len++) {
		struct rig_client *client = rig_connect();

		rig_send(client, request, len);
		rig_turn();
		rig_disconnect(client);
		rig_turn();
	}
	for (len = 1; len < sizeof(request) - 1; len++) {
		struct rig_client *client = rig_connect();

		rig_send(client, request, len);
		rig_turn();
		rig_send(client, request + len, sizeof(request) - 1 - len);
		assert_true(rig_read(client));
		assert_int_equal(client->packet.type, VICI_CMD_RESPONSE);
		rig_disconnect(client);
	}
}

static void test_c10_unknown_commands_and_events_are_told_so(void **state)
{
	struct rig_client *client = rig_connect();
	struct vici_writer v;

	rig_ask(client, &answer, "make-coffee", NULL);
	assert_int_equal(answer.type, VICI_CMD_UNKNOWN);
	vici_begin(&v, VICI_EVENT_REGISTER, "sunrise");
	rig_request(client, &v);
	assert_true(rig_read(client));
	assert_int_equal(client->packet.type, VICI_EVENT_UNKNOWN);
	vici_begin(&v, VICI_EVENT_UNREGISTER, "log");
	rig_request(client, &v);
	assert_true(rig_read(client));
	assert_int_equal(client->packet.type, VICI_EVENT_UNKNOWN);
	rig_disconnect(client);
}

/* As many as may be are served, the others are turned away. */
static void test_c10_a_thousand_clients(void **state)
{
	static struct rig_client *clients[1000];
	size_t served = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(clients); i++) {
		clients[i] = rig_connect();
		rig_turn();
	}
	for (i = 0; i < ARRAY_SIZE(clients); i++) {
		struct vici_writer v;

		vici_begin(&v, VICI_CMD_REQUEST, "version");
		rig_request(clients[i], &v);
		served += rig_read(clients[i]);
	}
	assert_int_equal(served, 64);
	for (i = 0; i < ARRAY_SIZE(clients); i++)
		rig_disconnect(clients[i]);
	rig_turn();
	clients[0] = rig_connect();
	rig_ask(clients[0], &answer, "version", NULL);
	rig_disconnect(clients[0]);
}

/* It asks without reading; the daemon's memory is bounded and others are served. */
static void test_c10_one_that_does_not_read_its_answers(void **state)
{
	struct rig_client *slow = rig_connect(), *good = up();
	static const char request[] = "\0\0\0\x10\0\x0eget-algorithms";
	int sent = 0;

	while (sent < 20000 &&
	       send(slow->fd, request, sizeof(request) - 1,
		    MSG_DONTWAIT | MSG_NOSIGNAL) > 0) {
		sent++;
		rig_turn();
		if (sent % 100 == 0)
			break;
	}
	rig_ask(good, &answer, "version", NULL);
	says("daemon", "culvertd");
	/* What it asked for is answered as it reads. */
	while (sent--) {
		assert_true(rig_read(slow));
		assert_int_equal(slow->packet.type, VICI_CMD_RESPONSE);
	}
	rig_disconnect(slow);
	rig_disconnect(good);
}

/* Trap 8: events that a client does not read are lost, and counted. */
static void test_c10_one_that_does_not_read_its_events(void **state)
{
	struct rig_client *slow = rig_connect(), *client = rig_connect();
	uint64_t lost = 0;
	unsigned int i;

	rig_listen(slow, "culvert-event");
	for (i = 0; i < 150; i++) {
		rig_ask(client, &answer, "initiate", "child", "acl-1", NULL);
		says("success", "yes");
		rig_ask(client, &answer, "terminate", "ike", "site2", NULL);
		says("success", "yes");
	}
	/* It reads again; before the next event it hears how many it lost. */
	for (i = 0; i < 1000; i++)
		assert_true(rig_read(slow));
	rig_ask(client, &answer, "initiate", "child", "acl-1", NULL);
	for (i = 0; i < 3000 && !lost; i++) {
		assert_true(rig_read(slow));
		vici_get_number(slow->packet.message, "lost", 10, &lost);
	}
	assert_in_range(lost, 100, 10000);
	rig_disconnect(slow);
	rig_disconnect(client);
}

/* --- the socket --- */

static void test_socket_is_for_its_group_and_nobody_else(void **state)
{
	struct stat stat_;

	assert_int_equal(stat(RIG_SOCKET, &stat_), 0);
	assert_true(S_ISSOCK(stat_.st_mode));
	assert_int_equal(stat_.st_mode & 07777, 0770);
	assert_int_equal(stat_.st_uid, geteuid());
}

/* The mode of the socket is what keeps others out, not a question of ours. */
static void test_c10_another_user_is_turned_away(void **state)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd, status;
	pid_t child;

	if (geteuid())
		skip();
	strcpy(name.sun_path, RIG_SOCKET);
	child = fork();
	if (!child) {
		if (setgroups(0, NULL) || setgid(65534) || setuid(65534))
			_exit(1);
		fd = socket(AF_UNIX, SOCK_STREAM, 0);
		_exit(connect(fd, (struct sockaddr *)&name, sizeof(name)) ?
		      errno : 0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), EACCES);
}

/* /run is read-only, or full. */
static void test_c11_where_no_socket_can_be_made_there_is_none(void **state)
{
	struct vici *second;

	assert_true(vici_open(&second, "/proc/sys/vici.sock", rig.base,
			      rig.gateway) < 0);
	assert_true(vici_open(&second, "/proc/none/vici.sock", rig.base,
			      rig.gateway) < 0);
}

static void test_c11_second_daemon_is_refused_and_a_stale_socket_is_not(
	void **state)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	struct vici *second;
	int fd;

	assert_int_equal(vici_open(&second, RIG_SOCKET, rig.base, rig.gateway),
			 -EADDRINUSE);
	vici_close(rig.vici);
	rig.vici = NULL;
	assert_int_equal(access(RIG_SOCKET, F_OK), -1);
	/* As a daemon that was killed leaves it. */
	strcpy(name.sun_path, RIG_SOCKET);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&name, sizeof(name)), 0);
	close(fd);
	assert_int_equal(vici_open(&rig.vici, RIG_SOCKET, rig.base,
				   rig.gateway), 0);
}

static void test_c11_what_is_no_socket_is_left_alone(void **state)
{
	struct vici *second;

	assert_int_equal(vici_open(&second, rig.conf, rig.base, rig.gateway),
			 -EEXIST);
	assert_int_equal(access(rig.conf, F_OK), 0);
	assert_int_equal(vici_open(&second, "vici.sock", rig.base,
				   rig.gateway), -EINVAL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_list_sas_has_what_the_engine_and_the_kernel_know),
		TEST(test_c11_list_sas_without_a_module_has_no_figures),
		TEST(test_list_sas_by_name_and_number),
		TEST(test_policy_tells_the_state_of_a_rule),
		TEST(test_wrong_secret_fails_with_its_reason),
		TEST(test_status_while_it_is_negotiated),
		TEST(test_status_of_a_peer_that_ceases_to_answer),
		TEST(test_status_of_a_tunnel_that_goes_one_way),
		TEST(test_status_without_a_way_to_the_peer),
		TEST(test_status_when_the_peer_is_refused),
		TEST(test_status_of_what_nothing_catches),
		TEST(test_why_of_what_is_not_there),
		TEST(test_explain_asks_the_kernel),
		TEST(test_explain_routes_by_the_source),
		TEST(test_counters_count_from_the_reset),
		TEST(test_rules_count_from_the_reset),
		TEST(test_terminate_by_number_and_rekey),
		TEST(test_initiate_does_not_wait_when_told_so),
		TEST(test_one_that_waits_holds_up_nobody),
		TEST(test_events_tell_what_came_was_replaced_and_went),
		TEST(test_config_is_shown_checked_applied_and_taken_back),
		TEST(test_config_comes_back_when_nobody_confirms),
		TEST(test_config_comes_back_though_not_at_once),
		TEST(test_nothing_is_read_while_one_waits_to_be_confirmed),
		TEST(test_the_file_of_what_was_taken_back_is_warned_about),
		TEST(test_c11_config_without_a_module_is_warned_about),
		TEST(test_c10_what_is_no_packet_closes_its_client_alone),
		TEST(test_c10_half_a_command_is_waited_for_and_forgotten),
		TEST(test_c10_unknown_commands_and_events_are_told_so),
		TEST(test_c10_a_thousand_clients),
		TEST(test_c10_one_that_does_not_read_its_answers),
		TEST(test_c10_one_that_does_not_read_its_events),
		TEST(test_socket_is_for_its_group_and_nobody_else),
		TEST(test_c10_another_user_is_turned_away),
		TEST(test_c11_where_no_socket_can_be_made_there_is_none),
		TEST(test_c11_second_daemon_is_refused_and_a_stale_socket_is_not),
		TEST(test_c11_what_is_no_socket_is_left_alone),
	};

	return cmocka_run_group_tests_name("vici", tests, rig_isolate, NULL);
}
