// SPDX-License-Identifier: GPL-2.0-only
/* Traffic selectors: read, written, narrowed. A selector is a box in three
 * dimensions: addresses, ports and protocols. Which rule it belongs to is not
 * known here.
 *
 *                      1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * | Number of TSs |                 RESERVED                      |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |   TS Type     |IP Protocol ID |       Selector Length         |  each
 * |           Start Port          |           End Port            |  selector
 * |                         Starting Address                      |
 * |                         Ending Address                        |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ts.h"

#define TS_HEADER_LEN 8		/* of one selector, without its addresses */
#define PORT_ANY_LAST 65535

static bool ts_is_opaque(const struct ike_ts *ts)
{
	return ts->port_first == PORT_ANY_LAST && !ts->port_last;
}

static bool ts_is_any_port(const struct ike_ts *ts)
{
	return !ts->port_first && ts->port_last == PORT_ANY_LAST;
}

static size_t address_len(uint8_t type)
{
	switch (type) {
	case IKE_TS_IPV4_ADDR_RANGE:
		return 4;
	case IKE_TS_IPV6_ADDR_RANGE:
		return 16;
	}
	return 0;
}

size_t ike_ts_address_len(const struct ike_ts *ts)
{
	return address_len(ts->type);
}

/* Lists. */

void ike_ts_list_clear(struct ike_ts_list *list)
{
	free(list->ts);
	*list = (struct ike_ts_list){ 0 };
}

int ike_ts_list_add(struct ike_ts_list *list, const struct ike_ts *ts)
{
	struct ike_ts *grown;

	if (list->n == TS_MAX)
		return -E2BIG;
	grown = reallocarray(list->ts, list->n + 1, sizeof(*ts));
	if (!grown)
		return -ENOMEM;
	list->ts = grown;
	list->ts[list->n++] = *ts;
	return 0;
}

int ike_ts_list_copy(struct ike_ts_list *list, const struct ike_ts_list *from)
{
	*list = (struct ike_ts_list){ .unknown = from->unknown };
	if (!from->n)
		return 0;
	list->ts = calloc(from->n, sizeof(*list->ts));
	if (!list->ts)
		return -ENOMEM;
	memcpy(list->ts, from->ts, from->n * sizeof(*list->ts));
	list->n = from->n;
	return 0;
}

/* The wire. */

static int ts_parse_wire(struct ike_ts *ts, struct ike_reader *r,
			 struct ike_fault *fault)
{
	size_t len = ike_ts_address_len(ts);

	ts->port_first = ike_reader_u16(r);
	ts->port_last = ike_reader_u16(r);
	ike_reader_copy(r, ts->first, len);
	ike_reader_copy(r, ts->last, len);
	if (!ike_reader_done(r))
		return ike_fault_set(fault, -EINVAL, IKE_REASON_TS_LENGTH,
				     ts->type);
	if (ts->port_first > ts->port_last && !ts_is_opaque(ts))
		return ike_fault_set(fault, -EINVAL, IKE_REASON_TS_RANGE,
				     ts->port_first);
	if (memcmp(ts->first, ts->last, len) > 0)
		return ike_fault_set(fault, -EINVAL, IKE_REASON_TS_RANGE,
				     ts->type);
	return 0;
}

/* One selector. Of a type that is not known, only its length is looked at. */
static int ts_list_parse_one(struct ike_ts_list *list, struct ike_reader *r,
			     struct ike_fault *fault)
{
	struct ike_ts ts = { .type = ike_reader_u8(r) };
	struct ike_reader body;
	uint16_t len;
	int err;

	ts.protocol = ike_reader_u8(r);
	len = ike_reader_u16(r);
	if (r->bad)
		return ike_fault_set(fault, -EINVAL, IKE_REASON_TS_COUNT,
				     list->n);
	if (len < 4 || len - 4u > r->left)
		return ike_fault_set(fault, -EINVAL, IKE_REASON_TS_LENGTH, len);
	body = ike_reader_sub(r, len - 4);
	if (!ike_ts_address_len(&ts)) {
		list->unknown++;
		return 0;
	}
	err = ts_parse_wire(&ts, &body, fault);
	if (err)
		return err;
	list->ts[list->n++] = ts;
	return 0;
}

