// SPDX-License-Identifier: GPL-2.0-only
/* The generic netlink family: what all its operations share, and the operations
 * about the module and the namespace as a whole. Knows the contract in
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
#include <net/ipv6.h>
#include <net/sock.h>

#include "flow.h"
#include "mtu.h"
#include "netlink-gen.h"
#include "netlink.h"
#include "output.h"
#include "policy.h"
#include "sa.h"
#include "stats.h"

/* Beyond the type of any attribute that a policy lets pass. */
#define REQUEST_ATTRS 64

int culvert_netlink_refuse(const struct net *net, int err)
{
	culvert_stats_count(culvert_net(net)->stats,
			    CULVERT_COUNTER_NETLINK_REFUSED);
	return err;
}

/* --- checks --- */

static bool may_repeat(u8 command, int type)
{
	return command == CULVERT_CMD_SA_ADD && type == CULVERT_A_SA_SELECTOR;
}

/* What the attribute policy lets pass: nla_parse() keeps the last of two
 * attributes of one type, and takes a number that says it is in network byte
 * order for one in the host's. What the sender meant is unknown.
 */
static int check_attribute(const struct nlattr *attr, unsigned long *seen,
			   bool repeats, struct netlink_ext_ack *extack)
{
	int type = nla_type(attr);

	if (attr->nla_type & NLA_F_NET_BYTEORDER) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "NLA_F_NET_BYTEORDER not expected");
		return -EINVAL;
	}
	if (type >= REQUEST_ATTRS ||
	    (__test_and_set_bit(type, seen) && !repeats)) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "attribute is given twice");
		return -EINVAL;
	}
	return 0;
}

static int check_nest(const struct nlattr *nest, struct netlink_ext_ack *extack)
{
	DECLARE_BITMAP(seen, REQUEST_ATTRS) = {};
	const struct nlattr *attr;
	int rest;

	nla_for_each_nested(attr, nest, rest) {
		int err = check_attribute(attr, seen, false, extack);

		if (err)
			return err;
	}
	return 0;
}

static int check_attributes(const struct nlmsghdr *nlh,
			    struct netlink_ext_ack *extack)
{
	const struct genlmsghdr *hdr = nlmsg_data(nlh);
	DECLARE_BITMAP(seen, REQUEST_ATTRS) = {};
	const struct nlattr *attr;
	int rest;

	nlmsg_for_each_attr(attr, nlh, GENL_HDRLEN, rest) {
		int err = check_attribute(attr, seen,
					  may_repeat(hdr->cmd, nla_type(attr)),
					  extack);

		if (!err && (attr->nla_type & NLA_F_NESTED))
			err = check_nest(attr, extack);
		if (err)
			return err;
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

/* Keys do not stay behind in the memory of a message, wanted or not. */
static void wipe_keys(const struct genl_info *info)
{
	struct nlattr *attr;
	int rest;

	if (info->genlhdr->cmd != CULVERT_CMD_SA_ADD)
		return;
	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rest)
		if (nla_type(attr) == CULVERT_A_SA_ENCR_KEY ||
		    nla_type(attr) == CULVERT_A_SA_INTEG_KEY)
			memzero_explicit(nla_data(attr), nla_len(attr));
}

static int pre_doit(const struct genl_split_ops *ops, struct sk_buff *skb,
		    struct genl_info *info)
{
	const struct net *net = genl_info_net(info);
	int err;

