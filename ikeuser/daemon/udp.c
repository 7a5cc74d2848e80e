// SPDX-License-Identifier: GPL-2.0-only
/* The sockets of IKE. Each datagram is read with the address it was sent to, and
 * sent from the address it is to come from, whatever the route's choice would be.
 * Knows addresses and octets, not what is in them: the non-ESP marker (RFC 3948
 * 2.2) is the engine's. ESP in UDP does not come here; the kernel module takes it
 * before.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto.h"
#include "udp.h"

/* A turn of the loop reads so many, then timers and the kernel have theirs. */
#define BATCH 16
/* The longest that UDP carries. */
#define DATAGRAM_MAX 65535
/* What waits while one Diffie-Hellman is computed: about 1000 IKE_SA_INIT; the
 * kernel may give less.
 */
#define RECEIVE_BUFFER (1 << 20)

static const struct {
	int family;
	uint16_t port;
} places[UDP_SOCKETS] = {
	{ AF_INET, IKE_PORT },
	{ AF_INET, IKE_PORT_NATT },
	{ AF_INET6, IKE_PORT },
	{ AF_INET6, IKE_PORT_NATT },
};

union name {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* Room for the address that a datagram was sent to. */
union control {
	struct cmsghdr header;
	char v4[CMSG_SPACE(sizeof(struct in_pktinfo))];
	char v6[CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

struct udp_batch {
	struct mmsghdr header[BATCH];
	struct iovec iov[BATCH];
	union name name[BATCH];
	union control control[BATCH];
	uint8_t data[BATCH][DATAGRAM_MAX];
};

/* --- opening --- */

struct option {
	int level;
	int name;
	int value;
};

/* An IKE message that the path does not take whole goes in IP fragments: no DF.
 * Ends with level -1.
 */
static const struct option options_v4[] = {
	{ SOL_IP, IP_PKTINFO, 1 },
	{ SOL_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT },
	{ -1 },
};

static const struct option options_v6[] = {
	{ SOL_IPV6, IPV6_V6ONLY, 1 },
	{ SOL_IPV6, IPV6_RECVPKTINFO, 1 },
	{ SOL_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DONT },
	{ -1 },
};

static socklen_t make_name(union name *name, int family, const void *ip,
			   uint16_t port)
{
	memset(name, 0, sizeof(*name));
	name->any.sa_family = family;
	if (family == AF_INET) {
		name->v4.sin_port = htons(port);
		if (ip)
			memcpy(&name->v4.sin_addr, ip, 4);
		return sizeof(name->v4);
	}
	name->v6.sin6_port = htons(port);
	if (ip)
		memcpy(&name->v6.sin6_addr, ip, 16);
	return sizeof(name->v6);
}

static int set_options(int fd, int family)
{
	const struct option *option = family == AF_INET ? options_v4 :
							  options_v6;
	const int size = RECEIVE_BUFFER;

	for (; option->level != -1; option++)
		if (setsockopt(fd, option->level, option->name, &option->value,
			       sizeof(option->value)))
			return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)))
		return -errno;
	return 0;
}

static int open_one(int *fd, int family, uint16_t port)
{
	union name name;
	socklen_t len;
	int err;

	*fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (*fd < 0)
		return errno == EAFNOSUPPORT && family == AF_INET6 ? 0 : -errno;
	len = make_name(&name, family, NULL, port);
	err = set_options(*fd, family);
	if (!err && bind(*fd, &name.any, len))
		err = -errno;
	return err;
}

void udp_close(struct udp *udp)
{
	size_t i;

	for (i = 0; i < UDP_SOCKETS; i++)
		if (udp->fd[i] >= 0)
			close(udp->fd[i]);
	free(udp->batch);
	memset(udp, 0, sizeof(*udp));
}

int udp_open(struct udp *udp, char *sentence)
{
	int err = 0;
	size_t i;

	memset(udp, 0, sizeof(*udp));
	for (i = 0; i < UDP_SOCKETS; i++)
		udp->fd[i] = -1;
	udp->batch = malloc(sizeof(*udp->batch));
	if (!udp->batch) {
		snprintf(sentence, UDP_SENTENCE_MAX,
			 "no memory for datagrams");
		return -ENOMEM;
	}
	for (i = 0; i < UDP_SOCKETS && !err; i++) {
		err = open_one(&udp->fd[i], places[i].family, places[i].port);
		if (err)
			snprintf(sentence, UDP_SENTENCE_MAX,
				 "UDP port %u, %s: %s%s", places[i].port,
				 places[i].family == AF_INET ? "IPv4" : "IPv6",
				 strerror(-err), err == -EADDRINUSE ?
				 ": does another IKE daemon run here?" : "");
	}
	if (err)
		udp_close(udp);
	return err;
}

/* --- reading --- */

static void prepare(struct udp_batch *batch)
{
	struct msghdr *header;
	size_t i;

	for (i = 0; i < BATCH; i++) {
		header = &batch->header[i].msg_hdr;
		memset(header, 0, sizeof(*header));
		batch->iov[i].iov_base = batch->data[i];
		batch->iov[i].iov_len = sizeof(batch->data[i]);
		header->msg_name = &batch->name[i];
		header->msg_namelen = sizeof(batch->name[i]);
		header->msg_iov = &batch->iov[i];
		header->msg_iovlen = 1;
		header->msg_control = &batch->control[i];
		header->msg_controllen = sizeof(batch->control[i]);
	}
}

/* IKE is spoken between two hosts: false for what was sent to many. A link-local
 * address means nothing without its link, which the engine does not know.
 */
