// SPDX-License-Identifier: GPL-2.0-only
/* A packet socket. The kernel's filter sorts out by address and protocol, so that
 * a busy device costs nothing; ports are looked at here.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "packets.h"

/* What comes in half a second at a gigabit. */
#define RECEIVE_BUFFER (64 << 20)
#define PORT_IKE 500
#define PORT_NATT 4500
#define PROTOCOL_ESP 50
#define PROTOCOL_FRAGMENT 44
#define IPV6_HEAD 40

#define LOAD8(at) BPF_STMT(BPF_LD | BPF_B | BPF_ABS, at)
#define LOAD32(at) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at)
#define UNLESS(value, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skip)
#define IF(value, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, skip, 0)
#define RETURN(value) BPF_STMT(BPF_RET | BPF_K, value)

static uint32_t word(const uint8_t *octets)
{
	return (uint32_t)octets[0] << 24 | octets[1] << 16 | octets[2] << 8 |
	       octets[3];
}

static int set_filter(const struct packets *p, struct sock_filter *code,
		      size_t n)
{
	const struct sock_fprog program = { n, code };

	return setsockopt(p->fd, SOL_SOCKET, SO_ATTACH_FILTER, &program,
			  sizeof(program)) ? -errno : 0;
}

/* UDP or ESP, from or to it. */
static int filter_ipv4(const struct packets *p)
{
	struct sock_filter code[] = {
		LOAD8(0),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xf0),
		UNLESS(0x40, 8),
		LOAD8(9),
		IF(IPPROTO_UDP, 1),
		UNLESS(PROTOCOL_ESP, 5),
		LOAD32(12),
		IF(word(p->remote), 2),
		LOAD32(16),
		UNLESS(word(p->remote), 1),
		RETURN(PACKETS_SNAP),
		RETURN(0),
	};

	return set_filter(p, code, ARRAY_SIZE(code));
}

static int filter_ipv6(const struct packets *p)
{
	struct sock_filter code[] = {
		LOAD8(0),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xf0),
		UNLESS(0x60, 21),
		LOAD8(6),
		IF(IPPROTO_UDP, 2),
		IF(PROTOCOL_ESP, 1),
		UNLESS(PROTOCOL_FRAGMENT, 17),
		LOAD32(8), UNLESS(word(p->remote), 6),
		LOAD32(12), UNLESS(word(p->remote + 4), 4),
		LOAD32(16), UNLESS(word(p->remote + 8), 2),
		LOAD32(20), IF(word(p->remote + 12), 8),
		LOAD32(24), UNLESS(word(p->remote), 7),
		LOAD32(28), UNLESS(word(p->remote + 4), 5),
		LOAD32(32), UNLESS(word(p->remote + 8), 3),
		LOAD32(36), UNLESS(word(p->remote + 12), 1),
		RETURN(PACKETS_SNAP),
		RETURN(0),
	};

	return set_filter(p, code, ARRAY_SIZE(code));
}

static int filter_any(const struct packets *p)
{
	struct sock_filter code[] = { RETURN(PACKETS_SNAP) };

	return set_filter(p, code, ARRAY_SIZE(code));
}

static int prepare(struct packets *p, const char *device)
{
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = if_nametoindex(device),
	};
	const int size = RECEIVE_BUFFER, on = 1;
	int err;

	if (!address.sll_ifindex)
		return -errno;
	err = p->len == 4 ? filter_ipv4(p) : p->len ? filter_ipv6(p) :
	      filter_any(p);
	if (err)
		return err;
	/* Less is no failure: what is lost is counted. */
	setsockopt(p->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	if (setsockopt(p->fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) ||
	    bind(p->fd, (struct sockaddr *)&address, sizeof(address)))
		return -errno;
	return 0;
}

int packets_open(struct packets *p, const char *device, const uint8_t *remote,
		 uint8_t len, char sentence[PACKETS_SENTENCE_MAX])
{
	int err;

	p->len = len;
	memcpy(p->remote, remote, len);
	/* No protocol: nothing comes before the filter and the device are set. */
	p->fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	err = p->fd < 0 ? -errno : prepare(p, device);
	if (!err)
		return 0;
	snprintf(sentence, PACKETS_SENTENCE_MAX, "packets of %s: %s%s", device,
		 strerror(-err), err == -EPERM ? ": root captures, use sudo" :
		 "");
	packets_close(p);
	return err;
}

static bool port_is_wanted(const uint8_t *ports)
{
	uint16_t source = ports[0] << 8 | ports[1];
	uint16_t destination = ports[2] << 8 | ports[3];

	return source == PORT_IKE || destination == PORT_IKE ||
	       source == PORT_NATT || destination == PORT_NATT;
}

bool packets_wanted(struct ike_bytes packet)
{
	bool fragment = false;
	uint8_t protocol;
	size_t at;

	if (packet.len < 20)
		return false;
	if (packet.data[0] >> 4 == 4) {
		protocol = packet.data[9];
		at = (packet.data[0] & 15) * 4;
		fragment = (packet.data[6] & 0x1f) || packet.data[7];
	} else {
		if (packet.len < IPV6_HEAD + 8)
			return false;
		protocol = packet.data[6];
		at = IPV6_HEAD;
		if (protocol == PROTOCOL_FRAGMENT) {
			protocol = packet.data[at];
			fragment = packet.data[at + 2] ||
				   packet.data[at + 3] & 0xf8;
			at += 8;
		}
	}
	if (protocol == PROTOCOL_ESP)
		return true;
	if (protocol != IPPROTO_UDP)
		return false;
	return fragment || (packet.len >= at + 4 &&
			    port_is_wanted(packet.data + at));
}

static uint64_t time_of(struct msghdr *msg)
{
	struct timespec when;
	struct cmsghdr *c;

	clock_gettime(CLOCK_REALTIME, &when);
	for (c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level == SOL_SOCKET &&
		    c->cmsg_type == SCM_TIMESTAMPNS)
			memcpy(&when, CMSG_DATA(c), sizeof(when));
	}
	return when.tv_sec * 1000000000ULL + when.tv_nsec;
}

int packets_read(struct packets *p, struct packets_one *one)
{
	char control[CMSG_SPACE(sizeof(struct timespec))]
		__attribute__((aligned(8)));
	struct iovec io = { p->octet, sizeof(p->octet) };
	struct sockaddr_ll from;
	struct msghdr msg = {
		.msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &io,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n = recvmsg(p->fd, &msg, MSG_TRUNC);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	one->len = n;
	one->octets.data = p->octet;
	one->octets.len = one->len < sizeof(p->octet) ? one->len :
			  sizeof(p->octet);
	one->out = from.sll_pkttype == PACKET_OUTGOING;
	one->ns = time_of(&msg);
	return packets_wanted(one->octets);
}

void packets_counts(struct packets *p, uint64_t *received, uint64_t *lost)
{
	struct tpacket_stats stats = { 0 };
	socklen_t len = sizeof(stats);

	getsockopt(p->fd, SOL_PACKET, PACKET_STATISTICS, &stats, &len);
	*received = stats.tp_packets;
	*lost = stats.tp_drops;
}

void packets_close(struct packets *p)
{
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
}
