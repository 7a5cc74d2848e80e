// SPDX-License-Identifier: GPL-2.0-only
/* The control socket: who connects, the packets of each, and what waits to be
 * read by it. Knows no command. A client that sends what is no packet is closed;
 * one that does not read what happens loses events, which are counted; one that
 * does not read its answers is closed.
 */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <grp.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "vici.h"
#include "vici_server.h"

#define VICI_GROUP "culvert"
/* Octets that wait for a client, before its next command is looked at. */
#define VICI_BUSY (64 * 1024)
#define VICI_BACKLOG 16

/* --- what goes out --- */

static size_t waiting(const struct vici_client *client)
{
	return evbuffer_get_length(bufferevent_get_output(client->stream));
}

static void put_out(struct vici_client *client, struct ike_bytes segment)
{
	if (waiting(client) + segment.len > VICI_ANSWER_MAX) {
		log_warning("control: a client does not read its answers: closed");
		client->failed = true;
	} else if (bufferevent_write(client->stream, segment.data,
				     segment.len)) {
		log_error("control: no memory for an answer: closed");
		client->failed = true;
	}
}

void vici_send(struct vici_client *client, struct vici_writer *v)
{
	struct ike_bytes segment;
	int err = vici_finish(v, &segment);

	if (err) {
		log_error("control: a message cannot be written (%s): closed",
			  strerror(-err));
		client->failed = true;
	} else if (!client->failed) {
		put_out(client, segment);
	}
	vici_clear(v);
}

static void wipe(const void *data, size_t len, void *arg)
{
	ike_crypto_wipe(arg, len);
	free(arg);
}

/* The writer's own memory waits in the output: a copy would not be wiped. */
void vici_send_secret(struct vici_client *client, struct vici_writer *v)
{
	struct evbuffer *output = bufferevent_get_output(client->stream);
	struct ike_bytes segment = { v->w.data, v->w.len };
	int err = vici_finish(v, &segment);

	if (!err && !client->failed &&
	    evbuffer_add_reference(output, segment.data, segment.len, wipe,
				   v->w.data))
		err = -ENOMEM;
	if (err) {
		log_error("control: keys cannot be written (%s): closed",
			  strerror(-err));
		client->failed = true;
	}
	if (client->failed)
		wipe(v->w.data, segment.len, v->w.data);
	memset(v, 0, sizeof(*v));
}

int vici_fd(const struct vici_client *client)
{
	return bufferevent_getfd(client->stream);
}

bool vici_hears(const struct vici_client *client, enum vici_event event)
{
	return client->hears & 1u << event;
}

bool vici_anybody_hears(const struct vici *vici, enum vici_event event)
{
	const struct vici_client *client;

	for (client = vici->clients; client; client = client->next)
		if (vici_hears(client, event))
			return true;
	return false;
}

static void tell_lost(struct vici_client *client)
{
	struct vici_writer v;

	log_warning("control: a client that reads too slowly lost %" PRIu64 " events",
		    client->lost);
	if (vici_hears(client, VICI_EVENT_CULVERT_EVENT)) {
		vici_begin_event(&v, VICI_EVENT_CULVERT_EVENT);
		vici_put(&v, "now-ms", "%" PRIu64, gateway_now());
		vici_put(&v, "lost", "%" PRIu64, client->lost);
		vici_send(client, &v);
	}
	client->lost = 0;
}

/* A client that is behind hears how many it lost, when it has caught up. */
static void tell_one(struct vici_client *client, struct ike_bytes segment)
{
	size_t limit = client->lost ? VICI_EVENTS_MAX / 2 : VICI_EVENTS_MAX;

	if (waiting(client) + segment.len > limit) {
		client->lost++;
		return;
	}
	if (client->lost)
		tell_lost(client);
	put_out(client, segment);
}

void vici_tell(struct vici *vici, enum vici_event event, struct vici_writer *v)
{
	struct vici_client *client;
	struct ike_bytes segment;

	if (!vici_finish(v, &segment)) {
		for (client = vici->clients; client; client = client->next)
			if (vici_hears(client, event) && !client->failed)
				tell_one(client, segment);
	} else {
		log_error("control: an event cannot be written");
	}
	vici_clear(v);
}

/* --- clients --- */

static void client_free(struct vici_client *client)
{
	struct vici *vici = client->vici;
	struct vici_client **at = &vici->clients;

	while (*at != client)
		at = &(*at)->next;
	*at = client->next;
	vici->n_clients--;
	vici_keys_left(client);
	if (client->timer)
		event_free(client->timer);
	bufferevent_free(client->stream);
	free(client->number);
	free(client);
	vici_event_heard(vici);
}

