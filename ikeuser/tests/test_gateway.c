// SPDX-License-Identifier: GPL-2.0-only
/* A gateway at work, in a network namespace of the test's own: a configuration
 * from a file, real sockets, the real loop and its timer. The kernel module is
 * this file's, which remembers SAs; so is the peer, an engine at 127.0.0.2 port
 * 1500.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <linux/culvert.h>
#include <net/if.h>
#include <netlink/attr.h>
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
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "conf.h"
#include "gateway.h"
#include "kern_policy.h"
#include "kern_sa.h"
#include "proto.h"
#include "sa.h"
#include "seeded.h"

#define PEER_PORT 1500
#define PATIENCE 10000		/* ms, for what takes a few */

static const char ours[] =
	"access-list acl {\n"
	"    permit ip 192.168.100.0 255.255.255.0 172.16.10.0 255.255.255.0\n"
	"    permit ip 192.168.200.0 255.255.255.0 172.16.10.0 255.255.255.0\n"
	"}\n"
	"peer site2 {\n"
	"    local_addrs = 127.0.0.1\n"
	"    remote_addrs = 127.0.0.2\n"
	"    auth psk secret \"correct horse battery\"\n"
	"    proposals = aes256-sha256-x25519\n"
	"    esp_proposals = aes256gcm16-x25519\n"
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
	"    proposals = aes256-sha256-x25519\n"
	"    esp_proposals = aes256gcm16-x25519\n"
	"}\n"
	"crypto map outside interface lo {\n"
	"    10 match address acl set peer site1\n"
	"}\n";

/* --- the kernel module --- */

#define SAS_MAX 16

static struct {
	struct kern_sa sa[SAS_MAX];
	bool active[SAS_MAX];
	size_t n;
	unsigned int policies;		/* how often one was set */
	size_t rules;
	uint64_t rule[8];		/* protect rules, in their order */
	uint32_t waiting[8];
	unsigned int added;
	unsigned int encaps;
	unsigned int failed;
	enum ike_direction refused;	/* SAs of this direction */
	bool refuse;
	bool asking;			/* a dump is being read */
	int no_policy;			/* -errno for rules, and for SAs */
	int no_settings;		/* -errno for settings */
	unsigned int listened;
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

static size_t count_sas(enum ike_direction direction)
{
	size_t n = 0;
	size_t i;

	for (i = 0; i < module.n; i++)
		n += module.sa[i].direction == direction;
	return n;
}

static size_t count_active(void)
{
	size_t n = 0;
	size_t i;

	for (i = 0; i < module.n; i++)
		n += module.active[i];
	return n;
}

int kern_policy_set(struct kern *kern, const struct conf_rule *rule,
		    size_t rules, struct kern_error *error)
{
	if (module.no_policy)
		return kern_fail(error, module.no_policy, "no rules today");
	module.policies++;
	module.rules = 0;
	for (; rules; rules--, rule++)
		if (rule->action == CULVERT_ACTION_PROTECT)
			module.rule[module.rules++] = rule->id;
	return 0;
}

int kern_settings_set(struct kern *kern, const struct conf_settings *settings,
		      struct kern_error *error)
{
	return module.no_settings ? kern_fail(error, module.no_settings,
					      "outside the range") : 0;
}

int __wrap_kern_listen(struct kern *kern, struct kern_error *error);

int __wrap_kern_listen(struct kern *kern, struct kern_error *error)
{
	module.listened++;
	return 0;
}

/* One socket asks: there is no request while a dump is read. */
int kern_sa_add(struct kern *kern, const struct ike_sa_spec *sa,
		struct kern_error *error)
{
	struct kern_sa *new = &module.sa[module.n];

