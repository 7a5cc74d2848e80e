// SPDX-License-Identifier: GPL-2.0-only
/* Requests about SAs. From the numbers of IKE to those of the contract, and from
 * the kernel's answers to what the daemon acts on; kern.c carries them. It keeps
 * nothing.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/culvert.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>

#include "kern_sa.h"
#include "kern_selector.h"
#include "proto.h"

#define A(name) CULVERT_A_SA_##name

struct suite {
	uint16_t encr;
	uint16_t integ;
	enum culvert_suite suite;
};

static const struct suite suites[] = {
	{ IKE_ENCR_AES_GCM_16, 0, CULVERT_SUITE_AES_GCM_16 },
	{ IKE_ENCR_AES_GCM_12, 0, CULVERT_SUITE_AES_GCM_12 },
	{ IKE_ENCR_AES_GCM_8, 0, CULVERT_SUITE_AES_GCM_8 },
	{ IKE_ENCR_CHACHA20_POLY1305, 0, CULVERT_SUITE_CHACHA20_POLY1305 },
	{ IKE_ENCR_NULL_AUTH_AES_GMAC, 0, CULVERT_SUITE_NULL_AES_GMAC },
	{ IKE_ENCR_AES_CBC, IKE_INTEG_HMAC_SHA1_96,
	  CULVERT_SUITE_AES_CBC_HMAC_SHA1_96 },
	{ IKE_ENCR_AES_CBC, IKE_INTEG_HMAC_SHA2_256_128,
	  CULVERT_SUITE_AES_CBC_HMAC_SHA2_256_128 },
	{ IKE_ENCR_AES_CBC, IKE_INTEG_HMAC_SHA2_384_192,
	  CULVERT_SUITE_AES_CBC_HMAC_SHA2_384_192 },
	{ IKE_ENCR_AES_CBC, IKE_INTEG_HMAC_SHA2_512_256,
	  CULVERT_SUITE_AES_CBC_HMAC_SHA2_512_256 },
	{ IKE_ENCR_NULL, IKE_INTEG_HMAC_SHA1_96,
	  CULVERT_SUITE_NULL_HMAC_SHA1_96 },
	{ IKE_ENCR_NULL, IKE_INTEG_HMAC_SHA2_256_128,
	  CULVERT_SUITE_NULL_HMAC_SHA2_256_128 },
	{ IKE_ENCR_NULL, IKE_INTEG_HMAC_SHA2_384_192,
	  CULVERT_SUITE_NULL_HMAC_SHA2_384_192 },
	{ IKE_ENCR_NULL, IKE_INTEG_HMAC_SHA2_512_256,
	  CULVERT_SUITE_NULL_HMAC_SHA2_512_256 },
};

static bool has(const struct ike_proposal *proposal, uint8_t type, uint16_t id)
{
	size_t i;

	for (i = 0; i < proposal->n; i++)
		if (proposal->transform[i].type == type &&
		    proposal->transform[i].id == id)
			return true;
	return false;
}

/* An AEAD has no integrity algorithm beside it. */
static bool allows(const struct ike_proposal *proposal,
		   const struct suite *suite)
{
	return has(proposal, IKE_TRANSFORM_ENCR, suite->encr) &&
	       (!suite->integ ||
		has(proposal, IKE_TRANSFORM_INTEG, suite->integ));
}

uint64_t kern_suites(const struct ike_proposals *proposals)
{
	uint64_t mask = 0;
	size_t i, j;

	for (i = 0; i < proposals->n; i++)
		for (j = 0; j < sizeof(suites) / sizeof(suites[0]); j++)
			if (allows(&proposals->proposal[i], &suites[j]))
				mask |= 1ULL << suites[j].suite;
	return mask;
}

/* --- the attributes of a request --- */

static int put_direction(struct nl_msg *msg, enum ike_direction direction)
{
	return nla_put_u32(msg, A(DIRECTION), direction == IKE_IN ?
			   CULVERT_DIRECTION_IN : CULVERT_DIRECTION_OUT);
}

static int put_address(struct nl_msg *msg, int type,
		       const struct ike_address *address)
{
	return nla_put(msg, type, address->len, address->ip);
}

/* What names an SA: the remote address is part of it where the SPI is the peer's.
 */
static int put_name(struct nl_msg *msg, enum ike_direction direction,
		    uint32_t spi, const struct ike_address *remote)
{
	if (put_direction(msg, direction) ||
	    nla_put_u32(msg, A(SPI), htonl(spi)))
		return -ENOMEM;
	if (direction == IKE_OUT && put_address(msg, A(REMOTE), remote))
		return -ENOMEM;
	return 0;
}

static int put_ends(struct nl_msg *msg, const struct ike_sa_spec *sa)
{
	if (put_address(msg, A(LOCAL), &sa->local) ||
	    (sa->direction == IKE_IN &&
	     put_address(msg, A(REMOTE), &sa->remote)))
		return -ENOMEM;
	if (!sa->encap)
		return 0;
	return nla_put_u16(msg, A(LOCAL_PORT), sa->local.port) ||
	       nla_put_u16(msg, A(REMOTE_PORT), sa->remote.port) ? -ENOMEM : 0;
}