/* One packet of the input. 0: there is none that is whole, or it is not its time;
 * 1: it was done; -errno.
 */
static int read_one(struct vici_client *client)
{
	struct evbuffer *input = bufferevent_get_input(client->stream);
	struct vici_packet packet;
	uint8_t head[VICI_HEAD];
	struct vici_fault fault;
	struct ike_bytes octets;
	size_t len;
	int err;

	if (client->wait || waiting(client) > VICI_BUSY ||
	    evbuffer_copyout(input, head, sizeof(head)) < VICI_HEAD)
		return 0;
	if (vici_head_read(head, &len)) {
		log_warning("control: a client says that a packet has %zu octets (1 to %u may be): closed",
			    len, VICI_PACKET_MAX);
		return -EMSGSIZE;
	}
	if (evbuffer_get_length(input) < VICI_HEAD + len)
		return 0;
	octets.data = evbuffer_pullup(input, VICI_HEAD + len);
	if (!octets.data)
		return -ENOMEM;
	octets.data += VICI_HEAD;
	octets.len = len;
	err = vici_packet_read(&packet, octets, &fault);
	if (err)
		log_warning("control: octet %zu of a client's packet: %s: closed",
			    fault.offset, fault.sentence);
	else
		err = vici_packet(client, &packet);
	evbuffer_drain(input, VICI_HEAD + len);
	return err ? err : 1;
}

static void on_stream(struct bufferevent *stream, void *arg)
{
	struct vici_client *client = arg;
	int ret;

	do
		ret = client->failed ? -EPIPE : read_one(client);
	while (ret > 0);
	if (ret < 0 || client->failed)
		client_free(client);
}

static void on_end(struct bufferevent *stream, short what, void *arg)
{
	client_free(arg);
}

/* The next command may wait in the input already. */
void vici_answer(struct vici_client *client, struct vici_writer *v)
{
	client->wait = VICI_WAIT_NOTHING;
	client->answered = true;
	free(client->number);
	client->number = NULL;
	client->numbers = 0;
	event_del(client->timer);
	vici_send(client, v);
	bufferevent_trigger(client->stream, EV_READ, BEV_TRIG_DEFER_CALLBACKS |
			    BEV_TRIG_IGNORE_WATERMARKS);
}

static void on_late(evutil_socket_t fd, short what, void *arg)
{
	vici_control_late(arg);
}

static int client_open(struct vici *vici, int fd)
{
	struct vici_client *client = calloc(1, sizeof(*client));

	if (!client)
		return -ENOMEM;
	client->vici = vici;
	client->timer = evtimer_new(vici->base, on_late, client);
	client->stream = bufferevent_socket_new(vici->base, fd,
						BEV_OPT_CLOSE_ON_FREE);
	if (!client->timer || !client->stream) {
		if (client->timer)
			event_free(client->timer);
		if (client->stream)
			bufferevent_free(client->stream);
		else
			close(fd);
		free(client);
		return -ENOMEM;
	}
	bufferevent_setcb(client->stream, on_stream, on_stream, on_end, client);
	/* One packet is read ahead, no more. */
	bufferevent_setwatermark(client->stream, EV_READ, 0,
				 VICI_HEAD + VICI_PACKET_MAX);
	bufferevent_enable(client->stream, EV_READ | EV_WRITE);
	client->next = vici->clients;
	vici->clients = client;
	vici->n_clients++;
	return 0;
}

static void on_listener(evutil_socket_t listener, short what, void *arg)
{
	struct vici *vici = arg;
	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0)
		return;
	if (vici->n_clients >= VICI_CLIENTS_MAX) {
		if (!vici->refusing)
			log_warning("control: %u clients are connected: more are turned away",
				    VICI_CLIENTS_MAX);
		vici->refusing = true;
		close(fd);
		return;
	}
	vici->refusing = false;
	if (client_open(vici, fd))
		log_error("control: no memory for a client");
}

/* --- the socket --- */

static int set_name(struct sockaddr_un *name, const char *path)
{
	memset(name, 0, sizeof(*name));
	name->sun_family = AF_UNIX;
	if (*path != '/' || strlen(path) >= sizeof(name->sun_path)) {
		log_error("control socket '%s': an absolute path of less than %zu octets is expected",
			  path, sizeof(name->sun_path));
		return -EINVAL;
	}
	strcpy(name->sun_path, path);
	return 0;
}

