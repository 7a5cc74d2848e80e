// SPDX-License-Identifier: GPL-2.0-only
/* Fuzzes packets of the control protocol: what is taken is walked through to its
 * last element, and written again it is the same octets.
 */
#include <stdlib.h>
#include <string.h>

#include "vici_msg.h"

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void write_again(struct vici_writer *v, struct ike_bytes message)
{
	struct vici_item item;

	while (vici_next(&message, &item)) {
		switch (item.kind) {
		case VICI_SECTION_START:
			vici_section(v, "%s", item.name);
			write_again(v, item.value);
			vici_end(v);
			break;
		case VICI_LIST_START:
			vici_list(v, item.name);
			write_again(v, item.value);
			vici_end(v);
			break;
		case VICI_LIST_ITEM:
			/* An item may have octets of 0: no string has. */
			vici_item(v, "%s", "");
			v->w.len -= 2;
			ike_writer_u16(&v->w, item.value.len);
			ike_writer_bytes(&v->w, item.value.data,
					 item.value.len);
			break;
		default:
			must(item.kind == VICI_KEY_VALUE);
			vici_put_bytes(v, item.name, item.value);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct ike_bytes octets = { .data = data, .len = len };
	struct vici_packet packet;
	struct vici_fault fault;
	struct ike_bytes again;
	struct vici_writer v;

	if (len > VICI_PACKET_MAX)
		return 0;
	if (vici_packet_read(&packet, octets, &fault)) {
		must(fault.sentence && fault.offset <= len);
		return 0;
	}
	vici_begin(&v, packet.type, packet.name[0] ? packet.name : NULL);
	write_again(&v, packet.message);
	must(!vici_finish(&v, &again));
	must(again.len == len + VICI_HEAD);
	must(!memcmp(again.data + VICI_HEAD, data, len));
	vici_clear(&v);
	return 0;
}