	culvert_stats_count(culvert_net(net)->stats,
			    CULVERT_COUNTER_NETLINK_REQUESTS);
	err = check_request(info->nlhdr, info->extack);
	if (!err)
		return 0;
	wipe_keys(info);
	return culvert_netlink_refuse(net, err);
}

static void post_doit(const struct genl_split_ops *ops, struct sk_buff *skb,
		      struct genl_info *info)
{
	wipe_keys(info);
}

int culvert_netlink_begin_dump(struct net *net, struct netlink_callback *cb)
{
	int err;

	if (cb->args[1])
		return 0;
	cb->args[1] = true;

	culvert_stats_count(culvert_net(net)->stats,
			    CULVERT_COUNTER_NETLINK_REQUESTS);
	err = check_request(cb->nlh, cb->extack);
	if (err)
		return culvert_netlink_refuse(net, err);

	if (nlmsg_attrlen(cb->nlh, GENL_HDRLEN)) {
		NL_SET_ERR_MSG_ATTR(cb->extack,
				    nlmsg_attrdata(cb->nlh, GENL_HDRLEN),
				    "this dump takes no attribute");
		return culvert_netlink_refuse(net, -EINVAL);
	}
	return 0;
}

/* --- answers --- */

int culvert_netlink_add(struct sk_buff *msg, u32 portid,
			const struct nlmsghdr *request, int flags,
			struct net *net, void *thing,
			culvert_netlink_fill_t fill)
{
	const struct genlmsghdr *ghdr = nlmsg_data(request);
	void *hdr;
	int err;

	hdr = genlmsg_put(msg, portid, request->nlmsg_seq,
			  &culvert_netlink_family, flags, ghdr->cmd);
	if (!hdr)
		return -EMSGSIZE;

	err = fill(msg, net, thing);
	if (err) {
		genlmsg_cancel(msg, hdr);
		return err;
	}
	genlmsg_end(msg, hdr);
	return 0;
}

struct sk_buff *culvert_netlink_answer(void)
{
	return genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
}

int culvert_netlink_send(struct genl_info *info, struct sk_buff *msg,
			 void *thing, culvert_netlink_fill_t fill)
{
	struct net *net = genl_info_net(info);
	int err;

	err = culvert_netlink_add(msg, info->snd_portid, info->nlhdr, 0, net,
				  thing, fill);
	if (err) {
		nlmsg_free(msg);
		return culvert_netlink_refuse(net, err);
	}
	return genlmsg_reply(msg, info);
}

int culvert_netlink_reply(struct genl_info *info, void *thing,
			  culvert_netlink_fill_t fill)
{
	struct sk_buff *msg = culvert_netlink_answer();

	if (!msg)
		return culvert_netlink_refuse(genl_info_net(info), -ENOMEM);
	return culvert_netlink_send(info, msg, thing, fill);
}

int culvert_netlink_locked(struct genl_info *info,
			   int (*operation)(struct culvert_net *cn,
					    struct genl_info *info))
{
	struct culvert_net *cn = culvert_net(genl_info_net(info));
	int err;

	mutex_lock(&cn->lock);
	err = operation(cn, info);
	mutex_unlock(&cn->lock);
	return err ? culvert_netlink_refuse(cn->net, err) : 0;
}

/* Answers a dump of the things with the numbers 0 to end - 1. A full buffer ends
 * this call; the next one goes on from args[0].
 */
static int dump_numbers(struct sk_buff *skb, struct netlink_callback *cb,
			u32 end, culvert_netlink_fill_t fill)
{
	struct net *net = sock_net(skb->sk);
	int err;

	err = culvert_netlink_begin_dump(net, cb);
	if (err)
		return err;

	for (; !err && cb->args[0] < end; cb->args[0]++) {
		u32 number = cb->args[0];

		err = culvert_netlink_add(skb, NETLINK_CB(cb->skb).portid,
					  cb->nlh, NLM_F_MULTI, net, &number,
					  fill);
		if (err)
			break;
	}
	return skb->len ?: err;
}

/* --- addresses and selectors --- */

int culvert_netlink_get_addr(const struct nlattr *attr,
			     union nf_inet_addr *addr, u8 *family,
			     struct netlink_ext_ack *extack)
{
	int len = nla_len(attr);

	if (len != sizeof(struct in_addr) && len != sizeof(struct in6_addr)) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "an address has 4 or 16 octets");
		return -EINVAL;
	}
	memset(addr, 0, sizeof(*addr));
	memcpy(addr, nla_data(attr), len);
	*family = len == sizeof(struct in_addr) ? AF_INET : AF_INET6;
	if (*family == AF_INET6 && ipv6_addr_v4mapped(&addr->in6)) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "an IPv4 address is given in 4 octets, not mapped into IPv6");
		return -EINVAL;
	}
	return 0;
}

static void from_number(union nf_inet_addr *addr, u8 family,
			const union culvert_addr *number)
{
	int i;

	if (family == AF_INET) {
		addr->ip = htonl(number->v4);
		return;
	}
	for (i = 0; i < 4; i++)
		addr->in6.s6_addr32[i] =
			htonl(number->v6[i / 2] >> (i % 2 ? 0 : 32));
}

static bool is_ordered(u8 family, const struct culvert_addr_range *range)
{
	const u64 *first = range->first.v6;
	const u64 *last = range->last.v6;

	if (family == AF_INET)
		return range->first.v4 <= range->last.v4;
	return first[0] < last[0] ||
	       (first[0] == last[0] && first[1] <= last[1]);
}