static int make_directory(const char *path)
{
	char copy[sizeof(((struct sockaddr_un *)0)->sun_path)];

	snprintf(copy, sizeof(copy), "%s", path);
	if (!mkdir(dirname(copy), 0755) || errno == EEXIST)
		return 0;
	log_error("%s: %s", copy, strerror(errno));
	return -errno;
}

/* A socket that nobody answers at is what a daemon that was killed left. */
static int remove_stale(const struct sockaddr_un *name)
{
	struct stat stat;
	int fd;
	int err;

	if (lstat(name->sun_path, &stat))
		return 0;
	if (!S_ISSOCK(stat.st_mode)) {
		log_error("%s: is no socket, and is left alone; give -s another path",
			  name->sun_path);
		return -EEXIST;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	err = connect(fd, (const struct sockaddr *)name, sizeof(*name)) ?
	      errno : 0;
	close(fd);
	if (err == ECONNREFUSED)
		return unlink(name->sun_path) ? -errno : 0;
	log_error("%s: another daemon answers there; end it, or give -s another path",
		  name->sun_path);
	return -EADDRINUSE;
}

/* Where there is no such group, root alone may connect. */
static int give_to_group(const char *path)
{
	const struct group *group = getgrnam(VICI_GROUP);

	if (group && chown(path, -1, group->gr_gid))
		log_warning("%s: giving it to group %s: %s", path,
			    group->gr_name, strerror(errno));
	return chmod(path, 0770) ? -errno : 0;
}

static int bind_socket(struct vici *vici, const struct sockaddr_un *name)
{
	mode_t mask;
	int err;

	vici->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
			  0);
	if (vici->fd < 0)
		return -errno;
	/* Nobody but its owner may come in before it has its group. */
	mask = umask(0077);
	err = bind(vici->fd, (const struct sockaddr *)name, sizeof(*name)) ?
	      -errno : 0;
	umask(mask);
	if (err)
		return err;
	err = give_to_group(name->sun_path);
	if (!err && listen(vici->fd, VICI_BACKLOG))
		err = -errno;
	if (err)
		unlink(name->sun_path);
	return err;
}

static int open_socket(struct vici *vici)
{
	struct sockaddr_un name;
	int err = set_name(&name, vici->path);

	if (!err)
		err = make_directory(vici->path);
	if (!err)
		err = remove_stale(&name);
	if (err)
		return err;
	err = bind_socket(vici, &name);
	if (err)
		log_error("%s: %s", vici->path, strerror(-err));
	return err;
}

static int join_loop(struct vici *vici)
{
	vici->listener = event_new(vici->base, vici->fd, EV_READ | EV_PERSIST,
				   on_listener, vici);
	if (vici->listener && !event_add(vici->listener, NULL))
		return 0;
	log_error("no memory for the control socket");
	return -ENOMEM;
}

static void on_actions(const struct ike_actions *actions, void *arg)
{
	vici_event_told(arg, actions);
	vici_keys_told(arg);
	vici_control_done(arg, actions);
}

void vici_close(struct vici *vici)
{
	gateway_listen(vici->gateway, NULL, NULL);
	while (vici->clients)
		client_free(vici->clients);
	vici_event_forget(vici);
	if (vici->listener)
		event_free(vici->listener);
	if (vici->confirm)
		event_free(vici->confirm);
	if (vici->fd >= 0) {
		close(vici->fd);
		unlink(vici->path);
	}
	vici_kern_clear(&vici->zero_rules);
	free(vici);
}

int vici_open(struct vici **result, const char *path, struct event_base *base,
	      struct gateway *gateway)
{
	struct vici *vici = calloc(1, sizeof(*vici));
	int err;

	if (!vici) {
		log_error("no memory for the control socket");
		return -ENOMEM;
	}
	vici->path = path;
	vici->base = base;
	vici->gateway = gateway;
	vici->fd = -1;
	vici->started = gateway_now();
	vici->loaded_at = vici->started;
	vici->started_at = time(NULL);
	err = open_socket(vici);
	if (err && vici->fd >= 0) {
		close(vici->fd);
		vici->fd = -1;
	}
	if (!err)
		err = join_loop(vici);
	if (err) {
		vici_close(vici);
		return err;
	}
	gateway_listen(gateway, on_actions, vici);
	*result = vici;
	return 0;
}
