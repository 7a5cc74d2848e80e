// SPDX-License-Identifier: GPL-2.0-only
/* Configurations of others go in, and config check passes on what comes out:
 * the ASA of the reference lab, swanctl.conf, ipsec.conf.
 */

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "conf.h"
#include "conf_print.h"
#include "fake.h"

static char directory[] = "/tmp/culvert-import.XXXXXX";

static void file(const char *name, const char *text, mode_t mode)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static int enter(void **state)
{
	char path[128];

	if (!mkdtemp(directory))
		return -1;
	snprintf(path, sizeof(path), "%s/secrets.d", directory);
	return mkdir(path, 0700);
}

static int leave(void **state)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", directory);
	return system(command);
}

static int import(const char *from, const char *text, const char *more)
{
	char line[300];

	file("in", text, 0644);
	snprintf(line, sizeof(line), "config import %s/in --from %s%s",
		 directory, from, more);
	return fake_run(line);
}

/* What came out is a good configuration. */
static void checks(const char *rules)
{
	char path[128], line[200];
	char *out = strdup(fake_out());

	file("out", out, 0600);
	snprintf(path, sizeof(path), "%s/out", directory);
	snprintf(line, sizeof(line), "config check %s", path);
	if (fake_run(line) != CLI_OK)
		fail_msg("%s\n%s", fake_err(), out);
	fake_has(rules);
	free(out);
}

#define SECRET "0123456789abcdef0123456789abcdef"

static const char lab[] =
	"interface GigabitEthernet0/0\n"
	" nameif outside\n"
	" security-level 0\n"
	" ip address 10.255.1.2 255.255.255.0 \n"
	"!\n"
	"interface GigabitEthernet0/1\n"
	" nameif inside\n"
	" ip address 10.12.12.2 255.255.255.0\n"
	"!\n"
	"object network SITE1_YELLOW\n"
	" subnet 192.168.100.0 255.255.255.0\n"
	"object network SITE1_BLUE\n"
	" subnet 192.168.200.0 255.255.255.0\n"
	"object-group network SITE1\n"
	" network-object object SITE1_YELLOW\n"
	" network-object object SITE1_BLUE\n"
	"object-group network SITE2\n"
	" network-object 172.16.10.0 255.255.255.0\n"
	"access-list outside_in extended permit icmp any any\n"
	"access-list s2svpn_to_site2 extended permit ip object-group SITE1 object-group SITE2 log default\n"
	"object network SITE1_YELLOW\n"
	" nat (inside,outside) dynamic interface\n"
	"no sysopt connection permit-vpn\n"
	"crypto ipsec ikev2 ipsec-proposal AES256-SHA1\n"
	" protocol esp encryption aes-256\n"
	" protocol esp integrity sha-1\n"
	"crypto map outside_map 1 match address s2svpn_to_site2\n"
	"crypto map outside_map 1 set pfs group14\n"
	"crypto map outside_map 1 set peer 10.255.2.2 \n"
	"crypto map outside_map 1 set ikev2 ipsec-proposal AES256-SHA1\n"
	"crypto map outside_map 1 set nat-t-disable\n"
	"crypto map outside_map 1 set reverse-route\n"
	"crypto map outside_map interface outside\n"
	"crypto ikev2 policy 20\n"
	" encryption aes-192\n integrity sha\n group 14\n prf sha\n"
	" lifetime seconds 86400\n"
	"crypto ikev2 policy 10\n"
	" encryption aes-256\n integrity sha256\n group 14\n prf sha256\n"
	" lifetime seconds 86400\n"
	"crypto ikev2 policy 30\n"
	" encryption aes\n integrity sha\n group 5\n prf sha\n"
	" lifetime seconds 86400\n"
	"crypto ikev2 enable outside\n"
	"tunnel-group 10.255.2.2 type ipsec-l2l\n"
	"tunnel-group 10.255.2.2 ipsec-attributes\n"
	" ikev2 remote-authentication pre-shared-key *****\n"
	" ikev2 local-authentication pre-shared-key *****\n";

