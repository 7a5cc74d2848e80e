// SPDX-License-Identifier: GPL-2.0-only
/* The sockets of IKE, in a network namespace of the test's own: 192.0.2.1 and
 * 192.0.2.2, 2001:db8::1 and ::2 are addresses of its loopback device.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "udp.h"

static bool isolated;

static void loopback_up(void)
{
	struct ifreq ifr = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	ifr.ifr_flags = IFF_UP | IFF_RUNNING;
	assert_int_equal(ioctl(fd, SIOCSIFFLAGS, &ifr), 0);
	close(fd);
}

static void add_address(const char *text)
{
	struct {
		struct nlmsghdr nlh;
		struct ifaddrmsg ifa;
		struct nlattr attr;
		uint8_t ip[16];
	} request = {
		.nlh.nlmsg_type = RTM_NEWADDR,
		.nlh.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE,
		.ifa.ifa_index = 1,
		.ifa.ifa_flags = IFA_F_NODAD,
		.attr.nla_type = IFA_LOCAL,
	};
	struct {
		struct nlmsghdr nlh;
		struct nlmsgerr err;
		uint8_t more[128];
	} answer = { 0 };
	bool v6 = strchr(text, ':');
	size_t len = v6 ? 16 : 4;
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);

	request.ifa.ifa_family = v6 ? AF_INET6 : AF_INET;
	request.ifa.ifa_prefixlen = len * 8;
	request.attr.nla_len = NLA_HDRLEN + len;
	request.nlh.nlmsg_len = NLMSG_LENGTH(sizeof(request.ifa)) + NLA_HDRLEN +
				len;
	assert_int_equal(inet_pton(request.ifa.ifa_family, text, request.ip),
			 1);
	assert_true(send(fd, &request, request.nlh.nlmsg_len, 0) > 0);
	assert_true(recv(fd, &answer, sizeof(answer), 0) > 0);
	assert_int_equal(answer.err.error, 0);
	close(fd);
}

static struct udp udp;
static char sentence[UDP_SENTENCE_MAX];

static int setup(void **state)
{
	if (!isolated)
		skip();
	return udp_open(&udp, sentence);
}

static int teardown(void **state)
{
	if (isolated && udp.batch)
		udp_close(&udp);
	return 0;
}

static struct ike_address address(const char *text, uint16_t port)
{
	struct ike_address address = { .port = port };

	address.len = strchr(text, ':') ? 16 : 4;
	assert_int_equal(inet_pton(address.len == 4 ? AF_INET : AF_INET6, text,
				   address.ip), 1);
	return address;
}

union name {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static socklen_t make_name(union name *name, const char *text, uint16_t port)
{
	memset(name, 0, sizeof(*name));
	if (strchr(text, ':')) {
		name->v6.sin6_family = AF_INET6;
		name->v6.sin6_port = htons(port);
		assert_int_equal(inet_pton(AF_INET6, text, &name->v6.sin6_addr),
				 1);
		return sizeof(name->v6);
	}
	name->v4.sin_family = AF_INET;
	name->v4.sin_port = htons(port);
	assert_int_equal(inet_pton(AF_INET, text, &name->v4.sin_addr), 1);
	return sizeof(name->v4);
}

/* The other end: a socket of its own at that place. */
static int peer_at(const char *text, uint16_t port)
{
	union name name;
	socklen_t len = make_name(&name, text, port);
	int fd = socket(name.any.sa_family, SOCK_DGRAM, 0);

	assert_int_equal(bind(fd, &name.any, len), 0);
	return fd;
}

static void peer_send(int fd, const char *to, uint16_t port, const void *data,
		      size_t len)
{
	union name name;
	socklen_t size = make_name(&name, to, port);

	assert_int_equal(sendto(fd, data, len, 0, &name.any, size), len);
}

/* The kernel answers before the route of an IPv6 address stands: until a datagram
 * to it arrives.
 */
static void await_address(const char *text)
{
	int fd = peer_at(text, 12345);
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	unsigned int tries = 0;

	do {
		assert_true(tries++ < 1000);
		peer_send(fd, text, 12345, "", 0);
	} while (poll(&pfd, 1, 10) == 0);
	close(fd);
}

static int isolate(void **state)
{
	if (unshare(CLONE_NEWNET))
		return 0;
	isolated = true;
	loopback_up();
	add_address("192.0.2.1");
	add_address("192.0.2.2");
	add_address("2001:db8::1");
	add_address("2001:db8::2");
	await_address("2001:db8::1");
	await_address("2001:db8::2");
	return 0;
}