	assert_false(module.asking);
	if (module.refuse && sa->direction == module.refused)
		return kern_fail(error, -EEXIST, "there is one");
	assert_true(module.n < SAS_MAX);
	assert_null(module_find(sa->direction, sa->spi));
	memset(new, 0, sizeof(*new));
	new->direction = sa->direction;
	new->spi = sa->spi;
	new->rule = sa->rule;
	new->remote = sa->remote;
	new->idle_seconds = sa->idle_seconds;
	module.active[module.n++] = false;
	module.added++;
	module.encaps += sa->encap;
	assert_int_equal(sa->local.len, 4);
	return 0;
}

int kern_sa_activate(struct kern *kern, const struct ike_sa_spec *sa,
		     struct kern_error *error)
{
	struct kern_sa *found = module_find(sa->direction, sa->spi);

	assert_false(module.asking);
	if (!found)
		return kern_fail(error, -ENOENT, "there is no such SA");
	module.active[found - module.sa] = true;
	return 0;
}

int kern_sa_move(struct kern *kern, const struct ike_sa_spec *sa,
		 const struct ike_address *was_remote, struct kern_error *error)
{
	return 0;
}

static void module_remove(struct kern_sa *sa)
{
	size_t i = sa - module.sa;

	module.n--;
	module.sa[i] = module.sa[module.n];
	module.active[i] = module.active[module.n];
}

int kern_sa_del(struct kern *kern, enum ike_direction direction, uint32_t spi,
		const struct ike_address *remote, struct kern_error *error)
{
	struct kern_sa *found = module_find(direction, spi);

	assert_false(module.asking);
	if (!found)
		return kern_fail(error, -ENOENT, "there is no such SA");
	module_remove(found);
	return 0;
}

int kern_rule_fail(struct kern *kern, uint64_t rule, struct kern_error *error)
{
	assert_false(module.asking);
	module.failed++;
	return 0;
}

int kern_each_sa(struct kern *kern,
		 void (*tell)(const struct kern_sa *sa, void *arg), void *arg,
		 struct kern_error *error)
{
	size_t i;

