// SPDX-License-Identifier: GPL-2.0-only
/* Requests to the kernel module as they leave, its answers and events as they are
 * understood. The requests end here: kern_request() and kern_ask() are this
 * file's.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <linux/culvert.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>

#include "kern_event.h"
#include "kern_policy.h"
#include "kern_sa.h"
#include "kern_selector.h"
#include "proto.h"

#define FAMILY 0x20
#define RULE 0x1122334455667788ULL
#define ASKED_MAX 8

/* What was asked, and what is to be answered. */
static struct {
	struct nl_msg *msg[ASKED_MAX];
	size_t n;
	size_t refuse_at;		/* counted from 1 */
	int refuse_with;
	struct nl_msg *answer;		/* or NULL */
	bool no_memory;
} asked;

struct nl_msg *__wrap_kern_request(struct kern *kern, uint8_t command,
				   int flags);
int __wrap_kern_ask(struct kern *kern, struct nl_msg *request,
		    kern_answer_t answer, void *arg, struct kern_error *error);

struct nl_msg *__wrap_kern_request(struct kern *kern, uint8_t command,
				   int flags)
{
	struct nl_msg *msg;

	if (asked.no_memory)
		return NULL;
	msg = nlmsg_alloc();
	assert_non_null(msg);
	assert_non_null(genlmsg_put(msg, 0, 0, FAMILY, 0, flags, command, 1));
	return msg;
}

int __wrap_kern_ask(struct kern *kern, struct nl_msg *request,
		    kern_answer_t answer, void *arg, struct kern_error *error)
{
	struct genlmsghdr *header;

	if (!request)
		return kern_fail(error, -ENOMEM, "no memory");
	assert_true(asked.n < ASKED_MAX);
	asked.msg[asked.n++] = request;
	if (asked.n == asked.refuse_at)
		return kern_fail(error, asked.refuse_with, "refused");
	if (!asked.answer)
		return 0;
	header = nlmsg_data(nlmsg_hdr(asked.answer));
	return answer(genlmsg_attrdata(header, 0), genlmsg_attrlen(header, 0),
		      arg);
}

static int setup(void **state)
{
	memset(&asked, 0, sizeof(asked));
	return 0;
}

static int teardown(void **state)
{
	while (asked.n)
		nlmsg_free(asked.msg[--asked.n]);
	nlmsg_free(asked.answer);
	return 0;
}

static uint8_t command_of(size_t i)
{
	struct genlmsghdr *header = nlmsg_data(nlmsg_hdr(asked.msg[i]));

	return header->cmd;
}

static struct nlattr *attr_of(struct nl_msg *msg, int type)
{
	struct genlmsghdr *header = nlmsg_data(nlmsg_hdr(msg));

	return nla_find(genlmsg_attrdata(header, 0), genlmsg_attrlen(header, 0),
			type);
}

static uint32_t u32_of(int type)
{
	struct nlattr *attr = attr_of(asked.msg[0], type);

	assert_non_null(attr);
	assert_int_equal(nla_len(attr), 4);
	return nla_get_u32(attr);
}

static uint64_t u64_of(int type)
{
	struct nlattr *attr = attr_of(asked.msg[0], type);

	assert_non_null(attr);
	assert_int_equal(nla_len(attr), 8);
	return nla_get_u64(attr);
}

static uint16_t u16_of(int type)
{
	struct nlattr *attr = attr_of(asked.msg[0], type);

	assert_non_null(attr);
	assert_int_equal(nla_len(attr), 2);
	return nla_get_u16(attr);
}

static void assert_octets(int type, const void *octets, size_t len)
{
	struct nlattr *attr = attr_of(asked.msg[0], type);

	assert_non_null(attr);
	assert_int_equal(nla_len(attr), len);
	assert_memory_equal(nla_data(attr), octets, len);
}

static struct ike_address address(const char *text, uint16_t port)
{
	struct ike_address address = { .port = port };

	address.len = strchr(text, ':') ? 16 : 4;
	assert_int_equal(inet_pton(address.len == 4 ? AF_INET : AF_INET6, text,
				   address.ip), 1);
	return address;
}

static struct ike_ts ts(const char *text)
{
	struct ike_ts ts;

	assert_int_equal(ike_ts_parse(&ts, text), 0);
	return ts;
}

static void add_ts(struct ike_ts_list *list, const char *text)
{
	struct ike_ts one = ts(text);

	assert_int_equal(ike_ts_list_add(list, &one), 0);
}

static struct ike_sa_spec spec(enum ike_direction direction)
{
	static uint8_t encr_key[36] = { 1, 2, 3 };
	static uint8_t integ_key[32] = { 9, 8, 7 };
	struct ike_sa_spec sa = {
		.direction = direction,
		.spi = 0xc1c2c3c4,
		.rule = RULE,
		.local = address("10.255.1.2", 4500),
		.remote = address("10.255.2.2", 1024),
		.encr = IKE_ENCR_AES_GCM_16,
		.encr_bits = 256,
		.encr_key = { encr_key, sizeof(encr_key) },
		.integ_key = { integ_key, 0 },
	};

	add_ts(&sa.ts_local, "192.168.100.0/24");
	add_ts(&sa.ts_remote, "172.16.10.0/24");
	return sa;
}

static void clear(struct ike_sa_spec *sa)
{
	ike_ts_list_clear(&sa->ts_local);
	ike_ts_list_clear(&sa->ts_remote);
}

/* --- sa-add --- */

