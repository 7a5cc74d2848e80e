// SPDX-License-Identifier: GPL-2.0-only
/* What would happen to a packet now, asked of those who decide it: the kernel's
 * routes over rtnetlink, and the module's own functions. Decides nothing itself.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/culvert.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <string.h>

#include "contract-gen.h"
#include "vici_server.h"

#define A(name) CULVERT_A_FLOW_##name

struct flow {
	struct ike_address source;
	struct ike_address destination;
	char device[IF_NAMESIZE];	/* empty: what the route says */
	uint64_t protocol;
	uint64_t source_port;
	uint64_t destination_port;
	uint64_t length;		/* 0: the kernel's default */
	bool no_fragment;
};

/* --- the request --- */

static int read_address(struct ike_bytes request, const char *name,
			struct ike_address *address)
{
	char text[INET6_ADDRSTRLEN];

	vici_get(request, name, NULL, text, sizeof(text));
	address->len = 4;
	if (inet_pton(AF_INET, text, address->ip) == 1)
		return 0;
	address->len = 16;
	return inet_pton(AF_INET6, text, address->ip) == 1 ? 0 : -EINVAL;
}

static int read_number(struct ike_bytes request, const char *name,
		       uint64_t max, uint64_t *number)
{
	int err = vici_get_number(request, name, 10, number);

	if (err == -ENOENT) {
		*number = 0;
		return 0;
	}
	return err || *number > max ? -EINVAL : 0;
}

/* NULL, or what is wrong with it. */
static const char *read_flow(struct ike_bytes request, struct flow *flow)
{
	memset(flow, 0, sizeof(*flow));
	if (read_address(request, "source", &flow->source))
		return "source: an IPv4 or IPv6 address is expected";
	if (read_address(request, "destination", &flow->destination))
		return "destination: an IPv4 or IPv6 address is expected";
	if (flow->source.len != flow->destination.len)
		return "source and destination are of two families";
	if (read_number(request, "protocol", UINT8_MAX, &flow->protocol))
		return "protocol: a number up to 255 is expected";
	if (read_number(request, "source-port", UINT16_MAX,
			&flow->source_port) ||
	    read_number(request, "destination-port", UINT16_MAX,
			&flow->destination_port))
		return "a port: a number up to 65535 is expected";
	if (read_number(request, "length", UINT16_MAX, &flow->length))
		return "length: a number of octets up to 65535 is expected";
	flow->no_fragment = vici_get_flag(request, "no-fragment", false);
	vici_get(request, "device", NULL, flow->device, sizeof(flow->device));
	return NULL;
}

/* --- the route --- */

struct route {
	uint8_t type;			/* RTN_LOCAL: an address of our own */
	uint32_t index;			/* of the device */
	char device[IF_NAMESIZE];
	struct ike_address gateway;
	struct ike_address source;
};

static int family_of(const struct ike_address *address)
{
	return address->len == 4 ? AF_INET : AF_INET6;
}

static void get_address(struct nlmsghdr *hdr, int type,
			struct ike_address *address)
{
	const struct nlattr *attr = nlmsg_find_attr(hdr, sizeof(struct rtmsg),
						    type);

	if (!attr || (nla_len(attr) != 4 && nla_len(attr) != 16))
		return;
	address->len = nla_len(attr);
	memcpy(address->ip, nla_data(attr), address->len);
}

static int on_route(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *hdr = nlmsg_hdr(msg);
	struct route *route = arg;
	struct nlattr *oif;

	if (hdr->nlmsg_type != RTM_NEWROUTE ||
	    !nlmsg_valid_hdr(hdr, sizeof(struct rtmsg)))
		return NL_SKIP;
	route->type = ((const struct rtmsg *)nlmsg_data(hdr))->rtm_type;
	oif = nlmsg_find_attr(hdr, sizeof(struct rtmsg), RTA_OIF);
	if (oif && nla_len(oif) == sizeof(uint32_t)) {
		route->index = nla_get_u32(oif);
		if_indextoname(route->index, route->device);
	}
	get_address(hdr, RTA_GATEWAY, &route->gateway);
	get_address(hdr, RTA_PREFSRC, &route->source);
	return NL_OK;
}

/* What the kernel's routes are asked: policy routing looks at all of it. */
struct question {
	const struct ike_address *to;
	const struct ike_address *from;	/* NULL: anybody */
	uint32_t in;			/* device it comes in by; 0: it is ours */
	uint32_t out;			/* device it has to leave by; 0: any */
};

static int put_question(struct nl_msg *msg, const struct question *q)
{
	struct rtmsg rtmsg = {
		.rtm_family = family_of(q->to),
		.rtm_dst_len = q->to->len * 8,
		.rtm_src_len = q->from ? q->from->len * 8 : 0,
	};

	if (nlmsg_append(msg, &rtmsg, sizeof(rtmsg), NLMSG_ALIGNTO) ||
	    nla_put(msg, RTA_DST, q->to->len, q->to->ip) ||
	    (q->from && nla_put(msg, RTA_SRC, q->from->len, q->from->ip)) ||
	    (q->in && nla_put_u32(msg, RTA_IIF, q->in)) ||
	    (q->out && nla_put_u32(msg, RTA_OIF, q->out)))
		return -NLE_NOMEM;
	return 0;
}

/* 0 or libnl's error. */
static int ask_routes(const struct question *q, struct route *route)
{
	struct nl_sock *sock = nl_socket_alloc();
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_GETROUTE, 0);
	int err = sock && msg ? nl_connect(sock, NETLINK_ROUTE) : -NLE_NOMEM;

	memset(route, 0, sizeof(*route));
	if (!err)
		err = put_question(msg, q);
	if (!err) {
		nl_socket_disable_auto_ack(sock);
		nl_socket_modify_cb(sock, NL_CB_VALID, NL_CB_CUSTOM, on_route,
				    route);
		err = nl_send_auto(sock, msg);
	}
	if (err >= 0)
		err = nl_recvmsgs_default(sock);
	if (msg)
		nlmsg_free(msg);
	if (sock)
		nl_socket_free(sock);
	return err;
}

