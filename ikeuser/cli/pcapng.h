/* SPDX-License-Identifier: GPL-2.0-only */
/* A pcapng file of IP packets, as far as capture needs it: two interfaces, and the
 * secrets of ESP. Writes; an error is sticky and asked for at the end.
 *
 * https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-02.html
 *
 *	section header, interface descriptions, then in the order of time
 *	enhanced packets and decryption secrets, at the end statistics
 */
#ifndef CULVERT_PCAPNG_H
#define CULVERT_PCAPNG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "buf.h"

/* Numbers of interfaces: the descriptions are written in this order. */
enum pcapng_interface {
	PCAPNG_OUTER,
	PCAPNG_INNER,
};

enum pcapng_way {
	PCAPNG_IN = 1,
	PCAPNG_OUT = 2,
};

/* Begins the file: it is of that program. */
void pcapng_begin(FILE *file, const char *program);
/* The next one; what is said of it. */
void pcapng_interface(FILE *file, const char *name, const char *description);
/* A packet that begins with its IP header; ns since 1970; len: as it was, of which
 * packet may be the begin.
 */
void pcapng_packet(FILE *file, enum pcapng_interface interface, uint64_t ns,
		   enum pcapng_way way, struct ike_bytes packet, size_t len);
/* Lines of Wireshark's esp_sa, for packets behind this. */
void pcapng_esp_secrets(FILE *file, const char *lines);
/* How many came, and how many of them the kernel could not hold. */
void pcapng_statistics(FILE *file, enum pcapng_interface interface,
		       uint64_t ns, uint64_t received, uint64_t lost);

#endif