int ike_ts_list_parse(struct ike_ts_list *list, struct ike_bytes body,
		      struct ike_fault *fault)
{
	struct ike_reader r;
	size_t count;
	int err = 0;

	*list = (struct ike_ts_list){ 0 };
	ike_reader_init(&r, body.data, body.len);
	count = ike_reader_u8(&r);
	ike_reader_skip(&r, 3);
	if (r.bad || !count)
		return ike_fault_set(fault, -EINVAL, IKE_REASON_TS_COUNT,
				     count);
	list->ts = calloc(count, sizeof(*list->ts));
	if (!list->ts)
		return -ENOMEM;
	for (size_t i = 0; i < count && !err; i++)
		err = ts_list_parse_one(list, &r, fault);
	if (!err && r.left)
		err = ike_fault_set(fault, -EINVAL, IKE_REASON_TS_COUNT, count);
	if (err)
		ike_ts_list_clear(list);
	return err;
}

static void ts_emit(const struct ike_ts *ts, struct ike_writer *w)
{
	size_t len = ike_ts_address_len(ts);

	ike_writer_u8(w, ts->type);
	ike_writer_u8(w, ts->protocol);
	ike_writer_u16(w, TS_HEADER_LEN + 2 * len);
	ike_writer_u16(w, ts->port_first);
	ike_writer_u16(w, ts->port_last);
	ike_writer_bytes(w, ts->first, len);
	ike_writer_bytes(w, ts->last, len);
}

void ike_ts_list_emit(const struct ike_ts_list *list, struct ike_writer *w)
{
	ike_writer_u8(w, list->n);
	ike_writer_zero(w, 3);
	for (size_t i = 0; i < list->n; i++)
		ts_emit(&list->ts[i], w);
}

/* Sets of packets. In a box all three dimensions are spans of numbers of one
 * size, so that one loop does for all of them.
 */

#define SPAN_LEN TS_ADDRESS_MAX

struct span {
	uint8_t first[SPAN_LEN];
	uint8_t last[SPAN_LEN];
};

enum { SPAN_ADDRESS, SPAN_PORT, SPAN_PROTOCOL, SPANS };

struct box {
	uint8_t type;
	struct span span[SPANS];
};

/* A packet without ports is one whose port is this one. So ANY includes OPAQUE,
 * and no other range does (RFC 4301 4.4.1.1).
 */
#define PORT_OPAQUE (PORT_ANY_LAST + 1)
#define PROTOCOL_LAST 255

static void number_put(uint8_t *at, uint32_t number)
{
	for (size_t i = SPAN_LEN; i-- > SPAN_LEN - sizeof(number);) {
		at[i] = number;
		number >>= 8;
	}
}

static uint32_t number_get(const uint8_t *at)
{
	uint32_t number = 0;

	for (size_t i = SPAN_LEN - sizeof(number); i < SPAN_LEN; i++)
		number = number << 8 | at[i];
	return number;
}

static void number_add_one(uint8_t *at)
{
	for (size_t i = SPAN_LEN; i-- && !++at[i];)
		;
}

static void number_sub_one(uint8_t *at)
{
	for (size_t i = SPAN_LEN; i-- && !at[i]--;)
		;
}

static bool number_less(const uint8_t *a, const uint8_t *b)
{
	return memcmp(a, b, SPAN_LEN) < 0;
}

static void span_set(struct span *span, uint32_t first, uint32_t last)
{
	number_put(span->first, first);
	number_put(span->last, last);
}

static struct box box_of(const struct ike_ts *ts)
{
	size_t len = ike_ts_address_len(ts);
	struct box box = { .type = ts->type };
	struct span *address = &box.span[SPAN_ADDRESS];
	struct span *port = &box.span[SPAN_PORT];
	struct span *protocol = &box.span[SPAN_PROTOCOL];

	memcpy(address->first + SPAN_LEN - len, ts->first, len);
	memcpy(address->last + SPAN_LEN - len, ts->last, len);
	if (ts_is_opaque(ts))
		span_set(port, PORT_OPAQUE, PORT_OPAQUE);
	else if (ts_is_any_port(ts))
		span_set(port, 0, PORT_OPAQUE);
	else
		span_set(port, ts->port_first, ts->port_last);
	if (ts->protocol)
		span_set(protocol, ts->protocol, ts->protocol);
	else
		span_set(protocol, 0, PROTOCOL_LAST);
	return box;
}

