// SPDX-License-Identifier: GPL-2.0-only
/* What the kernel multicasts, as events of the engine. Knows the contract's
 * attributes, not what follows from them.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/culvert.h>
#include <netinet/in.h>
#include <netlink/attr.h>
#include <string.h>

#include "kern.h"
#include "kern_event.h"

#define A(name) CULVERT_A_EVENT_##name

/* Where in an IP header, version 4 and 6, what stands that a selector asks for. */
static const struct ip_form {
	uint8_t type;
	uint8_t address_len;
	uint8_t protocol_at;
	uint8_t source_at;
	uint8_t destination_at;
} forms[] = {
	{ IKE_TS_IPV4_ADDR_RANGE, 4, 9, 12, 16 },
	{ IKE_TS_IPV6_ADDR_RANGE, 16, 6, 8, 24 },
};

#define IPV4_FRAGMENT_AT 6
#define IPV4_FRAGMENT_MASK 0x1fff

static bool has_ports(uint8_t protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP ||
	       protocol == IPPROTO_SCTP || protocol == IPPROTO_DCCP ||
	       protocol == IPPROTO_UDPLITE;
}

/* What follows an IPv6 header may be another header of IPv6: any protocol. */
static bool is_protocol(uint8_t number, bool ipv6)
{
	return !ipv6 || has_ports(number) || number == IPPROTO_ICMPV6;
}

static uint16_t u16_at(const uint8_t *octets)
{
	return octets[0] << 8 | octets[1];
}

static void set_end(struct ike_ts *ts, const struct ip_form *form,
		    uint8_t protocol, const uint8_t *address,
		    const uint8_t *port)
{
	*ts = (struct ike_ts){ .type = form->type, .protocol = protocol };
	memcpy(ts->first, address, form->address_len);
	memcpy(ts->last, address, form->address_len);
	ts->port_first = port ? u16_at(port) : 0;
	ts->port_last = port ? u16_at(port) : UINT16_MAX;
}

/* One packet as two selectors; false: it cannot be told. */
static bool read_packet(const uint8_t *packet, size_t len, struct ike_ts *local,
			struct ike_ts *remote)
{
	bool ipv6 = len && packet[0] >> 4 == 6;
	const struct ip_form *form = &forms[ipv6];
	size_t header = form->destination_at + form->address_len;
	const uint8_t *ports = NULL;
	uint8_t protocol;

	if (len < header || (packet[0] >> 4 != 4 && !ipv6))
		return false;
	protocol = packet[form->protocol_at];
	if (!ipv6)
		header = (packet[0] & 0xf) * 4;
	if (has_ports(protocol) && len >= header + 4 &&
	    (ipv6 || !(u16_at(packet + IPV4_FRAGMENT_AT) & IPV4_FRAGMENT_MASK)))
		ports = packet + header;
	if (!is_protocol(protocol, ipv6))
		protocol = 0;
	set_end(local, form, protocol, packet + form->source_at, ports);
	set_end(remote, form, protocol, packet + form->destination_at,
		ports ? ports + 2 : NULL);
	return true;
}

static int read_acquire(const struct nlattr *attrs, int len,
			struct ike_event *event)
{
	const struct nlattr *header = nla_find(attrs, len, A(HEADER));

	event->kind = IKE_EV_ACQUIRE;
	if (!kern_get_u64(attrs, len, A(RULE_ID), &event->acquire.rule))
		return -EBADMSG;
	event->acquire.packet = header &&
				read_packet(nla_data(header), nla_len(header),
					    &event->acquire.local,
					    &event->acquire.remote);
	return 0;
}

/* A path MTU is the kernel's own matter. */
static int read_reason(uint32_t reason, enum ike_sa_event *what)
{
	static const enum ike_sa_event events[] = {
		[CULVERT_REASON_SOFT_SECONDS] = IKE_SA_SOFT,
		[CULVERT_REASON_SOFT_OCTETS] = IKE_SA_SOFT,
		[CULVERT_REASON_SOFT_PACKETS] = IKE_SA_SOFT,
		[CULVERT_REASON_HARD_SECONDS] = IKE_SA_HARD,
		[CULVERT_REASON_HARD_OCTETS] = IKE_SA_HARD,
		[CULVERT_REASON_HARD_PACKETS] = IKE_SA_HARD,
		[CULVERT_REASON_IDLE] = IKE_SA_IDLE,
		[CULVERT_REASON_SEQUENCE_NEAR] = IKE_SA_SOFT,
		[CULVERT_REASON_SEQUENCE_END] = IKE_SA_HARD,
	};

	if (reason >= sizeof(events) / sizeof(events[0]))
		return -ENOENT;
	*what = events[reason];
	return 0;
}

static int read_sa(const struct nlattr *attrs, int len, struct ike_event *event)
{
	uint32_t direction;
	uint32_t reason;
	uint32_t spi;

	event->kind = IKE_EV_SA;
	if (!kern_get_u32(attrs, len, A(DIRECTION), &direction) ||
	    !kern_get_u32(attrs, len, A(SPI), &spi) ||
	    !kern_get_u32(attrs, len, A(REASON), &reason) ||
	    !kern_get_u64(attrs, len, A(RULE_ID), &event->sa.rule))
		return -EBADMSG;
	event->sa.direction = direction == CULVERT_DIRECTION_IN ? IKE_IN :
								  IKE_OUT;
	event->sa.spi = ntohl(spi);
	return read_reason(reason, &event->sa.what);
}

static int read_mapping(const struct nlattr *attrs, int len,
			struct ike_event *event)
{
	const struct nlattr *address = nla_find(attrs, len, A(MAPPED));
	const struct nlattr *port = nla_find(attrs, len, A(MAPPED_PORT));
	struct ike_address *mapped = &event->mapping.mapped;
	uint32_t spi;

	event->kind = IKE_EV_MAPPING;
	if (!kern_get_u32(attrs, len, A(SPI), &spi) || !address || !port ||
	    (nla_len(address) != 4 && nla_len(address) != 16) ||
	    nla_len(port) != sizeof(mapped->port))
		return -EBADMSG;
	event->mapping.spi = ntohl(spi);
	mapped->len = nla_len(address);
	memcpy(mapped->ip, nla_data(address), mapped->len);
	mapped->port = nla_get_u16(port);
	return 0;
}

int kern_event_read(uint8_t command, const struct nlattr *attrs, int len,
		    struct ike_event *event)
{
	memset(event, 0, sizeof(*event));
	switch (command) {
	case CULVERT_CMD_ACQUIRE:
		return read_acquire(attrs, len, event);
	case CULVERT_CMD_SA_EVENT:
		return read_sa(attrs, len, event);
	case CULVERT_CMD_MAPPING_CHANGE:
		return read_mapping(attrs, len, event);
	default:
		return -ENOENT;
	}
}