	module.asking = true;
	for (i = 0; i < module.n; i++)
		tell(&module.sa[i], arg);
	module.asking = false;
	return 0;
}

int kern_each_rule(struct kern *kern,
		   void (*tell)(const struct kern_rule_state *rule, void *arg),
		   void *arg, struct kern_error *error)
{
	struct kern_rule_state state;
	size_t i;

	module.asking = true;
	for (i = 0; i < module.rules; i++) {
		state.rule = module.rule[i];
		state.acquires = module.waiting[i];
		tell(&state, arg);
	}
	module.asking = false;
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

	peer = (struct ike_peer_conf *)conf->engine.peer;
	peer->local.port = local;
	peer->remote.port = remote;
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

static char path[] = "/tmp/test_gateway.XXXXXX";

static void write_conf(const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
	fclose(file);
	assert_int_equal(chmod(path, 0600), 0);
}

/* --- the peer --- */

static struct {
	struct conf *conf;
	struct ike_engine *engine;
	struct seeded seeded;
	int fd;
	unsigned int added;
	unsigned int deleted;
	unsigned int heard;		/* datagrams */
	bool deaf;
	uint8_t deaf_to;		/* an exchange */
} peer;

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec * 1000ULL + now.tv_nsec / 1000000;
}

static void peer_perform(const struct ike_action *action)
{
	const struct ike_address *to = &action->send.remote;
	struct sockaddr_in name = { .sin_family = AF_INET };

	switch (action->kind) {
	case IKE_ACT_SEND:
		assert_int_equal(action->send.local.port, PEER_PORT);
		name.sin_port = htons(to->port);
		memcpy(&name.sin_addr, to->ip, 4);
		sendto(peer.fd, action->send.data, action->send.len, 0,
		       (struct sockaddr *)&name, sizeof(name));
		break;
	case IKE_ACT_SA_ADD:
		peer.added++;
		break;
	case IKE_ACT_SA_DEL:
		peer.deleted++;
		break;
	default:
		break;
	}
}

static void peer_event(struct ike_event *event)
{
	struct ike_actions actions = { 0 };
	size_t i;

	event->now = now_ms();
	ike_input(peer.engine, event, &actions);
	for (i = 0; i < actions.n; i++)
		peer_perform(&actions.action[i]);
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
	if (len < 0)
		return;
	peer.heard++;
	if (peer.deaf || (peer.deaf_to && len > 18 &&
			  data[18] == peer.deaf_to))
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

static void peer_new(void)
{
	struct conf_options options = { .no_files = true };
	struct ike_bytes text = { (const uint8_t *)theirs, sizeof(theirs) - 1 };
	struct conf_notes notes = { 0 };

	memset(&peer.seeded, 0, sizeof(peer.seeded));
	peer.seeded.state = 42;
	peer.added = 0;
	peer.deleted = 0;
	peer.heard = 0;
	peer.deaf = false;
	peer.deaf_to = 0;
	assert_int_equal(conf_read_text(&peer.conf, "theirs", text, &options,
					&notes), 0);
	conf_notes_clear(&notes);
	set_ports(peer.conf, PEER_PORT, 0);
	peer.engine = ike_engine_new(&peer.conf->engine,
				     seeded_random(&peer.seeded));
	assert_non_null(peer.engine);
}

static void peer_free(void)
{
	ike_engine_free(peer.engine);
	conf_free(peer.conf);
}

static void peer_open(void)
{
	struct sockaddr_in name = {
		.sin_family = AF_INET,
		.sin_port = htons(PEER_PORT),
	};

	inet_pton(AF_INET, "127.0.0.2", &name.sin_addr);
	peer.fd = socket(AF_INET, SOCK_DGRAM, 0);
	assert_int_equal(bind(peer.fd, (struct sockaddr *)&name, sizeof(name)),
			 0);
}

/* --- a test --- */

static struct event_base *base;
static struct gateway *gateway;
static bool isolated;

static int isolate(void **state)
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
	close(mkstemp(path));
	return 0;
}

static int leave(void **state)
{
	if (isolated)
		unlink(path);
	return 0;
}

static int setup(void **state)
{
	if (!isolated)
		skip();
	memset(&module, 0, sizeof(module));
	base = event_base_new();
	write_conf(ours);
	peer_open();
	peer_new();
	return gateway_open(&gateway, path, base, NULL);
}

static int teardown(void **state)
{
	if (!isolated)
		return 0;
	if (gateway)
		gateway_close(gateway);
	gateway = NULL;
	event_base_free(base);
	peer_free();
	close(peer.fd);
	return 0;
}

/* Both ends at work until the condition holds. */
static bool until(bool (*condition)(void))
{
	struct ike_event event = { .kind = IKE_EV_TIME };
	uint64_t end = now_ms() + PATIENCE;
	struct pollfd pollfd = { peer.fd, POLLIN };

	while (!condition()) {
		if (now_ms() > end)
			return false;
		event_base_loop(base, EVLOOP_NONBLOCK);
		peer_read();
		if (now_ms() >= ike_engine_deadline(peer.engine))
			peer_event(&event);
		poll(&pollfd, 1, 1);
	}
	return true;
}

static bool one_up(void)
{
	return count_active() == 1 && peer.added == 2;
}

static void kernel_event(uint8_t command, struct nl_msg *msg)
{
	struct nlmsghdr *hdr = nlmsg_hdr(msg);

	gateway_kernel(gateway, command, nlmsg_attrdata(hdr, 0),
		       nlmsg_attrlen(hdr, 0));
	nlmsg_free(msg);
}

static void acquire(uint64_t rule)
{
	struct nl_msg *msg = nlmsg_alloc_simple(0x20, 0);

	nla_put_u64(msg, CULVERT_A_EVENT_RULE_ID, rule);
	kernel_event(CULVERT_CMD_ACQUIRE, msg);
}

static void sa_event(const struct kern_sa *sa, enum culvert_reason reason)
{
	struct nl_msg *msg = nlmsg_alloc_simple(0x20, 0);

	nla_put_u64(msg, CULVERT_A_EVENT_RULE_ID, sa->rule);
	nla_put_u32(msg, CULVERT_A_EVENT_DIRECTION, sa->direction == IKE_IN ?
		    CULVERT_DIRECTION_IN : CULVERT_DIRECTION_OUT);
	nla_put_u32(msg, CULVERT_A_EVENT_SPI, htonl(sa->spi));
	nla_put_u32(msg, CULVERT_A_EVENT_REASON, reason);
	kernel_event(CULVERT_CMD_SA_EVENT, msg);
}

static void establish(void)
{
	assert_int_equal(gateway_sync(gateway), 0);
	acquire(module.rule[0]);
	assert_true(until(one_up));
}

static void test_sync_gives_the_kernel_its_rules(void **state)
{
	assert_int_equal(gateway_sync(gateway), 0);
	assert_int_equal(module.policies, 1);
	assert_int_equal(module.rules, 2);
	/* Nothing waits, nothing is asked of the peer. */
	assert_int_equal(module.added, 0);
}

static void test_acquire_sets_up_a_pair_of_sas(void **state)
{
	/* acquire --> IKE_SA_INIT, IKE_AUTH --> sa-add in, out, activate */
	establish();
	assert_int_equal(count_sas(IKE_IN), 1);
	assert_int_equal(count_sas(IKE_OUT), 1);
	assert_true(module.sa[0].rule == module.rule[0]);
	assert_int_equal(peer.deleted, 0);
}

static void test_peer_sets_up_a_pair_of_sas(void **state)
{
	struct ike_event event = { .kind = IKE_EV_INITIATE };

	assert_int_equal(gateway_sync(gateway), 0);
	event.initiate.rule = peer.conf->engine.peer[0].child[1].rule;
	peer_event(&event);
	assert_true(until(one_up));
	assert_true(module.sa[0].rule == module.rule[1]);
}

/* The event was lost, or came before the daemon. */
static void test_sync_finds_what_waits(void **state)
{
	module.waiting[0] = 3;
	assert_int_equal(gateway_sync(gateway), 0);
	assert_true(until(one_up));
	assert_true(module.sa[0].rule == module.rule[0]);
}

static bool both_up(void)
{
	return count_active() == 2 && peer.added == 4;
}

static void test_second_rule_is_a_child_of_the_same_ike_sa(void **state)
{
	establish();
	acquire(module.rule[1]);
	assert_true(until(both_up));
	assert_null(ike_engine_next_sa(peer.engine,
				       ike_engine_next_sa(peer.engine, NULL)));
}

static bool nothing_left(void)
{
	return !module.n && peer.added && peer.deleted == peer.added;
}

static bool up_again(void)
{
	return count_active() == 1 && count_sas(IKE_IN) == 1;
}

/* The SA in is refused: neither end keeps half of a pair. */
static void test_refused_sa_is_closed_at_both_ends(void **state)
{
	assert_int_equal(gateway_sync(gateway), 0);
	module.refuse = true;
	module.refused = IKE_IN;
	acquire(module.rule[0]);
	assert_true(until(nothing_left));
	/* The rule may ask again. */
	module.refuse = false;
	acquire(module.rule[0]);
	assert_true(until(up_again));
}

static bool heard_thrice(void)
{
	return peer.heard >= 3;
}

/* IKE_SA_INIT at 0, 0.5 and 1.25 s. */
static void test_timer_repeats_what_is_not_answered(void **state)
{
	uint64_t start = now_ms();

	peer.deaf = true;
	assert_int_equal(gateway_sync(gateway), 0);
	acquire(module.rule[0]);
	assert_true(until(heard_thrice));
	assert_in_range(now_ms() - start, 1000, 5000);
}

static bool replaced_all(void)
{
	return module.added == 4 && module.n == 2;
}

/* kill -9, and another daemon: the SAs of the first carry traffic until the
 * second has its own.
 */
static void test_sas_of_a_daemon_before_are_replaced(void **state)
{
	uint32_t old;

	establish();
	old = module.sa[0].spi;
	gateway_close(gateway);
	gateway = NULL;
	assert_int_equal(module.n, 2);

	assert_int_equal(gateway_open(&gateway, path, base, NULL), 0);
	assert_int_equal(gateway_sync(gateway), 0);
	assert_int_equal(module.n, 2);
	assert_true(until(replaced_all));
	assert_int_equal(count_active(), 1);
	assert_null(module_find(IKE_IN, old));
	assert_null(module_find(IKE_OUT, old));
}

static bool replaced_once(void)
{
	return module.added == 4 && count_active() >= 1;
}

/* ours with one line in place of another. */
static void write_changed(const char *line, const char *by)
{
	const char *at = strstr(ours, line);
	char text[2048];

	assert_non_null(at);
	snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - ours), ours, by,
		 at + strlen(line));
	write_conf(text);
}

