// SPDX-License-Identifier: GPL-2.0-only
/* The operations that make and change SAs. What is told of them, netlink-sa-get.c
 * tells.
 */

#include <linux/random.h>
#include <net/genetlink.h>
#include <net/route.h>
#include <net/sock.h>

#include "defrag.h"
#include "esp.h"
#include "mtu.h"
#include "netlink-gen.h"
#include "netlink.h"
#include "output.h"
#include "policy.h"
#include "sa.h"

#define A(name) CULVERT_A_SA_##name

/* --- which SA? --- */

static int get_key(struct culvert_sa_key *key, u32 *direction,
		   struct genl_info *info)
{
	struct nlattr **attrs = info->attrs;
	u8 family;
	int err;

	err = culvert_netlink_need(info, A(DIRECTION),
				   "an SA has a direction") ?:
	      culvert_netlink_need(info, A(SPI), "an SA has an SPI");
	if (err)
		return err;
	memset(key, 0, sizeof(*key));
	*direction = nla_get_u32(attrs[A(DIRECTION)]);
	key->spi = nla_get_be32(attrs[A(SPI)]);
	if (ntohl(key->spi) < CULVERT_SPI_MIN) {
		NL_SET_ERR_MSG_ATTR(info->extack, attrs[A(SPI)],
				    "SPIs below 256 are reserved (RFC 4303 2.1)");
		return -EINVAL;
	}
	if (*direction == CULVERT_DIRECTION_IN && !attrs[A(REMOTE)])
		return 0;
	err = culvert_netlink_need(info, A(REMOTE),
				   "an SA out is named with its remote address");
	if (err)
		return err;
	err = culvert_netlink_get_addr(attrs[A(REMOTE)], &key->remote, &family,
				       info->extack);
	key->family = family;
	return err;
}

struct culvert_sa *culvert_netlink_sa(struct culvert_net *cn,
				      struct genl_info *info)
{
	struct culvert_sa_key key;
	struct culvert_sa *sa;
	u32 direction;
	int err;

	lockdep_assert_held(&cn->lock);
	err = get_key(&key, &direction, info);
	if (err)
		return ERR_PTR(err);
	rcu_read_lock();
	if (direction == CULVERT_DIRECTION_IN)
		sa = culvert_sa_find_in(cn, key.spi);
	else
		sa = culvert_sa_find_out(cn, &key);
	rcu_read_unlock();
	if (sa)
		return sa;
	NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[A(SPI)],
			    "there is no such SA");
	return ERR_PTR(-ENOENT);
}

/* --- an SA from a request --- */

static struct culvert_rule *get_rule(struct culvert_net *cn,
				     struct genl_info *info)
{
	struct nlattr *attr = info->attrs[A(RULE_ID)];
	struct culvert_rule *rule;

	if (culvert_netlink_need(info, A(RULE_ID), "an SA belongs to a rule"))
		return ERR_PTR(-EINVAL);
	rule = culvert_policy_by_id(cn, nla_get_u64(attr));
	if (!rule) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "no rule in force has this id");
		return ERR_PTR(-ENOENT);
	}
	if (rule->action != CULVERT_ACTION_PROTECT) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "this rule does not protect: it takes no SA");
		return ERR_PTR(-EINVAL);
	}
	return rule;
}

static int get_port(const struct nlattr *attr, __be16 *port,
		    struct netlink_ext_ack *extack)
{
	*port = htons(nla_get_u16(attr));
	if (*port)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr, "a UDP port is not 0");
	return -EINVAL;
}

static int get_ports(struct culvert_endpoints *to, const struct nlattr *local,
		     const struct nlattr *remote,
		     struct netlink_ext_ack *extack)
{
	int err;

	if (!local && !remote)
		return 0;
	if (!local || !remote) {
		NL_SET_ERR_MSG_ATTR(extack, local ?: remote,
				    "ESP in UDP has a local and a remote port");
		return -EINVAL;
	}
	err = get_port(local, &to->local_port, extack) ?:
	      get_port(remote, &to->remote_port, extack);
	if (!err && to->local_port != htons(CULVERT_ESP_UDP_PORT)) {
		NL_SET_ERR_MSG_ATTR(extack, local,
				    "the UDP port of this side is 4500 (RFC 3948)");
		err = -EINVAL;
	}
	return err;
}