static int put_new_ends(struct nl_msg *msg, const struct ike_sa_spec *sa)
{
	if (put_address(msg, A(NEW_LOCAL), &sa->local) ||
	    put_address(msg, A(NEW_REMOTE), &sa->remote))
		return -ENOMEM;
	if (!sa->encap)
		return 0;
	return nla_put_u16(msg, A(NEW_LOCAL_PORT), sa->local.port) ||
	       nla_put_u16(msg, A(NEW_REMOTE_PORT), sa->remote.port) ?
	       -ENOMEM : 0;
}

static int put_cipher(struct nl_msg *msg, const struct ike_sa_spec *sa)
{
	const struct suite *suite = suites;

	while (suite->encr != sa->encr || suite->integ != sa->integ)
		if (++suite == suites + sizeof(suites) / sizeof(suites[0]))
			return -EPROTONOSUPPORT;
	if (nla_put_u32(msg, A(SUITE), suite->suite))
		return -ENOMEM;
	if (sa->encr_key.len &&
	    nla_put(msg, A(ENCR_KEY), sa->encr_key.len, sa->encr_key.data))
		return -ENOMEM;
	if (sa->integ_key.len &&
	    nla_put(msg, A(INTEG_KEY), sa->integ_key.len, sa->integ_key.data))
		return -ENOMEM;
	return 0;
}

static int put_lifetimes(struct nl_msg *msg, const struct ike_sa_spec *sa)
{
	const struct {
		int type;
		uint64_t value;
	} lifetimes[] = {
		{ A(SOFT_SECONDS), sa->soft_seconds },
		{ A(HARD_SECONDS), sa->hard_seconds },
		{ A(SOFT_OCTETS), sa->soft_octets },
		{ A(HARD_OCTETS), sa->hard_octets },
		{ A(IDLE_SECONDS), sa->idle_seconds },
	};
	size_t i;

	for (i = 0; i < sizeof(lifetimes) / sizeof(lifetimes[0]); i++)
		if (lifetimes[i].value && nla_put_u64(msg, lifetimes[i].type,
						      lifetimes[i].value))
			return -ENOMEM;
	return 0;
}

static int put_options(struct nl_msg *msg, const struct ike_sa_spec *sa)
{
	uint32_t flags = 0;

	if (sa->esn)
		flags |= CULVERT_SA_FLAG_ESN;
	if (sa->non_first_fragments)
		flags |= CULVERT_SA_FLAG_NON_FIRST_FRAGMENTS;
	return nla_put_u64(msg, A(RULE_ID), sa->rule) ||
	       nla_put_u32(msg, A(MODE), sa->transport ?
			   CULVERT_MODE_TRANSPORT : CULVERT_MODE_TUNNEL) ||
	       nla_put_u32(msg, A(FLAGS), flags) ? -ENOMEM : 0;
}

static int put_sa(struct nl_msg *msg, const struct ike_sa_spec *sa)
{
	int err = put_name(msg, sa->direction, sa->spi, &sa->remote);

	if (!err)
		err = put_ends(msg, sa);
	if (!err)
		err = put_options(msg, sa);
	if (!err)
		err = put_lifetimes(msg, sa);
	if (!err)
		err = kern_selectors_put(msg, A(SELECTOR), &sa->ts_local,
					 &sa->ts_remote);
	if (!err)
		err = put_cipher(msg, sa);
	return err;
}

/* --- the requests --- */

/* A request that could not be written is not sent. */
static int give_up(struct nl_msg *msg, int err, struct kern_error *error)
{
	static const struct {
		int err;
		const char *words;
	} why[] = {
		{ -ENOENT, "its traffic selectors select no packet" },
		{ -E2BIG, "it has more traffic selectors than the kernel takes" },
		{ -EOPNOTSUPP, "the kernel has no such traffic selector" },
		{ -EPROTONOSUPPORT, "the kernel has no such algorithms" },
	};
	const char *words = strerror(-err);
	size_t i;

	for (i = 0; i < sizeof(why) / sizeof(why[0]); i++)
		if (why[i].err == err)
			words = why[i].words;
	if (msg) {
		explicit_bzero(nlmsg_hdr(msg), nlmsg_hdr(msg)->nlmsg_len);
		nlmsg_free(msg);
	}
	return kern_fail(error, err, "an SA for the kernel: %s", words);
}

static int ask(struct kern *kern, struct nl_msg *msg, int err,
	       struct kern_error *error)
{
	return err ? give_up(msg, err, error) :
		     kern_ask(kern, msg, NULL, NULL, error);
}

int kern_sa_add(struct kern *kern, const struct ike_sa_spec *sa,
		struct kern_error *error)
{
	struct nl_msg *msg = kern_request(kern, CULVERT_CMD_SA_ADD, 0);

	return ask(kern, msg, msg ? put_sa(msg, sa) : -ENOMEM, error);
}