static bool second_too(void)
{
	return count_active() == 2;
}

static char kept[] = "/tmp/test_gateway_kept.XXXXXX";

static void remove_kept(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -r %s", kept);
	assert_int_equal(system(command), 0);
}

static bool heard_more(void)
{
	return peer.heard > 2;
}

static bool replaced_by_both(void)
{
	return module.added == 4 && count_active() == 1 && peer.added == 4;
}

/* kill -9, and another daemon that goes on where the first was. */
static void restart(void)
{
	gateway_close(gateway);
	gateway = NULL;
	assert_int_equal(gateway_open(&gateway, path, base, NULL), 0);
	assert_int_equal(gateway_journal(gateway, kept), 0);
	assert_int_equal(gateway_sync(gateway), 0);
}

static void test_daemon_goes_on_where_it_was(void **state)
{
	uint32_t spi;

	strcpy(kept + strlen(kept) - 6, "XXXXXX");
	assert_non_null(mkdtemp(kept));
	assert_int_equal(gateway_journal(gateway, kept), 0);
	establish();
	spi = module.sa[0].spi;
	restart();
	/* Is the peer there? */
	assert_true(until(heard_more));
	assert_int_equal(module.added, 2);
	assert_int_equal(module.n, 2);
	assert_true(module.sa[0].spi == spi);
	sa_event(&module.sa[0], CULVERT_REASON_SOFT_SECONDS);
	assert_true(until(replaced_by_both));
	assert_null(ike_engine_next_sa(peer.engine,
				       ike_engine_next_sa(peer.engine, NULL)));
	acquire(module.rule[1]);
	restart();
	assert_true(until(second_too));
	assert_null(ike_engine_next_sa(peer.engine,
				       ike_engine_next_sa(peer.engine, NULL)));
	remove_kept();
}

