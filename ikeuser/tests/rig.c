// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <linux/culvert.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <cmocka.h>

#include "conf.h"
#include "gateway.h"
#include "kern_policy.h"
#include "kern_sa.h"
#include "rig.h"
#include "seeded.h"

#define PEER_PORT 1500
#define PATIENCE 10000		/* ms, for what takes a few */
#define SAS_MAX 64

struct rig rig;

const char rig_conf[] =
	"access-list acl {\n"
	"    permit ip 192.168.100.0 255.255.255.0 172.16.10.0 255.255.255.0\n"
	"    permit ip 192.168.200.0 255.255.255.0 172.16.10.0 255.255.255.0\n"
	"}\n"
	"peer site2 {\n"
	"    local_addrs = 127.0.0.1\n"
	"    remote_addrs = 127.0.0.2\n"
	"    auth psk secret \"correct horse battery\"\n"
	"    proposals = aes256-sha256-modp2048\n"
	"    esp_proposals = aes256-sha256-modp2048\n"
	"    idle_timeout = 60s\n"
	"}\n"
	"crypto map outside interface lo {\n"
	"    10 match address acl set peer site2\n"
	"}\n";

static const char theirs[] =
	"access-list acl {\n"
	"    permit ip 172.16.10.0 255.255.255.0 192.168.100.0 255.255.255.0\n"
	"    permit ip 172.16.10.0 255.255.255.0 192.168.200.0 255.255.255.0\n"
	"}\n"
	"peer site1 {\n"
	"    local_addrs = 127.0.0.2\n"
	"    remote_addrs = 127.0.0.1\n"
	"    auth psk secret \"correct horse battery\"\n"
	"    proposals = aes256-sha256-modp2048\n"
	"    esp_proposals = aes256-sha256-modp2048\n"
	"}\n"
	"crypto map outside interface lo {\n"
	"    10 match address acl set peer site1\n"
	"}\n";

/* --- the kernel module --- */

static struct {
	struct kern_sa sa[SAS_MAX];
	uint64_t packets[SAS_MAX];
	size_t n;
	uint64_t rule[8];
	size_t rules;
} module;

static struct kern_sa *module_find(enum ike_direction direction, uint32_t spi)
{
	size_t i;

	for (i = 0; i < module.n; i++)
		if (module.sa[i].direction == direction &&
		    module.sa[i].spi == spi)
			return &module.sa[i];
	return NULL;
}

size_t rig_sas(void)
{
	return module.n;
}

void rig_traffic(unsigned int packets)
{
	size_t i;

	for (i = 0; i < module.n; i++)
		module.packets[i] += packets;
}

static int away(struct kern_error *error)
{
	return kern_fail(error, -ENOENT, "the kernel module culvert is not loaded");
}

int kern_policy_set(struct kern *kern, const struct conf_rule *rule,
		    size_t rules, struct kern_error *error)
{
	int refuses = rig.refuses;

	rig.refuses = 0;
	if (rig.gone)
		return away(error);
	if (refuses)
		return kern_fail(error, refuses, "refused");
	module.rules = 0;
	for (; rules; rules--, rule++)
		if (rule->action == CULVERT_ACTION_PROTECT)
			module.rule[module.rules++] = rule->id;
	return 0;
}

int kern_settings_set(struct kern *kern, const struct conf_settings *settings,
		      struct kern_error *error)
{
	return 0;
}

int __wrap_kern_listen(struct kern *kern, struct kern_error *error);
int __wrap_kern_listen(struct kern *kern, struct kern_error *error)
{
	return 0;
}

int kern_sa_add(struct kern *kern, const struct ike_sa_spec *sa,
		struct kern_error *error)
{
	struct kern_sa *new = &module.sa[module.n];

	assert_true(module.n < SAS_MAX);
	memset(new, 0, sizeof(*new));
	new->direction = sa->direction;
	new->spi = sa->spi;
	new->rule = sa->rule;
	new->remote = sa->remote;
	new->soft_seconds = sa->soft_seconds;
	module.packets[module.n++] = 0;
	return 0;
}

int kern_sa_activate(struct kern *kern, const struct ike_sa_spec *sa,
		     struct kern_error *error)
{
	return 0;
}

int kern_sa_move(struct kern *kern, const struct ike_sa_spec *sa,
		 const struct ike_address *was_remote, struct kern_error *error)
{
	return 0;
}