/* A range of addresses of family, or of the first family seen. */
static int get_range(const struct nlattr *start, const struct nlattr *end,
		     u8 *family, struct culvert_addr_range *range,
		     struct netlink_ext_ack *extack)
{
	const struct nlattr *attr[] = { start, end };
	union culvert_addr *to[] = { &range->first, &range->last };
	union nf_inet_addr addr;
	u8 this_family;
	int err;
	int i;

	if (!start && !end)
		return 0;
	if (!start || !end) {
		NL_SET_ERR_MSG_ATTR(extack, start ?: end,
				    "a range of addresses has a start and an end");
		return -EINVAL;
	}
	for (i = 0; i < 2; i++) {
		err = culvert_netlink_get_addr(attr[i], &addr, &this_family,
					       extack);
		if (err)
			return err;
		if (*family && *family != this_family) {
			NL_SET_ERR_MSG_ATTR(extack, attr[i],
					    "addresses of two families in one selector");
			return -EINVAL;
		}
		*family = this_family;
		culvert_flow_set_addr(to[i], this_family, &addr);
	}
	if (!is_ordered(*family, range)) {
		NL_SET_ERR_MSG_ATTR(extack, end,
				    "the range ends before it starts");
		return -EINVAL;
	}
	return 0;
}

static void set_any(u8 family, struct culvert_addr_range *range)
{
	if (family == AF_INET)
		range->last.v4 = U32_MAX;
	else if (family == AF_INET6)
		memset(&range->last, 0xff, sizeof(range->last));
}

static int get_addresses(struct nlattr **attrs,
			 struct culvert_selector *selector,
			 struct netlink_ext_ack *extack)
{
	const struct nlattr *local = attrs[CULVERT_A_SELECTOR_LOCAL_START];
	const struct nlattr *remote = attrs[CULVERT_A_SELECTOR_REMOTE_START];
	const struct nlattr *family = attrs[CULVERT_A_SELECTOR_FAMILY];
	int err;

	if (family) {
		selector->family = nla_get_u8(family);
		if (selector->family != AF_INET &&
		    selector->family != AF_INET6) {
			NL_SET_ERR_MSG_ATTR(extack, family,
					    "the family is 2 for IPv4 or 10 for IPv6");
			return -EINVAL;
		}
	}
	err = get_range(local, attrs[CULVERT_A_SELECTOR_LOCAL_END],
			&selector->family, &selector->local, extack) ?:
	      get_range(remote, attrs[CULVERT_A_SELECTOR_REMOTE_END],
			&selector->family, &selector->remote, extack);
	if (err)
		return err;
	if (!local)
		set_any(selector->family, &selector->local);
	if (!remote)
		set_any(selector->family, &selector->remote);
	return 0;
}

/* The two halves of a range of ports, types or codes. */
struct port_attrs {
	int start;
	int end;
};

static int get_number(const struct nlattr *attr)
{
	return nla_len(attr) == sizeof(u8) ? nla_get_u8(attr) :
					     nla_get_u16(attr);
}

static int get_ports(struct nlattr **attrs, const struct port_attrs *names,
		     struct culvert_port_range *range,
		     struct netlink_ext_ack *extack)
{
	const struct nlattr *start = attrs[names->start];
	const struct nlattr *end = attrs[names->end];

	if (!start && !end)
		return 0;
	if (!start || !end) {
		NL_SET_ERR_MSG_ATTR(extack, start ?: end,
				    "a range has a start and an end");
		return -EINVAL;
	}
	range->first = get_number(start);
	range->last = get_number(end);
	if (range->first > range->last) {
		NL_SET_ERR_MSG_ATTR(extack, end,
				    "the range ends before it starts");
		return -EINVAL;
	}
	return 0;
}

static const struct port_attrs local_ports = {
	CULVERT_A_SELECTOR_LOCAL_PORT_START, CULVERT_A_SELECTOR_LOCAL_PORT_END
};

static const struct port_attrs remote_ports = {
	CULVERT_A_SELECTOR_REMOTE_PORT_START, CULVERT_A_SELECTOR_REMOTE_PORT_END
};

static const struct port_attrs icmp_types = {
	CULVERT_A_SELECTOR_ICMP_TYPE_START, CULVERT_A_SELECTOR_ICMP_TYPE_END
};