/* The secret is another one: what was kept is not gone on with. */
static void test_daemon_begins_anew_with_another_configuration(void **state)
{
	strcpy(kept + strlen(kept) - 6, "XXXXXX");
	assert_non_null(mkdtemp(kept));
	assert_int_equal(gateway_journal(gateway, kept), 0);
	establish();
	write_changed("    idle_timeout = 60s\n",
		      "    idle_timeout = 60s\n    dpd_delay = 41s\n");
	restart();
	assert_true(until(replaced_all));
	assert_int_equal(count_active(), 1);
	remove_kept();
}

/* An SA that the kernel took out of use while nobody listened. */
static void test_sync_finds_what_is_missing(void **state)
{
	establish();
	module.n = 0;
	memset(module.active, 0, sizeof(module.active));
	/* The second sync is that after events were lost. */
	module.waiting[0] = 1;
	assert_int_equal(gateway_sync(gateway), 0);
	module.waiting[0] = 0;
	acquire(module.rule[0]);
	assert_true(until(replaced_once));
}

static void test_sync_finds_what_should_be_rekeyed(void **state)
{
	establish();
	module.sa[0].soft_seconds = 10;
	module.sa[0].age = 10000;
	assert_int_equal(gateway_sync(gateway), 0);
	assert_true(until(replaced_once));
}

static void test_sync_that_finds_nothing_changes_nothing(void **state)
{
	establish();
	assert_int_equal(gateway_sync(gateway), 0);
	assert_int_equal(gateway_sync(gateway), 0);
	assert_int_equal(module.n, 2);
	assert_int_equal(module.added, 2);
	assert_int_equal(count_active(), 1);
}

static void test_soft_lifetime_rekeys(void **state)
{
	establish();
	sa_event(&module.sa[0], CULVERT_REASON_SOFT_OCTETS);
	assert_true(until(replaced_once));
}

