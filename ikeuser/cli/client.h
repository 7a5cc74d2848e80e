/* SPDX-License-Identifier: GPL-2.0-only */
/* A connection to the daemon: one command at a time, and the events that were
 * asked for. Blocks, but never for longer than it is told.
 */
#ifndef CULVERT_CLIENT_H
#define CULVERT_CLIENT_H

#include "node.h"

struct client;

#define CLIENT_SENTENCE_MAX 200

/* 0 or -errno, and then why it cannot be. */
int client_open(struct client **client, const char *path,
		char sentence[CLIENT_SENTENCE_MAX]);
void client_close(struct client *client);

/* What client_ask() and client_event() refuse with; and -errno of the socket.
 * -ENOSYS: the daemon has no such command or event; -ETIME: it took too long;
 * -EBADMSG: what came is no message; -ECONNRESET: it ended the connection.
 */
const char *client_sentence(const struct client *client);

/* Sends a command and waits for its answer. Events on the way go to tell, if it
 * is not NULL: it owns them. timeout_ms is of silence.
 */
int client_ask(struct client *client, const char *command,
	       const struct node *request, int timeout_ms, struct node **answer,
	       void (*tell)(const char *event, struct node *node, void *arg),
	       void *arg);
int client_register(struct client *client, const char *event);
/* To be polled beside others: readable, when an event may be there. */
int client_fd(const struct client *client);
/* The next event; name has room for VICI_NAME_MAX and the end. -ETIME: none
 * came in timeout_ms; -1: it waits for ever.
 */
int client_event(struct client *client, int timeout_ms, char *name,
		 struct node **event);

#endif