static bool get_local(struct msghdr *header, struct ike_address *local)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(header);
	struct in6_pktinfo v6;
	struct in_pktinfo v4;

	if (!c)
		return false;
	if (c->cmsg_level == SOL_IP && c->cmsg_type == IP_PKTINFO) {
		memcpy(&v4, CMSG_DATA(c), sizeof(v4));
		local->len = 4;
		memcpy(local->ip, &v4.ipi_addr, 4);
		/* ipi_spec_dst is what to answer a broadcast from. */
		return v4.ipi_addr.s_addr == v4.ipi_spec_dst.s_addr;
	}
	if (c->cmsg_level != SOL_IPV6 || c->cmsg_type != IPV6_PKTINFO)
		return false;
	memcpy(&v6, CMSG_DATA(c), sizeof(v6));
	local->len = 16;
	memcpy(local->ip, &v6.ipi6_addr, 16);
	return !IN6_IS_ADDR_MULTICAST(&v6.ipi6_addr) &&
	       !IN6_IS_ADDR_LINKLOCAL(&v6.ipi6_addr);
}

/* False: there is nobody to answer. */
static bool get_remote(const union name *name, struct ike_address *remote)
{
	if (name->any.sa_family == AF_INET) {
		remote->len = 4;
		remote->port = ntohs(name->v4.sin_port);
		memcpy(remote->ip, &name->v4.sin_addr, 4);
	} else {
		remote->len = 16;
		remote->port = ntohs(name->v6.sin6_port);
		memcpy(remote->ip, &name->v6.sin6_addr, 16);
		if (IN6_IS_ADDR_LINKLOCAL(&name->v6.sin6_addr))
			return false;
	}
	return remote->port;
}

static bool make_event(struct udp_batch *batch, size_t i, uint16_t port,
		       struct ike_event *event)
{
	memset(event, 0, sizeof(*event));
	event->kind = IKE_EV_DATAGRAM;
	event->datagram.local.port = port;
	event->datagram.natt = port == IKE_PORT_NATT;
	event->datagram.data.data = batch->data[i];
	event->datagram.data.len = batch->header[i].msg_len;
	return get_local(&batch->header[i].msg_hdr, &event->datagram.local) &&
	       get_remote(&batch->name[i], &event->datagram.remote);
}

int udp_read(struct udp *udp, size_t i,
	     void (*tell)(struct ike_event *event, void *arg), void *arg)
{
	struct udp_batch *batch = udp->batch;
	struct ike_event event;
	int n, m;

	prepare(batch);
	n = recvmmsg(udp->fd[i], batch->header, BATCH, 0, NULL);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	for (m = 0; m < n; m++) {
		if (make_event(batch, m, places[i].port, &event))
			tell(&event, arg);
		else
			udp->unusable++;
	}
	return 0;
}

/* --- sending --- */

static void put_local(struct msghdr *header, union control *control,
		      const struct ike_address *local)
{
	bool is_v4 = local->len == 4;
	struct in6_pktinfo v6 = { 0 };
	struct in_pktinfo v4 = { 0 };
	struct cmsghdr *c;

	memset(control, 0, sizeof(*control));
	header->msg_control = control;
	header->msg_controllen = is_v4 ? sizeof(control->v4) :
					 sizeof(control->v6);
	c = CMSG_FIRSTHDR(header);
	if (is_v4) {
		c->cmsg_level = SOL_IP;
		c->cmsg_type = IP_PKTINFO;
		c->cmsg_len = CMSG_LEN(sizeof(v4));
		memcpy(&v4.ipi_spec_dst, local->ip, 4);
		memcpy(CMSG_DATA(c), &v4, sizeof(v4));
		return;
	}
	c->cmsg_level = SOL_IPV6;
	c->cmsg_type = IPV6_PKTINFO;
	c->cmsg_len = CMSG_LEN(sizeof(v6));
	memcpy(&v6.ipi6_addr, local->ip, 16);
	memcpy(CMSG_DATA(c), &v6, sizeof(v6));
}

static int find_socket(const struct udp *udp, int family, uint16_t port)
{
	size_t i;

	for (i = 0; i < UDP_SOCKETS; i++)
		if (places[i].family == family && places[i].port == port)
			return udp->fd[i];
	return -1;
}

int udp_send(const struct udp *udp, const struct ike_address *local,
	     const struct ike_address *remote, struct ike_bytes data)
{
	int family = remote->len == 4 ? AF_INET : AF_INET6;
	int fd = find_socket(udp, family, local->port);
	struct iovec iov = { (void *)data.data, data.len };
	struct msghdr header = { .msg_iov = &iov, .msg_iovlen = 1 };
	union control control;
	union name name;

	if (fd < 0 || (local->len && local->len != remote->len))
		return -EAFNOSUPPORT;
	header.msg_name = &name;
	header.msg_namelen = make_name(&name, family, remote->ip, remote->port);
	if (local->len)
		put_local(&header, &control, local);
	return sendmsg(fd, &header, 0) < 0 ? -errno : 0;
}

int udp_route(const struct ike_address *remote, struct ike_address *local)
{
	bool is_v4 = remote->len == 4;
	union name name;
	socklen_t len = make_name(&name, is_v4 ? AF_INET : AF_INET6, remote->ip,
				  IKE_PORT);
	int fd = socket(name.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int err = 0;

	/* Nothing is sent: connecting looks the route up. */
	if (fd < 0 || connect(fd, &name.any, len) ||
	    getsockname(fd, &name.any, &len))
		err = -errno;
	if (fd >= 0)
		close(fd);
	if (err)
		return err;
	local->len = remote->len;
	memcpy(local->ip, is_v4 ? (void *)&name.v4.sin_addr :
				  (void *)&name.v6.sin6_addr, local->len);
	return 0;
}
