/* SPDX-License-Identifier: GPL-2.0-only */
/* The messages of vici, strongSwan's control protocol (docs/vici.md), for both of
 * its ends. Knows octets, not sockets, and no command.
 *
 *	segment	 u32 length of the packet, at most VICI_PACKET_MAX
 *	packet	 u8 type [u8 length, name: of some types] message
 *	message	 elements, one after the other, to the packet's end:
 *
 *	SECTION_START	u8 1, u8 length, name
 *	SECTION_END	u8 2
 *	KEY_VALUE	u8 3, u8 length, name, u16 length, value
 *	LIST_START	u8 4, u8 length, name
 *	LIST_ITEM	u8 5, u16 length, value
 *	LIST_END	u8 6
 *
 * Numbers are in network byte order. What a section or a list contains is a
 * message of its own, so it is read by the same functions.
 */
#ifndef CULVERT_VICI_MSG_H
#define CULVERT_VICI_MSG_H

#include "buf.h"

#define VICI_HEAD 4			/* octets of the length before a packet */
#define VICI_PACKET_MAX (512 * 1024)
#define VICI_NAME_MAX 255
#define VICI_VALUE_MAX 65535
/* Sections in sections; what is known to be sent has 4 of them. */
#define VICI_DEPTH_MAX 16

#define VICI_SOCKET "/run/culvert/vici.sock"

enum vici_type {
	VICI_CMD_REQUEST,	/* named */
	VICI_CMD_RESPONSE,
	VICI_CMD_UNKNOWN,
	VICI_EVENT_REGISTER,	/* named */
	VICI_EVENT_UNREGISTER,	/* named */
	VICI_EVENT_CONFIRM,
	VICI_EVENT_UNKNOWN,
	VICI_EVENT,		/* named */
	VICI_TYPE_COUNT
};

enum vici_kind {
	VICI_NOTHING,		/* the end of the message */
	VICI_SECTION_START,
	VICI_SECTION_END,
	VICI_KEY_VALUE,
	VICI_LIST_START,
	VICI_LIST_ITEM,
	VICI_LIST_END,
};

/* What is wrong with a packet, and at which of its octets. */
struct vici_fault {
	const char *sentence;
	size_t offset;
};

/* All borrowed from where it was read. */
struct vici_packet {
	enum vici_type type;
	char name[VICI_NAME_MAX + 1];	/* empty, unless its type has one */
	struct ike_bytes message;
};

/*
 * Reading
 */

/* 0 and the length of the packet that follows, or -EMSGSIZE: no packet is so long
 * or so short.
 */
int vici_head_read(const uint8_t head[VICI_HEAD], size_t *len);

/* A whole packet, its message looked through to the last octet: its elements are
 * whole, named in printable characters, nested as they must be, and nothing is
 * left. 0 or -EBADMSG, and then fault says what is wrong. Whatever passes can be
 * read by the functions below without a further look.
 */
int vici_packet_read(struct vici_packet *packet, struct ike_bytes octets,
		     struct vici_fault *fault);

struct vici_item {
	enum vici_kind kind;
	char name[VICI_NAME_MAX + 1];
	/* Of a section or a list: all that is in it, a message. */
	struct ike_bytes value;
};

/* The elements of a message that was looked through, in turn; a section or a
 * list is one of them. VICI_KEY_VALUE, VICI_SECTION_START, VICI_LIST_START, in a
 * list VICI_LIST_ITEM, then VICI_NOTHING. The message is what is left of it.
 */
enum vici_kind vici_next(struct ike_bytes *message, struct vici_item *item);

/* The element of that kind and name; false: there is none. Of two of one name,
 * the last counts, as it does in strongSwan.
 */
bool vici_find(struct ike_bytes message, enum vici_kind kind, const char *name,
	       struct ike_bytes *value);
/* The value of a key as a string, cut to size; def, if there is no such key. def
 * may be NULL, for an empty one. Returns text.
 */
const char *vici_get(struct ike_bytes message, const char *name,
		     const char *def, char *text, size_t size);
/* A number: of that base, and nothing besides it. 0; -ENOENT: there is no such
 * key; -EINVAL: it has no such number.
 */
int vici_get_number(struct ike_bytes message, const char *name, int base,
		    uint64_t *number);
/* yes, true, enabled, 1 and their opposites, as strongSwan takes them. */
bool vici_get_flag(struct ike_bytes message, const char *name, bool def);

/*
 * Writing: a packet in memory that grows. An error is sticky, and asked for once,
 * with vici_finish().
 */

struct vici_writer {
	struct ike_writer w;		/* the segment, with its head */
	enum vici_kind open[VICI_DEPTH_MAX];
	unsigned int depth;
	int error;			/* 0 or -errno */
};

/* Begins a packet; name is NULL unless its type has one. */
void vici_begin(struct vici_writer *v, enum vici_type type, const char *name);
void vici_section(struct vici_writer *v, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void vici_list(struct vici_writer *v, const char *name);
/* Ends the section or list that was begun last. */
void vici_end(struct vici_writer *v);
void vici_put(struct vici_writer *v, const char *name, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void vici_put_bytes(struct vici_writer *v, const char *name,
		    struct ike_bytes value);
/* "yes" or "no" */
void vici_put_flag(struct vici_writer *v, const char *name, bool flag);
/* In a list. */
void vici_item(struct vici_writer *v, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* The segment, ready to be sent, borrowed until vici_clear(). -EMSGSIZE: it would
 * be too long; -ENOMEM; -EINVAL: sections or lists are open, or an element was
 * where none may be.
 */
int vici_finish(struct vici_writer *v, struct ike_bytes *segment);
void vici_clear(struct vici_writer *v);

#endif