static void test_add_names_the_sa(void **state)
{
	struct ike_sa_spec sa = spec(IKE_OUT);
	static const uint8_t spi[] = { 0xc1, 0xc2, 0xc3, 0xc4 };
	struct kern_error error;

	assert_int_equal(kern_sa_add(NULL, &sa, &error), 0);
	assert_int_equal(asked.n, 1);
	assert_int_equal(command_of(0), CULVERT_CMD_SA_ADD);
	assert_int_equal(u32_of(CULVERT_A_SA_DIRECTION), CULVERT_DIRECTION_OUT);
	assert_octets(CULVERT_A_SA_SPI, spi, 4);
	assert_true(u64_of(CULVERT_A_SA_RULE_ID) == RULE);
	assert_octets(CULVERT_A_SA_LOCAL, "\x0a\xff\x01\x02", 4);
	assert_octets(CULVERT_A_SA_REMOTE, "\x0a\xff\x02\x02", 4);
	assert_int_equal(u32_of(CULVERT_A_SA_MODE), CULVERT_MODE_TUNNEL);
	assert_int_equal(u32_of(CULVERT_A_SA_FLAGS), 0);
	assert_int_equal(u32_of(CULVERT_A_SA_SUITE), CULVERT_SUITE_AES_GCM_16);
	assert_octets(CULVERT_A_SA_ENCR_KEY, sa.encr_key.data, 36);
	assert_null(attr_of(asked.msg[0], CULVERT_A_SA_INTEG_KEY));
	assert_null(attr_of(asked.msg[0], CULVERT_A_SA_LOCAL_PORT));
	assert_null(attr_of(asked.msg[0], CULVERT_A_SA_REMOTE_PORT));
	clear(&sa);
}

/* "Each of its attributes once": an SA in has the remote address too, and once. */
static void test_add_in_has_each_attribute_once(void **state)
{
	struct ike_sa_spec sa = spec(IKE_IN);
	unsigned int seen[CULVERT_A_SA_MAX + 1] = { 0 };
	struct kern_error error;
	struct nlattr *attr;
	int rest;

	assert_int_equal(kern_sa_add(NULL, &sa, &error), 0);
	nlmsg_for_each_attr(attr, nlmsg_hdr(asked.msg[0]), GENL_HDRLEN, rest)
		seen[nla_type(attr)]++;
	assert_int_equal(seen[CULVERT_A_SA_REMOTE], 1);
	assert_int_equal(seen[CULVERT_A_SA_LOCAL], 1);
	assert_int_equal(seen[CULVERT_A_SA_SPI], 1);
	assert_int_equal(u32_of(CULVERT_A_SA_DIRECTION), CULVERT_DIRECTION_IN);
	clear(&sa);
}

static void test_add_says_options(void **state)
{
	struct ike_sa_spec sa = spec(IKE_OUT);
	struct kern_error error;

	sa.encap = true;
	sa.transport = true;
	sa.esn = true;
	sa.non_first_fragments = true;
	sa.soft_seconds = 100;
	sa.hard_seconds = 200;
	sa.soft_octets = 1ULL << 40;
	sa.hard_octets = 1ULL << 41;
	assert_int_equal(kern_sa_add(NULL, &sa, &error), 0);
	assert_int_equal(u32_of(CULVERT_A_SA_MODE), CULVERT_MODE_TRANSPORT);
	assert_int_equal(u32_of(CULVERT_A_SA_FLAGS),
			 CULVERT_SA_FLAG_ESN |
			 CULVERT_SA_FLAG_NON_FIRST_FRAGMENTS);
	assert_int_equal(u16_of(CULVERT_A_SA_LOCAL_PORT), 4500);
	assert_int_equal(u16_of(CULVERT_A_SA_REMOTE_PORT), 1024);
	assert_int_equal(u64_of(CULVERT_A_SA_SOFT_SECONDS), 100);
	assert_int_equal(u64_of(CULVERT_A_SA_HARD_SECONDS), 200);
	assert_true(u64_of(CULVERT_A_SA_SOFT_OCTETS) == 1ULL << 40);
	assert_true(u64_of(CULVERT_A_SA_HARD_OCTETS) == 1ULL << 41);
	assert_null(attr_of(asked.msg[0], CULVERT_A_SA_IDLE_SECONDS));
	clear(&sa);
}

static void test_add_knows_every_suite_of_the_contract(void **state)
{
	static const struct {
		uint16_t encr;
		uint16_t integ;
	} pairs[] = {
		{ IKE_ENCR_AES_GCM_16, 0 },
		{ IKE_ENCR_AES_GCM_12, 0 },
		{ IKE_ENCR_AES_GCM_8, 0 },
		{ IKE_ENCR_CHACHA20_POLY1305, 0 },
		{ IKE_ENCR_NULL_AUTH_AES_GMAC, 0 },
		{ IKE_ENCR_AES_CBC, IKE_INTEG_HMAC_SHA1_96 },
		{ IKE_ENCR_AES_CBC, IKE_INTEG_HMAC_SHA2_256_128 },
		{ IKE_ENCR_AES_CBC, IKE_INTEG_HMAC_SHA2_384_192 },
		{ IKE_ENCR_AES_CBC, IKE_INTEG_HMAC_SHA2_512_256 },
		{ IKE_ENCR_NULL, IKE_INTEG_HMAC_SHA1_96 },
		{ IKE_ENCR_NULL, IKE_INTEG_HMAC_SHA2_256_128 },
		{ IKE_ENCR_NULL, IKE_INTEG_HMAC_SHA2_384_192 },
		{ IKE_ENCR_NULL, IKE_INTEG_HMAC_SHA2_512_256 },
	};
	struct kern_error error;
	struct ike_sa_spec sa;
	unsigned int i;

	assert_int_equal(sizeof(pairs) / sizeof(pairs[0]),
			 CULVERT_SUITE_MAX + 1);
	for (i = 0; i <= CULVERT_SUITE_MAX; i++) {
		sa = spec(IKE_OUT);
		sa.encr = pairs[i].encr;
		sa.integ = pairs[i].integ;
		if (sa.integ)
			sa.integ_key.len = 32;
		assert_int_equal(kern_sa_add(NULL, &sa, &error), 0);
		assert_int_equal(u32_of(CULVERT_A_SA_SUITE), i);
		clear(&sa);
		teardown(NULL);
	}
}