/* Of a box that is the intersection of others that were selectors: its spans
 * are spans of theirs.
 */
static struct ike_ts box_ts(const struct box *box)
{
	struct ike_ts ts = { .type = box->type };
	size_t len = ike_ts_address_len(&ts);
	const struct span *address = &box->span[SPAN_ADDRESS];
	uint32_t port_first = number_get(box->span[SPAN_PORT].first);
	uint32_t port_last = number_get(box->span[SPAN_PORT].last);
	const struct span *protocol = &box->span[SPAN_PROTOCOL];

	memcpy(ts.first, address->first + SPAN_LEN - len, len);
	memcpy(ts.last, address->last + SPAN_LEN - len, len);
	if (port_first == PORT_OPAQUE) {
		ts.port_first = PORT_ANY_LAST;
	} else {
		ts.port_first = port_first;
		ts.port_last = port_last < PORT_OPAQUE ? port_last :
							 PORT_ANY_LAST;
	}
	if (number_get(protocol->first) == number_get(protocol->last))
		ts.protocol = number_get(protocol->first);
	return ts;
}

static bool box_meets(const struct box *a, const struct box *b)
{
	if (a->type != b->type)
		return false;
	for (int i = 0; i < SPANS; i++) {
		if (number_less(a->span[i].last, b->span[i].first) ||
		    number_less(b->span[i].last, a->span[i].first))
			return false;
	}
	return true;
}

static bool box_contains(const struct box *outer, const struct box *inner)
{
	if (outer->type != inner->type)
		return false;
	for (int i = 0; i < SPANS; i++) {
		if (number_less(inner->span[i].first, outer->span[i].first) ||
		    number_less(outer->span[i].last, inner->span[i].last))
			return false;
	}
	return true;
}

bool ike_ts_equal(const struct ike_ts *a, const struct ike_ts *b)
{
	size_t len = ike_ts_address_len(a);

	return a->type == b->type && a->protocol == b->protocol &&
	       a->port_first == b->port_first && a->port_last == b->port_last &&
	       !memcmp(a->first, b->first, len) &&
	       !memcmp(a->last, b->last, len);
}

bool ike_ts_covers(const struct ike_ts *outer, const struct ike_ts *inner)
{
	struct box outside = box_of(outer);
	struct box inside = box_of(inner);

	return box_contains(&outside, &inside);
}

bool ike_ts_intersect(const struct ike_ts *a, const struct ike_ts *b,
		      struct ike_ts *both)
{
	struct box box = box_of(a);
	struct box other = box_of(b);

	if (!box_meets(&box, &other))
		return false;
	for (int i = 0; i < SPANS; i++) {
		struct span *span = &box.span[i];
		const struct span *cut = &other.span[i];

		if (number_less(span->first, cut->first))
			memcpy(span->first, cut->first, SPAN_LEN);
		if (number_less(cut->last, span->last))
			memcpy(span->last, cut->last, SPAN_LEN);
	}
	*both = box_ts(&box);
	return true;
}

/* The boxes that inner falls into are bounded by those of outer, but a peer
 * that tries can make them many: the answer is then no.
 */
#define COVER_STEPS_MAX 100000

struct cover {
	const struct ike_ts_list *outer;
	unsigned int steps;
};

static bool box_covered(struct cover *cover, size_t from,
			const struct box *inner);

/* What of inner sticks out of by in dimension i is covered by the selectors
 * behind from; inner is cut back to what does not.
 */
static bool box_rest_covered(struct cover *cover, size_t from,
			     struct box *inner, const struct box *by, int i)
{
	struct span *span = &inner->span[i];
	struct box rest = *inner;

