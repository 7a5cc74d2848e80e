/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets between two gateways as a device has them: IKE and ESP, with or without
 * UDP, and nothing else. Knows the kernel's packet sockets, and no contents.
 */
#ifndef CULVERT_PACKETS_H
#define CULVERT_PACKETS_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"

#define PACKETS_SNAP 65535
#define PACKETS_SENTENCE_MAX 200

struct packets {
	int fd;
	uint8_t remote[16];
	uint8_t len;			/* of it: 4, 16; 0: whoever it is */
	uint8_t octet[PACKETS_SNAP];
};

struct packets_one {
	uint64_t ns;			/* since 1970 */
	bool out;
	struct ike_bytes octets;	/* borrowed until the next */
	size_t len;			/* as it was */
};

/* -errno, and why. len is 0 for any remote address. */
int packets_open(struct packets *p, const char *device, const uint8_t *remote,
		 uint8_t len, char sentence[PACKETS_SENTENCE_MAX]);
/* 1: there was one; 0: none is there now, or not one of these; -errno. */
int packets_read(struct packets *p, struct packets_one *one);
/* Since the last call. */
void packets_counts(struct packets *p, uint64_t *received, uint64_t *lost);
void packets_close(struct packets *p);
/* Whether an IP packet is IKE or ESP; of one in fragments, all but the first have
 * no ports and pass.
 */
bool packets_wanted(struct ike_bytes packet);

#endif