static void test_add_refuses_a_suite_the_contract_lacks(void **state)
{
	struct ike_sa_spec sa = spec(IKE_OUT);
	struct kern_error error;

	/* An AEAD with an integrity algorithm beside it. */
	sa.integ = IKE_INTEG_HMAC_SHA2_256_128;
	assert_int_equal(kern_sa_add(NULL, &sa, &error), -EPROTONOSUPPORT);
	assert_int_equal(asked.n, 0);
	assert_non_null(strstr(error.sentence, "no such algorithms"));
	sa.integ = 0;
	sa.encr = IKE_ENCR_CAMELLIA_CBC;
	assert_int_equal(kern_sa_add(NULL, &sa, &error), -EPROTONOSUPPORT);
	assert_int_equal(asked.n, 0);
	clear(&sa);
}

static void test_no_memory_for_a_request_is_told(void **state)
{
	struct ike_sa_spec sa = spec(IKE_OUT);
	struct kern_error error;

	asked.no_memory = true;
	assert_int_equal(kern_sa_add(NULL, &sa, &error), -ENOMEM);
	assert_int_equal(kern_sa_activate(NULL, &sa, &error), -ENOMEM);
	assert_int_equal(kern_sa_move(NULL, &sa, &sa.remote, &error), -ENOMEM);
	assert_int_equal(kern_sa_del(NULL, IKE_OUT, 1, &sa.remote, &error),
			 -ENOMEM);
	assert_int_equal(kern_rule_fail(NULL, RULE, &error), -ENOMEM);
	clear(&sa);
}

/* --- selectors --- */

static unsigned int count(int type)
{
	struct nlattr *attr;
	unsigned int n = 0;
	int rest;

	nlmsg_for_each_attr(attr, nlmsg_hdr(asked.msg[0]), GENL_HDRLEN, rest)
		n += nla_type(attr) == type;
	return n;
}

static void test_add_pairs_every_local_with_every_remote(void **state)
{
	struct ike_sa_spec sa = spec(IKE_OUT);
	struct kern_error error;

	add_ts(&sa.ts_local, "192.168.200.0/24");
	add_ts(&sa.ts_remote, "172.16.20.0/24");
	/* No packet has one end here and the other there. */
	add_ts(&sa.ts_remote, "2001:db8::/64");
	assert_int_equal(kern_sa_add(NULL, &sa, &error), 0);
	assert_int_equal(count(CULVERT_A_SA_SELECTOR), 4);
	clear(&sa);
}

static void test_add_has_no_more_selectors_than_the_contract(void **state)
{
	struct ike_sa_spec sa = spec(IKE_OUT);
	struct kern_error error;
	unsigned int i;

	for (i = 1; i < 8; i++)
		add_ts(&sa.ts_local, "192.168.200.0/24");
	assert_int_equal(kern_sa_add(NULL, &sa, &error), 0);
	assert_int_equal(count(CULVERT_A_SA_SELECTOR), 8);
	add_ts(&sa.ts_local, "192.168.200.0/24");
	assert_int_equal(kern_sa_add(NULL, &sa, &error), -E2BIG);
	assert_int_equal(asked.n, 1);
	clear(&sa);
}

static void test_add_with_selectors_of_no_packet_is_refused(void **state)
{
	struct ike_sa_spec sa = spec(IKE_OUT);
	struct kern_error error;

	ike_ts_list_clear(&sa.ts_remote);
	add_ts(&sa.ts_remote, "2001:db8::/64");
	assert_int_equal(kern_sa_add(NULL, &sa, &error), -ENOENT);
	assert_non_null(strstr(error.sentence, "select no packet"));
	assert_int_equal(asked.n, 0);
	clear(&sa);
}

/* Attributes of the nest by type; NULL: absent. */
static struct nlattr *part[CULVERT_A_SELECTOR_ICMP_CODE_END + 1];

static int put_ts(struct ike_ts l, struct ike_ts r)
{
	int err;

	setup(NULL);
	asked.msg[asked.n++] = __wrap_kern_request(NULL, CULVERT_CMD_SA_ADD, 0);
	err = kern_selector_put(asked.msg[0], CULVERT_A_SA_SELECTOR, &l, &r);
	memset(part, 0, sizeof(part));
	if (!err)
		assert_int_equal(nla_parse_nested(part,
						  CULVERT_A_SELECTOR_ICMP_CODE_END,
						  attr_of(asked.msg[0],
							  CULVERT_A_SA_SELECTOR),
						  NULL), 0);
	else
		assert_null(attr_of(asked.msg[0], CULVERT_A_SA_SELECTOR));
	return err;
}

static int put(const char *local, const char *remote)
{
	return put_ts(ts(local), ts(remote));
}

/* Types and codes, type << 8 | code, of all of IPv4. */
static struct ike_ts icmp(uint16_t first, uint16_t last)
{
	struct ike_ts icmp = ts("0.0.0.0/0[icmp]");

	icmp.port_first = first;
	icmp.port_last = last;
	return icmp;
}

#define PART(name) part[CULVERT_A_SELECTOR_##name]

static void test_selector_has_addresses_and_family(void **state)
{
	assert_int_equal(put("192.168.100.0/24", "172.16.10.7"), 0);
	assert_int_equal(nla_get_u8(PART(FAMILY)), AF_INET);
	assert_memory_equal(nla_data(PART(LOCAL_START)), "\xc0\xa8\x64\x00", 4);
	assert_memory_equal(nla_data(PART(LOCAL_END)), "\xc0\xa8\x64\xff", 4);
	assert_memory_equal(nla_data(PART(REMOTE_START)), "\xac\x10\x0a\x07",
			    4);
	assert_memory_equal(nla_data(PART(REMOTE_END)), "\xac\x10\x0a\x07", 4);
	assert_int_equal(nla_len(PART(REMOTE_END)), 4);
	assert_null(PART(PROTOCOL));
	assert_null(PART(LOCAL_PORT_START));
	assert_null(PART(ICMP_TYPE_START));
	/* The kernel takes no nest without the flag. */
	assert_true(attr_of(asked.msg[0], CULVERT_A_SA_SELECTOR)->nla_type &
		    NLA_F_NESTED);
	teardown(NULL);
	assert_int_equal(put("2001:db8:1::/64", "2001:db8:2::/64"), 0);
	assert_int_equal(nla_get_u8(PART(FAMILY)), AF_INET6);
	assert_int_equal(nla_len(PART(LOCAL_END)), 16);
}

