/* SPDX-License-Identifier: GPL-2.0-only */
/* A daemon without its process: a gateway with its control socket and real UDP
 * sockets, in a network namespace of its own, a kernel module that remembers SAs,
 * and a peer: an engine at 127.0.0.2 port 1500. One thread runs all of it.
 */
#ifndef RIG_H
#define RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vici.h"
#include "vici_msg.h"

#define RIG_SOCKET "/tmp/test_vici.sock"

struct event_base;
struct gateway;
struct ike_actions;

extern struct rig {
	struct event_base *base;
	struct gateway *gateway;
	struct vici *vici;
	char conf[64];			/* path of its configuration */
	bool deaf;			/* the peer answers nothing */
	bool gone;			/* the kernel module is */
	bool bare;			/* the kernel module took no rules */
	int refuses;			/* -errno of it for the next rules, once */
	int hits;			/* more that each rule has counted */
	uint64_t quiet_in, quiet_out;	/* ms since the last packet, of all SAs */
} rig;

/* For cmocka: the namespace; then, for each test, the daemon. */
int rig_isolate(void **state);
int rig_setup(void **state);
int rig_teardown(void **state);
void rig_write_conf(const char *text);
extern const char rig_conf[];

/* One turn of everything. */
void rig_turn(void);
/* Turns until it holds; false: it did not for 10 s. */
bool rig_until(bool (*condition)(void *arg), void *arg);
/* SAs that the kernel has in both directions. */
size_t rig_sas(void);
/* The peer begins, for the first of its rules. */
void rig_peer_initiates(void);
/* Packets through all SAs, each of 128 octets. */
void rig_traffic(unsigned int packets);

/* A client: its descriptor, and what it last read. */
struct rig_client {
	int fd;
	uint8_t octets[VICI_HEAD + VICI_PACKET_MAX];
	size_t len;
	struct vici_packet packet;
	bool closed;			/* by the daemon */
};

struct rig_client *rig_connect(void);
void rig_disconnect(struct rig_client *client);
void rig_send(struct rig_client *client, const void *octets, size_t len);
/* Its next packet; false: none came, or it was closed. */
bool rig_read(struct rig_client *client);
/* Registers an event, which must be confirmed. */
void rig_listen(struct rig_client *client, const char *event);
/* Begins a request, whose keys the caller adds; sends it. */
void rig_request(struct rig_client *client, struct vici_writer *v);
/* A request of up to three keys, and the packet that answers it: of events before
 * it, the last is kept in *event.
 */
struct rig_answer {
	char name[VICI_NAME_MAX + 1];	/* of the last event */
	uint8_t event[65536];
	size_t event_len;
	unsigned int events;
	uint8_t reply[65536];
	size_t reply_len;
	enum vici_type type;
};
void rig_ask(struct rig_client *client, struct rig_answer *answer,
	     const char *command, ...) __attribute__((sentinel));
/* Values by a path of sections, "site2/child-sas/acl-1-2/state". */
const char *rig_value(const uint8_t *octets, size_t len, const char *path);

#endif
