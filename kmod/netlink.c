// SPDX-License-Identifier: GPL-2.0-only
/* The operations of the generic netlink family. Knows the contract in
 * uapi/culvert.yaml; decides nothing about packets.
 *
 * A request arrives past the privilege check and its attribute policy, both in
 * the kernel's own hands. It is checked here once (check_request), then its
 * operation answers it. A refused request says why in the extended ACK, is
 * counted and has changed nothing.
 */

#include <linux/kconfig.h>
#include <linux/module.h>
#include <net/genetlink.h>
#include <net/sock.h>

#include "net.h"
#include "netlink-gen.h"
#include "netlink.h"
#include "stats.h"

/* Beyond the type of any attribute that a policy lets pass. */
#define REQUEST_ATTRS 64

static struct genl_family family;

static int refuse(const struct net *net, int err)
{
	culvert_stats_count(culvert_net(net)->stats,
			    CULVERT_COUNTER_NETLINK_REFUSED);
	return err;
}

/* What the attribute policy lets pass: nla_parse() keeps the last of two
 * attributes of one type, and takes a number that says it is in network byte
 * order for one in the host's. What the sender meant is unknown.
 */
static int check_attributes(const struct nlmsghdr *nlh,
			    struct netlink_ext_ack *extack)
{
	DECLARE_BITMAP(seen, REQUEST_ATTRS) = {};
	const struct nlattr *attr;
	int rest;

	nlmsg_for_each_attr(attr, nlh, GENL_HDRLEN, rest) {
		int type = nla_type(attr);

		if (attr->nla_type & NLA_F_NET_BYTEORDER) {
			NL_SET_ERR_MSG_ATTR(extack, attr,
					    "NLA_F_NET_BYTEORDER not expected");
			return -EINVAL;
		}
		if (type >= REQUEST_ATTRS || __test_and_set_bit(type, seen)) {
			NL_SET_ERR_MSG_ATTR(extack, attr,
					    "attribute is given twice");
			return -EINVAL;
		}
	}
	return 0;
}

static int check_request(const struct nlmsghdr *nlh,
			 struct netlink_ext_ack *extack)
{
	const struct genlmsghdr *hdr = nlmsg_data(nlh);

	if (hdr->version != CULVERT_FAMILY_VERSION) {
		NL_SET_ERR_MSG(extack, "wrong version: this module speaks version "
			       __stringify(CULVERT_FAMILY_VERSION)
			       " of the culvert contract");
		return -EPROTONOSUPPORT;
	}
	return check_attributes(nlh, extack);
}

static int pre_doit(const struct genl_split_ops *ops, struct sk_buff *skb,
		    struct genl_info *info)
{
	const struct net *net = genl_info_net(info);
	int err;

	culvert_stats_count(culvert_net(net)->stats,
			    CULVERT_COUNTER_NETLINK_REQUESTS);
	err = check_request(info->nlhdr, info->extack);
	return err ? refuse(net, err) : 0;
}

/* A dump's first call checks what pre_doit() checks for the others; the later
 * ones continue it.
 */
static int pre_dumpit(const struct net *net, struct netlink_callback *cb)
{
	int err;

	if (cb->args[1])
		return 0;
	cb->args[1] = true;

	culvert_stats_count(culvert_net(net)->stats,
			    CULVERT_COUNTER_NETLINK_REQUESTS);
	err = check_request(cb->nlh, cb->extack);
	if (err)
		return refuse(net, err);

	if (nlmsg_attrlen(cb->nlh, GENL_HDRLEN)) {
		NL_SET_ERR_MSG_ATTR(cb->extack,
				    nlmsg_attrdata(cb->nlh, GENL_HDRLEN),
				    "this dump takes no attribute");
		return refuse(net, -EINVAL);
	}
	return 0;
}

/* Puts the attributes that describe the thing with that id. */
typedef int (*fill_t)(struct sk_buff *msg, const struct net *net, u32 id);

static int version_fill(struct sk_buff *msg, const struct net *net, u32 id)
{
	u64 capabilities = 0;

	if (IS_ENABLED(CONFIG_IPV6))
		capabilities |= CULVERT_CAPABILITY_IPV6;
	if (IS_ENABLED(CONFIG_NF_CONNTRACK))
		capabilities |= CULVERT_CAPABILITY_CONNTRACK;
	if (IS_ENABLED(CONFIG_NF_NAT))
		capabilities |= CULVERT_CAPABILITY_NAT;
	if (IS_ENABLED(CONFIG_NETFILTER_EGRESS))
		capabilities |= CULVERT_CAPABILITY_NETFILTER_EGRESS;

	return nla_put_string(msg, CULVERT_A_VERSION_MODULE_VERSION,
			      CULVERT_VERSION) ?:
	       nla_put_u64_64bit(msg, CULVERT_A_VERSION_CAPABILITIES,
				 capabilities, CULVERT_A_VERSION_PAD);
}