static const struct port_attrs icmp_codes = {
	CULVERT_A_SELECTOR_ICMP_CODE_START, CULVERT_A_SELECTOR_ICMP_CODE_END
};

static bool has_any(struct nlattr **attrs, const struct port_attrs *a,
		    const struct port_attrs *b)
{
	return attrs[a->start] || attrs[a->end] || attrs[b->start] ||
	       attrs[b->end];
}

static bool is_icmp(const struct culvert_selector *selector)
{
	return selector->protocol == IPPROTO_ICMP ||
	       selector->protocol == IPPROTO_ICMPV6;
}

static int get_upper(struct nlattr **attrs, struct culvert_selector *selector,
		     struct netlink_ext_ack *extack)
{
	bool ports = has_any(attrs, &local_ports, &remote_ports);
	bool icmp = has_any(attrs, &icmp_types, &icmp_codes);

	selector->local_port.last = U16_MAX;
	selector->remote_port.last = U16_MAX;
	if (ports && !culvert_flow_has_ports(selector->protocol)) {
		NL_SET_ERR_MSG(extack,
			       "ports need a protocol that has them: TCP, UDP, UDP-Lite, SCTP or DCCP");
		return -EINVAL;
	}
	if (icmp && !is_icmp(selector)) {
		NL_SET_ERR_MSG(extack,
			       "ICMP types and codes need protocol 1 or 58");
		return -EINVAL;
	}
	return get_ports(attrs, icmp ? &icmp_types : &local_ports,
			 &selector->local_port, extack) ?:
	       get_ports(attrs, icmp ? &icmp_codes : &remote_ports,
			 &selector->remote_port, extack);
}

int culvert_netlink_get_selector(const struct nlattr *nest,
				 struct culvert_selector *selector,
				 struct netlink_ext_ack *extack)
{
	struct nlattr *attrs[CULVERT_A_SELECTOR_ICMP_CODE_END + 1];
	const struct nlattr *protocol;
	int err;

	/* Two are compared as octets. */
	memset(selector, 0, sizeof(*selector));
	err = nla_parse_nested(attrs, ARRAY_SIZE(attrs) - 1, nest,
			       culvert_selector_nl_policy, extack);
	if (err)
		return err;
	protocol = attrs[CULVERT_A_SELECTOR_PROTOCOL];
	if (protocol) {
		selector->protocol = nla_get_u8(protocol);
		if (!selector->protocol) {
			NL_SET_ERR_MSG_ATTR(extack, protocol,
					    "any protocol is said by leaving it out");
			return -EINVAL;
		}
	}
	return get_addresses(attrs, selector, extack) ?:
	       get_upper(attrs, selector, extack);
}

static int put_addr(struct sk_buff *msg, int type, u8 family,
		    const union culvert_addr *number)
{
	union nf_inet_addr addr;

	from_number(&addr, family, number);
	return nla_put(msg, type, culvert_netlink_addr_len(family), &addr);
}

static int put_addresses(struct sk_buff *msg, const struct culvert_selector *s)
{
	if (!s->family)
		return 0;
	return nla_put_u8(msg, CULVERT_A_SELECTOR_FAMILY, s->family) ?:
	       put_addr(msg, CULVERT_A_SELECTOR_LOCAL_START, s->family,
			&s->local.first) ?:
	       put_addr(msg, CULVERT_A_SELECTOR_LOCAL_END, s->family,
			&s->local.last) ?:
	       put_addr(msg, CULVERT_A_SELECTOR_REMOTE_START, s->family,
			&s->remote.first) ?:
	       put_addr(msg, CULVERT_A_SELECTOR_REMOTE_END, s->family,
			&s->remote.last);
}

static int put_ports(struct sk_buff *msg, const struct port_attrs *names,
		     const struct culvert_port_range *range, bool octets)
{
	if (!range->first && range->last == U16_MAX)
		return 0;
	if (octets)
		return nla_put_u8(msg, names->start, range->first) ?:
		       nla_put_u8(msg, names->end, range->last);
	return nla_put_u16(msg, names->start, range->first) ?:
	       nla_put_u16(msg, names->end, range->last);
}