/* A packet of a host behind us comes in by the device that leads to it. */
static int find_route(const struct flow *flow, struct route *route)
{
	const struct question back = { .to = &flow->source };
	struct question q = {
		.to = &flow->destination,
		.out = if_nametoindex(flow->device),
	};
	struct route from;

	if (!ask_routes(&back, &from) && (from.type == RTN_LOCAL || !q.out)) {
		q.from = &flow->source;
		q.in = from.type == RTN_LOCAL ? 0 : from.index;
	}
	return ask_routes(&q, route);
}

static void put_route(struct vici_writer *v, const struct route *route, int err)
{
	vici_section(v, "route");
	if (err)
		vici_put(v, "error", "%s", nl_geterror(err));
	if (route->device[0])
		vici_put(v, "device", "%s", route->device);
	if (route->gateway.len)
		vici_put_address(v, "gateway", &route->gateway);
	if (route->source.len)
		vici_put_address(v, "source", &route->source);
	vici_end(v);
}

/* --- the module --- */

struct verdict {
	struct vici_writer *v;
	const char *verdict;		/* the keys it is told by */
	const char *rule;
	bool details;
};

static void put_u32(struct vici_writer *v, const struct nlattr *attrs, int len,
		    int type, const char *name)
{
	uint32_t number;

	if (kern_get_u32(attrs, len, type, &number))
		vici_put(v, name, "%u", number);
}

static int on_verdict(const struct nlattr *attrs, int len, void *arg)
{
	const struct verdict *verdict = arg;
	struct vici_writer *v = verdict->v;
	uint32_t number;
	uint64_t id;

	if (!kern_get_u32(attrs, len, A(VERDICT), &number))
		return -EBADMSG;
	if (number < contract_verdict.n_words)
		vici_put(v, verdict->verdict, "%s",
			 contract_verdict.words[number]);
	if (kern_get_u64(attrs, len, A(RULE_ID), &id))
		vici_put(v, verdict->rule, "%016llx", (unsigned long long)id);
	if (!verdict->details)
		return 0;
	if (kern_get_u32(attrs, len, A(SPI), &number))
		vici_put(v, "spi", "%08x", ntohl(number));
	put_u32(v, attrs, len, A(POSITION), "position");
	put_u32(v, attrs, len, A(WIRE_LENGTH), "wire-length");
	put_u32(v, attrs, len, A(INNER_MTU), "inner-mtu");
	return 0;
}

/* in: the answer to that packet, as it would arrive in clear. */
static int put_flow(struct nl_msg *msg, const struct flow *flow,
		    const char *device, bool in)
{
	const struct ike_address *from = in ? &flow->destination :
					      &flow->source;
	const struct ike_address *to = in ? &flow->source : &flow->destination;
	uint16_t from_port = in ? flow->destination_port : flow->source_port;
	uint16_t to_port = in ? flow->source_port : flow->destination_port;
	bool icmp = flow->protocol == IPPROTO_ICMP ||
		    flow->protocol == IPPROTO_ICMPV6;

	/* Type and code are the same at both ends. */
	if (icmp) {
		from_port = flow->source_port;
		to_port = flow->destination_port;
	}
	return nla_put_u32(msg, A(DIRECTION), in ? CULVERT_DIRECTION_IN :
						   CULVERT_DIRECTION_OUT) ||
	       (*device && nla_put_string(msg, A(DEVICE), device)) ||
	       nla_put(msg, A(SOURCE), from->len, from->ip) ||
	       nla_put(msg, A(DESTINATION), to->len, to->ip) ||
	       nla_put_u8(msg, A(PROTOCOL), flow->protocol) ||
	       nla_put_u16(msg, A(SOURCE_PORT), from_port) ||
	       nla_put_u16(msg, A(DESTINATION_PORT), to_port) ||
	       (flow->length && nla_put_u32(msg, A(LENGTH), flow->length)) ||
	       (flow->no_fragment && nla_put_flag(msg, A(NO_FRAGMENT))) ?
	       -ENOMEM : 0;
}

static int ask_module(struct kern *kern, const struct flow *flow,
		      const char *device, bool in, struct vici_writer *v,
		      struct kern_error *error)
{
	struct verdict verdict = {
		.v = v,
		.verdict = in ? "return-verdict" : "verdict",
		.rule = in ? "return-rule" : "rule",
		.details = !in,
	};
	struct nl_msg *msg = kern_request(kern, CULVERT_CMD_EXPLAIN, 0);

	if (msg && put_flow(msg, flow, device, in)) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return kern_ask(kern, msg, on_verdict, &verdict, error);
}

void vici_culvert_explain(struct vici_client *client, struct ike_bytes request,
			  struct vici_writer *reply)
{
	struct kern *kern = gateway_kern(client->vici->gateway);
	struct kern_error error;
	const char *wrong;
	const char *device;
	struct route route;
	struct flow flow;
	int err;

	wrong = read_flow(request, &flow);
	if (wrong) {
		vici_refuse(reply, "%s", wrong);
		return;
	}
	err = find_route(&flow, &route);
	put_route(reply, &route, err);
	device = flow.device[0] ? flow.device : route.device;
	err = ask_module(kern, &flow, device, false, reply, &error);
	if (!err)
		err = ask_module(kern, &flow, device, true, reply, &error);
	if (err)
		vici_refuse(reply, "%s", error.sentence);
	else
		vici_put_flag(reply, "success", true);
}