static void test_the_asa_of_the_reference_lab(void **state)
{
	file("secrets.d/10.255.2.2.local.psk", SECRET, 0600);
	file("secrets.d/10.255.2.2.remote.psk", SECRET "x", 0600);
	assert_int_equal(import("asa", lab, " --interface eth1"), CLI_OK);
	fake_has("    local_addrs = 10.255.1.2\n");
	/* In the order of their numbers, whatever the order of the file. */
	fake_has("    proposals = aes256-sha256-prfsha256-modp2048, aes192-sha1-prfsha1-modp2048, aes128-sha1-prfsha1-modp1536\n");
	fake_has("    esp_proposals = aes256-sha1\n");
	fake_has("    ike_lifetime = 86400s\n");
	fake_has("# not translated: crypto map outside_map 1 set nat-t-disable\n");
	fake_has("crypto map outside_map interface eth1\n");
	/* Lists that no map matches are a firewall's. */
	assert_null(strstr(fake_out(), "outside_in"));
	assert_null(strstr(fake_out(), "*****"));
	fake_says("2 secrets are to be written");
	fake_says("1 lines were not translated");
	checks("1 peer, 4 rules");
}

static void test_secrets_of_an_asa_do_not_come_out(void **state)
{
	assert_int_equal(import("asa",
		"tunnel-group 10.0.0.1 ipsec-attributes\n"
		" ikev2 local-authentication pre-shared-key topsecret\n"
		"crypto map m 1 match address a\ncrypto map m 1 set peer 10.0.0.1\n",
		""), CLI_OK);
	assert_null(strstr(fake_out(), "topsecret"));
	fake_says("the outside interface is to be named");
}

static const char swanctl[] =
	"connections {\n"
	"  site2 {\n"
	"    version = 2   # IKEv2\n"
	"    local_addrs  = 10.255.1.2\n"
	"    remote_addrs = 10.255.2.2\n"
	"    proposals = aes256-sha256-modp2048\n"
	"    dpd_delay = 10s\n"
	"    encap = yes\n"
	"    local { auth = psk\n      id = site1.example.com }\n"
	"    remote {\n      auth = psk\n      id = \"site2.example.com\"\n    }\n"
	"    children {\n"
	"      net { local_ts = 192.168.100.0/24, 192.168.200.0/24\n"
	"        remote_ts = 172.16.10.0/24[tcp/443]\n"
	"        esp_proposals = aes256gcm16-x25519\n"
	"        start_action = start\n"
	"      }\n"
	"    }\n"
	"  }\n"
	"}\n"
	"secrets {\n  ike-1 { id = site2\n secret = topsecret }\n}\n";

static void test_swanctl(void **state)
{
	file("secrets.d/site2.psk", SECRET, 0600);
	assert_int_equal(import("swanctl", swanctl, ""), CLI_OK);
	fake_has("    permit tcp 192.168.100.0/24 172.16.10.0/24 eq 443\n");
	fake_has("    permit tcp 192.168.200.0/24 172.16.10.0/24 eq 443\n");
	fake_has("    local_id = \"site1.example.com\"\n");
	fake_has("    remote_id = \"site2.example.com\"\n");
	fake_has("    start_action = start\n");
	fake_has("# not translated: encap = yes\n");
	assert_null(strstr(fake_out(), "topsecret"));
	checks("1 peer, 4 rules");
}

static const char ipsec_conf[] =
	"config setup\n\tcharondebug=\"ike 2\"\n\n"
	"conn %default\n\tike=aes256-sha256-modp2048!\n\tesp=aes256-sha256\n"
	"\tkeyexchange=ikev2\n\tauthby=secret\n\n"
	"conn a\n\tleft=10.255.1.2\n\tleftsubnet=192.168.100.0/24\n"
	"\tright=10.255.2.2\n\trightsubnet=172.16.10.0/24\n\tauto=start\n"
	"# a comment\n"
	"conn b\n\tleft=%defaultroute\n\tleftid=@b.example.com\n"
	"\tleftsubnet=192.168.200.0/24\n\tright=10.255.3.2\n"
	"\trightsubnet=172.17.0.0/16\n\tleftupdown=/bin/x\n";