/* The attributes of endpoints, of a new SA or of one that moves. */
struct endpoint_attrs {
	int local;
	int remote;
	int local_port;
	int remote_port;
};

static const struct endpoint_attrs endpoints_of_new = {
	A(LOCAL), A(REMOTE), A(LOCAL_PORT), A(REMOTE_PORT),
};

static const struct endpoint_attrs endpoints_of_moved = {
	A(NEW_LOCAL), A(NEW_REMOTE), A(NEW_LOCAL_PORT), A(NEW_REMOTE_PORT),
};

static bool is_unicast(u8 family, const union nf_inet_addr *addr)
{
	if (family == AF_INET)
		return addr->ip && !ipv4_is_multicast(addr->ip) &&
		       !ipv4_is_lbcast(addr->ip);
	return !ipv6_addr_any(&addr->in6) && !ipv6_addr_is_multicast(&addr->in6);
}

static int get_addresses(struct culvert_endpoints *to,
			 const struct nlattr *local,
			 const struct nlattr *remote,
			 struct netlink_ext_ack *extack)
{
	u8 local_family;
	u8 family;
	int err;

	err = culvert_netlink_get_addr(local, &to->local, &local_family,
				       extack) ?:
	      culvert_netlink_get_addr(remote, &to->remote, &family, extack);
	if (err)
		return err;
	to->family = family;
	if (family != local_family) {
		NL_SET_ERR_MSG_ATTR(extack, remote,
				    "local and remote are of two families");
		return -EINVAL;
	}
	if (!is_unicast(family, &to->local) ||
	    !is_unicast(family, &to->remote)) {
		NL_SET_ERR_MSG_ATTR(extack, is_unicast(family, &to->local) ?
				    remote : local,
				    "the address of a gateway is a unicast one");
		return -EINVAL;
	}
	return 0;
}

static struct culvert_endpoints *
get_endpoints(struct culvert_sa *sa, struct genl_info *info,
	      const struct endpoint_attrs *names)
{
	struct nlattr **attrs = info->attrs;
	struct culvert_endpoints *to;
	int err;

	err = culvert_netlink_need(info, names->local,
				   "needs the address of this gateway") ?:
	      culvert_netlink_need(info, names->remote,
				   "needs the address of the peer");
	if (err)
		return ERR_PTR(err);
	to = kzalloc(sizeof(*to), GFP_KERNEL_ACCOUNT);
	if (!to)
		return ERR_PTR(-ENOMEM);
	to->sa = sa;
	to->spi = sa->spi;
	err = get_addresses(to, attrs[names->local], attrs[names->remote],
			    info->extack) ?:
	      get_ports(to, attrs[names->local_port],
			attrs[names->remote_port], info->extack);
	if (err) {
		kfree(to);
		return ERR_PTR(err);
	}
	return to;
}

struct lifetimes {
	struct culvert_lifetime soft;
	struct culvert_lifetime hard;
	u64 idle_seconds;
};

static int check_lifetimes(const struct lifetimes *to,
			   struct netlink_ext_ack *extack)
{
	const struct culvert_lifetime *soft = &to->soft;
	const struct culvert_lifetime *hard = &to->hard;

	if ((hard->seconds && soft->seconds > hard->seconds) ||
	    (hard->octets && soft->octets > hard->octets) ||
	    (hard->packets && soft->packets > hard->packets)) {
		NL_SET_ERR_MSG(extack, "a soft lifetime exceeds the hard one");
		return -EINVAL;
	}
	return 0;
}

/* What is not given stays as it is. */
static int get_lifetimes(const struct culvert_sa *sa, struct nlattr **attrs,
			 struct lifetimes *to, struct netlink_ext_ack *extack)
{
	const struct {
		int type;
		u64 *value;
	} lifetimes[] = {
		{ A(SOFT_SECONDS), &to->soft.seconds },
		{ A(HARD_SECONDS), &to->hard.seconds },
		{ A(SOFT_OCTETS), &to->soft.octets },
		{ A(HARD_OCTETS), &to->hard.octets },
		{ A(SOFT_PACKETS), &to->soft.packets },
		{ A(HARD_PACKETS), &to->hard.packets },
		{ A(IDLE_SECONDS), &to->idle_seconds },
	};
	unsigned int i;