static void test_selector_has_ports_of_each_side(void **state)
{
	assert_int_equal(put("10.0.0.0/8[tcp/443]", "10.1.0.0/16[tcp]"), 0);
	assert_int_equal(nla_get_u8(PART(PROTOCOL)), 6);
	assert_int_equal(nla_get_u16(PART(LOCAL_PORT_START)), 443);
	assert_int_equal(nla_get_u16(PART(LOCAL_PORT_END)), 443);
	assert_null(PART(REMOTE_PORT_START));
	teardown(NULL);
	assert_int_equal(put("10.0.0.0/8", "10.1.0.0/16[17/1000-2000]"), 0);
	assert_int_equal(nla_get_u8(PART(PROTOCOL)), 17);
	assert_null(PART(LOCAL_PORT_START));
	assert_int_equal(nla_get_u16(PART(REMOTE_PORT_START)), 1000);
	assert_int_equal(nla_get_u16(PART(REMOTE_PORT_END)), 2000);
}

/* RFC 7296 3.13.1: type in the high octet, code in the low one, in either side. */
static void test_selector_has_icmp_types_and_codes(void **state)
{
	/* Echo, any code. */
	assert_int_equal(put_ts(icmp(0x800, 0x8ff), icmp(0, 0xffff)), 0);
	assert_int_equal(nla_get_u8(PART(ICMP_TYPE_START)), 8);
	assert_int_equal(nla_get_u8(PART(ICMP_TYPE_END)), 8);
	assert_null(PART(ICMP_CODE_START));
	assert_null(PART(LOCAL_PORT_START));
	teardown(NULL);
	/* Unreachable, codes 1 to 3, as both say it. */
	assert_int_equal(put_ts(icmp(0x301, 0x303), icmp(0x301, 0x303)), 0);
	assert_int_equal(nla_get_u8(PART(ICMP_TYPE_START)), 3);
	assert_int_equal(nla_get_u8(PART(ICMP_CODE_START)), 1);
	assert_int_equal(nla_get_u8(PART(ICMP_CODE_END)), 3);
	teardown(NULL);
	/* All of them. */
	assert_int_equal(put_ts(icmp(0, 0xffff), icmp(0, 0xffff)), 0);
	assert_int_equal(nla_get_u8(PART(PROTOCOL)), 1);
	assert_null(PART(ICMP_TYPE_START));
	teardown(NULL);
	/* From type 3 code 1 to type 4 code 1 is no box. */
	assert_int_equal(put_ts(icmp(0x301, 0x401), icmp(0, 0xffff)),
			 -EOPNOTSUPP);
	teardown(NULL);
	assert_int_equal(put_ts(icmp(0x301, 0x303), icmp(0x800, 0x800)),
			 -ENOENT);
}

static void test_selector_that_the_contract_cannot_say(void **state)
{
	/* OPAQUE. */
	assert_int_equal(put("10.0.0.0/8[tcp/opaque]", "10.1.0.0/16[tcp]"),
			 -EOPNOTSUPP);
	teardown(NULL);
	/* Ports of a protocol without ports, such as mobility headers. */
	assert_int_equal(put("10.0.0.0/8[135/1-2]", "10.1.0.0/16[135]"),
			 -EOPNOTSUPP);
	teardown(NULL);
	/* No packet is of two protocols or of two families. */
	assert_int_equal(put("10.0.0.0/8[tcp]", "10.1.0.0/16[17]"), -ENOENT);
	teardown(NULL);
	assert_int_equal(put("10.0.0.0/8", "2001:db8::/32"), -ENOENT);
}

/* --- sa-set, sa-del, rule-fail --- */

static void test_activate_says_nothing_else(void **state)
{
	struct ike_sa_spec sa = spec(IKE_OUT);
	struct kern_error error;

	assert_int_equal(kern_sa_activate(NULL, &sa, &error), 0);
	assert_int_equal(command_of(0), CULVERT_CMD_SA_SET);
	assert_int_equal(u32_of(CULVERT_A_SA_FLAGS), CULVERT_SA_FLAG_ACTIVATE);
	assert_octets(CULVERT_A_SA_REMOTE, "\x0a\xff\x02\x02", 4);
	assert_null(attr_of(asked.msg[0], CULVERT_A_SA_NEW_REMOTE));
	assert_null(attr_of(asked.msg[0], CULVERT_A_SA_ENCR_KEY));
	clear(&sa);
}

static void test_move_names_it_by_where_it_was(void **state)
{
	struct ike_address was = address("203.0.113.9", 4500);
	struct ike_sa_spec sa = spec(IKE_OUT);
	struct kern_error error;

	sa.encap = true;
	assert_int_equal(kern_sa_move(NULL, &sa, &was, &error), 0);
	assert_int_equal(command_of(0), CULVERT_CMD_SA_SET);
	assert_octets(CULVERT_A_SA_REMOTE, "\xcb\x00\x71\x09", 4);
	assert_octets(CULVERT_A_SA_NEW_REMOTE, "\x0a\xff\x02\x02", 4);
	assert_octets(CULVERT_A_SA_NEW_LOCAL, "\x0a\xff\x01\x02", 4);
	assert_int_equal(u16_of(CULVERT_A_SA_NEW_LOCAL_PORT), 4500);
	assert_int_equal(u16_of(CULVERT_A_SA_NEW_REMOTE_PORT), 1024);
	clear(&sa);
}

