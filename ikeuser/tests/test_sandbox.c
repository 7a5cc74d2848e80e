// SPDX-License-Identifier: GPL-2.0-only
/* What a process of its own has left after it gave up its privileges. */
#include <errno.h>
#include <linux/capability.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "sandbox.h"

/* Runs it in a child, which says by its status what it found. */
static int in_child(int (*work)(void))
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid)
		_exit(work());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* A number in /proc/self/status; base 16 of capabilities. */
static uint64_t status_of(const char *name, int base)
{
	FILE *file = fopen("/proc/self/status", "r");
	uint64_t value = UINT64_MAX;
	size_t len = strlen(name);
	char line[256];

	if (!file)
		return UINT64_MAX;
	while (fgets(line, sizeof(line), file))
		if (!strncmp(line, name, len) && line[len] == ':')
			value = strtoull(line + len + 1, NULL, base);
	fclose(file);
	return value;
}

static int enter(void)
{
	char sentence[SANDBOX_SENTENCE_MAX];
	int err = sandbox_enter(sentence);

	if (err)
		fprintf(stderr, "%s\n", sentence);
	return err;
}

#define NET_ADMIN (1ULL << CAP_NET_ADMIN)

static int capabilities_left(void)
{
	if (enter())
		return 1;
	if (status_of("CapEff", 16) & ~NET_ADMIN ||
	    status_of("CapPrm", 16) & ~NET_ADMIN)
		return 2;
	if (status_of("CapInh", 16) || status_of("CapAmb", 16))
		return 3;
	return status_of("CapBnd", 16) & ~NET_ADMIN ? 4 : 0;
}

static void test_only_cap_net_admin_is_left(void **state)
{
	if (!(status_of("CapEff", 16) & 1ULL << CAP_SETPCAP))
		skip();
	assert_int_equal(in_child(capabilities_left), 0);
}

static int net_admin_left(void)
{
	if (enter())
		return 1;
	return status_of("CapEff", 16) == NET_ADMIN ? 0 : 2;
}

static void test_cap_net_admin_stays(void **state)
{
	if (!(status_of("CapEff", 16) & NET_ADMIN))
		skip();
	assert_int_equal(in_child(net_admin_left), 0);
}

static int no_new_privs(void)
{
	return enter() || status_of("NoNewPrivs", 10) != 1;
}

static void test_no_program_gets_more(void **state)
{
	assert_int_equal(in_child(no_new_privs), 0);
}

/* Root, and nothing of what root may: files that are not its own stay shut. */
static int reads_others(void)
{
	char name[] = "/tmp/test_sandbox.XXXXXX";
	int fd = mkstemp(name);
	int ret = 0;

	if (fd < 0 || fchown(fd, 65534, 65534) || fchmod(fd, 0600))
		return 1;
	close(fd);
	if (enter())
		ret = 2;
	else if (!eaccess(name, R_OK))
		ret = 3;
	unlink(name);
	return ret;
}

static void test_files_of_others_are_closed(void **state)
{
	if (geteuid())
		skip();
	assert_int_equal(in_child(reads_others), 0);
}

static int without_capabilities(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (syscall(SYS_capset, &header, none))
		return 1;
	/* Nothing is gained, nothing fails. */
	return enter() || status_of("CapEff", 16);
}

static void test_who_has_nothing_gains_nothing(void **state)
{
	assert_int_equal(in_child(without_capabilities), 0);
}

static int hidden(void)
{
	char sentence[SANDBOX_SENTENCE_MAX];
	struct rlimit core;
	int err = sandbox_hide(sentence);

	/* Where memory cannot be locked, that is told, and the rest is done. */
	if (err && !strstr(sentence, "swap"))
		return 1;
	if (prctl(PR_GET_DUMPABLE))
		return 2;
	if (getrlimit(RLIMIT_CORE, &core) || core.rlim_cur || core.rlim_max)
		return 3;
	return 0;
}

static void test_no_core_is_dumped(void **state)
{
	assert_int_equal(in_child(hidden), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_only_cap_net_admin_is_left),
		cmocka_unit_test(test_cap_net_admin_stays),
		cmocka_unit_test(test_no_program_gets_more),
		cmocka_unit_test(test_files_of_others_are_closed),
		cmocka_unit_test(test_who_has_nothing_gains_nothing),
		cmocka_unit_test(test_no_core_is_dumped),
	};

	return cmocka_run_group_tests_name("sandbox", tests, NULL, NULL);
}
