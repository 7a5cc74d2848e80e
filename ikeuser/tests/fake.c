// SPDX-License-Identifier: GPL-2.0-only
/* The fake daemon: a thread at the other end of a socket. */

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <cmocka.h>

#include "client.h"
#include "fake.h"

#define REQUESTS_MAX 64
#define WORDS_MAX 16

static struct {
	const struct fake_answer *answers;
	char path[64];
	int fd;
	pthread_t thread;
	struct {
		char name[64];
		struct node *node;
	} request[REQUESTS_MAX];
	size_t requests;
	char *out;
	char *err;
} fake = { .fd = -1 };

/* --- text to tree --- */

static const char *blanks(const char *at)
{
	return at + strspn(at, " \t\n");
}

static const char *take(const char *at, char *word, size_t size)
{
	size_t n;

	at = blanks(at);
	if (*at == '"') {
		n = strcspn(++at, "\"");
		assert_true(at[n] == '"' && n < size);
		memcpy(word, at, n);
		word[n] = '\0';
		return at + n + 1;
	}
	n = strcspn(at, " \t\n{}[]=");
	assert_true(n < size);
	memcpy(word, at, n);
	word[n] = '\0';
	return at + n;
}

static const char *parse(struct node *to, const char *at)
{
	char word[400], value[400];

	for (at = blanks(at); *at && *at != '}' && *at != ']'; at = blanks(at)) {
		at = blanks(take(at, word, sizeof(word)));
		assert_true(*word);
		if (to->kind == NODE_LIST) {
			assert_non_null(node_set(to, "", "%s", word));
		} else if (*at == '=') {
			at = take(at + 1, value, sizeof(value));
			assert_non_null(node_set(to, word, "%s", value));
		} else {
			assert_true(*at == '{' || *at == '[');
			at = parse(node_add(to, *at == '[' ? NODE_LIST :
					    NODE_SECTION, word), at + 1);
			assert_true(*at == '}' || *at == ']');
			at++;
		}
	}
	return at;
}

struct node *fake_node(const char *text)
{
	struct node *root = node_new(NODE_SECTION, "");

	assert_int_equal(*parse(root, text), '\0');
	return root;
}

/* --- the daemon --- */

static bool get(int fd, void *data, size_t len)
{
	return recv(fd, data, len, MSG_WAITALL) == (ssize_t)len;
}

static void put(int fd, enum vici_type type, const char *name,
		const struct node *node)
{
	struct ike_bytes segment;
	struct vici_writer v;

	vici_begin(&v, type, name);
	node_write(node, &v);
	if (!vici_finish(&v, &segment))
		send(fd, segment.data, segment.len, MSG_NOSIGNAL);
	vici_clear(&v);
}

static void put_events(int fd, const struct fake_answer *answer)
{
	struct node *events = fake_node(answer->events);
	struct node *node = events->first;

	for (; node; node = node->next) {
		struct node wrap = { .kind = NODE_SECTION, .name = "",
				     .first = node };
		struct node *next = node->next;

		node->next = NULL;
		put(fd, VICI_EVENT, answer->event, answer->bare ? node : &wrap);
		node->next = next;
	}
	node_free(events);
}

static void serve_command(int fd, const struct vici_packet *packet)
{
	const struct fake_answer *answer = fake.answers;
	struct node *node = NULL;

	if (fake.requests < REQUESTS_MAX) {
		snprintf(fake.request[fake.requests].name, 64, "%.63s",
			 packet->name);
		node_read(&fake.request[fake.requests++].node,
			  packet->message);
	}
	while (answer->command && strcmp(answer->command, packet->name))
		answer++;
	if (!answer->command) {
		put(fd, VICI_CMD_UNKNOWN, NULL, NULL);
		return;
	}
	if (answer->raw.len) {
		send(fd, answer->raw.data, answer->raw.len, MSG_NOSIGNAL);
		return;
	}
	if (answer->events)
		put_events(fd, answer);
	if (answer->answer)
		node = fake_node(answer->answer);
	put(fd, VICI_CMD_RESPONSE, NULL, node);
	node_free(node);
}