static struct {
	unsigned int n;
	struct ike_event last;
	uint8_t data[65535];
} seen;

static void see(struct ike_event *event, void *arg)
{
	seen.n++;
	seen.last = *event;
	memcpy(seen.data, event->datagram.data.data, event->datagram.data.len);
}

/* Waits until one of them has something, and reads it. */
static void read_any(void)
{
	struct pollfd fds[UDP_SOCKETS];
	size_t i;

	memset(&seen, 0, sizeof(seen));
	for (i = 0; i < UDP_SOCKETS; i++)
		fds[i] = (struct pollfd){ udp.fd[i], POLLIN };
	assert_true(poll(fds, UDP_SOCKETS, 5000) > 0);
	for (i = 0; i < UDP_SOCKETS; i++)
		if (fds[i].revents)
			assert_int_equal(udp_read(&udp, i, see, NULL), 0);
}

static void test_datagram_arrives_with_both_addresses(void **state)
{
	struct ike_address local = address("192.0.2.2", 500);
	struct ike_address remote = address("192.0.2.1", 12345);
	int peer = peer_at("192.0.2.1", 12345);

	peer_send(peer, "192.0.2.2", 500, "hello", 5);
	read_any();
	assert_int_equal(seen.n, 1);
	assert_int_equal(seen.last.kind, IKE_EV_DATAGRAM);
	assert_true(ike_address_equal(&seen.last.datagram.local, &local));
	assert_true(ike_address_equal(&seen.last.datagram.remote, &remote));
	assert_false(seen.last.datagram.natt);
	assert_int_equal(seen.last.datagram.data.len, 5);
	assert_memory_equal(seen.data, "hello", 5);
	close(peer);
}

static void test_datagram_over_ipv6_arrives_with_both_addresses(void **state)
{
	struct ike_address local = address("2001:db8::2", 4500);
	struct ike_address remote = address("2001:db8::1", 4500);
	int peer = peer_at("2001:db8::1", 12346);

	remote.port = 12346;
	peer_send(peer, "2001:db8::2", 4500, "hello", 5);
	read_any();
	assert_int_equal(seen.n, 1);
	assert_true(ike_address_equal(&seen.last.datagram.local, &local));
	assert_true(ike_address_equal(&seen.last.datagram.remote, &remote));
	assert_true(seen.last.datagram.natt);
	close(peer);
}

/* The marker, a keepalive, what is empty: all the engine's to judge. */
static void test_port_4500_is_passed_on_as_it_is(void **state)
{
	int peer = peer_at("192.0.2.1", 12345);

	peer_send(peer, "192.0.2.2", 4500, "\0\0\0\0ike", 7);
	read_any();
	assert_true(seen.last.datagram.natt);
	assert_int_equal(seen.last.datagram.data.len, 7);
	peer_send(peer, "192.0.2.2", 4500, "\xff", 1);
	read_any();
	assert_int_equal(seen.last.datagram.data.len, 1);
	peer_send(peer, "192.0.2.2", 4500, "", 0);
	read_any();
	assert_int_equal(seen.n, 1);
	assert_int_equal(seen.last.datagram.data.len, 0);
	close(peer);
}

static void test_longest_datagram_arrives_whole(void **state)
{
	static uint8_t data[65507];
	int peer = peer_at("192.0.2.1", 12345);

	memset(data, 0xa5, sizeof(data));
	peer_send(peer, "192.0.2.2", 500, data, sizeof(data));
	read_any();
	assert_int_equal(seen.last.datagram.data.len, sizeof(data));
	assert_memory_equal(seen.data, data, sizeof(data));
	close(peer);
}

static void test_one_turn_reads_a_bounded_batch(void **state)
{
	int peer = peer_at("192.0.2.1", 12345);
	unsigned int left = 40;
	unsigned int turns = 0;
	unsigned int i;

	for (i = 0; i < 40; i++)
		peer_send(peer, "192.0.2.2", 500, "x", 1);
	for (; left; left -= seen.n, turns++) {
		read_any();
		assert_in_range(seen.n, 1, 16);
	}
	assert_in_range(turns, 3, 40);
	close(peer);
}

static void test_nothing_to_read_is_no_error(void **state)
{
	memset(&seen, 0, sizeof(seen));
	assert_int_equal(udp_read(&udp, 0, see, NULL), 0);
	assert_int_equal(seen.n, 0);
}

