/* SPDX-License-Identifier: GPL-2.0-only */
/* The root of all that culvert keeps for one network namespace. */
#ifndef CULVERT_NET_H
#define CULVERT_NET_H

#include <net/net_namespace.h>
#include <net/netns/generic.h>

struct culvert_stats;

struct culvert_net {
	struct culvert_stats __percpu *stats;
};

extern unsigned int culvert_net_id;

/* Valid from the namespace's init to its exit, without a reference. */
static inline struct culvert_net *culvert_net(const struct net *net)
{
	return net_generic(net, culvert_net_id);
}

#endif
