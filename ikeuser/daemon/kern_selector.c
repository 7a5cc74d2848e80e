// SPDX-License-Identifier: GPL-2.0-only
/* From the selectors of IKE, one set of ranges for each end, to those of the
 * kernel, one set of ranges for the packets between them. Knows both forms, not
 * who has agreed to them.
 */
#include <errno.h>
#include <linux/culvert.h>
#include <netinet/in.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <sys/socket.h>

#include "engine.h"
#include "kern_selector.h"

#define A(name) CULVERT_A_SELECTOR_##name

struct range {
	uint16_t first;
	uint16_t last;
};

static bool is_any(const struct ike_ts *ts)
{
	return !ts->port_first && ts->port_last == UINT16_MAX;
}

static bool is_icmp(uint8_t protocol)
{
	return protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6;
}

static bool has_ports(uint8_t protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP ||
	       protocol == IPPROTO_SCTP || protocol == IPPROTO_DCCP ||
	       protocol == IPPROTO_UDPLITE;
}

/* RFC 7296 3.13.1: protocol 0 is any. */
static int join_protocols(const struct ike_ts *local,
			  const struct ike_ts *remote, uint8_t *protocol)
{
	*protocol = local->protocol ? local->protocol : remote->protocol;
	if (remote->protocol && remote->protocol != *protocol)
		return -ENOENT;
	return 0;
}

static int put_addresses(struct nl_msg *msg, const struct ike_ts *local,
			 const struct ike_ts *remote)
{
	bool v4 = local->type == IKE_TS_IPV4_ADDR_RANGE;
	size_t len = ike_ts_address_len(local);
	int nle;

	nle = nla_put_u8(msg, A(FAMILY), v4 ? AF_INET : AF_INET6);
	if (!nle)
		nle = nla_put(msg, A(LOCAL_START), len, local->first);
	if (!nle)
		nle = nla_put(msg, A(LOCAL_END), len, local->last);
	if (!nle)
		nle = nla_put(msg, A(REMOTE_START), len, remote->first);
	if (!nle)
		nle = nla_put(msg, A(REMOTE_END), len, remote->last);
	return nle ? -ENOMEM : 0;
}

static int put_ports(struct nl_msg *msg, int start, int end,
		     const struct ike_ts *ts)
{
	if (is_any(ts))
		return 0;
	return nla_put_u16(msg, start, ts->port_first) ||
	       nla_put_u16(msg, end, ts->port_last) ? -ENOMEM : 0;
}

/* Types and codes that either end names: what both select. */
static int join_icmp(const struct ike_ts *local, const struct ike_ts *remote,
		     struct range *range)
{
	range->first = local->port_first > remote->port_first ?
		       local->port_first : remote->port_first;
	range->last = local->port_last < remote->port_last ?
		      local->port_last : remote->port_last;
	return range->first > range->last ? -ENOENT : 0;
}

/* type << 8 | code: one range of them is one of types and one of codes if it has
 * one type, or whole ones.
 */
static int put_icmp(struct nl_msg *msg, const struct range *range)
{
	uint8_t type[] = { range->first >> 8, range->last >> 8 };
	uint8_t code[] = { range->first & 0xff, range->last & 0xff };
	bool all_codes = !code[0] && code[1] == UINT8_MAX;

	if (!range->first && range->last == UINT16_MAX)
		return 0;
	if (type[0] != type[1] && !all_codes)
		return -EOPNOTSUPP;
	if (nla_put_u8(msg, A(ICMP_TYPE_START), type[0]) ||
	    nla_put_u8(msg, A(ICMP_TYPE_END), type[1]))
		return -ENOMEM;
	if (all_codes)
		return 0;
	return nla_put_u8(msg, A(ICMP_CODE_START), code[0]) ||
	       nla_put_u8(msg, A(ICMP_CODE_END), code[1]) ? -ENOMEM : 0;
}

static int put_upper(struct nl_msg *msg, uint8_t protocol,
		     const struct ike_ts *local, const struct ike_ts *remote)
{
	struct range icmp;
	int err;

	if (protocol && nla_put_u8(msg, A(PROTOCOL), protocol))
		return -ENOMEM;
	if (is_any(local) && is_any(remote))
		return 0;
	/* OPAQUE: only packets without ports. The kernel knows no such rule. */
	if (local->port_first > local->port_last ||
	    remote->port_first > remote->port_last)
		return -EOPNOTSUPP;
	if (is_icmp(protocol)) {
		err = join_icmp(local, remote, &icmp);
		return err ? err : put_icmp(msg, &icmp);
	}
	if (!has_ports(protocol))
		return -EOPNOTSUPP;
	err = put_ports(msg, A(LOCAL_PORT_START), A(LOCAL_PORT_END), local);
	if (!err)
		err = put_ports(msg, A(REMOTE_PORT_START), A(REMOTE_PORT_END),
				remote);
	return err;
}

int kern_selector_put(struct nl_msg *msg, int type, const struct ike_ts *local,
		      const struct ike_ts *remote)
{
	struct nlattr *nest;
	uint8_t protocol;
	int err;

	if (local->type != remote->type)
		return -ENOENT;
	err = join_protocols(local, remote, &protocol);
	if (err)
		return err;
	nest = nla_nest_start(msg, type | NLA_F_NESTED);
	if (!nest)
		return -ENOMEM;
	err = put_addresses(msg, local, remote);
	if (!err)
		err = put_upper(msg, protocol, local, remote);
	if (err) {
		nla_nest_cancel(msg, nest);
		return err;
	}
	return nla_nest_end(msg, nest) ? -ENOMEM : 0;
}

int kern_selectors_put(struct nl_msg *msg, int type,
		       const struct ike_ts_list *local,
		       const struct ike_ts_list *remote)
{
	size_t put = 0;
	size_t i, j;
	int err;

	for (i = 0; i < local->n; i++) {
		for (j = 0; j < remote->n; j++) {
			err = kern_selector_put(msg, type, &local->ts[i],
						&remote->ts[j]);
			if (err == -ENOENT)
				continue;
			if (err)
				return err;
			if (++put > IKE_SA_SELECTORS_MAX)
				return -E2BIG;
		}
	}
	return put ? 0 : -ENOENT;
}
