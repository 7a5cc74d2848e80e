// SPDX-License-Identifier: GPL-2.0-only
/* A bulk transfer over TCP. Each flow has a process, so that flows spread over
 * the CPUs. What is measured ends when the last octet was read at the far end.
 *
 *   bulk sink PORT
 *   bulk send ADDRESS PORT OCTETS FLOWS	prints Mbit per second, of all
 */

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define EXIT_USAGE 2
#define FLOWS_MAX 64
#define CHUNK 65536

static char chunk[CHUNK];

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

static struct sockaddr_in address_of(const char *address, const char *port)
{
	struct sockaddr_in found = {
		.sin_family = AF_INET,
		.sin_port = htons(strtoul(port, NULL, 0)),
	};

	if (inet_pton(AF_INET, address, &found.sin_addr) != 1)
		errx(EXIT_USAGE, "'%s' is no IPv4 address", address);
	return found;
}

static void drain(int fd)
{
	ssize_t got;

	while ((got = read(fd, chunk, sizeof(chunk))) > 0)
		;
	if (got < 0)
		err(EXIT_FAILURE, "read");
}

static void end(int signal)
{
	_exit(EXIT_SUCCESS);
}

/* Until SIGTERM. */
static void sink(const char *port)
{
	struct sockaddr_in here = address_of("0.0.0.0", port);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	int one = 1;
	int fd;

	signal(SIGTERM, end);
	signal(SIGCHLD, SIG_IGN);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(listener, (void *)&here, sizeof(here)) ||
	    listen(listener, FLOWS_MAX))
		err(EXIT_FAILURE, "port %s", port);
	while ((fd = accept(listener, NULL, NULL)) >= 0) {
		if (fork() == 0) {
			drain(fd);
			_exit(EXIT_SUCCESS);
		}
		close(fd);
	}
	err(EXIT_FAILURE, "accept");
}

static void flow(const struct sockaddr_in *there, long octets)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || connect(fd, (void *)there, sizeof(*there)))
		err(EXIT_FAILURE, "connect");
	while (octets > 0) {
		ssize_t sent = write(fd, chunk,
				     octets < CHUNK ? octets : CHUNK);

		if (sent < 0)
			err(EXIT_FAILURE, "write");
		octets -= sent;
	}
	shutdown(fd, SHUT_WR);
	drain(fd);
	_exit(EXIT_SUCCESS);
}

static void send_all(char **argv)
{
	struct sockaddr_in there = address_of(argv[2], argv[3]);
	long octets = strtol(argv[4], NULL, 0);
	int flows = atoi(argv[5]);
	double begin;
	int status;
	int n;

	if (octets < 1 || flows < 1 || flows > FLOWS_MAX)
		errx(EXIT_USAGE, "at least 1 octet, 1 to %d flows", FLOWS_MAX);
	begin = now();
	for (n = 0; n < flows; n++)
		if (fork() == 0)
			flow(&there, octets / flows);
	for (n = 0; n < flows; n++)
		if (wait(&status) < 0 || status)
			errx(EXIT_FAILURE, "a flow failed");
	printf("%.3f\n", octets * 8 / 1e6 / (now() - begin));
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "sink"))
		sink(argv[2]);
	else if (argc == 6 && !strcmp(argv[1], "send"))
		send_all(argv);
	else
		errx(EXIT_USAGE, "usage: bulk sink PORT | "
		     "bulk send ADDRESS PORT OCTETS FLOWS");
	return EXIT_SUCCESS;
}
