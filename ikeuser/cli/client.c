// SPDX-License-Identifier: GPL-2.0-only
/* The client's end of the control protocol. Knows packets, and no command. */

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "client.h"

/* A daemon that is busy with its kernel answers later, but not later than this.
 */
#define ANSWER_MS 10000

struct client {
	int fd;
	uint8_t packet[VICI_PACKET_MAX];
	char sentence[CLIENT_SENTENCE_MAX];
};

static int fail(struct client *client, int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int fail(struct client *client, int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(client->sentence, sizeof(client->sentence), format, args);
	va_end(args);
	return err;
}

const char *client_sentence(const struct client *client)
{
	return client->sentence;
}

static const struct {
	int error;
	const char *remedy;
} remedies[] = {
	{ ENOENT, "the daemon does not run here: systemctl start culvertd, or give --socket PATH" },
	{ ECONNREFUSED, "the daemon does not run any more: systemctl start culvertd" },
	{ EACCES, "root and the group culvert may: use sudo, or ask to be a member" },
};

static void refuse_path(const char *path, int error, char *sentence)
{
	size_t i = 0;

	while (i < ARRAY_SIZE(remedies) && remedies[i].error != error)
		i++;
	snprintf(sentence, CLIENT_SENTENCE_MAX, "%.80s: %s%s%s", path,
		 strerror(error), i < ARRAY_SIZE(remedies) ? ": " : "",
		 i < ARRAY_SIZE(remedies) ? remedies[i].remedy : "");
}

int client_open(struct client **result, const char *path,
		char sentence[CLIENT_SENTENCE_MAX])
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct client *client;
	int err = 0;

	*result = NULL;
	if (strlen(path) >= sizeof(address.sun_path)) {
		refuse_path(path, ENAMETOOLONG, sentence);
		return -ENAMETOOLONG;
	}
	strcpy(address.sun_path, path);
	client = calloc(1, sizeof(*client));
	if (!client) {
		refuse_path(path, ENOMEM, sentence);
		return -ENOMEM;
	}
	client->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (client->fd < 0 || connect(client->fd, (struct sockaddr *)&address,
				      sizeof(address)))
		err = -errno;
	if (err) {
		refuse_path(path, -err, sentence);
		client_close(client);
		return err;
	}
	*result = client;
	return 0;
}

void client_close(struct client *client)
{
	if (!client)
		return;
	if (client->fd >= 0)
		close(client->fd);
	free(client);
}

/* --- packets --- */