int kern_sa_del(struct kern *kern, enum ike_direction direction, uint32_t spi,
		const struct ike_address *remote, struct kern_error *error)
{
	struct kern_sa *found = module_find(direction, spi);

	if (!found)
		return kern_fail(error, -ENOENT, "there is no such SA");
	module.n--;
	module.packets[found - module.sa] = module.packets[module.n];
	*found = module.sa[module.n];
	return 0;
}

int kern_rule_fail(struct kern *kern, uint64_t rule, struct kern_error *error)
{
	return 0;
}

int kern_each_sa(struct kern *kern,
		 void (*tell)(const struct kern_sa *sa, void *arg), void *arg,
		 struct kern_error *error)
{
	size_t i;

	for (i = 0; i < module.n; i++)
		tell(&module.sa[i], arg);
	return 0;
}

int kern_each_rule(struct kern *kern,
		   void (*tell)(const struct kern_rule_state *rule, void *arg),
		   void *arg, struct kern_error *error)
{
	return 0;
}

struct nl_msg *__wrap_kern_request(struct kern *kern, uint8_t command,
				   int flags);
struct nl_msg *__wrap_kern_request(struct kern *kern, uint8_t command,
				   int flags)
{
	struct nl_msg *msg = nlmsg_alloc();

	assert_non_null(msg);
	assert_non_null(genlmsg_put(msg, 0, 0, 0x20, 0, flags, command, 1));
	return msg;
}

static void put_sa(struct nl_msg *msg, size_t i)
{
	const struct kern_sa *sa = &module.sa[i];
	const uint32_t bitmap[] = { 0, 0x1f };
	struct nlattr *stats, *drop;

	nla_put_u32(msg, CULVERT_A_SA_DIRECTION, sa->direction == IKE_IN ?
		    CULVERT_DIRECTION_IN : CULVERT_DIRECTION_OUT);
	nla_put_u32(msg, CULVERT_A_SA_SPI, htonl(sa->spi));
	nla_put_u64(msg, CULVERT_A_SA_RULE_ID, sa->rule);
	nla_put_u64(msg, CULVERT_A_SA_AGE, 7000);
	nla_put_u64(msg, CULVERT_A_SA_SOFT_SECONDS, 3000);
	nla_put_u64(msg, CULVERT_A_SA_HARD_SECONDS, 3600);
	nla_put_u64(msg, CULVERT_A_SA_OCTETS, module.packets[i] * 128);
	nla_put_u64(msg, CULVERT_A_SA_PACKETS, module.packets[i]);
	if (module.packets[i])
		nla_put_u64(msg, CULVERT_A_SA_USED, sa->direction == IKE_IN ?
			    rig.quiet_in : rig.quiet_out);
	nla_put_u32(msg, CULVERT_A_SA_OVERHEAD_BEFORE, 44);
	nla_put(msg, CULVERT_A_SA_REPLAY_BITMAP, sizeof(bitmap), bitmap);
	nla_put_string(msg, CULVERT_A_SA_DRIVER, "cbc(aes-generic)");
	stats = nla_nest_start(msg, CULVERT_A_SA_STATS);
	nla_put_u64(msg, CULVERT_A_SA_STATS_ENCAPS, module.packets[i]);
	drop = nla_nest_start(msg, CULVERT_A_SA_STATS_DROP);
	nla_put_u32(msg, CULVERT_A_DROP_REASON, CULVERT_COUNTER_IN_ICV);
	nla_put_u64(msg, CULVERT_A_DROP_PACKETS, 2);
	nla_nest_end(msg, drop);
	nla_nest_end(msg, stats);
}

static void put_rule(struct nl_msg *msg, size_t i)
{
	nla_put_u64(msg, CULVERT_A_RULE_ID, module.rule[i]);
	nla_put_u64(msg, CULVERT_A_RULE_PACKETS, 10 + i + rig.hits);
	nla_put_u64(msg, CULVERT_A_RULE_FLOWS, 10 + i + rig.hits);
	nla_put_u32(msg, CULVERT_A_RULE_ACQUIRES, 0);
}

static void put_settings(struct nl_msg *msg, size_t i)
{
	nla_put_u32(msg, CULVERT_A_SETTINGS_RULES, module.rules);
	nla_put_u32(msg, CULVERT_A_SETTINGS_SAS, module.n);
}

