// SPDX-License-Identifier: GPL-2.0-only
/* Makes and multicasts the events of the contract. */

#include <net/genetlink.h>

#include "event.h"
#include "netlink.h"
#include "netlink-gen.h"
#include "policy.h"
#include "sa.h"

#define A(name) CULVERT_A_EVENT_##name

bool culvert_event_wanted(const struct culvert_net *cn)
{
	return genl_has_listeners(&culvert_netlink_family, cn->net,
				  CULVERT_NLGRP_EVENTS);
}

static struct sk_buff *begin(const struct culvert_net *cn, u8 command,
			     void **header)
{
	struct sk_buff *msg;

	if (!culvert_event_wanted(cn))
		return NULL;
	msg = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_ATOMIC);
	if (!msg)
		return NULL;
	*header = genlmsg_put(msg, 0, 0, &culvert_netlink_family, 0, command);
	return msg;
}

static void send(const struct culvert_net *cn, struct sk_buff *msg,
		 void *header, int err)
{
	if (err) {
		nlmsg_free(msg);
		return;
	}
	genlmsg_end(msg, header);
	genlmsg_multicast_netns(&culvert_netlink_family, cn->net, msg, 0,
				CULVERT_NLGRP_EVENTS, GFP_ATOMIC);
}

/* From the IP header on. */
static int put_packet(struct sk_buff *msg, const struct sk_buff *skb)
{
	int offset = skb_network_offset(skb);
	int len = min_t(int, skb->len - offset, CULVERT_EVENT_HEADER_MAX);
	struct nlattr *attr;

	/* A dummy never had an IP header. */
	if (!skb->network_header || len <= 0)
		return 0;
	attr = nla_reserve(msg, A(HEADER), len);
	if (!attr)
		return -EMSGSIZE;
	return skb_copy_bits(skb, offset, nla_data(attr), len);
}

static int put_sa(struct sk_buff *msg, const struct culvert_sa *sa)
{
	const struct culvert_endpoints *to;
	int err;

	err = nla_put_u64_64bit(msg, A(RULE_ID), sa->rule->id, A(PAD)) ?:
	      nla_put_u32(msg, A(DIRECTION), sa->direction) ?:
	      nla_put_be32(msg, A(SPI), sa->spi);
	if (err)
		return err;
	rcu_read_lock();
	to = rcu_dereference(sa->endpoints);
	err = nla_put(msg, A(REMOTE), culvert_netlink_addr_len(to->family),
		      &to->remote);
	rcu_read_unlock();
	return err;
}

void culvert_event_acquire(struct culvert_net *cn,
			   const struct culvert_rule *rule,
			   const struct sk_buff *skb, u32 count)
{
	struct sk_buff *msg;
	void *header;

	msg = begin(cn, CULVERT_CMD_ACQUIRE, &header);
	if (!msg)
		return;
	send(cn, msg, header,
	     nla_put_u64_64bit(msg, A(RULE_ID), rule->id, A(PAD)) ?:
	     nla_put_u32(msg, A(COUNT), count) ?: put_packet(msg, skb));
}

void culvert_event_sa(const struct culvert_sa *sa, enum culvert_reason reason,
		      u32 path_mtu)
{
	struct sk_buff *msg;
	void *header;
	int err;

	msg = begin(sa->cn, CULVERT_CMD_SA_EVENT, &header);
	if (!msg)
		return;
	err = put_sa(msg, sa) ?: nla_put_u32(msg, A(REASON), reason);
	if (!err && path_mtu)
		err = nla_put_u32(msg, A(PATH_MTU), path_mtu);
	send(sa->cn, msg, header, err);
}

void culvert_event_mapping(const struct culvert_sa *sa, u8 family,
			   const union nf_inet_addr *addr, __be16 port)
{
	struct sk_buff *msg;
	void *header;

	msg = begin(sa->cn, CULVERT_CMD_MAPPING_CHANGE, &header);
	if (!msg)
		return;
	send(sa->cn, msg, header,
	     put_sa(msg, sa) ?:
	     nla_put(msg, A(MAPPED), culvert_netlink_addr_len(family), addr) ?:
	     nla_put_u16(msg, A(MAPPED_PORT), ntohs(port)));
}

void culvert_event_drop(struct culvert_net *cn, u64 rule_id,
			const struct culvert_sa *sa, const struct sk_buff *skb,
			enum culvert_counter reason, u32 missed)
{
	struct sk_buff *msg;
	void *header;
	int err;

	msg = begin(cn, CULVERT_CMD_DROP_REPORT, &header);
	if (!msg)
		return;
	err = nla_put_u32(msg, A(DROP), reason) ?:
	      nla_put_u32(msg, A(COUNT), missed) ?: put_packet(msg, skb);
	if (!err && sa)
		err = put_sa(msg, sa);
	else if (!err && rule_id)
		err = nla_put_u64_64bit(msg, A(RULE_ID), rule_id, A(PAD));
	send(cn, msg, header, err);
}
