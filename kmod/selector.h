/* SPDX-License-Identifier: GPL-2.0-only */
/* Traffic selectors (RFC 4301 4.4.1.1) and the flows they are compared with.
 * Both are seen from the gateway: "local" is the source of a packet that leaves
 * and the destination of one that arrives.
 *
 * Addresses are numbers in host byte order, so that a range is two of them and
 * membership two comparisons.
 */
#ifndef CULVERT_SELECTOR_H
#define CULVERT_SELECTOR_H

#include <linux/types.h>

union culvert_addr {
	u32 v4;
	u64 v6[2];		/* the first 64 bits of the address first */
};

/* Both ends are in the range, of this and of ports; first is not above last. */
struct culvert_addr_range {
	union culvert_addr first;
	union culvert_addr last;
};

struct culvert_port_range {
	u16 first;
	u16 last;
};

struct culvert_selector {
	struct culvert_addr_range local;	/* unset if family is AF_UNSPEC */
	struct culvert_addr_range remote;	/* unset if family is AF_UNSPEC */
	/* Of ICMP and ICMPv6: the type. 0 to 65535 where any will do. */
	struct culvert_port_range local_port;
	/* Of ICMP and ICMPv6: the code. */
	struct culvert_port_range remote_port;
	u8 family;		/* AF_INET, AF_INET6, or AF_UNSPEC: both */
	u8 protocol;		/* 0: any */
};

/* What a selector is compared with: one packet. */
struct culvert_flow {
	union culvert_addr local;
	union culvert_addr remote;
	u16 local_port;		/* 0 if the protocol has none */
	u16 remote_port;
	u8 family;		/* AF_INET or AF_INET6 */
	u8 protocol;
	/* A fragment other than the first says nothing about ports. */
	bool ports_unknown;
};

/* Does the selector say anything about ports, types or codes? */
static inline bool culvert_selector_has_ports(const struct culvert_selector *s)
{
	return s->local_port.first != 0 || s->local_port.last != U16_MAX ||
	       s->remote_port.first != 0 || s->remote_port.last != U16_MAX;
}

/* If the flow's ports are unknown, a selector that has ports does not match. */
bool culvert_selector_matches(const struct culvert_selector *selector,
			      const struct culvert_flow *flow);

#endif
