/* SPDX-License-Identifier: GPL-2.0-only */
/* UDP ports 500 and 4500 of both families. */
#ifndef CULVERT_UDP_H
#define CULVERT_UDP_H

#include "engine.h"

#define UDP_SOCKETS 4

struct udp_batch;

struct udp {
	int fd[UDP_SOCKETS];		/* -1: the kernel has no such family */
	struct udp_batch *batch;	/* owned */
	uint64_t unusable;		/* datagrams that nobody can answer */
};

#define UDP_SENTENCE_MAX 160

/* Binds all of them in the network namespace of the caller. -errno, and a
 * sentence of up to UDP_SENTENCE_MAX octets: nothing is open.
 */
int udp_open(struct udp *udp, char *sentence);
void udp_close(struct udp *udp);

/* Reads what has come to that socket, as much as one turn of the loop is to take,
 * and tells it as events without a time, whose octets are borrowed. What is left
 * makes the descriptor readable again.
 */
int udp_read(struct udp *udp, size_t i,
	     void (*tell)(struct ike_event *event, void *arg), void *arg);
/* From local, whose port says which socket; len 0: the address that the route
 * gives.
 */
int udp_send(const struct udp *udp, const struct ike_address *local,
	     const struct ike_address *remote, struct ike_bytes data);

/* The address that the route to remote gives; the port stays. */
int udp_route(const struct ike_address *remote, struct ike_address *local);

#endif