/* One direction is quiet, the other is not: that is not idle. */
static void test_idle_is_both_directions(void **state)
{
	establish();
	module.sa[0].quiet = 60000;
	module.sa[1].quiet = 59999;
	sa_event(&module.sa[0], CULVERT_REASON_IDLE);
	event_base_loop(base, EVLOOP_NONBLOCK);
	assert_int_equal(module.n, 2);
	module.sa[1].quiet = 60000;
	sa_event(&module.sa[1], CULVERT_REASON_IDLE);
	assert_true(until(nothing_left));
}

static void test_event_without_attributes_is_no_event(void **state)
{
	assert_int_equal(gateway_sync(gateway), 0);
	kernel_event(CULVERT_CMD_ACQUIRE, nlmsg_alloc_simple(0x20, 0));
	kernel_event(CULVERT_CMD_SA_EVENT, nlmsg_alloc_simple(0x20, 0));
	assert_int_equal(module.added, 0);
}

static void test_event_of_an_unknown_rule_is_no_event(void **state)
{
	assert_int_equal(gateway_sync(gateway), 0);
	acquire(12345);
	assert_int_equal(module.added, 0);
	assert_int_equal(peer.heard, 0);
}

/* local_addrs is not given: the route says it, and no NAT is seen between. */
static void test_route_gives_the_local_address(void **state)
{
	gateway_close(gateway);
	gateway = NULL;
	write_conf("access-list acl {\n"
		   "    permit ip 192.168.100.0 255.255.255.0 172.16.10.0 255.255.255.0\n"
		   "}\n"
		   "peer site2 {\n"
		   "    local_id = 127.0.0.1\n"
		   "    remote_addrs = 127.0.0.2\n"
		   "    auth psk secret \"correct horse battery\"\n"
		   "    proposals = aes256-sha256-x25519\n"
		   "    esp_proposals = aes256gcm16-x25519\n"
		   "}\n"
		   "crypto map outside interface lo {\n"
		   "    10 match address acl set peer site2\n"
		   "}\n");
	assert_int_equal(gateway_open(&gateway, path, base, NULL), 0);
	establish();
	assert_int_equal(module.encaps, 0);
	assert_int_equal(module.sa[0].remote.len, 4);
}

/* The peer is to begin: what waits is let go, once. */
static void test_peer_without_an_address_is_not_asked(void **state)
{
	gateway_close(gateway);
	gateway = NULL;
	write_conf("access-list acl {\n"
		   "    permit ip 192.168.100.0 255.255.255.0 172.16.10.0 255.255.255.0\n"
		   "}\n"
		   "peer site2 {\n"
		   "    local_addrs = 127.0.0.1\n"
		   "    remote_addrs = %any\n"
		   "    remote_id = 127.0.0.2\n"
		   "    auth psk secret \"correct horse battery\"\n"
		   "}\n"
		   "crypto map outside interface lo {\n"
		   "    10 match address acl set peer site2\n"
		   "}\n");
	assert_int_equal(gateway_open(&gateway, path, base, NULL), 0);
	assert_int_equal(gateway_sync(gateway), 0);
	acquire(module.rule[0]);
	event_base_loop(base, EVLOOP_NONBLOCK);
	assert_int_equal(module.failed, 1);
	assert_int_equal(module.policies, 1);
	assert_int_equal(peer.heard, 0);
}

static void test_C09_reload_of_what_is_wrong_changes_nothing(void **state)
{
	establish();
	write_conf("peer site2 { loacl_addrs = 127.0.0.1 }\n");
	gateway_reload(gateway);
	assert_int_equal(module.policies, 1);
	assert_int_equal(module.n, 2);
	/* The engine is the same: the IKE SA takes one more Child SA. */
	acquire(module.rule[1]);
	assert_true(until(both_up));
}

static void run_for(unsigned int ms)
{
	uint64_t end = now_ms() + ms;

	while (now_ms() < end) {
		event_base_loop(base, EVLOOP_NONBLOCK);
		peer_read();
		poll(NULL, 0, 1);
	}
}