static void test_delete_in_goes_by_the_spi_alone(void **state)
{
	struct ike_address remote = address("2001:db8::2", 0);
	struct kern_error error;

	assert_int_equal(kern_sa_del(NULL, IKE_IN, 0x100, &remote, &error), 0);
	assert_int_equal(command_of(0), CULVERT_CMD_SA_DEL);
	assert_octets(CULVERT_A_SA_SPI, "\x00\x00\x01\x00", 4);
	assert_null(attr_of(asked.msg[0], CULVERT_A_SA_REMOTE));
	teardown(NULL);
	assert_int_equal(kern_sa_del(NULL, IKE_OUT, 0x100, &remote, &error), 0);
	assert_octets(CULVERT_A_SA_REMOTE, remote.ip, 16);
}

static void test_rule_fail_names_the_rule(void **state)
{
	struct kern_error error;

	assert_int_equal(kern_rule_fail(NULL, RULE, &error), 0);
	assert_int_equal(command_of(0), CULVERT_CMD_RULE_FAIL);
	assert_true(u64_of(CULVERT_A_RULE_ID) == RULE);
}

/* --- answers --- */

static void keep_sa(const struct kern_sa *sa, void *arg)
{
	*(struct kern_sa *)arg = *sa;
}

static void answer_sa(void)
{
	asked.answer = __wrap_kern_request(NULL, CULVERT_CMD_SA_GET, 0);
	nla_put_u32(asked.answer, CULVERT_A_SA_DIRECTION,
		    CULVERT_DIRECTION_OUT);
	nla_put_u32(asked.answer, CULVERT_A_SA_SPI, htonl(0xabcdef01));
	nla_put_u64(asked.answer, CULVERT_A_SA_RULE_ID, RULE);
	nla_put(asked.answer, CULVERT_A_SA_REMOTE, 4, "\x0a\xff\x02\x02");
	nla_put_u64(asked.answer, CULVERT_A_SA_AGE, 7000);
}

static void test_dump_of_sas_is_read(void **state)
{
	struct kern_error error;
	struct kern_sa sa;

	answer_sa();
	nla_put_u64(asked.answer, CULVERT_A_SA_OCTETS, 1ULL << 33);
	nla_put_u64(asked.answer, CULVERT_A_SA_SOFT_SECONDS, 3600);
	assert_int_equal(kern_each_sa(NULL, keep_sa, &sa, &error), 0);
	assert_true(nlmsg_hdr(asked.msg[0])->nlmsg_flags & NLM_F_DUMP);
	assert_int_equal(sa.direction, IKE_OUT);
	assert_int_equal(sa.spi, 0xabcdef01);
	assert_true(sa.rule == RULE);
	assert_int_equal(sa.remote.len, 4);
	assert_int_equal(sa.age, 7000);
	/* It has carried nothing yet. */
	assert_int_equal(sa.quiet, 7000);
	assert_true(sa.octets == 1ULL << 33);
	assert_int_equal(sa.soft_seconds, 3600);
	assert_int_equal(sa.idle_seconds, 0);
}

static void test_dump_of_sas_tells_when_they_were_used(void **state)
{
	struct kern_error error;
	struct kern_sa sa;

	answer_sa();
	nla_put_u64(asked.answer, CULVERT_A_SA_OCTETS, 0);
	nla_put_u64(asked.answer, CULVERT_A_SA_USED, 12);
	assert_int_equal(kern_each_sa(NULL, keep_sa, &sa, &error), 0);
	assert_int_equal(sa.quiet, 12);
}

static void test_answer_without_an_attribute_is_refused(void **state)
{
	struct kern_error error;
	struct kern_sa sa;

	/* CULVERT_A_SA_OCTETS is missing. */
	answer_sa();
	assert_int_equal(kern_each_sa(NULL, keep_sa, &sa, &error), -EBADMSG);
}

static void test_answer_with_an_address_of_no_family_is_refused(void **state)
{
	struct kern_error error;
	struct kern_sa sa;

	asked.answer = __wrap_kern_request(NULL, CULVERT_CMD_SA_GET, 0);
	nla_put_u32(asked.answer, CULVERT_A_SA_DIRECTION, 0);
	nla_put_u32(asked.answer, CULVERT_A_SA_SPI, 1);
	nla_put_u64(asked.answer, CULVERT_A_SA_RULE_ID, RULE);
	nla_put_u64(asked.answer, CULVERT_A_SA_AGE, 1);
	nla_put_u64(asked.answer, CULVERT_A_SA_OCTETS, 1);
	nla_put(asked.answer, CULVERT_A_SA_REMOTE, 17, "0123456789abcdefg");
	assert_int_equal(kern_each_sa(NULL, keep_sa, &sa, &error), -EBADMSG);
}

static void count_rule(const struct kern_rule_state *rule, void *arg)
{
	*(unsigned int *)arg += rule->acquires;
}

static void test_dump_of_rules_tells_what_waits(void **state)
{
	struct kern_error error;
	unsigned int acquires = 0;

	asked.answer = __wrap_kern_request(NULL, CULVERT_CMD_RULE_GET, 0);
	nla_put_u64(asked.answer, CULVERT_A_RULE_ID, RULE);
	/* A bypass rule has no queue: it is not told. */
	assert_int_equal(kern_each_rule(NULL, count_rule, &acquires, &error),
			 0);
	assert_int_equal(acquires, 0);
	nla_put_u32(asked.answer, CULVERT_A_RULE_ACQUIRES, 3);
	assert_int_equal(kern_each_rule(NULL, count_rule, &acquires, &error),
			 0);
	assert_int_equal(acquires, 3);
}

/* --- the policy --- */