static void serve_register(int fd, const struct vici_packet *packet)
{
	const struct fake_answer *answer = fake.answers;

	put(fd, VICI_EVENT_CONFIRM, NULL, NULL);
	for (; answer->command; answer++) {
		if (!*answer->command && !strcmp(answer->event, packet->name))
			put_events(fd, answer);
	}
}

static void serve(int fd)
{
	static uint8_t octets[VICI_PACKET_MAX];
	struct ike_bytes bytes = { octets };
	struct vici_packet packet;
	struct vici_fault fault;
	uint8_t head[VICI_HEAD];

	while (get(fd, head, sizeof(head)) &&
	       !vici_head_read(head, &bytes.len) &&
	       get(fd, octets, bytes.len) &&
	       !vici_packet_read(&packet, bytes, &fault)) {
		if (packet.type == VICI_CMD_REQUEST)
			serve_command(fd, &packet);
		else
			serve_register(fd, &packet);
	}
	close(fd);
}

static void *run(void *arg)
{
	int fd;

	while ((fd = accept(fake.fd, NULL, NULL)) >= 0)
		serve(fd);
	return NULL;
}

void fake_start(const struct fake_answer *answers)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	fake_stop();
	fake.answers = answers;
	snprintf(fake.path, sizeof(fake.path), "/tmp/culvert-fake.%d",
		 getpid());
	strcpy(address.sun_path, fake.path);
	unlink(fake.path);
	fake.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(fake.fd >= 0);
	assert_int_equal(bind(fake.fd, (struct sockaddr *)&address,
			      sizeof(address)), 0);
	assert_int_equal(listen(fake.fd, 5), 0);
	assert_int_equal(pthread_create(&fake.thread, NULL, run, NULL), 0);
}

void fake_stop(void)
{
	if (fake.fd >= 0) {
		shutdown(fake.fd, SHUT_RDWR);
		pthread_join(fake.thread, NULL);
		close(fake.fd);
		unlink(fake.path);
	}
	while (fake.requests)
		node_free(fake.request[--fake.requests].node);
	free(fake.out);
	free(fake.err);
	fake.out = fake.err = NULL;
	fake.fd = -1;
}

const struct node *fake_request(const char *command)
{
	size_t i = fake.requests;

	while (i--) {
		if (!strcmp(fake.request[i].name, command))
			return fake.request[i].node;
	}
	return NULL;
}

bool fake_asked(const char *command, const char *key, const char *value)
{
	size_t i = fake.requests;

	while (i--) {
		if (!strcmp(fake.request[i].name, command) &&
		    node_is(fake.request[i].node, key, value))
			return true;
	}
	return false;
}

/* --- the command --- */

int fake_run(const char *line)
{
	char *copy = strdup(line), *rest = copy;
	char *argv[WORDS_MAX + 1] = { NULL };
	struct cli cli = { .socket = fake.path, .timeout_ms = -1 };
	size_t out_len, err_len;
	char *word;
	int argc = 0;
	int ret;

	free(fake.out);
	free(fake.err);
	cli.out = open_memstream(&fake.out, &out_len);
	cli.err = open_memstream(&fake.err, &err_len);
	while ((word = strsep(&rest, " ")) && argc < WORDS_MAX)
		argv[argc++] = strcmp(word, "''") ? word : word + 2;
	ret = cli_run(&cli, argc, argv);
	client_close(cli.client);
	fclose(cli.out);
	fclose(cli.err);
	free(copy);
	return ret;
}

const char *fake_out(void)
{
	return fake.out;
}

const char *fake_err(void)
{
	return fake.err;
}

void fake_has(const char *text)
{
	if (!strstr(fake.out, text))
		fail_msg("'%s'\nis not in\n%s\n%s", text, fake.out, fake.err);
}

void fake_says(const char *text)
{
	if (!strstr(fake.err, text))
		fail_msg("'%s'\nis not said in\n%s", text, fake.err);
}
