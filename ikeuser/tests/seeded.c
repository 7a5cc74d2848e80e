// SPDX-License-Identifier: GPL-2.0-only
/* Random octets that are the same in every run: SplitMix64. */

#include <errno.h>
#include <string.h>

#include "seeded.h"

uint64_t seeded_u64(struct seeded *seeded)
{
	uint64_t z = seeded->state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static int seeded_fill(void *arg, void *data, size_t len)
{
	struct seeded *seeded = arg;
	uint8_t *at = data;
	uint64_t word = 0;
	size_t i;

	if (++seeded->calls == seeded->fail_at)
		return -EIO;
	for (i = 0; i < len; i++) {
		if (i % sizeof(word) == 0)
			word = seeded_u64(seeded);
		at[i] = word;
		word >>= 8;
	}
	return 0;
}

struct ike_random seeded_random(struct seeded *seeded)
{
	return (struct ike_random){ seeded_fill, seeded };
}