static struct conf_rule protect_rule(const struct ike_peer_conf *peer)
{
	static const struct ike_child_conf child;
	struct conf_rule rule = {
		.id = RULE,
		.action = CULVERT_ACTION_PROTECT,
		.device = "eth1",
		.local = ts("192.168.100.0/24"),
		.remote = ts("172.16.10.0/24"),
		.peer = peer,
		.child = &child,
		.mode = CULVERT_MODE_TUNNEL,
		.df = CULVERT_DF_CLEAR,
		.flags = CULVERT_RULE_FLAG_MSS_CLAMP,
	};

	return rule;
}

static void test_policy_is_one_transaction(void **state)
{
	struct ike_peer_conf peer = {
		.remote = address("10.255.2.2", 0),
	};
	struct conf_rule rule[2] = {
		{ .id = 1, .action = CULVERT_ACTION_BYPASS,
		  .local = ts("0.0.0.0/0[17/500]"), .remote = ts("0.0.0.0/0") },
		protect_rule(&peer),
	};
	struct kern_error error;

	assert_int_equal(kern_policy_set(NULL, rule, 2, &error), 0);
	assert_int_equal(asked.n, 4);
	assert_int_equal(command_of(0), CULVERT_CMD_POLICY_BEGIN);
	assert_int_equal(command_of(1), CULVERT_CMD_POLICY_ADD);
	assert_int_equal(command_of(2), CULVERT_CMD_POLICY_ADD);
	assert_int_equal(command_of(3), CULVERT_CMD_POLICY_COMMIT);
	/* "only a protect rule takes this" */
	assert_null(attr_of(asked.msg[1], CULVERT_A_RULE_MODE));
	assert_null(attr_of(asked.msg[1], CULVERT_A_RULE_DF));
	assert_null(attr_of(asked.msg[1], CULVERT_A_RULE_DEVICE));
	assert_true(nla_get_u64(attr_of(asked.msg[2], CULVERT_A_RULE_ID)) ==
		    RULE);
	assert_string_equal(nla_data(attr_of(asked.msg[2],
					     CULVERT_A_RULE_DEVICE)), "eth1");
	assert_int_equal(nla_get_u32(attr_of(asked.msg[2], CULVERT_A_RULE_DF)),
			 CULVERT_DF_CLEAR);
	assert_int_equal(nla_get_u32(attr_of(asked.msg[2],
					     CULVERT_A_RULE_FLAGS)),
			 CULVERT_RULE_FLAG_MSS_CLAMP);
	assert_non_null(attr_of(asked.msg[2], CULVERT_A_RULE_SELECTOR));
	assert_non_null(attr_of(asked.msg[2], CULVERT_A_RULE_PEER));
	/* Any address of this gateway. */
	assert_null(attr_of(asked.msg[2], CULVERT_A_RULE_LOCAL));
}

/* The suites of a rule, with these proposals. */
static uint64_t suites_of(const char *text)
{
	struct ike_child_conf child = { 0 };
	struct ike_peer_conf peer = { 0 };
	struct conf_rule rule = protect_rule(&peer);
	char weak[200], said[200];
	struct ike_text w, e;
	struct kern_error error;
	uint64_t mask;

	ike_text_init(&w, weak, sizeof(weak));
	ike_text_init(&e, said, sizeof(said));
	assert_int_equal(ike_proposals_parse_text(&child.proposals,
						  IKE_PROTOCOL_ESP, text, &w,
						  &e), 0);
	rule.child = &child;
	assert_int_equal(kern_policy_set(NULL, &rule, 1, &error), 0);
	ike_proposals_clear(&child.proposals);
	mask = nla_get_u64(attr_of(asked.msg[1], CULVERT_A_RULE_SUITES));
	teardown(NULL);
	setup(NULL);
	return mask;
}

#define SUITE(name) (1ULL << CULVERT_SUITE_##name)

static void test_policy_has_the_suites_that_are_proposed(void **state)
{
	assert_true(suites_of("aes256-sha256-ecp256") ==
		    SUITE(AES_CBC_HMAC_SHA2_256_128));
	assert_true(suites_of("aes256gcm16, aes128-sha1") ==
		    (SUITE(AES_GCM_16) | SUITE(AES_CBC_HMAC_SHA1_96)));
	/* Not those of one proposal with those of another. */
	assert_true(suites_of("aes256-aes128-sha384-sha512, null-sha1") ==
		    (SUITE(AES_CBC_HMAC_SHA2_384_192) |
		     SUITE(AES_CBC_HMAC_SHA2_512_256) |
		     SUITE(NULL_HMAC_SHA1_96)));
	assert_true(suites_of("default") ==
		    (SUITE(AES_GCM_16) | SUITE(CHACHA20_POLY1305) |
		     SUITE(AES_CBC_HMAC_SHA2_256_128) |
		     SUITE(AES_CBC_HMAC_SHA2_384_192) |
		     SUITE(AES_CBC_HMAC_SHA2_512_256)));
}

static void test_policy_that_is_refused_is_aborted(void **state)
{
	struct ike_peer_conf peer = { 0 };
	struct conf_rule rule = protect_rule(&peer);
	struct kern_error error;

	asked.refuse_at = 2;
	asked.refuse_with = -EEXIST;
	assert_int_equal(kern_policy_set(NULL, &rule, 1, &error), -EEXIST);
	assert_int_equal(asked.n, 3);
	assert_int_equal(command_of(2), CULVERT_CMD_POLICY_ABORT);
	assert_string_equal(error.sentence, "refused");
}

static void test_policy_with_a_rule_that_cannot_be_said_is_aborted(void **state)
{
	struct ike_peer_conf peer = { 0 };
	struct conf_rule rule = protect_rule(&peer);
	struct kern_error error;

	rule.remote = ts("2001:db8::/64");
	assert_int_equal(kern_policy_set(NULL, &rule, 1, &error), -ENOENT);
	assert_int_equal(asked.n, 2);
	assert_int_equal(command_of(1), CULVERT_CMD_POLICY_ABORT);
	assert_non_null(strstr(error.sentence, "no such selector"));
}