static void put_verdict(struct nl_msg *msg, size_t i)
{
	nla_put_u32(msg, CULVERT_A_FLOW_VERDICT, CULVERT_VERDICT_HOLD);
	nla_put_u64(msg, CULVERT_A_FLOW_RULE_ID, module.rule[0]);
	nla_put_u32(msg, CULVERT_A_FLOW_WIRE_LENGTH, 156);
}

static int tell(void (*put)(struct nl_msg *msg, size_t i), size_t n,
		kern_answer_t answer, void *arg)
{
	struct nl_msg *msg;
	int err = 0;
	size_t i;

	for (i = 0; i < n && !err; i++) {
		msg = nlmsg_alloc_simple(0x20, 0);
		put(msg, i);
		err = answer(nlmsg_attrdata(nlmsg_hdr(msg), 0),
			     nlmsg_attrlen(nlmsg_hdr(msg), 0), arg);
		nlmsg_free(msg);
	}
	return err;
}

int __wrap_kern_ask(struct kern *kern, struct nl_msg *request,
		    kern_answer_t answer, void *arg, struct kern_error *error);
int __wrap_kern_ask(struct kern *kern, struct nl_msg *request,
		    kern_answer_t answer, void *arg, struct kern_error *error)
{
	const struct genlmsghdr *hdr = nlmsg_data(nlmsg_hdr(request));
	uint8_t command = hdr->cmd;

	nlmsg_free(request);
	if (rig.gone)
		return away(error);
	switch (command) {
	case CULVERT_CMD_SA_GET:
		return tell(put_sa, module.n, answer, arg);
	case CULVERT_CMD_RULE_GET:
		return tell(put_rule, rig.bare ? 0 : module.rules, answer, arg);
	case CULVERT_CMD_SETTINGS_GET:
		return tell(put_settings, 1, answer, arg);
	case CULVERT_CMD_EXPLAIN:
		return tell(put_verdict, 1, answer, arg);
	default:
		fail_msg("command %d is not expected", command);
		return -EINVAL;
	}
}

int __wrap_kern_each_counter(struct kern *kern,
			     void (*see)(const struct kern_counter *counter,
					 void *arg),
			     void *arg, struct kern_error *error);
int __wrap_kern_each_counter(struct kern *kern,
			     void (*see)(const struct kern_counter *counter,
					 void *arg),
			     void *arg, struct kern_error *error)
{
	const struct kern_counter counter = {
		CULVERT_COUNTER_IN_ICV, "in-icv", 7
	};

	if (rig.gone)
		return away(error);
	see(&counter, arg);
	return 0;
}

int __wrap_kern_get_version(struct kern *kern, struct kern_version *version,
			    struct kern_error *error);
int __wrap_kern_get_version(struct kern *kern, struct kern_version *version,
			    struct kern_error *error)
{
	strcpy(version->module, "0.1");
	return 0;
}

/* --- the configuration: the peer has another port than 500 --- */

int __real_conf_read(struct conf **conf, const char *path,
		     const struct conf_options *options,
		     struct conf_notes *notes);
int __wrap_conf_read(struct conf **conf, const char *path,
		     const struct conf_options *options,
		     struct conf_notes *notes);

static void set_ports(struct conf *conf, uint16_t local, uint16_t remote)
{
	struct ike_peer_conf *peer;
	size_t i;

	for (i = 0; i < conf->engine.peers; i++) {
		peer = (struct ike_peer_conf *)&conf->engine.peer[i];
		peer->local.port = local;
		peer->remote.port = remote;
	}
}

int __wrap_conf_read(struct conf **conf, const char *path,
		     const struct conf_options *options,
		     struct conf_notes *notes)
{
	int err = __real_conf_read(conf, path, options, notes);

	if (!err)
		set_ports(*conf, 0, PEER_PORT);
	return err;
}