	to->soft = sa->soft;
	to->hard = sa->hard;
	to->idle_seconds = sa->idle_seconds;
	for (i = 0; i < ARRAY_SIZE(lifetimes); i++)
		if (attrs[lifetimes[i].type])
			*lifetimes[i].value =
				nla_get_u64(attrs[lifetimes[i].type]);
	return check_lifetimes(to, extack);
}

static void set_lifetime(struct culvert_lifetime *to,
			 const struct culvert_lifetime *from)
{
	WRITE_ONCE(to->seconds, from->seconds);
	WRITE_ONCE(to->octets, from->octets);
	WRITE_ONCE(to->packets, from->packets);
}

static void set_lifetimes(struct culvert_sa *sa, const struct lifetimes *from)
{
	set_lifetime(&sa->soft, &from->soft);
	set_lifetime(&sa->hard, &from->hard);
	WRITE_ONCE(sa->idle_seconds, from->idle_seconds);
}

static u64 last_sequence(const struct culvert_sa *sa)
{
	return sa->esn ? U64_MAX : U32_MAX;
}

static int get_sequence(const struct culvert_sa *sa, const struct nlattr *attr,
			u64 *value, struct netlink_ext_ack *extack)
{
	if (!attr)
		return 0;
	*value = nla_get_u64(attr);
	if (*value <= last_sequence(sa))
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr,
			    "without ESN a sequence number has 32 bits");
	return -ERANGE;
}

static int get_replay_window(struct genl_info *info, u32 direction, u32 *window)
{
	const struct nlattr *attr = info->attrs[A(REPLAY_WINDOW)];

	*window = CULVERT_REPLAY_DEFAULT;
	if (!attr)
		return 0;
	*window = nla_get_u32(attr);
	if (direction == CULVERT_DIRECTION_OUT) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "only an SA in has a replay window");
		return -EINVAL;
	}
	if (*window < CULVERT_REPLAY_MIN || *window > CULVERT_REPLAY_MAX ||
	    *window % 32) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "a replay window is a multiple of 32 from 32 to 8192");
		return -ERANGE;
	}
	return 0;
}

static int get_selectors(struct culvert_sa *sa, struct genl_info *info)
{
	const struct nlattr *attr;
	int n = 0;
	int rest;
	int err;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rest)
		n += nla_type(attr) == A(SELECTOR);
	if (!n)
		return 0;
	if (n > CULVERT_SA_SELECTORS_MAX) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[A(SELECTOR)],
				    "an SA has at most "
				    __stringify(CULVERT_SA_SELECTORS_MAX)
				    " selectors");
		return -ENOSPC;
	}
	sa->selectors = kcalloc(n, sizeof(*sa->selectors), GFP_KERNEL_ACCOUNT);
	if (!sa->selectors)
		return -ENOMEM;
	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rest) {
		if (nla_type(attr) != A(SELECTOR))
			continue;
		err = culvert_netlink_get_selector(attr,
						   &sa->selectors[sa->n_selectors],
						   info->extack);
		if (err)
			return err;
		sa->n_selectors++;
	}
	return 0;
}

static int get_tfc_length(const struct culvert_sa *sa, struct genl_info *info,
			  u32 *length)
{
	const struct nlattr *attr = info->attrs[A(TFC_LENGTH)];

	if (!attr)
		return 0;
	if (sa->direction == CULVERT_DIRECTION_IN ||
	    sa->mode == CULVERT_MODE_TRANSPORT) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "only an SA out in tunnel mode pads packets");
		return -EINVAL;
	}
	*length = nla_get_u32(attr);
	return 0;
}