static int counter_fill(struct sk_buff *msg, const struct net *net, u32 id)
{
	return nla_put_u32(msg, CULVERT_A_COUNTER_ID, id) ?:
	       nla_put_string(msg, CULVERT_A_COUNTER_NAME,
			      culvert_stats_name(id)) ?:
	       nla_put_u64_64bit(msg, CULVERT_A_COUNTER_VALUE,
				 culvert_stats_read(culvert_net(net)->stats,
						    id),
				 CULVERT_A_COUNTER_PAD);
}

static int object_fill(struct sk_buff *msg, const struct net *net, u32 id)
{
	return nla_put_u32(msg, CULVERT_A_OBJECT_ID, id) ?:
	       nla_put_string(msg, CULVERT_A_OBJECT_NAME,
			      culvert_object_name(id)) ?:
	       nla_put_u64_64bit(msg, CULVERT_A_OBJECT_CREATED,
				 culvert_object_read_created(id),
				 CULVERT_A_OBJECT_PAD) ?:
	       nla_put_u64_64bit(msg, CULVERT_A_OBJECT_DESTROYED,
				 culvert_object_read_destroyed(id),
				 CULVERT_A_OBJECT_PAD);
}

/* Adds one message to msg, or nothing and an error. */
static int reply_add(struct sk_buff *msg, u32 portid,
		     const struct nlmsghdr *request, int flags,
		     const struct net *net, u32 id, fill_t fill)
{
	const struct genlmsghdr *ghdr = nlmsg_data(request);
	void *hdr;
	int err;

	hdr = genlmsg_put(msg, portid, request->nlmsg_seq, &family, flags,
			  ghdr->cmd);
	if (!hdr)
		return -EMSGSIZE;

	err = fill(msg, net, id);
	if (err) {
		genlmsg_cancel(msg, hdr);
		return err;
	}
	genlmsg_end(msg, hdr);
	return 0;
}

/* Answers a do: one message about the thing with that id. */
static int reply_one(struct genl_info *info, u32 id, fill_t fill)
{
	const struct net *net = genl_info_net(info);
	struct sk_buff *msg;
	int err;

	msg = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!msg)
		return refuse(net, -ENOMEM);

	err = reply_add(msg, info->snd_portid, info->nlhdr, 0, net, id, fill);
	if (err) {
		nlmsg_free(msg);
		return refuse(net, err);
	}
	return genlmsg_reply(msg, info);
}

/* Answers a dump: a message about each thing with the ids 0 to end - 1. A full
 * buffer ends this call; the next one goes on from args[0].
 */
static int reply_all(struct sk_buff *skb, struct netlink_callback *cb, u32 end,
		     fill_t fill)
{
	const struct net *net = sock_net(skb->sk);
	int err;

	err = pre_dumpit(net, cb);
	if (err)
		return err;

	for (; cb->args[0] < end; cb->args[0]++)
		if (reply_add(skb, NETLINK_CB(cb->skb).portid, cb->nlh,
			      NLM_F_MULTI, net, cb->args[0], fill))
			break;
	return skb->len;
}

int culvert_nl_version_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return reply_one(info, 0, version_fill);
}

int culvert_nl_counter_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	if (GENL_REQ_ATTR_CHECK(info, CULVERT_A_COUNTER_ID)) {
		GENL_SET_ERR_MSG(info, "needs the id of a counter");
		return refuse(genl_info_net(info), -EINVAL);
	}
	return reply_one(info, nla_get_u32(info->attrs[CULVERT_A_COUNTER_ID]),
			 counter_fill);
}

int culvert_nl_counter_get_dumpit(struct sk_buff *skb,
				  struct netlink_callback *cb)
{
	return reply_all(skb, cb, __CULVERT_COUNTER_MAX, counter_fill);
}

int culvert_nl_object_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	if (GENL_REQ_ATTR_CHECK(info, CULVERT_A_OBJECT_ID)) {
		GENL_SET_ERR_MSG(info, "needs the id of a kind of object");
		return refuse(genl_info_net(info), -EINVAL);
	}
	return reply_one(info, nla_get_u32(info->attrs[CULVERT_A_OBJECT_ID]),
			 object_fill);
}

int culvert_nl_object_get_dumpit(struct sk_buff *skb,
				 struct netlink_callback *cb)
{
	return reply_all(skb, cb, __CULVERT_OBJECT_MAX, object_fill);
}

static struct genl_family family __ro_after_init = {
	.name = CULVERT_FAMILY_NAME,
	.version = CULVERT_FAMILY_VERSION,
	.netnsok = true,
	.pre_doit = pre_doit,
	.ops = culvert_nl_ops,
	.n_ops = ARRAY_SIZE(culvert_nl_ops),
	.module = THIS_MODULE,
};

int culvert_netlink_register(void)
{
	return genl_register_family(&family);
}

void culvert_netlink_unregister(void)
{
	genl_unregister_family(&family);
}