/* All of them: what the kernel was told before may be another. */
static void test_settings_are_told_as_a_whole(void **state)
{
	const struct conf_settings settings = { 64, 65536, 5000 };
	struct kern_error error;

	assert_int_equal(kern_settings_set(NULL, &settings, &error), 0);
	assert_int_equal(command_of(0), CULVERT_CMD_SETTINGS_SET);
	assert_int_equal(u32_of(CULVERT_A_SETTINGS_HOLD_PACKETS), 64);
	assert_int_equal(u32_of(CULVERT_A_SETTINGS_HOLD_OCTETS), 65536);
	assert_int_equal(u32_of(CULVERT_A_SETTINGS_HOLD_AGE), 5000);
}

/* --- events --- */

static int read_answer(uint8_t command, struct ike_event *event)
{
	struct genlmsghdr *header = nlmsg_data(nlmsg_hdr(asked.answer));

	return kern_event_read(command, genlmsg_attrdata(header, 0),
			       genlmsg_attrlen(header, 0), event);
}

static void begin_event(void)
{
	nlmsg_free(asked.answer);
	asked.answer = __wrap_kern_request(NULL, CULVERT_CMD_ACQUIRE, 0);
}

static void test_acquire_is_read(void **state)
{
	struct ike_event event;

	begin_event();
	nla_put_u64(asked.answer, CULVERT_A_EVENT_RULE_ID, RULE);
	assert_int_equal(read_answer(CULVERT_CMD_ACQUIRE, &event), 0);
	assert_int_equal(event.kind, IKE_EV_ACQUIRE);
	assert_true(event.acquire.rule == RULE);
	assert_false(event.acquire.packet);
}

#define V4 "4500001c 00000000 40"
#define V4_ENDS " 0a010002 0a020003 "
#define V6 "60000000 0008"
#define V6_ENDS " fd010000 00000000 00000000 00000002" \
		" fd020000 00000000 00000000 00000003 "

/* Packets that ask for an SA, as the kernel shows their beginning; NULL: which they
 * are cannot be told.
 */
static const struct {
	const char *packet;
	const char *local;
	const char *remote;
} packets[] = {
	{ V4 "110000" V4_ENDS "00350400", "10.1.0.2[udp/53]",
	  "10.2.0.3[udp/1024]" },
	/* With options; a later fragment; cut before its ports */
	{ "46000020 00000000 40060000" V4_ENDS "01010100 0016fff0",
	  "10.1.0.2[tcp/22]", "10.2.0.3[tcp/65520]" },
	{ "4500001c 00000010 40110000" V4_ENDS "00350400", "10.1.0.2[udp]",
	  "10.2.0.3[udp]" },
	{ V4 "110000" V4_ENDS "0035", "10.1.0.2[udp]", "10.2.0.3[udp]" },
	/* Without ports */
	{ V4 "010000" V4_ENDS "08000000", "10.1.0.2[icmp]", "10.2.0.3[icmp]" },
	{ V4 "2f0000" V4_ENDS "08000000", "10.1.0.2[gre]", "10.2.0.3[gre]" },
	{ V6 "1140" V6_ENDS "00350400", "fd01::2[udp/53]",
	  "fd02::3[udp/1024]" },
	{ V6 "3a40" V6_ENDS "80000000", "fd01::2[icmpv6]", "fd02::3[icmpv6]" },
	/* Another header of IPv6 first */
	{ V6 "0040" V6_ENDS "11000000", "fd01::2", "fd02::3" },
	/* No header, or not all of one */
	{ "4500001c 00000000 40110000 0a010002 0a0200", NULL, NULL },
	{ V6 "1140 fd01", NULL, NULL },
	{ "5500001c 00000000 40110000" V4_ENDS "00350400", NULL, NULL },
	{ "", NULL, NULL },
};

static size_t unhex(const char *text, uint8_t *octets)
{
	unsigned int octet;
	size_t n = 0;
	int len;

	while (sscanf(text, " %2x%n", &octet, &len) == 1) {
		octets[n++] = octet;
		text += len;
	}
	return n;
}

static void test_packet_of_an_acquire_is_read(void **state)
{
	struct ike_event event;
	struct ike_ts want;
	uint8_t octets[64];
	size_t i, len;

	for (i = 0; i < sizeof(packets) / sizeof(packets[0]); i++) {
		len = unhex(packets[i].packet, octets);
		begin_event();
		nla_put_u64(asked.answer, CULVERT_A_EVENT_RULE_ID, RULE);
		nla_put(asked.answer, CULVERT_A_EVENT_HEADER, len, octets);
		assert_int_equal(read_answer(CULVERT_CMD_ACQUIRE, &event), 0);
		if (event.acquire.packet != !!packets[i].local)
			fail_msg("packet %zu", i);
		if (!packets[i].local)
			continue;
		assert_int_equal(ike_ts_parse(&want, packets[i].local), 0);
		if (!ike_ts_equal(&event.acquire.local, &want))
			fail_msg("local of packet %zu", i);
		assert_int_equal(ike_ts_parse(&want, packets[i].remote), 0);
		if (!ike_ts_equal(&event.acquire.remote, &want))
			fail_msg("remote of packet %zu", i);
	}
}

static void put_sa_event(uint32_t reason)
{
	begin_event();
	nla_put_u64(asked.answer, CULVERT_A_EVENT_RULE_ID, RULE);
	nla_put_u32(asked.answer, CULVERT_A_EVENT_DIRECTION,
		    CULVERT_DIRECTION_OUT);
	nla_put_u32(asked.answer, CULVERT_A_EVENT_SPI, htonl(0xabcdef01));
	nla_put_u32(asked.answer, CULVERT_A_EVENT_REASON, reason);
}