static void test_ipsec_conf(void **state)
{
	file("secrets.d/a.psk", SECRET, 0600);
	file("secrets.d/b.psk", SECRET, 0600);
	assert_int_equal(import("ipsec.conf", ipsec_conf, ""), CLI_OK);
	fake_has("    proposals = aes256-sha256-modp2048\n");
	fake_has("    permit ip 192.168.200.0/24 172.17.0.0/16\n");
	fake_has("# not translated: leftupdown=/bin/x\n");
	checks("2 peers,");
}

static void test_what_is_no_configuration_is_no_crash(void **state)
{
	static const char *const texts[] = {
		"", "}}}}{{{{", "connections { a { children { b {",
		"crypto map", "crypto map x", "crypto map x 1 match address",
		"crypto ikev2 policy", "conn", "conn x\n left", "= = =\n { = }",
		"connections{a{b{c{d{e{f{g{h{i{j=k}}}}}}}}}}",
	};
	static const char *const forms[] = { "asa", "swanctl", "ipsec.conf" };

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(forms); j++)
			assert_int_equal(import(forms[j], texts[i], ""),
					 CLI_OK);
	}
	assert_int_equal(fake_run("config import /nonexistent --from asa"),
			 CLI_FAILED);
	assert_int_equal(fake_run("config import /nonexistent --from x"),
			 CLI_USAGE);
	assert_int_equal(fake_run("config import /nonexistent"), CLI_USAGE);
}

static void test_check_points_at_what_is_wrong(void **state)
{
	char line[200];

	file("bad", "peer x {\n    ike_lifetme 24h\n}\nbogus\n", 0600);
	snprintf(line, sizeof(line), "config check %s/bad", directory);
	assert_int_equal(fake_run(line), CLI_FAILED);
	fake_says("bad:2:5: error: unknown key 'ike_lifetme' in peer 'x'");
	fake_says("did you mean 'ike_lifetime'?");
	fake_says("2 errors, 0 warnings; running configuration left untouched");
	snprintf(line, sizeof(line), "config check --json %s/bad", directory);
	assert_int_equal(fake_run(line), CLI_FAILED);
	fake_has("\"type\":\"note\",\"severity\":\"error\"");
	fake_has("\"line\":2,\"column\":5,");
	fake_has("\"type\":\"check\"");
	fake_has("\"success\":false,\"errors\":2,");
	assert_int_equal(fake_run("config check /nonexistent/x"), CLI_FAILED);
}

#define PEER(lifetime) \
	"access-list a permit ip 10.0.0.0/8 10.1.0.0/16\n" \
	"peer p {\n local_addrs 10.255.1.2\n remote_addrs 10.255.2.2\n" \
	" auth psk secret \"" SECRET "\"\n ike_lifetime " lifetime "\n}\n" \
	"crypto map m 1 match address a set peer p\ncrypto map m interface e\n"

static void add_line(const char *line, void *arg)
{
	char *text = arg;

	strcat(text, "\"");
	for (size_t n = strlen(text); *line; line++) {
		/* Quotes end a value in the fake's messages. */
		text[n++] = *line == '"' ? '\'' : *line;
		text[n] = '\0';
	}
	strcat(text, "\" ");
}

static void test_diff_tells_what_a_file_would_change(void **state)
{
	static struct fake_answer answers[] = {
		{ "culvert-config", "culvert-config", .bare = true }, { 0 }
	};
	const struct conf_options options = { .owner = geteuid() };
	struct conf_notes notes = { 0 };
	static char text[16384];
	char line[200];
	struct conf *conf;

	file("old", PEER("24h"), 0600);
	file("new", PEER("12h"), 0600);
	snprintf(line, sizeof(line), "%s/old", directory);
	assert_int_equal(conf_read(&conf, line, &options, &notes), 0);
	conf_notes_clear(&notes);
	strcpy(text, "e { lines [ ");
	conf_print(conf, add_line, text);
	conf_free(conf);
	strcat(text, "] }");
	answers[0].events = text;
	fake_start(answers);
	snprintf(line, sizeof(line), "config diff %s/new", directory);
	assert_int_equal(fake_run(line), CLI_OK);
	fake_has("-     ike_lifetime = 86400s\n");
	fake_has("+     ike_lifetime = 43200s\n");
	/* Whose lines they are stands above them, once. */
	assert_non_null(strstr(fake_out(), "  peer p {\n"));
	assert_null(strstr(strstr(fake_out(), "  peer p {\n") + 1,
			   "  peer p {\n"));
	assert_null(strstr(fake_out(), SECRET));
	assert_null(strstr(fake_out(), "rule"));
	fake_stop();
}