int culvert_netlink_put_selector(struct sk_buff *msg, int type,
				 const struct culvert_selector *selector)
{
	bool icmp = is_icmp(selector);
	struct nlattr *nest;
	int err;

	nest = nla_nest_start(msg, type);
	if (!nest)
		return -EMSGSIZE;
	err = put_addresses(msg, selector);
	if (!err && selector->protocol)
		err = nla_put_u8(msg, CULVERT_A_SELECTOR_PROTOCOL,
				 selector->protocol);
	err = err ?: put_ports(msg, icmp ? &icmp_types : &local_ports,
			       &selector->local_port, icmp) ?:
	      put_ports(msg, icmp ? &icmp_codes : &remote_ports,
			&selector->remote_port, icmp);
	if (err)
		return err;
	nla_nest_end(msg, nest);
	return 0;
}

/* --- the module --- */

static int version_fill(struct sk_buff *msg, struct net *net, void *thing)
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

static int counter_fill(struct sk_buff *msg, struct net *net, void *thing)
{
	u32 id = *(u32 *)thing;

	return nla_put_u32(msg, CULVERT_A_COUNTER_ID, id) ?:
	       nla_put_string(msg, CULVERT_A_COUNTER_NAME,
			      culvert_stats_name(id)) ?:
	       nla_put_u64_64bit(msg, CULVERT_A_COUNTER_VALUE,
				 culvert_stats_read(culvert_net(net)->stats,
						    id),
				 CULVERT_A_COUNTER_PAD);
}

static int object_fill(struct sk_buff *msg, struct net *net, void *thing)
{
	u32 id = *(u32 *)thing;

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

int culvert_nl_version_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return culvert_netlink_reply(info, NULL, version_fill);
}

int culvert_nl_counter_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	u32 id;

	if (culvert_netlink_need(info, CULVERT_A_COUNTER_ID,
				 "needs the id of a counter"))
		return culvert_netlink_refuse(genl_info_net(info), -EINVAL);
	id = nla_get_u32(info->attrs[CULVERT_A_COUNTER_ID]);
	return culvert_netlink_reply(info, &id, counter_fill);
}

int culvert_nl_counter_get_dumpit(struct sk_buff *skb,
				  struct netlink_callback *cb)
{
	return dump_numbers(skb, cb, __CULVERT_COUNTER_MAX, counter_fill);
}

int culvert_nl_object_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	u32 id;

	if (culvert_netlink_need(info, CULVERT_A_OBJECT_ID,
				 "needs the id of a kind of object"))
		return culvert_netlink_refuse(genl_info_net(info), -EINVAL);
	id = nla_get_u32(info->attrs[CULVERT_A_OBJECT_ID]);
	return culvert_netlink_reply(info, &id, object_fill);
}

int culvert_nl_object_get_dumpit(struct sk_buff *skb,
				 struct netlink_callback *cb)
{
	return dump_numbers(skb, cb, __CULVERT_OBJECT_MAX, object_fill);
}

/* --- the settings of a namespace --- */

/* Which attribute is which setting, and what it may be. */
static const struct setting {
	u16 attr;
	u16 offset;
	u32 least;
	u32 most;
} settings[] = {
#define SETTING(ATTR, member, least, most)				\
	{ CULVERT_A_SETTINGS_##ATTR,					\
	  offsetof(struct culvert_settings, member), least, most }
	SETTING(HOLD_PACKETS, hold_packets, 1, 16384),
	SETTING(HOLD_OCTETS, hold_octets, 4096, 1 << 30),
	SETTING(HOLD_TOTAL, hold_total, 4096, 1 << 30),
	SETTING(HOLD_AGE, hold_age, 1, 600000),
	SETTING(ACQUIRE_INTERVAL, acquire_interval, 10, 600000),
	SETTING(RULES_MAX, rules_max, 1, 1 << 20),
	SETTING(SAS_MAX, sas_max, 1, 1 << 20),
#undef SETTING
};

static u32 *setting_of(struct culvert_settings *in, const struct setting *s)
{
	return (void *)in + s->offset;
}

static u32 setting_at(const struct culvert_settings *in,
		      const struct setting *s)
{
	return *(const u32 *)((const void *)in + s->offset);
}