static void test_reload_of_the_same_changes_nothing(void **state)
{
	unsigned int heard;

	establish();
	heard = peer.heard;
	assert_int_equal(gateway_reload(gateway), 0);
	assert_int_equal(module.policies, 2);
	run_for(100);
	assert_int_equal(peer.heard, heard);
	assert_int_equal(module.n, 2);
	assert_int_equal(module.added, 2);
	acquire(module.rule[1]);
	assert_true(until(both_up));
	assert_null(ike_engine_next_sa(peer.engine,
				       ike_engine_next_sa(peer.engine, NULL)));
}

static bool first_closed(void)
{
	return peer.deleted == 2 && !module.n;
}

/* D --> , and the rule asks again. */
static void test_reload_closes_the_peer_that_changed(void **state)
{
	establish();
	write_changed("    proposals = aes256-sha256-x25519\n",
		      "    proposals = aes256-sha256-x25519\n"
		      "    dpd_delay = 40s\n");
	assert_int_equal(gateway_reload(gateway), 0);
	assert_true(until(first_closed));
	acquire(module.rule[0]);
	assert_true(until(up_again));
}

static bool second_alone(void)
{
	return module.n == 2 && peer.deleted == 2 &&
	       module.sa[0].rule == module.rule[1];
}

/* The idle timeout is that of both Child SAs, the line of an access list only
 * that of one.
 */
static void test_reload_closes_the_rule_that_is_gone(void **state)
{
	uint64_t second;

	establish();
	second = module.rule[1];
	acquire(second);
	assert_true(until(both_up));
	write_changed("    permit ip 192.168.100.0 255.255.255.0 172.16.10.0 255.255.255.0\n",
		      "");
	module.rule[1] = 0;
	assert_int_equal(gateway_reload(gateway), 0);
	assert_int_equal(module.rules, 1);
	assert_true(module.rule[0] == second);
	module.rule[1] = second;
	assert_true(until(second_alone));
	assert_null(ike_engine_next_sa(peer.engine,
				       ike_engine_next_sa(peer.engine, NULL)));
}

static uint32_t established(void)
{
	const struct ike_engine *engine = gateway_engine(gateway);
	const struct ike_sa *sa = NULL;

	while ((sa = ike_engine_next_sa(engine, sa)))
		if (sa->state == IKE_SA_ESTABLISHED)
			return sa->number;
	return 0;
}

static uint32_t replaced;

static bool another_established(void)
{
	return established() && established() != replaced;
}

static void test_C09_reload_while_a_hundred_exchanges_run(void **state)
{
	struct ike_event event = { .kind = IKE_EV_REKEY };
	unsigned int i;

	establish();
	for (i = 0; i < 100; i++) {
		replaced = established();
		event.which.ike = replaced;
		assert_int_equal(gateway_give(gateway, &event), 0);
		/* Its answer is not there yet. */
		write_conf(i % 2 ? "peer site2 { loacl_addrs = 127.0.0.1 }\n" :
				   ours);
		assert_int_equal(gateway_reload(gateway), i % 2 ? -EINVAL : 0);
		assert_true(until(another_established));
	}
	/* No packet of the tunnel was lost for it. */
	assert_int_equal(module.added, 2);
	assert_int_equal(count_active(), 1);
	assert_int_equal(peer.deleted, 0);
}

/* All or nothing: the engine stays as the kernel does. */
static void test_reload_that_the_kernel_refuses_changes_nothing(void **state)
{
	establish();
	write_changed("    idle_timeout = 60s\n", "    dpd_delay = 40s\n");
	module.no_policy = -EINVAL;
	assert_int_equal(gateway_reload(gateway), -EINVAL);
	module.no_policy = 0;
	run_for(100);
	assert_int_equal(module.n, 2);
	assert_int_equal(peer.deleted, 0);
	acquire(module.rule[1]);
	assert_true(until(both_up));
}

