// SPDX-License-Identifier: GPL-2.0-only
/* Privileges and secrets of the process. What can go, goes; what cannot is told.
 * It knows nothing of what the daemon does.
 */
#include <errno.h>
#include <linux/capability.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox.h"

static int fail(char *sentence, const char *what)
{
	int err = -errno;

	snprintf(sentence, SANDBOX_SENTENCE_MAX, "%s: %s", what,
		 strerror(-err));
	return err;
}

int sandbox_hide(char *sentence)
{
	const struct rlimit none = { 0, 0 };
	const struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };

	if (setrlimit(RLIMIT_CORE, &none) || prctl(PR_SET_DUMPABLE, 0))
		return fail(sentence, "switching core dumps off");
	/* Without a limit, or locking later memory would make malloc() fail. */
	if (setrlimit(RLIMIT_MEMLOCK, &all) ||
	    mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT))
		return fail(sentence, "keeping secrets out of swap");
	return 0;
}

static int set_capabilities(uint64_t mask)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
	int i;

	if (syscall(SYS_capget, &header, data))
		return -1;
	for (i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		data[i].permitted &= mask >> 32 * i;
		data[i].effective = data[i].permitted;
		data[i].inheritable = 0;
	}
	return syscall(SYS_capset, &header, data);
}

/* What no program started from here could get back. Who may not drop it has no
 * way to gain it either, once no_new_privs is set.
 */
static void drop_bounding_set(uint64_t mask)
{
	int cap;

	for (cap = 0; prctl(PR_CAPBSET_READ, cap) >= 0; cap++)
		if (!(mask & 1ULL << cap))
			prctl(PR_CAPBSET_DROP, cap);
}

int sandbox_enter(char *sentence)
{
	const uint64_t mask = 1ULL << CAP_NET_ADMIN;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return fail(sentence, "giving up new privileges");
	drop_bounding_set(mask);
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) ||
	    set_capabilities(mask))
		return fail(sentence, "giving up capabilities");
	return 0;
}
