// SPDX-License-Identifier: GPL-2.0-only
/* What the kernel multicasts, as events of the engine. Knows the contract's
 * attributes, not what follows from them.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/culvert.h>
#include <netlink/attr.h>
#include <string.h>

#include "kern.h"
#include "kern_event.h"

#define A(name) CULVERT_A_EVENT_##name

static int read_acquire(const struct nlattr *attrs, int len,
			struct ike_event *event)
{
	event->kind = IKE_EV_ACQUIRE;
	return kern_get_u64(attrs, len, A(RULE_ID), &event->acquire.rule) ?
	       0 : -EBADMSG;
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