/* A limit that the kernel refuses takes nothing else with it. */
static void test_settings_that_the_kernel_refuses_cost_nothing_else(
	void **state)
{
	unsigned int listened = module.listened;

	module.no_settings = -ERANGE;
	module.waiting[0] = 3;
	assert_int_equal(gateway_sync(gateway), -ERANGE);
	module.waiting[0] = 0;
	assert_int_equal(module.listened, listened + 1);
	assert_string_equal(gateway_trouble(gateway), "outside the range");
	assert_true(until(one_up));
	module.no_settings = 0;
	assert_int_equal(gateway_sync(gateway), 0);
	assert_null(gateway_trouble(gateway));
}

/* The module gets the rules when it comes. */
static void test_C11_reload_without_the_module(void **state)
{
	write_changed("    permit ip 192.168.100.0 255.255.255.0 172.16.10.0 255.255.255.0\n",
		      "");
	module.no_policy = -ENOENT;
	assert_int_equal(gateway_reload(gateway), 0);
	module.no_policy = 0;
	assert_int_equal(gateway_sync(gateway), 0);
	assert_int_equal(module.rules, 1);
}

/* Nobody answers the Deletes: what they need is kept, and that is bounded. */
static void test_reload_again_and_again(void **state)
{
	char line[64];
	unsigned int i;
	int err = 0;

	establish();
	peer.deaf_to = IKE_EXCHANGE_INFORMATIONAL;
	for (i = 0; !err && i < 40; i++) {
		snprintf(line, sizeof(line), "    idle_timeout = 60s\n"
			 "    dpd_delay = %us\n", 40 + i);
		write_changed("    idle_timeout = 60s\n", line);
		err = gateway_reload(gateway);
		acquire(module.rule[0]);
		assert_true(until(up_again));
	}
	assert_int_equal(err, -EBUSY);
	assert_int_equal(i, 17);
}

static void test_C11_ports_in_use_are_refused(void **state)
{
	struct gateway *second;

	assert_int_equal(gateway_open(&second, path, base, NULL), -EADDRINUSE);
}

static void test_configuration_that_is_wrong_is_refused(void **state)
{
	gateway_close(gateway);
	gateway = NULL;
	write_conf("peer site2 { loacl_addrs = 127.0.0.1 }\n");
	assert_int_equal(gateway_open(&gateway, path, base, NULL), -EINVAL);
	assert_null(gateway);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_sync_gives_the_kernel_its_rules),
		TEST(test_acquire_sets_up_a_pair_of_sas),
		TEST(test_peer_sets_up_a_pair_of_sas),
		TEST(test_sync_finds_what_waits),
		TEST(test_second_rule_is_a_child_of_the_same_ike_sa),
		TEST(test_refused_sa_is_closed_at_both_ends),
		TEST(test_timer_repeats_what_is_not_answered),
		TEST(test_sas_of_a_daemon_before_are_replaced),
		TEST(test_daemon_goes_on_where_it_was),
		TEST(test_daemon_begins_anew_with_another_configuration),
		TEST(test_sync_finds_what_is_missing),
		TEST(test_sync_finds_what_should_be_rekeyed),
		TEST(test_sync_that_finds_nothing_changes_nothing),
		TEST(test_soft_lifetime_rekeys),
		TEST(test_idle_is_both_directions),
		TEST(test_event_without_attributes_is_no_event),
		TEST(test_event_of_an_unknown_rule_is_no_event),
		TEST(test_route_gives_the_local_address),
		TEST(test_peer_without_an_address_is_not_asked),
		TEST(test_C09_reload_of_what_is_wrong_changes_nothing),
		TEST(test_reload_of_the_same_changes_nothing),
		TEST(test_C09_reload_while_a_hundred_exchanges_run),
		TEST(test_reload_closes_the_peer_that_changed),
		TEST(test_reload_closes_the_rule_that_is_gone),
		TEST(test_reload_that_the_kernel_refuses_changes_nothing),
		TEST(test_settings_that_the_kernel_refuses_cost_nothing_else),
		TEST(test_C11_reload_without_the_module),
		TEST(test_reload_again_and_again),
		TEST(test_C11_ports_in_use_are_refused),
		TEST(test_configuration_that_is_wrong_is_refused),
	};

	return cmocka_run_group_tests_name("gateway", tests, isolate, leave);
}
