// SPDX-License-Identifier: GPL-2.0-only
/* strongSwan's own clients, unmodified, against the control socket: swanctl, whose
 * lines are looked at, and the Python package vici. Skipped where they are not
 * installed.
 */
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "rig.h"

#define SWANCTL "/usr/sbin/swanctl"
#define URI "unix://" RIG_SOCKET
#define PRINTED_MAX 65536

/* A run of it, and what it printed. */
struct run {
	pid_t pid;
	int fd;
	char printed[PRINTED_MAX];
	size_t len;
	bool ended;
	int status;
};

static void begin(struct run *run, const char *program,
		  const char *const *args)
{
	int fds[2];

	memset(run, 0, sizeof(*run));
	assert_int_equal(pipe(fds), 0);
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	run->fd = fds[0];
	run->pid = fork();
	assert_true(run->pid >= 0);
	if (!run->pid) {
		dup2(fds[1], STDOUT_FILENO);
		dup2(fds[1], STDERR_FILENO);
		/* The sanitizers' library is this program's. */
		unsetenv("LD_PRELOAD");
		execv(program, (char *const *)args);
		_exit(127);
	}
	close(fds[1]);
}

static void read_printed(struct run *run)
{
	ssize_t len = read(run->fd, run->printed + run->len,
			   PRINTED_MAX - 1 - run->len);

	if (len > 0)
		run->len += len;
}

static bool has_ended(void *arg)
{
	struct run *run = arg;

	read_printed(run);
	run->ended = waitpid(run->pid, &run->status, WNOHANG) == run->pid;
	return run->ended;
}

static void finish(struct run *run)
{
	read_printed(run);
	close(run->fd);
}

/* Runs it to its end; gives its exit status. */
static int swanctl(struct run *run, const char *command, ...)
{
	const char *args[16] = { "swanctl", command };
	size_t n = 2;
	va_list more;

	va_start(more, command);
	while ((args[n] = va_arg(more, const char *)))
		n++;
	va_end(more);
	args[n++] = "--uri";
	args[n++] = URI;
	args[n] = NULL;
	begin(run, SWANCTL, args);
	assert_true(rig_until(has_ended, run));
	finish(run);
	return WEXITSTATUS(run->status);
}

static void printed(const struct run *run, const char *text)
{
	if (!strstr(run->printed, text))
		fail_msg("'%s' is not in what swanctl printed:\n%s", text,
			 run->printed);
}

static void not_printed(const struct run *run, const char *text)
{
	if (strstr(run->printed, text))
		fail_msg("'%s' is in what swanctl printed:\n%s", text,
			 run->printed);
}

static int setup(void **state)
{
	if (access(SWANCTL, X_OK))
		skip();
	return rig_setup(state);
}

static void initiate(struct run *run)
{
	assert_int_equal(swanctl(run, "--initiate", "--child", "acl-1", NULL),
			 0);
}

static void test_version_and_stats(void **state)
{
	struct run run;

	assert_int_equal(swanctl(&run, "--version", "--daemon", NULL), 0);
	printed(&run, "culvertd");
	assert_int_equal(swanctl(&run, "--stats", NULL), 0);
	printed(&run, "uptime: ");
	printed(&run, "worker threads: 1 total, 0 idle");
	printed(&run, "IKE_SAs: 0 total, 0 half-open");
	not_printed(&run, "(null)");
}

static void test_list_conns(void **state)
{
	struct run run;

	assert_int_equal(swanctl(&run, "--list-conns", NULL), 0);
	printed(&run, "site2: IKEv2");
	printed(&run, "local:  127.0.0.1");
	printed(&run, "remote: 127.0.0.2");
	printed(&run, "local pre-shared key authentication:");
	printed(&run, "id: 127.0.0.1");
	printed(&run, "acl-1: TUNNEL, rekeying every ");
	printed(&run, "local:  192.168.100.0/24");
	printed(&run, "remote: 172.16.10.0/24");
	not_printed(&run, "(null)");
}

static void test_initiate_and_list_sas(void **state)
{
	struct run run;

	initiate(&run);
	printed(&run, "[IKE] site2 #1");
	printed(&run, "initiate completed successfully");
	rig_traffic(4);
	assert_int_equal(swanctl(&run, "--list-sas", NULL), 0);
	printed(&run, "site2: #1, ESTABLISHED, IKEv2, ");
	printed(&run, "local  '127.0.0.1' @ 127.0.0.1[");
	printed(&run, "remote '127.0.0.2' @ 127.0.0.2[");
	printed(&run, "AES_CBC-256/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/MODP_2048");
	printed(&run, "established ");
	printed(&run, "acl-1: #2, reqid ");
	printed(&run, "INSTALLED, TUNNEL, ESP:AES_CBC-256/HMAC_SHA2_256_128");
	printed(&run, "installed 7s ago, rekeying in 2993s, expires in 3593s");
	printed(&run, "   512 bytes,     4 packets,     3s ago");
	printed(&run, "local  192.168.100.0/24");
	not_printed(&run, "(null)");
}

static void test_rekey_and_terminate(void **state)
{
	struct run run;

	initiate(&run);
	assert_int_equal(swanctl(&run, "--rekey", "--child", "acl-1", NULL), 0);
	printed(&run, "rekey completed successfully");
	assert_int_equal(swanctl(&run, "--rekey", "--ike", "site2", NULL), 0);
	assert_int_equal(swanctl(&run, "--terminate", "--ike", "site2", NULL),
			 0);
	printed(&run, "terminate completed successfully");
	assert_int_equal(swanctl(&run, "--list-sas", NULL), 0);
	not_printed(&run, "site2");
	assert_int_not_equal(swanctl(&run, "--terminate", "--ike", "site2",
				     NULL), 0);
	printed(&run, "no such SA is there");
}