static int get_mode(struct culvert_sa *sa, struct genl_info *info)
{
	const struct culvert_rule_options *options = &sa->rule->options;
	const struct nlattr *mode = info->attrs[A(MODE)];
	const struct nlattr *df = info->attrs[A(DF)];

	if (culvert_netlink_need(info, A(MODE), "an SA has a mode"))
		return -EINVAL;
	sa->mode = nla_get_u32(mode);
	if (options->has_mode && sa->mode != options->mode) {
		NL_SET_ERR_MSG_ATTR(info->extack, mode,
				    "the rule wants the other mode");
		return -EINVAL;
	}
	sa->df = df ? nla_get_u32(df) : options->df;
	return get_tfc_length(sa, info, &sa->tfc_length);
}

static int get_flags(struct culvert_sa *sa, struct genl_info *info)
{
	const struct nlattr *attr = info->attrs[A(FLAGS)];
	u32 flags = attr ? nla_get_u32(attr) : 0;

	sa->esn = flags & CULVERT_SA_FLAG_ESN;
	sa->later_fragments = flags & CULVERT_SA_FLAG_NON_FIRST_FRAGMENTS;
	if (!(flags & CULVERT_SA_FLAG_ACTIVATE) ||
	    sa->direction == CULVERT_DIRECTION_OUT)
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, attr,
			    "only an SA out is activated");
	return -EINVAL;
}

static int get_cipher(struct culvert_sa *sa, struct genl_info *info)
{
	struct nlattr *attr = info->attrs[A(SUITE)];
	struct crypto_aead *cipher;

	if (culvert_netlink_need(info, A(SUITE), "an SA has a suite"))
		return -EINVAL;
	sa->suite_number = nla_get_u32(attr);
	sa->suite = culvert_aead_suite(sa->suite_number);
	if (!(sa->rule->options.suites & BIT_ULL(sa->suite_number))) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "the rule does not allow this suite");
		return -EINVAL;
	}
	cipher = culvert_aead_new(sa->suite, sa->esn, info->attrs[A(ENCR_KEY)],
				  info->attrs[A(INTEG_KEY)], info->extack);
	if (IS_ERR(cipher))
		return PTR_ERR(cipher);
	sa->cipher = cipher;
	sa->async = crypto_aead_alg(cipher)->base.cra_flags & CRYPTO_ALG_ASYNC;
	return 0;
}

static int get_sequences(struct culvert_sa *sa, struct genl_info *info,
			 u32 window)
{
	struct nlattr **attrs = info->attrs;
	u64 sequence = 0;
	int err;

	sa->ceiling = last_sequence(sa);
	err = get_sequence(sa, attrs[A(SEQUENCE)], &sequence, info->extack) ?:
	      get_sequence(sa, attrs[A(SEQUENCE_CEILING)], &sa->ceiling,
			   info->extack);
	if (err)
		return err;
	if (sa->direction == CULVERT_DIRECTION_IN) {
		if (attrs[A(SEQUENCE_CEILING)]) {
			NL_SET_ERR_MSG_ATTR(info->extack,
					    attrs[A(SEQUENCE_CEILING)],
					    "only an SA out has a ceiling");
			return -EINVAL;
		}
		culvert_replay_init(sa->replay, window, sa->esn, sequence);
		return 0;
	}
	atomic64_set(&sa->seq, sequence);
	atomic64_set(&sa->seq_skipped, sequence);
	return 0;
}

/* RFC 4303 3.1.1: in transport mode the packets are the gateway's own. */
static int check_family(const struct culvert_sa *sa,
			const struct culvert_endpoints *to,
			struct netlink_ext_ack *extack)
{
	u8 family = sa->rule->selector.family;

	if (sa->mode == CULVERT_MODE_TUNNEL || family == to->family)
		return 0;
	NL_SET_ERR_MSG(extack,
		       "in transport mode the rule's selector and the SA's addresses are of one family");
	return -EINVAL;
}

static int fill_sa(struct culvert_sa *sa, struct genl_info *info, u32 window)
{
	struct culvert_endpoints *to;
	struct lifetimes lifetimes;
	int err;

	to = get_endpoints(sa, info, &endpoints_of_new);
	if (IS_ERR(to))
		return PTR_ERR(to);
	RCU_INIT_POINTER(sa->endpoints, to);
	get_random_bytes(&sa->iv_secret, sizeof(sa->iv_secret));
	err = get_mode(sa, info) ?: check_family(sa, to, info->extack) ?:
	      get_flags(sa, info) ?: get_selectors(sa, info) ?:
	      get_lifetimes(sa, info->attrs, &lifetimes, info->extack) ?:
	      get_sequences(sa, info, window) ?: get_cipher(sa, info);
	if (!err)
		set_lifetimes(sa, &lifetimes);
	return err;
}

