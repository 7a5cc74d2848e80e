/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CULVERT_TEST_LINUX_MINMAX_H
#define CULVERT_TEST_LINUX_MINMAX_H

#define min(x, y) ({ \
	typeof(x) min_x = (x); \
	typeof(y) min_y = (y); \
\
	min_x < min_y ? min_x : min_y; \
})
#define min_t(type, x, y) min((type)(x), (type)(y))

#define swap(a, b) \
	do { \
		typeof(a) swapped = (a); \
		(a) = (b); \
		(b) = swapped; \
	} while (0)

#endif