static int settings_fill(struct sk_buff *msg, struct net *net, void *thing)
{
	struct culvert_net *cn = culvert_net(net);
	u64 time[CULVERT_HOLD_BUCKETS];
	unsigned int i;
	int err = 0;

	for (i = 0; !err && i < ARRAY_SIZE(settings); i++)
		err = nla_put_u32(msg, settings[i].attr,
				  setting_at(&cn->settings, &settings[i]));
	for (i = 0; i < CULVERT_HOLD_BUCKETS; i++)
		time[i] = atomic64_read(&cn->hold.time[i]);
	return err ?:
	       nla_put_u32(msg, CULVERT_A_SETTINGS_GENERATION,
			   cn->generation) ?:
	       nla_put_u32(msg, CULVERT_A_SETTINGS_RULES,
			   culvert_policy_count(cn)) ?:
	       nla_put_u32(msg, CULVERT_A_SETTINGS_SAS, cn->sa_count) ?:
	       nla_put_u32(msg, CULVERT_A_SETTINGS_HELD_PACKETS,
			   atomic_read(&cn->hold.packets)) ?:
	       nla_put_u32(msg, CULVERT_A_SETTINGS_HELD_OCTETS,
			   atomic_read(&cn->hold.octets)) ?:
	       nla_put(msg, CULVERT_A_SETTINGS_HOLD_TIME, sizeof(time), time);
}

int culvert_nl_settings_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct culvert_net *cn = culvert_net(genl_info_net(info));
	int err;

	mutex_lock(&cn->lock);
	err = culvert_netlink_reply(info, NULL, settings_fill);
	mutex_unlock(&cn->lock);
	return err;
}

static int check_setting(const struct setting *s, const struct nlattr *attr,
			 struct netlink_ext_ack *extack)
{
	u32 value = nla_get_u32(attr);

	if (value < s->least || value > s->most) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "outside the range that the contract gives for this setting");
		return -ERANGE;
	}
	if (value > setting_at(&culvert_settings_default, s) &&
	    !capable(CAP_NET_ADMIN)) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "more than by default takes memory of all: it needs CAP_NET_ADMIN outside of user namespaces");
		return -EPERM;
	}
	return 0;
}

/* All of them or none. */
static int set_settings(struct culvert_net *cn, struct genl_info *info)
{
	struct culvert_settings wanted = cn->settings;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(settings); i++) {
		const struct nlattr *attr = info->attrs[settings[i].attr];
		int err;

		if (!attr)
			continue;
		err = check_setting(&settings[i], attr, info->extack);
		if (err)
			return err;
		*setting_of(&wanted, &settings[i]) = nla_get_u32(attr);
	}
	cn->settings = wanted;
	return 0;
}

int culvert_nl_settings_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	return culvert_netlink_locked(info, set_settings);
}

/* --- the family --- */

/* A list that nobody will commit any more. */
static int socket_gone(struct notifier_block *block, unsigned long event,
		       void *data)
{
	const struct netlink_notify *gone = data;
	struct culvert_net *cn;

	if (event != NETLINK_URELEASE || gone->protocol != NETLINK_GENERIC)
		return NOTIFY_DONE;
	cn = culvert_net(gone->net);
	/* A draft comes with the socket's own request, so it is seen. */
	if (!READ_ONCE(cn->draft))
		return NOTIFY_DONE;
	mutex_lock(&cn->lock);
	culvert_policy_socket_gone(cn, gone->portid);
	mutex_unlock(&cn->lock);
	return NOTIFY_DONE;
}

static struct notifier_block notifier = {
	.notifier_call = socket_gone,
};

static const struct genl_multicast_group groups[] = {
	/* They quote packets. */
	[CULVERT_NLGRP_EVENTS] = {
		.name = CULVERT_MCGRP_EVENTS,
		.flags = GENL_MCAST_CAP_NET_ADMIN,
	},
};

struct genl_family culvert_netlink_family __ro_after_init = {
	.name = CULVERT_FAMILY_NAME,
	.version = CULVERT_FAMILY_VERSION,
	.netnsok = true,
	/* What changes a namespace takes its lock; a long list of one must not
	 * keep others waiting.
	 */
	.parallel_ops = true,
	.pre_doit = pre_doit,
	.post_doit = post_doit,
	.ops = culvert_nl_ops,
	.n_ops = ARRAY_SIZE(culvert_nl_ops),
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
	.module = THIS_MODULE,
};

int culvert_netlink_register(void)
{
	int err;

	err = netlink_register_notifier(&notifier);
	if (err)
		return err;
	err = genl_register_family(&culvert_netlink_family);
	if (err)
		netlink_unregister_notifier(&notifier);
	return err;
}

void culvert_netlink_unregister(void)
{
	genl_unregister_family(&culvert_netlink_family);
	netlink_unregister_notifier(&notifier);
}