static int add(struct culvert_net *cn, struct genl_info *info)
{
	struct nlattr *flags = info->attrs[A(FLAGS)];
	struct culvert_sa_key key;
	struct culvert_rule *rule;
	struct culvert_sa *sa;
	u32 direction;
	u32 window;
	int err;

	err = get_key(&key, &direction, info) ?:
	      get_replay_window(info, direction, &window);
	if (err)
		return err;
	rule = get_rule(cn, info);
	if (IS_ERR(rule))
		return PTR_ERR(rule);
	sa = culvert_sa_new(cn, direction, window);
	if (!sa)
		return -ENOMEM;
	culvert_rule_get(rule);
	sa->rule = rule;
	sa->spi = key.spi;

	err = fill_sa(sa, info, window) ?: culvert_sa_add(sa, info->extack);
	if (err) {
		culvert_sa_put(sa);
		return err;
	}
	if (direction == CULVERT_DIRECTION_IN)
		culvert_defrag_need();
	if (flags && (nla_get_u32(flags) & CULVERT_SA_FLAG_ACTIVATE))
		culvert_sa_activate(sa);
	return 0;
}

/* --- changes --- */

/* What a request changes: all of it is looked at before any of it is done. */
struct changes {
	u64 sequence;			/* the last one used, at least */
	u64 ceiling;
	struct lifetimes lifetimes;
	u32 tfc_length;
	struct culvert_endpoints *to;	/* NULL: the SA stays where it is */
};

static int get_raised(const struct culvert_sa *sa, struct genl_info *info,
		      struct changes *changes)
{
	struct nlattr **attrs = info->attrs;
	u64 before = atomic64_read(&sa->seq);
	int err;

	changes->sequence = before;
	changes->ceiling = sa->ceiling;
	if (!attrs[A(SEQUENCE)] && !attrs[A(SEQUENCE_CEILING)])
		return 0;
	if (sa->direction == CULVERT_DIRECTION_IN) {
		NL_SET_ERR_MSG(info->extack,
			       "the sequence number of an SA in moves with its packets");
		return -EINVAL;
	}
	err = get_sequence(sa, attrs[A(SEQUENCE)], &changes->sequence,
			   info->extack) ?:
	      get_sequence(sa, attrs[A(SEQUENCE_CEILING)], &changes->ceiling,
			   info->extack);
	if (err)
		return err;
	if (changes->sequence < before || changes->ceiling < sa->ceiling) {
		NL_SET_ERR_MSG_ATTR(info->extack, changes->sequence < before ?
				    attrs[A(SEQUENCE)] :
				    attrs[A(SEQUENCE_CEILING)],
				    "it can be raised, not lowered");
		return -EINVAL;
	}
	return 0;
}

/* Packets may take numbers meanwhile, and even pass it. */
static void raise_sequence(struct culvert_sa *sa, u64 sequence)
{
	s64 last = atomic64_read(&sa->seq);

	while ((u64)last < sequence) {
		s64 skipped = sequence - last;

		atomic64_add(skipped, &sa->seq_skipped);
		if (atomic64_try_cmpxchg(&sa->seq, &last, sequence))
			return;
		atomic64_sub(skipped, &sa->seq_skipped);
	}
}

static void raise_sequences(struct culvert_sa *sa, struct genl_info *info,
			    const struct changes *changes)
{
	if (!info->attrs[A(SEQUENCE)] && !info->attrs[A(SEQUENCE_CEILING)])
		return;
	raise_sequence(sa, changes->sequence);
	WRITE_ONCE(sa->ceiling, changes->ceiling);
	clear_bit(CULVERT_SA_TOLD_END, &sa->state);
	clear_bit(CULVERT_SA_TOLD_NEAR, &sa->state);
}

static int get_moved(struct culvert_sa *sa, struct genl_info *info,
		     struct changes *changes)
{
	const struct culvert_endpoints *from;
	struct culvert_endpoints *to;