/* IKE is for one receiver, and a sender without a port cannot be answered. */
static void test_broadcast_is_dropped(void **state)
{
	int peer = peer_at("192.0.2.1", 12345);
	const int on = 1;

	assert_int_equal(setsockopt(peer, SOL_SOCKET, SO_BROADCAST, &on,
				    sizeof(on)), 0);
	peer_send(peer, "127.255.255.255", 500, "x", 1);
	read_any();
	assert_int_equal(seen.n, 0);
	assert_int_equal(udp.unusable, 1);
	close(peer);
}

static uint16_t checksum_free(uint8_t *packet, const char *from, const char *to)
{
	struct iphdr *ip = (struct iphdr *)packet;
	uint16_t *udp_header = (uint16_t *)(packet + 20);

	memset(packet, 0, 29);
	ip->version = 4;
	ip->ihl = 5;
	ip->tot_len = htons(29);
	ip->ttl = 64;
	ip->protocol = IPPROTO_UDP;
	inet_pton(AF_INET, from, &ip->saddr);
	inet_pton(AF_INET, to, &ip->daddr);
	udp_header[1] = htons(500);
	udp_header[2] = htons(9);
	packet[28] = 'x';
	return 29;
}

static void test_source_port_zero_is_dropped(void **state)
{
	int raw = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
	uint8_t packet[29];
	union name name;
	socklen_t size = make_name(&name, "192.0.2.2", 0);
	uint16_t len = checksum_free(packet, "192.0.2.1", "192.0.2.2");

	assert_int_equal(sendto(raw, packet, len, 0, &name.any, size), len);
	read_any();
	assert_int_equal(seen.n, 0);
	assert_int_equal(udp.unusable, 1);
	close(raw);
}

static void assert_received(int peer, const char *from, uint16_t port,
			    const char *text)
{
	struct pollfd pollfd = { peer, POLLIN };
	union name name;
	union name expected;
	socklen_t size = sizeof(name);
	char data[64];
	ssize_t len;

	make_name(&expected, from, port);
	assert_int_equal(poll(&pollfd, 1, 5000), 1);
	len = recvfrom(peer, data, sizeof(data), 0, &name.any, &size);
	assert_int_equal(len, strlen(text));
	assert_memory_equal(data, text, len);
	if (strchr(from, ':')) {
		assert_memory_equal(&name.v6.sin6_addr, &expected.v6.sin6_addr,
				    16);
		assert_int_equal(name.v6.sin6_port, expected.v6.sin6_port);
	} else {
		assert_memory_equal(&name.v4.sin_addr, &expected.v4.sin_addr,
				    4);
		assert_int_equal(name.v4.sin_port, expected.v4.sin_port);
	}
}

/* The route to 192.0.2.1 would choose 192.0.2.1 itself. */
static void test_send_comes_from_the_address_it_is_told(void **state)
{
	static const struct {
		const char *local;
		uint16_t port;
		const char *remote;
	} cases[] = {
		{ "192.0.2.2", 500, "192.0.2.1" },
		{ "192.0.2.2", 4500, "192.0.2.1" },
		{ "2001:db8::2", 500, "2001:db8::1" },
		{ "2001:db8::2", 4500, "2001:db8::1" },
	};
	struct ike_bytes data = { (const uint8_t *)"hello", 5 };
	struct ike_address remote;
	struct ike_address local;
	size_t i;
	int peer;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		peer = peer_at(cases[i].remote, 12345);
		local = address(cases[i].local, cases[i].port);
		remote = address(cases[i].remote, 12345);
		assert_int_equal(udp_send(&udp, &local, &remote, data), 0);
		assert_received(peer, cases[i].local, cases[i].port, "hello");
		close(peer);
	}
}

static void test_send_without_an_address_lets_the_route_choose(void **state)
{
	struct ike_address remote = address("192.0.2.1", 12345);
	struct ike_bytes data = { (const uint8_t *)"hello", 5 };
	struct ike_address local = { .port = 500 };
	int peer = peer_at("192.0.2.1", 12345);

	assert_int_equal(udp_send(&udp, &local, &remote, data), 0);
	assert_received(peer, "192.0.2.1", 500, "hello");
	close(peer);
}

/* Nobody has those ports: the kernel answers with ICMP at once, and nobody proved
 * it. What is sent and read next is as if it had not come.
 */
