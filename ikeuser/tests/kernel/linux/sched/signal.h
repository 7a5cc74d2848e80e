/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CULVERT_TEST_LINUX_SCHED_SIGNAL_H
#define CULVERT_TEST_LINUX_SCHED_SIGNAL_H

#include <linux/types.h>

#define current NULL

/* After how many questions a fatal signal comes; -1: never. */
extern long kernel_signal_after;

bool fatal_signal_pending(const void *task);

#endif
