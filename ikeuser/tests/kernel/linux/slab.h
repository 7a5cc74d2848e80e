/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CULVERT_TEST_LINUX_SLAB_H
#define CULVERT_TEST_LINUX_SLAB_H

#include <linux/types.h>

#define GFP_KERNEL 0
#define GFP_KERNEL_ACCOUNT 0

/* How many allocations succeed before one fails; -1: all do. */
extern long kernel_allocation_to_fail;

void *kvmalloc_array(size_t n, size_t size, int flags);
void *kvcalloc(size_t n, size_t size, int flags);
void *kvzalloc(size_t size, int flags);
void kvfree(const void *memory);

#endif