static void test_I58_icmp_unreachable_changes_nothing(void **state)
{
	static const char *const ends[][2] = {
		{ "192.0.2.1", "192.0.2.2" },
		{ "2001:db8::1", "2001:db8::2" },
	};
	struct ike_bytes data = { (const uint8_t *)"hello", 5 };
	struct ike_address local, remote;
	size_t i;
	int n, peer;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		local = address(ends[i][1], 500);
		remote = address(ends[i][0], 9);
		for (n = 0; n < 10; n++)
			assert_int_equal(udp_send(&udp, &local, &remote, data),
					 0);
		for (n = 0; n < UDP_SOCKETS; n++)
			assert_int_equal(udp_read(&udp, n, see, NULL), 0);
		peer = peer_at(ends[i][0], 12345);
		peer_send(peer, ends[i][1], 500, "true", 4);
		read_any();
		assert_int_equal(seen.n, 1);
		assert_memory_equal(seen.data, "true", 4);
		remote.port = 12345;
		assert_int_equal(udp_send(&udp, &local, &remote, data), 0);
		assert_received(peer, ends[i][1], 500, "hello");
		close(peer);
	}
}

static void test_send_that_cannot_be_says_why(void **state)
{
	struct ike_bytes data = { (const uint8_t *)"hello", 5 };
	struct ike_address local = address("192.0.2.2", 500);
	struct ike_address remote = address("198.51.100.1", 500);

	assert_int_equal(udp_send(&udp, &local, &remote, data), -ENETUNREACH);
	remote = address("2001:db8::1", 500);
	assert_int_equal(udp_send(&udp, &local, &remote, data), -EAFNOSUPPORT);
	/* No socket of ours has that port. */
	remote = address("192.0.2.1", 500);
	local.port = 501;
	assert_int_equal(udp_send(&udp, &local, &remote, data), -EAFNOSUPPORT);
	/* An address that this host does not have. */
	local = address("203.0.113.1", 500);
	assert_true(udp_send(&udp, &local, &remote, data) < 0);
}

static void test_route_gives_the_address_to_send_from(void **state)
{
	struct ike_address local = { .port = 500 };
	struct ike_address remote = address("192.0.2.2", 500);
	struct ike_address expected = address("192.0.2.2", 500);

	assert_int_equal(udp_route(&remote, &local), 0);
	assert_true(ike_address_equal(&local, &expected));
	remote = address("2001:db8::2", 500);
	expected = address("2001:db8::2", 500);
	assert_int_equal(udp_route(&remote, &local), 0);
	assert_true(ike_address_equal(&local, &expected));
	remote = address("198.51.100.1", 500);
	assert_int_equal(udp_route(&remote, &local), -ENETUNREACH);
	assert_true(ike_address_equal(&local, &expected));
}

/* RFC 7296 3.1: IKE over UDP is not to set DF. */
static void test_sockets_do_not_set_df(void **state)
{
	socklen_t len = sizeof(int);
	int value;

	assert_int_equal(getsockopt(udp.fd[0], SOL_IP, IP_MTU_DISCOVER, &value,
				    &len), 0);
	assert_int_equal(value, IP_PMTUDISC_DONT);
	assert_int_equal(getsockopt(udp.fd[3], SOL_IPV6, IPV6_MTU_DISCOVER,
				    &value, &len), 0);
	assert_int_equal(value, IPV6_PMTUDISC_DONT);
}

static void test_sockets_close_on_exec(void **state)
{
	size_t i;

	for (i = 0; i < UDP_SOCKETS; i++)
		assert_true(fcntl(udp.fd[i], F_GETFD) & FD_CLOEXEC);
}

static void test_C11_port_in_use_is_told(void **state)
{
	struct udp second;

	assert_int_equal(udp_open(&second, sentence), -EADDRINUSE);
	assert_non_null(strstr(sentence, "UDP port 500, IPv4"));
	assert_non_null(strstr(sentence, "another IKE daemon"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_datagram_arrives_with_both_addresses),
		TEST(test_datagram_over_ipv6_arrives_with_both_addresses),
		TEST(test_port_4500_is_passed_on_as_it_is),
		TEST(test_longest_datagram_arrives_whole),
		TEST(test_one_turn_reads_a_bounded_batch),
		TEST(test_nothing_to_read_is_no_error),
		TEST(test_broadcast_is_dropped),
		TEST(test_source_port_zero_is_dropped),
		TEST(test_send_comes_from_the_address_it_is_told),
		TEST(test_send_without_an_address_lets_the_route_choose),
		TEST(test_I58_icmp_unreachable_changes_nothing),
		TEST(test_send_that_cannot_be_says_why),
		TEST(test_route_gives_the_address_to_send_from),
		TEST(test_sockets_do_not_set_df),
		TEST(test_sockets_close_on_exec),
		TEST(test_C11_port_in_use_is_told),
	};

	return cmocka_run_group_tests_name("udp", tests, isolate, NULL);
}