void rig_write_conf(const char *text)
{
	FILE *file = fopen(rig.conf, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
	fclose(file);
	assert_int_equal(chmod(rig.conf, 0600), 0);
}

/* --- the peer --- */

static struct {
	struct conf *conf;
	struct ike_engine *engine;
	struct seeded seeded;
	int fd;
} peer;

static void peer_send(const struct ike_action *action)
{
	const struct ike_address *to = &action->send.remote;
	struct sockaddr_in name = {
		.sin_family = AF_INET,
		.sin_port = htons(to->port),
	};

	memcpy(&name.sin_addr, to->ip, 4);
	sendto(peer.fd, action->send.data, action->send.len, 0,
	       (struct sockaddr *)&name, sizeof(name));
}

static void peer_event(struct ike_event *event)
{
	struct ike_actions actions = { 0 };
	size_t i;

	event->now = gateway_now();
	ike_input(peer.engine, event, &actions);
	for (i = 0; i < actions.n; i++)
		if (actions.action[i].kind == IKE_ACT_SEND)
			peer_send(&actions.action[i]);
	ike_actions_clear(&actions);
}

static void peer_read(void)
{
	struct ike_event event = { .kind = IKE_EV_DATAGRAM };
	struct sockaddr_in name;
	socklen_t size = sizeof(name);
	static uint8_t data[65535];
	ssize_t len;

	len = recvfrom(peer.fd, data, sizeof(data), MSG_DONTWAIT,
		       (struct sockaddr *)&name, &size);
	if (len < 0 || rig.deaf)
		return;
	event.datagram.local = (struct ike_address){
		4, { 127, 0, 0, 2 }, PEER_PORT
	};
	event.datagram.remote.len = 4;
	event.datagram.remote.port = ntohs(name.sin_port);
	memcpy(event.datagram.remote.ip, &name.sin_addr, 4);
	event.datagram.data = (struct ike_bytes){ data, len };
	peer_event(&event);
}

void rig_peer_initiates(void)
{
	struct ike_event event = { .kind = IKE_EV_INITIATE };

	event.initiate.peer = peer.conf->engine.peer[0].name;
	event.initiate.rule = peer.conf->engine.peer[0].child[0].rule;
	peer_event(&event);
}

static void peer_open(void)
{
	const struct conf_options options = { .no_files = true };
	struct ike_bytes text = { (const uint8_t *)theirs, sizeof(theirs) - 1 };
	struct conf_notes notes = { 0 };
	struct sockaddr_in name = {
		.sin_family = AF_INET,
		.sin_port = htons(PEER_PORT),
	};

	memset(&peer, 0, sizeof(peer));
	peer.seeded.state = 42;
	assert_int_equal(conf_read_text(&peer.conf, "theirs", text, &options,
					&notes), 0);
	conf_notes_clear(&notes);
	set_ports(peer.conf, PEER_PORT, 0);
	peer.engine = ike_engine_new(&peer.conf->engine,
				     seeded_random(&peer.seeded));
	assert_non_null(peer.engine);
	inet_pton(AF_INET, "127.0.0.2", &name.sin_addr);
	peer.fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(peer.fd, (struct sockaddr *)&name, sizeof(name)),
			 0);
}

/* --- the daemon --- */

static bool isolated;

int rig_isolate(void **state)
{
	struct ifreq ifr = { .ifr_name = "lo" };
	int fd;

	if (unshare(CLONE_NEWNET))
		return 0;
	isolated = true;
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	ifr.ifr_flags = IFF_UP | IFF_RUNNING;
	assert_int_equal(ioctl(fd, SIOCSIFFLAGS, &ifr), 0);
	close(fd);
	return 0;
}

int rig_setup(void **state)
{
	int fd;

	if (!isolated)
		skip();
	memset(&module, 0, sizeof(module));
	memset(&rig, 0, sizeof(rig));
	rig.quiet_in = rig.quiet_out = 3999;
	strcpy(rig.conf, "/tmp/test_vici.XXXXXX");
	fd = mkstemp(rig.conf);
	assert_true(fd >= 0);
	close(fd);
	rig_write_conf(rig_conf);
	rig.base = event_base_new();
	peer_open();
	assert_int_equal(gateway_open(&rig.gateway, rig.conf, rig.base, NULL),
			 0);
	assert_int_equal(gateway_sync(rig.gateway), 0);
	assert_int_equal(vici_open(&rig.vici, RIG_SOCKET, rig.base,
				   rig.gateway), 0);
	return 0;
}

int rig_teardown(void **state)
{
	if (!isolated)
		return 0;
	if (rig.vici)
		vici_close(rig.vici);
	gateway_close(rig.gateway);
	event_base_free(rig.base);
	ike_engine_free(peer.engine);
	conf_free(peer.conf);
	close(peer.fd);
	unlink(rig.conf);
	return 0;
}

void rig_turn(void)
{
	struct ike_event event = { .kind = IKE_EV_TIME };
	struct pollfd pollfd = { peer.fd, POLLIN };

	event_base_loop(rig.base, EVLOOP_NONBLOCK);
	peer_read();
	if (gateway_now() >= ike_engine_deadline(peer.engine))
		peer_event(&event);
	poll(&pollfd, 1, 1);
}