static void test_what_is_not_there_is_refused_with_words(void **state)
{
	struct run run;

	assert_int_not_equal(swanctl(&run, "--initiate", "--child", "nowhere",
				     NULL), 0);
	printed(&run, "child 'nowhere' is not configured");
	assert_int_not_equal(swanctl(&run, "--install", "--child", "acl-1",
				     NULL), 0);
	printed(&run, "always in the kernel");
}

static void test_initiate_ends_when_its_time_is_over(void **state)
{
	struct run run;

	rig.deaf = true;
	assert_int_not_equal(swanctl(&run, "--initiate", "--child", "acl-1",
				     "--timeout", "1", NULL), 0);
	printed(&run, "it is not up yet, and is being tried");
}

static void test_the_rest_of_the_read_side(void **state)
{
	struct run run;

	assert_int_equal(swanctl(&run, "--list-pols", NULL), 0);
	printed(&run, "acl-1, TUNNEL");
	printed(&run, "local:  192.168.100.0/24");
	not_printed(&run, "(null)");
	assert_int_equal(swanctl(&run, "--list-algs", NULL), 0);
	printed(&run, "AES_CBC[openssl]");
	assert_int_equal(swanctl(&run, "--list-pools", NULL), 0);
	assert_int_equal(swanctl(&run, "--list-certs", NULL), 0);
	assert_int_equal(swanctl(&run, "--list-authorities", NULL), 0);
	assert_int_equal(swanctl(&run, "--counters", NULL), 0);
	printed(&run, "ike-init-out-req");
	assert_int_equal(swanctl(&run, "--counters", "--reset", NULL), 0);
	assert_int_equal(swanctl(&run, "--list-sas", "--raw", NULL), 0);
	printed(&run, "list-sas reply {}");
}

/* Two of them at once: one listens while the other acts. It prints to a pipe, so
 * it prints when it ends.
 */
static void watch(const char *command, struct run *watcher)
{
	const char *const args[] = { "swanctl", command, "--uri", URI, NULL };
	struct run actor;
	int turns;

	begin(watcher, SWANCTL, args);
	for (turns = 0; turns < 300; turns++)
		rig_turn();
	initiate(&actor);
	for (turns = 0; turns < 100; turns++)
		rig_turn();
	kill(watcher->pid, SIGINT);
	assert_true(rig_until(has_ended, watcher));
	finish(watcher);
	not_printed(watcher, "(null)");
}

static void test_monitor_sa(void **state)
{
	struct run watcher;

	watch("--monitor-sa", &watcher);
	printed(&watcher, "site2: #1, ESTABLISHED, IKEv2");
	printed(&watcher, "acl-1: #2, ");
}

static void test_log(void **state)
{
	struct run watcher;

	watch("--log", &watcher);
	printed(&watcher, "[IKE] site2 #1 SENT: IKE_SA_INIT request");
	printed(&watcher, "CHILD_STATE");
}

/* PYTHONPATH may say where the package is. */
static void test_python_vici(void **state)
{
	static const char script[] =
		"import socket, sys\n"
		"try:\n"
		"    import vici\n"
		"except ImportError:\n"
		"    sys.exit(77)\n"
		"sock = socket.socket(socket.AF_UNIX)\n"
		"sock.connect('" RIG_SOCKET "')\n"
		"s = vici.Session(sock)\n"
		"assert s.version()['daemon'] == b'culvertd'\n"
		"assert 'since' in s.stats()['uptime']\n"
		"conns = list(s.list_conns())\n"
		"assert conns[0]['site2']['version'] == b'IKEv2'\n"
		"assert conns[0]['site2']['remote_addrs'] == [b'127.0.0.2']\n"
		"assert s.get_pools() == {}\n"
		"lines = list(s.initiate({'child': 'acl-1'}))\n"
		"assert any(b'IKE_AUTH' in line['msg'] for line in lines)\n"
		"sas = list(s.list_sas())\n"
		"assert sas[0]['site2']['state'] == b'ESTABLISHED'\n"
		"child = sas[0]['site2']['child-sas']['acl-1-2']\n"
		"assert child['local-ts'] == [b'192.168.100.0/24']\n"
		"s.rekey({'child': 'acl-1'})\n"
		"list(s.terminate({'ike': 'site2'}))\n"
		"assert list(s.list_sas()) == []\n"
		"try:\n"
		"    list(s.initiate({'child': 'nowhere'}))\n"
		"    sys.exit(1)\n"
		"except vici.exception.CommandException as error:\n"
		"    assert 'not configured' in str(error)\n";
	static const char *const args[] = { "python3", "-c", script, NULL };
	struct run run;

	begin(&run, "/usr/bin/python3", args);
	assert_true(rig_until(has_ended, &run));
	finish(&run);
	if (WEXITSTATUS(run.status) == 77)
		skip();
	if (run.status)
		fail_msg("it ends with status %d:\n%s", run.status,
			 run.printed);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_version_and_stats),
		TEST(test_list_conns),
		TEST(test_initiate_and_list_sas),
		TEST(test_rekey_and_terminate),
		TEST(test_what_is_not_there_is_refused_with_words),
		TEST(test_initiate_ends_when_its_time_is_over),
		TEST(test_the_rest_of_the_read_side),
		TEST(test_monitor_sa),
		TEST(test_log),
		cmocka_unit_test_setup_teardown(test_python_vici, rig_setup,
						rig_teardown),
	};

	return cmocka_run_group_tests_name("vici with swanctl", tests,
					   rig_isolate, NULL);
}
