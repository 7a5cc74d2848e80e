// SPDX-License-Identifier: GPL-2.0-only
/* Sends UDP datagrams as fast as the kernel takes them, and says how long one
 * took, in nanoseconds. On one CPU the whole way of a packet, over several
 * network namespaces and devices, is walked before the next is sent; in an
 * emulated machine that counts instructions a nanosecond is one of them. What
 * a thread of the kernel does with the packets, as WireGuard's do, it does when
 * this program gives way, and is counted too.
 *
 *   udp-blast ADDRESS PORT OCTETS COUNT
 */

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define EXIT_USAGE 2
#define OCTETS_MAX 65507
#define WARM_UP 200
#define BURST 16

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1e9 + time.tv_nsec;
}

static int connect_to(const char *address, const char *port)
{
	struct addrinfo hints = { .ai_socktype = SOCK_DGRAM,
				  .ai_flags = AI_NUMERICHOST };
	struct addrinfo *found;
	int fd;
	int error = getaddrinfo(address, port, &hints, &found);

	if (error)
		errx(EXIT_USAGE, "%s port %s: %s", address, port,
		     gai_strerror(error));
	fd = socket(found->ai_family, SOCK_DGRAM, 0);
	if (fd < 0 || connect(fd, found->ai_addr, found->ai_addrlen))
		err(EXIT_FAILURE, "%s", address);
	freeaddrinfo(found);
	return fd;
}

/* Encryption, decryption and delivery may each be a thread's. */
static void give_way(void)
{
	int times = 4;

	while (times--)
		sched_yield();
}

static void blast(int fd, size_t octets, long count)
{
	static char datagram[OCTETS_MAX];

	while (count--) {
		if (send(fd, datagram, octets, 0) < 0 && errno != ECONNREFUSED)
			err(EXIT_FAILURE, "send");
		if (count % BURST == 0)
			give_way();
	}
}

int main(int argc, char **argv)
{
	size_t octets;
	double begin;
	long count;
	int fd;

	if (argc != 5)
		errx(EXIT_USAGE, "usage: udp-blast ADDRESS PORT OCTETS COUNT");
	octets = strtoul(argv[3], NULL, 0);
	count = strtol(argv[4], NULL, 0);
	if (octets > OCTETS_MAX || count < 1)
		errx(EXIT_USAGE, "at most %d octets, at least 1 datagram",
		     OCTETS_MAX);
	fd = connect_to(argv[1], argv[2]);
	blast(fd, octets, WARM_UP);
	begin = now();
	blast(fd, octets, count);
	printf("%.0f\n", (now() - begin) / count);
	return EXIT_SUCCESS;
}
