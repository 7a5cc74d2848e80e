// SPDX-License-Identifier: GPL-2.0-only
/* Blocks of pcapng. In the byte order of this machine, which the reader finds out
 * by the magic number of the section header.
 */
#include <string.h>

#include "pcapng.h"

#define BLOCK_SECTION 0x0a0d0d0a
#define BLOCK_INTERFACE 1
#define BLOCK_STATISTICS 5
#define BLOCK_PACKET 6
#define BLOCK_SECRETS 10

#define SECTION_MAGIC 0x1a2b3c4d
#define SECTION_LENGTH_UNKNOWN UINT64_MAX
/* A packet begins with its IP header, of either version. */
#define LINKTYPE_RAW 101
#define TIME_NANOSECONDS 9	/* 10^-9 s */
#define SECRETS_ESP 0x45535053	/* "ESPS" */

enum option {
	OPTION_END = 0,
	OPTION_NAME = 2,		/* of interfaces */
	OPTION_DESCRIPTION = 3,
	OPTION_APPLICATION = 4,		/* of sections */
	OPTION_TIME = 9,
	OPTION_FLAGS = 2,		/* of packets */
	OPTION_RECEIVED = 4,		/* of statistics */
	OPTION_LOST = 5,
};

static size_t padded(size_t len)
{
	return (len + 3) & ~(size_t)3;
}

static void put(FILE *file, const void *data, size_t len)
{
	static const uint8_t zero[3];

	fwrite(data, 1, len, file);
	fwrite(zero, 1, padded(len) - len, file);
}

static void put32(FILE *file, uint32_t value)
{
	put(file, &value, sizeof(value));
}

/* The length of a block stands in front of it and behind it. */
static uint32_t block(FILE *file, uint32_t type, size_t body)
{
	uint32_t len = 12 + body;

	put32(file, type);
	put32(file, len);
	return len;
}

static size_t option_len(size_t len)
{
	return 4 + padded(len);
}

static void option(FILE *file, enum option code, const void *data, size_t len)
{
	const uint16_t head[2] = { code, len };

	put(file, head, sizeof(head));
	put(file, data, len);
}

/* Code and length, both 0. */
static void option_end(FILE *file)
{
	put32(file, OPTION_END);
}

void pcapng_begin(FILE *file, const char *program)
{
	const uint64_t unknown = SECTION_LENGTH_UNKNOWN;
	const uint16_t version[2] = { 1, 0 };
	uint32_t len = block(file, BLOCK_SECTION, 16 + option_len(0) +
			     option_len(strlen(program)));

	put32(file, SECTION_MAGIC);
	put(file, version, sizeof(version));
	put(file, &unknown, sizeof(unknown));
	option(file, OPTION_APPLICATION, program, strlen(program));
	option_end(file);
	put32(file, len);
}

void pcapng_interface(FILE *file, const char *name, const char *description)
{
	const uint16_t link[2] = { LINKTYPE_RAW, 0 };
	const uint8_t resolution = TIME_NANOSECONDS;
	uint32_t len = block(file, BLOCK_INTERFACE, 8 + option_len(0) +
			     option_len(strlen(name)) + option_len(1) +
			     option_len(strlen(description)));

	put(file, link, sizeof(link));
	put32(file, 0);			/* as long as they come */
	option(file, OPTION_NAME, name, strlen(name));
	option(file, OPTION_DESCRIPTION, description, strlen(description));
	option(file, OPTION_TIME, &resolution, 1);
	option_end(file);
	put32(file, len);
}

static void put_time(FILE *file, uint64_t ns)
{
	put32(file, ns >> 32);
	put32(file, ns);
}

void pcapng_packet(FILE *file, enum pcapng_interface interface, uint64_t ns,
		   enum pcapng_way way, struct ike_bytes packet, size_t packet_len)
{
	const uint32_t flags = way;
	uint32_t len = block(file, BLOCK_PACKET, 20 + padded(packet.len) +
			     option_len(sizeof(flags)) + option_len(0));

	put32(file, interface);
	put_time(file, ns);
	put32(file, packet.len);
	put32(file, packet_len);
	put(file, packet.data, packet.len);
	option(file, OPTION_FLAGS, &flags, sizeof(flags));
	option_end(file);
	put32(file, len);
}

void pcapng_esp_secrets(FILE *file, const char *lines)
{
	uint32_t len = block(file, BLOCK_SECRETS, 8 + padded(strlen(lines)));

	put32(file, SECRETS_ESP);
	put32(file, strlen(lines));
	put(file, lines, strlen(lines));
	put32(file, len);
}

void pcapng_statistics(FILE *file, enum pcapng_interface interface,
		       uint64_t ns, uint64_t received, uint64_t lost)
{
	uint32_t len = block(file, BLOCK_STATISTICS, 12 + option_len(0) +
			     2 * option_len(sizeof(received)));

	put32(file, interface);
	put_time(file, ns);
	option(file, OPTION_RECEIVED, &received, sizeof(received));
	option(file, OPTION_LOST, &lost, sizeof(lost));
	option_end(file);
	put32(file, len);
}