static void test_every_reason_of_an_sa_event_is_read(void **state)
{
	static const struct {
		enum culvert_reason reason;
		int what;		/* -1: not for the engine */
	} cases[] = {
		{ CULVERT_REASON_SOFT_SECONDS, IKE_SA_SOFT },
		{ CULVERT_REASON_SOFT_OCTETS, IKE_SA_SOFT },
		{ CULVERT_REASON_SOFT_PACKETS, IKE_SA_SOFT },
		{ CULVERT_REASON_HARD_SECONDS, IKE_SA_HARD },
		{ CULVERT_REASON_HARD_OCTETS, IKE_SA_HARD },
		{ CULVERT_REASON_HARD_PACKETS, IKE_SA_HARD },
		{ CULVERT_REASON_IDLE, IKE_SA_IDLE },
		{ CULVERT_REASON_SEQUENCE_NEAR, IKE_SA_SOFT },
		{ CULVERT_REASON_SEQUENCE_END, IKE_SA_HARD },
		{ CULVERT_REASON_PATH_MTU, -1 },
		{ CULVERT_REASON_PATH_MTU + 1, -1 },
		{ 0xffffffff, -1 },
	};
	struct ike_event event;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		put_sa_event(cases[i].reason);
		if (cases[i].what < 0) {
			assert_int_equal(read_answer(CULVERT_CMD_SA_EVENT,
						     &event), -ENOENT);
			continue;
		}
		assert_int_equal(read_answer(CULVERT_CMD_SA_EVENT, &event), 0);
		assert_int_equal(event.kind, IKE_EV_SA);
		assert_int_equal(event.sa.what, cases[i].what);
		assert_int_equal(event.sa.direction, IKE_OUT);
		assert_int_equal(event.sa.spi, 0xabcdef01);
		assert_true(event.sa.rule == RULE);
	}
}

static void test_mapping_change_is_read(void **state)
{
	struct ike_event event;

	begin_event();
	nla_put_u32(asked.answer, CULVERT_A_EVENT_SPI, htonl(0x101));
	nla_put(asked.answer, CULVERT_A_EVENT_MAPPED, 4, "\xcb\x00\x71\x09");
	nla_put_u16(asked.answer, CULVERT_A_EVENT_MAPPED_PORT, 1025);
	assert_int_equal(read_answer(CULVERT_CMD_MAPPING_CHANGE, &event), 0);
	assert_int_equal(event.kind, IKE_EV_MAPPING);
	assert_int_equal(event.mapping.spi, 0x101);
	assert_int_equal(event.mapping.mapped.len, 4);
	assert_memory_equal(event.mapping.mapped.ip, "\xcb\x00\x71\x09", 4);
	assert_int_equal(event.mapping.mapped.port, 1025);
}

static void test_events_without_their_attributes_are_refused(void **state)
{
	struct ike_event event;

	begin_event();
	assert_int_equal(read_answer(CULVERT_CMD_ACQUIRE, &event), -EBADMSG);
	assert_int_equal(read_answer(CULVERT_CMD_SA_EVENT, &event), -EBADMSG);
	assert_int_equal(read_answer(CULVERT_CMD_MAPPING_CHANGE, &event),
			 -EBADMSG);
	/* Of a wrong length. */
	nla_put_u32(asked.answer, CULVERT_A_EVENT_RULE_ID, 1);
	assert_int_equal(read_answer(CULVERT_CMD_ACQUIRE, &event), -EBADMSG);
	nla_put_u32(asked.answer, CULVERT_A_EVENT_SPI, htonl(0x101));
	nla_put(asked.answer, CULVERT_A_EVENT_MAPPED, 5, "12345");
	nla_put_u16(asked.answer, CULVERT_A_EVENT_MAPPED_PORT, 1025);
	assert_int_equal(read_answer(CULVERT_CMD_MAPPING_CHANGE, &event),
			 -EBADMSG);
}

static void test_drop_reports_are_not_for_the_engine(void **state)
{
	struct ike_event event;

	begin_event();
	assert_int_equal(read_answer(CULVERT_CMD_DROP_REPORT, &event), -ENOENT);
	assert_int_equal(read_answer(0xff, &event), -ENOENT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_add_names_the_sa),
		TEST(test_add_in_has_each_attribute_once),
		TEST(test_add_says_options),
		TEST(test_add_knows_every_suite_of_the_contract),
		TEST(test_add_refuses_a_suite_the_contract_lacks),
		TEST(test_no_memory_for_a_request_is_told),
		TEST(test_add_pairs_every_local_with_every_remote),
		TEST(test_add_has_no_more_selectors_than_the_contract),
		TEST(test_add_with_selectors_of_no_packet_is_refused),
		TEST(test_selector_has_addresses_and_family),
		TEST(test_selector_has_ports_of_each_side),
		TEST(test_selector_has_icmp_types_and_codes),
		TEST(test_selector_that_the_contract_cannot_say),
		TEST(test_activate_says_nothing_else),
		TEST(test_move_names_it_by_where_it_was),
		TEST(test_delete_in_goes_by_the_spi_alone),
		TEST(test_rule_fail_names_the_rule),
		TEST(test_dump_of_sas_is_read),
		TEST(test_dump_of_sas_tells_when_they_were_used),
		TEST(test_answer_without_an_attribute_is_refused),
		TEST(test_answer_with_an_address_of_no_family_is_refused),
		TEST(test_dump_of_rules_tells_what_waits),
		TEST(test_policy_is_one_transaction),
		TEST(test_policy_has_the_suites_that_are_proposed),
		TEST(test_policy_that_is_refused_is_aborted),
		TEST(test_policy_with_a_rule_that_cannot_be_said_is_aborted),
		TEST(test_settings_are_told_as_a_whole),
		TEST(test_acquire_is_read),
		TEST(test_packet_of_an_acquire_is_read),
		TEST(test_every_reason_of_an_sa_event_is_read),
		TEST(test_mapping_change_is_read),
		TEST(test_events_without_their_attributes_are_refused),
		TEST(test_drop_reports_are_not_for_the_engine),
	};

	return cmocka_run_group_tests_name("kern_sa", tests, NULL, NULL);
}