int kern_sa_activate(struct kern *kern, const struct ike_sa_spec *sa,
		     struct kern_error *error)
{
	struct nl_msg *msg = kern_request(kern, CULVERT_CMD_SA_SET, 0);
	int err = -ENOMEM;

	if (msg)
		err = put_name(msg, sa->direction, sa->spi, &sa->remote);
	if (!err && nla_put_u32(msg, A(FLAGS), CULVERT_SA_FLAG_ACTIVATE))
		err = -ENOMEM;
	return ask(kern, msg, err, error);
}

int kern_sa_move(struct kern *kern, const struct ike_sa_spec *sa,
		 const struct ike_address *was_remote, struct kern_error *error)
{
	struct nl_msg *msg = kern_request(kern, CULVERT_CMD_SA_SET, 0);
	int err = -ENOMEM;

	if (msg)
		err = put_name(msg, sa->direction, sa->spi, was_remote);
	if (!err)
		err = put_new_ends(msg, sa);
	return ask(kern, msg, err, error);
}

int kern_sa_del(struct kern *kern, enum ike_direction direction, uint32_t spi,
		const struct ike_address *remote, struct kern_error *error)
{
	struct nl_msg *msg = kern_request(kern, CULVERT_CMD_SA_DEL, 0);

	return ask(kern, msg,
		   msg ? put_name(msg, direction, spi, remote) : -ENOMEM,
		   error);
}

int kern_rule_fail(struct kern *kern, uint64_t rule, struct kern_error *error)
{
	struct nl_msg *msg = kern_request(kern, CULVERT_CMD_RULE_FAIL, 0);
	int err = -ENOMEM;

	if (msg && !nla_put_u64(msg, CULVERT_A_RULE_ID, rule))
		err = 0;
	return ask(kern, msg, err, error);
}

/* --- the answers --- */

struct sa_listener {
	void (*tell)(const struct kern_sa *sa, void *arg);
	void *arg;
};

static bool get_remote(const struct nlattr *attrs, int len,
		       struct ike_address *remote)
{
	const struct nlattr *attr = nla_find(attrs, len, A(REMOTE));

	if (!attr || (nla_len(attr) != 4 && nla_len(attr) != 16))
		return false;
	remote->len = nla_len(attr);
	memcpy(remote->ip, nla_data(attr), remote->len);
	return true;
}

static int sa_answer(const struct nlattr *attrs, int len, void *arg)
{
	const struct sa_listener *listener = arg;
	struct kern_sa sa = { 0 };
	uint32_t direction;
	uint32_t spi;

	if (!kern_get_u32(attrs, len, A(DIRECTION), &direction) ||
	    !kern_get_u32(attrs, len, A(SPI), &spi) ||
	    !kern_get_u64(attrs, len, A(RULE_ID), &sa.rule) ||
	    !kern_get_u64(attrs, len, A(AGE), &sa.age) ||
	    !kern_get_u64(attrs, len, A(OCTETS), &sa.octets) ||
	    !get_remote(attrs, len, &sa.remote))
		return -EBADMSG;
	sa.direction = direction == CULVERT_DIRECTION_IN ? IKE_IN : IKE_OUT;
	sa.spi = ntohl(spi);
	if (!kern_get_u64(attrs, len, A(USED), &sa.quiet))
		sa.quiet = sa.age;
	/* Not told where there is none. */
	kern_get_u64(attrs, len, A(SOFT_SECONDS), &sa.soft_seconds);
	kern_get_u64(attrs, len, A(SOFT_OCTETS), &sa.soft_octets);
	kern_get_u64(attrs, len, A(IDLE_SECONDS), &sa.idle_seconds);
	listener->tell(&sa, listener->arg);
	return 0;
}

int kern_each_sa(struct kern *kern,
		 void (*tell)(const struct kern_sa *sa, void *arg), void *arg,
		 struct kern_error *error)
{
	struct sa_listener listener = { tell, arg };

	return kern_ask(kern, kern_request(kern, CULVERT_CMD_SA_GET,
					   NLM_F_DUMP),
			sa_answer, &listener, error);
}

struct rule_listener {
	void (*tell)(const struct kern_rule_state *rule, void *arg);
	void *arg;
};

static int rule_answer(const struct nlattr *attrs, int len, void *arg)
{
	const struct rule_listener *listener = arg;
	struct kern_rule_state rule;

	if (!kern_get_u64(attrs, len, CULVERT_A_RULE_ID, &rule.rule))
		return -EBADMSG;
	/* Only a protect rule has packets that wait. */
	if (kern_get_u32(attrs, len, CULVERT_A_RULE_ACQUIRES, &rule.acquires))
		listener->tell(&rule, listener->arg);
	return 0;
}

int kern_each_rule(struct kern *kern,
		   void (*tell)(const struct kern_rule_state *rule, void *arg),
		   void *arg, struct kern_error *error)
{
	struct rule_listener listener = { tell, arg };

	return kern_ask(kern, kern_request(kern, CULVERT_CMD_RULE_GET,
					   NLM_F_DUMP),
			rule_answer, &listener, error);
}