	if (number_less(span->first, by->span[i].first)) {
		memcpy(rest.span[i].last, by->span[i].first, SPAN_LEN);
		number_sub_one(rest.span[i].last);
		if (!box_covered(cover, from, &rest))
			return false;
		memcpy(span->first, by->span[i].first, SPAN_LEN);
	}
	rest = *inner;
	if (number_less(by->span[i].last, span->last)) {
		memcpy(rest.span[i].first, by->span[i].last, SPAN_LEN);
		number_add_one(rest.span[i].first);
		if (!box_covered(cover, from, &rest))
			return false;
		memcpy(span->last, by->span[i].last, SPAN_LEN);
	}
	return true;
}

/* By the selectors of cover->outer from number from on. */
static bool box_covered(struct cover *cover, size_t from,
			const struct box *inner)
{
	struct box left = *inner;
	struct box by;

	do {
		if (from == cover->outer->n || !cover->steps)
			return false;
		cover->steps--;
		by = box_of(&cover->outer->ts[from++]);
	} while (!box_meets(&by, inner));
	for (int i = 0; i < SPANS; i++) {
		if (!box_rest_covered(cover, from, &left, &by, i))
			return false;
	}
	return true;
}

bool ike_ts_list_covers(const struct ike_ts_list *outer,
			const struct ike_ts_list *inner)
{
	struct cover cover = { .outer = outer, .steps = COVER_STEPS_MAX };

	for (size_t i = 0; i < inner->n; i++) {
		struct box box = box_of(&inner->ts[i]);

		if (!box_covered(&cover, 0, &box))
			return false;
	}
	return true;
}

bool ike_ts_list_same(const struct ike_ts_list *a, const struct ike_ts_list *b)
{
	return ike_ts_list_covers(a, b) && ike_ts_list_covers(b, a);
}

/* Adds ts unless the list has it, and drops what it has of the list. */
static int ts_list_add_distinct(struct ike_ts_list *list,
				const struct ike_ts *ts)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++) {
		if (ike_ts_covers(&list->ts[i], ts))
			return 0;
	}
	for (size_t i = 0; i < list->n; i++) {
		if (!ike_ts_covers(ts, &list->ts[i]))
			list->ts[n++] = list->ts[i];
	}
	list->n = n;
	return ike_ts_list_add(list, ts);
}

int ike_ts_narrow(const struct ike_ts_list *offer,
		  const struct ike_ts_list *policy,
		  struct ike_ts_list *answer)
{
	struct ike_ts both;
	int err = 0;

	*answer = (struct ike_ts_list){ 0 };
	for (size_t i = 0; i < offer->n * policy->n && !err; i++) {
		if (ike_ts_intersect(&offer->ts[i / policy->n],
				     &policy->ts[i % policy->n], &both))
			err = ts_list_add_distinct(answer, &both);
	}
	/* What does not fit into a payload any more is narrowed away. */
	if (err == -E2BIG)
		err = 0;
	if (!err && !answer->n)
		err = -ENOENT;
	if (err)
		ike_ts_list_clear(answer);
	return err;
}

static size_t count_pairs(const struct ike_ts_list *local,
			  const struct ike_ts_list *remote)
{
	size_t n = 0;

	for (size_t i = 0; i < local->n; i++)
		for (size_t j = 0; j < remote->n; j++)
			n += local->ts[i].type == remote->ts[j].type;
	return n;
}

bool ike_ts_fit(struct ike_ts_list *local, struct ike_ts_list *remote,
		size_t max)
{
	bool went = false;

	for (; count_pairs(local, remote) > max; went = true) {
		if (local->n > remote->n)
			local->n--;
		else
			remote->n--;
	}
	return went;
}

/* Text. */

#define PROTOCOL_ICMP 1
#define PROTOCOL_ICMPV6 58

static const struct {
	uint8_t number;
	const char *name;
} protocols[] = {
	{ PROTOCOL_ICMP, "icmp" }, { 6, "tcp" },   { 17, "udp" },
	{ 47, "gre" },		   { 50, "esp" },  { 51, "ah" },
	{ PROTOCOL_ICMPV6, "icmpv6" }, { 132, "sctp" },
};

#define PROTOCOLS (sizeof(protocols) / sizeof(protocols[0]))

static bool ts_is_icmp(const struct ike_ts *ts)
{
	return ts->protocol == PROTOCOL_ICMP ||
	       ts->protocol == PROTOCOL_ICMPV6;
}

