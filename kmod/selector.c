// SPDX-License-Identifier: GPL-2.0-only
/* What it means that a selector matches a flow, spelled out once. The classifier
 * gives the same answers faster; this is what its answers are measured by.
 */

#include <linux/limits.h>
#include <linux/socket.h>

#include "selector.h"

static bool address_below(const union culvert_addr *a,
			  const union culvert_addr *b, u8 family)
{
	if (family == AF_INET)
		return a->v4 < b->v4;
	if (a->v6[0] != b->v6[0])
		return a->v6[0] < b->v6[0];
	return a->v6[1] < b->v6[1];
}

static bool address_in(const struct culvert_addr_range *range,
		       const union culvert_addr *addr, u8 family)
{
	return !address_below(addr, &range->first, family) &&
	       !address_below(&range->last, addr, family);
}

static bool addresses_match(const struct culvert_selector *selector,
			    const struct culvert_flow *flow)
{
	if (selector->family == AF_UNSPEC)
		return true;
	return selector->family == flow->family &&
	       address_in(&selector->local, &flow->local, flow->family) &&
	       address_in(&selector->remote, &flow->remote, flow->family);
}

static bool port_in(const struct culvert_port_range *range, u16 port)
{
	return port >= range->first && port <= range->last;
}

static bool ports_match(const struct culvert_selector *selector,
			const struct culvert_flow *flow)
{
	if (!culvert_selector_has_ports(selector))
		return true;
	return !flow->ports_unknown &&
	       port_in(&selector->local_port, flow->local_port) &&
	       port_in(&selector->remote_port, flow->remote_port);
}

bool culvert_selector_matches(const struct culvert_selector *selector,
			      const struct culvert_flow *flow)
{
	return addresses_match(selector, flow) &&
	       (!selector->protocol || selector->protocol == flow->protocol) &&
	       ports_match(selector, flow);
}