	changes->to = NULL;
	if (!info->attrs[A(NEW_LOCAL)] && !info->attrs[A(NEW_REMOTE)] &&
	    !info->attrs[A(NEW_LOCAL_PORT)] && !info->attrs[A(NEW_REMOTE_PORT)])
		return 0;
	to = get_endpoints(sa, info, &endpoints_of_moved);
	if (IS_ERR(to))
		return PTR_ERR(to);
	from = rcu_dereference_protected(sa->endpoints,
					 lockdep_is_held(&sa->cn->lock));
	if (to->family != from->family) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[A(NEW_LOCAL)],
				    "an SA keeps its family");
		kfree(to);
		return -EINVAL;
	}
	changes->to = to;
	return 0;
}

static int change(struct culvert_net *cn, struct genl_info *info)
{
	const struct nlattr *flags = info->attrs[A(FLAGS)];
	struct culvert_sa *sa = culvert_netlink_sa(cn, info);
	struct changes changes;
	int err;

	if (IS_ERR(sa))
		return PTR_ERR(sa);
	if (flags && (nla_get_u32(flags) != CULVERT_SA_FLAG_ACTIVATE ||
		      sa->direction == CULVERT_DIRECTION_IN)) {
		NL_SET_ERR_MSG_ATTR(info->extack, flags,
				    "of a living SA, only activate can be set, and only of one out");
		return -EINVAL;
	}
	changes.tfc_length = sa->tfc_length;
	err = get_raised(sa, info, &changes) ?:
	      get_lifetimes(sa, info->attrs, &changes.lifetimes,
			    info->extack) ?:
	      get_tfc_length(sa, info, &changes.tfc_length) ?:
	      get_moved(sa, info, &changes);
	if (err)
		return err;

	/* The last that can fail. */
	if (changes.to) {
		err = culvert_sa_move(sa, changes.to, info->extack);
		if (err) {
			kfree(changes.to);
			return err;
		}
	}
	raise_sequences(sa, info, &changes);
	set_lifetimes(sa, &changes.lifetimes);
	WRITE_ONCE(sa->tfc_length, changes.tfc_length);
	culvert_sa_start_timer(sa);
	if (flags)
		culvert_sa_activate(sa);
	return 0;
}

static int del(struct culvert_net *cn, struct genl_info *info)
{
	struct culvert_sa *sa = culvert_netlink_sa(cn, info);

	if (IS_ERR(sa))
		return PTR_ERR(sa);
	culvert_sa_remove(sa);
	return 0;
}

static int dummy(struct culvert_net *cn, struct genl_info *info)
{
	const struct nlattr *dummies = info->attrs[A(DUMMIES)];
	const struct nlattr *length = info->attrs[A(DUMMY_LENGTH)];
	struct culvert_sa *sa = culvert_netlink_sa(cn, info);
	u32 n = dummies ? nla_get_u32(dummies) : 1;
	u32 octets = length ? nla_get_u32(length) : 64;
	int err = 0;

	if (IS_ERR(sa))
		return PTR_ERR(sa);
	if (sa->direction == CULVERT_DIRECTION_IN || !n || n > 65536 ||
	    octets > 9000) {
		NL_SET_ERR_MSG(info->extack,
			       "1 to 65536 dummies of at most 9000 octets leave through an SA out");
		return -EINVAL;
	}
	for (; !err && n; n--) {
		err = culvert_output_dummy(sa, octets);
		cond_resched();
	}
	if (err == -EKEYEXPIRED)
		NL_SET_ERR_MSG(info->extack,
			       "the SA has reached a lifetime or its last sequence number");
	return err;
}

/* --- the operations --- */

int culvert_nl_sa_add_doit(struct sk_buff *skb, struct genl_info *info)
{
	return culvert_netlink_locked(info, add);
}

int culvert_nl_sa_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	return culvert_netlink_locked(info, change);
}

int culvert_nl_sa_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	return culvert_netlink_locked(info, del);
}

int culvert_nl_sa_dummy_doit(struct sk_buff *skb, struct genl_info *info)
{
	return culvert_netlink_locked(info, dummy);
}