/* Decimal digits and nothing else. */
static int number_parse(const char *text, uint32_t max, uint32_t *number)
{
	uint64_t value = 0;

	if (!*text)
		return -EINVAL;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -EINVAL;
		value = value * 10 + (*text - '0');
		if (value > max)
			return -EINVAL;
	}
	*number = value;
	return 0;
}

static int address_parse(uint8_t type, const char *text, uint8_t *address)
{
	int family = type == IKE_TS_IPV4_ADDR_RANGE ? AF_INET : AF_INET6;

	return inet_pton(family, text, address) == 1 ? 0 : -EINVAL;
}

/* Sets the host bits of last; -EINVAL if first has some. */
static int prefix_apply(struct ike_ts *ts, uint32_t prefix)
{
	for (size_t i = 0; i < ike_ts_address_len(ts) * 8; i++) {
		uint8_t bit = 0x80 >> (i % 8);

		if (i < prefix)
			continue;
		if (ts->first[i / 8] & bit)
			return -EINVAL;
		ts->last[i / 8] |= bit;
	}
	return 0;
}

static int addresses_parse(struct ike_ts *ts, char *text)
{
	char *slash = strchr(text, '/');
	char *dash = strchr(text, '-');
	uint32_t prefix;
	int err;

	ts->type = strchr(text, ':') ? IKE_TS_IPV6_ADDR_RANGE :
				       IKE_TS_IPV4_ADDR_RANGE;
	prefix = ike_ts_address_len(ts) * 8;
	if (slash) {
		*slash++ = '\0';
		err = number_parse(slash, prefix, &prefix);
		if (err)
			return err;
	} else if (dash) {
		*dash++ = '\0';
	}
	err = address_parse(ts->type, text, ts->first);
	if (err)
		return err;
	if (slash || !dash) {
		memcpy(ts->last, ts->first, sizeof(ts->last));
		return prefix_apply(ts, prefix);
	}
	err = address_parse(ts->type, dash, ts->last);
	if (!err && memcmp(ts->first, ts->last, ike_ts_address_len(ts)) > 0)
		err = -EINVAL;
	return err;
}

static int protocol_parse(struct ike_ts *ts, const char *text)
{
	uint32_t number;

	for (size_t i = 0; i < PROTOCOLS; i++) {
		if (!strcmp(text, protocols[i].name)) {
			ts->protocol = protocols[i].number;
			return 0;
		}
	}
	if (number_parse(text, PROTOCOL_LAST, &number))
		return -EINVAL;
	ts->protocol = number;
	return 0;
}

/* A type, or a type and its code: "8", "3(4)". */
static int icmp_parse(struct ike_ts *ts, char *text)
{
	char *open = strchr(text, '(');
	uint32_t type, code = 0;
	size_t len;

	if (open) {
		*open++ = '\0';
		len = strlen(open);
		if (!len || open[len - 1] != ')')
			return -EINVAL;
		open[len - 1] = '\0';
		if (number_parse(open, 255, &code))
			return -EINVAL;
	}
	if (number_parse(text, 255, &type))
		return -EINVAL;
	ts->port_first = type << 8 | code;
	ts->port_last = open ? ts->port_first : type << 8 | 255;
	return 0;
}

static int ports_parse(struct ike_ts *ts, char *text)
{
	char *dash = strchr(text, '-');
	uint32_t first, last;

	if (!strcmp(text, "opaque")) {
		ts->port_first = PORT_ANY_LAST;
		ts->port_last = 0;
		return 0;
	}
	if (ts_is_icmp(ts))
		return icmp_parse(ts, text);
	if (dash)
		*dash++ = '\0';
	if (number_parse(text, PORT_ANY_LAST, &first) ||
	    number_parse(dash ? dash : text, PORT_ANY_LAST, &last) ||
	    first > last)
		return -EINVAL;
	ts->port_first = first;
	ts->port_last = last;
	return 0;
}