static int send_all(struct client *client, struct ike_bytes octets)
{
	while (octets.len) {
		ssize_t n = send(client->fd, octets.data, octets.len,
				 MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(client, -errno, "sending to the daemon: %s",
				    strerror(errno));
		octets.data += n;
		octets.len -= n;
	}
	return 0;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* deadline: -1: none */
static int wait_for(struct client *client, int64_t deadline)
{
	struct pollfd poll_fd = { client->fd, POLLIN };

	for (;;) {
		int64_t left = deadline < 0 ? -1 : deadline - now_ms();
		int n;

		if (deadline >= 0 && left < 0)
			left = 0;
		n = poll(&poll_fd, 1, left);
		if (n > 0)
			return 0;
		if (!n)
			return fail(client, -ETIME, "the daemon does not answer");
		if (errno != EINTR)
			return fail(client, -errno, "%s", strerror(errno));
		/* A signal that does not end the program asks for a look. */
		if (deadline < 0)
			return fail(client, -EINTR, "interrupted");
	}
}

static int read_all(struct client *client, void *data, size_t len,
		    int64_t deadline)
{
	uint8_t *at = data;

	while (len) {
		int err = wait_for(client, deadline);
		ssize_t n;

		if (err)
			return err;
		n = recv(client->fd, at, len, 0);
		if (!n)
			return fail(client, -ECONNRESET, "the daemon ended the connection");
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(client, -errno, "reading from the daemon: %s",
				    strerror(errno));
		at += n;
		len -= n;
	}
	return 0;
}

/* A packet that has begun comes to its end soon, whatever is waited for. */
static int read_packet(struct client *client, int timeout_ms,
		       struct vici_packet *packet)
{
	struct vici_fault fault;
	uint8_t head[VICI_HEAD];
	struct ike_bytes octets = { client->packet, 0 };
	int64_t deadline = timeout_ms < 0 ? -1 : now_ms() + timeout_ms;
	int err = wait_for(client, deadline);

	if (err)
		return err;
	deadline = now_ms() + ANSWER_MS;
	err = read_all(client, head, sizeof(head), deadline);
	if (!err && vici_head_read(head, &octets.len))
		err = fail(client, -EBADMSG, "what answers does not speak vici: no packet is so long");
	if (!err)
		err = read_all(client, client->packet, octets.len, deadline);
	if (!err && vici_packet_read(packet, octets, &fault))
		err = fail(client, -EBADMSG, "what answers does not speak vici: %s, at octet %zu",
			   fault.sentence, fault.offset);
	return err;
}

static int read_tree(struct client *client, const struct vici_packet *packet,
		     struct node **node)
{
	int err = node_read(node, packet->message);

	return err ? fail(client, err, "an answer of the daemon is too large") :
		     0;
}

static int send_packet(struct client *client, enum vici_type type,
		       const char *name, const struct node *message)
{
	struct ike_bytes segment;
	struct vici_writer v;
	int err;

	vici_begin(&v, type, name);
	node_write(message, &v);
	err = vici_finish(&v, &segment);
	if (err)
		fail(client, err, "the request is too large");
	else
		err = send_all(client, segment);
	vici_clear(&v);
	return err;
}

/* --- questions --- */

typedef void event_fn(const char *event, struct node *node, void *arg);

static int take_event(struct client *client, const struct vici_packet *packet,
		      event_fn *tell, void *arg)
{
	struct node *node;
	int err;

	if (!tell)
		return 0;
	err = read_tree(client, packet, &node);
	if (!err)
		tell(packet->name, node, arg);
	return err;
}

/* Up to the packet that answers. */
static int await(struct client *client, const char *name, int timeout_ms,
		 struct vici_packet *packet, event_fn *tell, void *arg)
{
	int err;

	for (;;) {
		err = read_packet(client, timeout_ms, packet);
		if (err)
			return err;
		switch (packet->type) {
		case VICI_EVENT:
			err = take_event(client, packet, tell, arg);
			if (err)
				return err;
			break;
		case VICI_CMD_UNKNOWN:
		case VICI_EVENT_UNKNOWN:
			return fail(client, -ENOSYS, "the daemon does not know '%s': it is of another version",
				    name);
		case VICI_CMD_RESPONSE:
		case VICI_EVENT_CONFIRM:
			return 0;
		default:
			return fail(client, -EBADMSG, "the daemon answers with a packet of type %u",
				    packet->type);
		}
	}
}

int client_ask(struct client *client, const char *command,
	       const struct node *request, int timeout_ms, struct node **answer,
	       event_fn *tell, void *arg)
{
	struct vici_packet packet;
	int err;

	*answer = NULL;
	err = send_packet(client, VICI_CMD_REQUEST, command, request);
	if (!err)
		err = await(client, command,
			    timeout_ms < 0 ? ANSWER_MS : timeout_ms, &packet,
			    tell, arg);
	if (!err && packet.type != VICI_CMD_RESPONSE)
		err = fail(client, -EBADMSG, "the daemon answers what was not asked");
	return err ? err : read_tree(client, &packet, answer);
}

int client_register(struct client *client, const char *event)
{
	struct vici_packet packet;
	int err = send_packet(client, VICI_EVENT_REGISTER, event, NULL);

	return err ? err : await(client, event, ANSWER_MS, &packet, NULL, NULL);
}

int client_fd(const struct client *client)
{
	return client->fd;
}

int client_event(struct client *client, int timeout_ms, char *name,
		 struct node **event)
{
	struct vici_packet packet;
	int err = read_packet(client, timeout_ms, &packet);

	*event = NULL;
	if (err)
		return err;
	if (packet.type != VICI_EVENT)
		return fail(client, -EBADMSG, "the daemon answers what was not asked");
	strcpy(name, packet.name);
	return read_tree(client, &packet, event);
}