bool rig_until(bool (*condition)(void *arg), void *arg)
{
	uint64_t end = gateway_now() + PATIENCE;

	while (!condition(arg)) {
		if (gateway_now() > end)
			return false;
		rig_turn();
	}
	return true;
}

/* --- a client --- */

struct rig_client *rig_connect(void)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	struct rig_client *client = calloc(1, sizeof(*client));

	assert_non_null(client);
	strcpy(name.sun_path, RIG_SOCKET);
	client->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(client->fd, (struct sockaddr *)&name,
				 sizeof(name)), 0);
	return client;
}

void rig_disconnect(struct rig_client *client)
{
	close(client->fd);
	free(client);
}

void rig_send(struct rig_client *client, const void *octets, size_t len)
{
	const uint8_t *at = octets;
	ssize_t sent;

	while (len) {
		sent = send(client->fd, at, len, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (sent < 0 && errno != EAGAIN)
			return;
		if (sent > 0) {
			at += sent;
			len -= sent;
		}
		if (len)
			rig_turn();
	}
}

static bool has_packet(void *arg)
{
	struct rig_client *client = arg;
	size_t want = VICI_HEAD;
	ssize_t len;

	if (client->len >= VICI_HEAD) {
		assert_int_equal(vici_head_read(client->octets, &want), 0);
		want += VICI_HEAD;
	}
	if (client->len == want && want > VICI_HEAD)
		return true;
	len = recv(client->fd, client->octets + client->len,
		   want - client->len, MSG_DONTWAIT);
	if (!len || (len < 0 && errno != EAGAIN))
		client->closed = true;
	if (len > 0)
		client->len += len;
	return client->closed;
}

bool rig_read(struct rig_client *client)
{
	struct ike_bytes octets;
	struct vici_fault fault;

	client->len = 0;
	if (!rig_until(has_packet, client) || client->closed)
		return false;
	octets.data = client->octets + VICI_HEAD;
	octets.len = client->len - VICI_HEAD;
	assert_int_equal(vici_packet_read(&client->packet, octets, &fault), 0);
	return true;
}

void rig_request(struct rig_client *client, struct vici_writer *v)
{
	struct ike_bytes segment;

	assert_int_equal(vici_finish(v, &segment), 0);
	rig_send(client, segment.data, segment.len);
	vici_clear(v);
}

void rig_listen(struct rig_client *client, const char *event)
{
	struct vici_writer v;

	vici_begin(&v, VICI_EVENT_REGISTER, event);
	rig_request(client, &v);
	assert_true(rig_read(client));
	assert_int_equal(client->packet.type, VICI_EVENT_CONFIRM);
}

static size_t keep(uint8_t *to, struct ike_bytes from)
{
	assert_true(from.len <= 65536);
	if (from.len)
		memcpy(to, from.data, from.len);
	return from.len;
}

void rig_ask(struct rig_client *client, struct rig_answer *answer,
	     const char *command, ...)
{
	struct vici_writer v;
	const char *key;
	va_list args;

	memset(answer, 0, sizeof(*answer));
	vici_begin(&v, VICI_CMD_REQUEST, command);
	va_start(args, command);
	while ((key = va_arg(args, const char *)))
		vici_put(&v, key, "%s", va_arg(args, const char *));
	va_end(args);
	rig_request(client, &v);
	while (rig_read(client)) {
		if (client->packet.type != VICI_EVENT)
			break;
		strcpy(answer->name, client->packet.name);
		answer->event_len = keep(answer->event, client->packet.message);
		answer->events++;
	}
	assert_false(client->closed);
	answer->type = client->packet.type;
	answer->reply_len = keep(answer->reply, client->packet.message);
}

const char *rig_value(const uint8_t *octets, size_t len, const char *path)
{
	static char value[4096];
	struct ike_bytes at = { octets, len };
	char name[VICI_NAME_MAX + 1];
	const char *slash;

	while ((slash = strchr(path, '/'))) {
		snprintf(name, sizeof(name), "%.*s", (int)(slash - path), path);
		if (!vici_find(at, VICI_SECTION_START, name, &at))
			return NULL;
		path = slash + 1;
	}
	if (!vici_find(at, VICI_KEY_VALUE, path, &at))
		return NULL;
	snprintf(value, sizeof(value), "%.*s", (int)at.len, (char *)at.data);
	return value;
}
