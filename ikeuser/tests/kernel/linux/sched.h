/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CULVERT_TEST_LINUX_SCHED_H
#define CULVERT_TEST_LINUX_SCHED_H

static inline void cond_resched(void)
{
}

#endif