/* The file and the credentials that the daemon would apply, not those of the
 * shell; the one that is named, if one is.
 */
static void test_check_and_diff_look_at_the_daemons_file(void **state)
{
	static struct fake_answer answers[] = {
		{ "culvert-config", "culvert-config", "lines [ x ]",
		  .bare = true }, { 0 }
	};
	char answer[200], line[200], has[200];

	file("theirs", "peer p { local_addrs 127.0.0.1; remote_addrs 192.0.2.2\n"
	     "auth psk secret credential site2 }\n", 0600);
	file("site2", "sixteen octets!!\n", 0600);
	snprintf(answer, sizeof(answer), "path = %s/theirs credentials = %s",
		 directory, directory);
	answers[0].answer = answer;
	setenv("CREDENTIALS_DIRECTORY", "/nonexistent", 1);
	fake_start(answers);
	assert_int_equal(fake_run("config check"), CLI_OK);
	snprintf(has, sizeof(has), "%s/theirs: good", directory);
	fake_has(has);
	assert_int_equal(fake_run("config diff"), CLI_OK);
	fake_has("+ peer p {\n");
	snprintf(line, sizeof(line), "config check %s/other", directory);
	file("other", "", 0600);
	assert_int_equal(fake_run(line), CLI_OK);
	snprintf(has, sizeof(has), "%s/other: good", directory);
	fake_has(has);
	fake_stop();
	/* Without a daemon, those of the shell. */
	snprintf(line, sizeof(line), "config check %s/theirs", directory);
	assert_int_equal(fake_run(line), CLI_FAILED);
	setenv("CREDENTIALS_DIRECTORY", directory, 1);
	assert_int_equal(fake_run(line), CLI_OK);
	unsetenv("CREDENTIALS_DIRECTORY");
}

static void test_apply_asks_the_daemon(void **state)
{
	static const struct fake_answer answers[] = {
		{ "culvert-config-apply", .answer =
		  "success = yes warning = \"not in the kernel: no module\"" },
		{ "culvert-config-confirm", .answer =
		  "success = no errmsg = \"nothing waits to be confirmed\"" },
		{ 0 }
	};

	fake_start(answers);
	assert_int_equal(fake_run("config apply --confirm 60s"), CLI_OK);
	assert_string_equal(node_text(fake_request("culvert-config-apply"),
				      "confirm"), "60");
	fake_has("'culvert config confirm' keeps it");
	fake_says("warning: not in the kernel: no module");
	assert_int_equal(fake_run("config apply --confirm 1x"), CLI_USAGE);
	assert_int_equal(fake_run("config rollback"), CLI_FAILED);
	assert_string_equal(node_text(fake_request("culvert-config-confirm"),
				      "rollback"), "yes");
	fake_says("nothing waits to be confirmed");
	fake_stop();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_asa_of_the_reference_lab),
		cmocka_unit_test(test_secrets_of_an_asa_do_not_come_out),
		cmocka_unit_test(test_swanctl),
		cmocka_unit_test(test_ipsec_conf),
		cmocka_unit_test(test_what_is_no_configuration_is_no_crash),
		cmocka_unit_test(test_check_points_at_what_is_wrong),
		cmocka_unit_test(test_diff_tells_what_a_file_would_change),
		cmocka_unit_test(test_check_and_diff_look_at_the_daemons_file),
		cmocka_unit_test(test_apply_asks_the_daemon),
	};

	return cmocka_run_group_tests(tests, enter, leave);
}