/* "[tcp/80]", without its opening bracket. */
static int what_parse(struct ike_ts *ts, char *text)
{
	char *close = strchr(text, ']');
	char *slash;

	if (!close || close[1])
		return -EINVAL;
	*close = '\0';
	slash = strchr(text, '/');
	if (slash)
		*slash++ = '\0';
	if (*text && protocol_parse(ts, text))
		return -EINVAL;
	if (!*text && !slash)
		return -EINVAL;
	return slash ? ports_parse(ts, slash) : 0;
}

#define TS_TEXT_MAX 128		/* two addresses and all about their ports */

int ike_ts_parse(struct ike_ts *ts, const char *text)
{
	char copy[TS_TEXT_MAX];
	size_t len = strlen(text);
	char *bracket;
	int err;

	*ts = (struct ike_ts){ .port_last = PORT_ANY_LAST };
	if (len >= sizeof(copy))
		return -EINVAL;
	memcpy(copy, text, len + 1);
	bracket = strchr(copy, '[');
	if (bracket)
		*bracket++ = '\0';
	err = addresses_parse(ts, copy);
	if (!err && bracket)
		err = what_parse(ts, bracket);
	return err;
}

/* The length of the prefix that first and last are the ends of; -1: none. */
static int prefix_of(const struct ike_ts *ts)
{
	size_t bits = ike_ts_address_len(ts) * 8;
	size_t prefix = 0;

	while (prefix < bits && !((ts->first[prefix / 8] ^
				   ts->last[prefix / 8]) &
				  (0x80 >> prefix % 8)))
		prefix++;
	for (size_t i = prefix; i < bits; i++) {
		uint8_t bit = 0x80 >> (i % 8);

		if (ts->first[i / 8] & bit || !(ts->last[i / 8] & bit))
			return -1;
	}
	return prefix;
}

static void address_print(const struct ike_ts *ts, const uint8_t *address,
			  struct ike_text *t)
{
	bool ipv4 = ts->type == IKE_TS_IPV4_ADDR_RANGE;
	char text[INET6_ADDRSTRLEN];

	inet_ntop(ipv4 ? AF_INET : AF_INET6, address, text, sizeof(text));
	ike_text_add(t, "%s", text);
}

static void addresses_print(const struct ike_ts *ts, struct ike_text *t)
{
	int prefix = prefix_of(ts);

	address_print(ts, ts->first, t);
	if (prefix < 0) {
		ike_text_add(t, "-");
		address_print(ts, ts->last, t);
	} else if ((size_t)prefix < ike_ts_address_len(ts) * 8) {
		ike_text_add(t, "/%d", prefix);
	}
}

static void protocol_print(uint8_t protocol, struct ike_text *t)
{
	for (size_t i = 0; i < PROTOCOLS; i++) {
		if (protocols[i].number == protocol) {
			ike_text_add(t, "%s", protocols[i].name);
			return;
		}
	}
	if (protocol)
		ike_text_add(t, "%u", protocol);
}

static void ports_print(const struct ike_ts *ts, struct ike_text *t)
{
	if (ts_is_opaque(ts))
		ike_text_add(t, "opaque");
	else if (ts_is_icmp(ts) && ts->port_first == ts->port_last)
		ike_text_add(t, "%u(%u)", ts->port_first >> 8,
			     ts->port_first & 255);
	else if (ts_is_icmp(ts) && ts->port_first + 255 == ts->port_last &&
		 !(ts->port_first & 255))
		ike_text_add(t, "%u", ts->port_first >> 8);
	else if (ts->port_first == ts->port_last)
		ike_text_add(t, "%u", ts->port_first);
	else
		ike_text_add(t, "%u-%u", ts->port_first, ts->port_last);
}

void ike_ts_print(const struct ike_ts *ts, struct ike_text *t)
{
	addresses_print(ts, t);
	if (!ts->protocol && ts_is_any_port(ts))
		return;
	ike_text_add(t, "[");
	protocol_print(ts->protocol, t);
	if (!ts_is_any_port(ts)) {
		ike_text_add(t, "/");
		ports_print(ts, t);
	}
	ike_text_add(t, "]");
}

void ike_ts_list_print(const struct ike_ts_list *list, struct ike_text *t)
{
	for (size_t i = 0; i < list->n; i++) {
		ike_text_add(t, "%s", i ? " " : "");
		ike_ts_print(&list->ts[i], t);
	}
}
