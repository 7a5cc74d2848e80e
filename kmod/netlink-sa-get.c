// SPDX-License-Identifier: GPL-2.0-only
/* What is told of SAs: all but their keys. Changes nothing. */

#include <net/genetlink.h>
#include <net/sock.h>

#include "esp.h"
#include "mtu.h"
#include "netlink-gen.h"
#include "netlink.h"
#include "output.h"
#include "policy.h"
#include "sa.h"

#define A(name) CULVERT_A_SA_##name
#define S(name) CULVERT_A_SA_STATS_##name

static int put_u64(struct sk_buff *msg, int type, u64 value)
{
	return nla_put_u64_64bit(msg, type, value, A(PAD));
}

static int put_stat(struct sk_buff *msg, int type, u64 value)
{
	return nla_put_u64_64bit(msg, type, value, S(PAD));
}

static u64 drops_of(const struct culvert_sa *sa, u32 first, u32 last)
{
	u32 base = sa->direction == CULVERT_DIRECTION_OUT ?
		   CULVERT_SA_OUT_FIRST : CULVERT_SA_IN_FIRST;
	u64 sum = 0;
	u32 i;

	for (i = first; i <= last; i++)
		sum += atomic64_read(&sa->stats.drops[i - base]);
	return sum;
}

/* A packet is encapsulated when it gets its number; what goes wrong afterwards
 * was encapsulated and not enciphered.
 */
static int put_out_stats(struct sk_buff *msg, const struct culvert_sa *sa)
{
	u64 encaps = culvert_sa_packets(sa);
	u64 done = encaps - drops_of(sa, CULVERT_COUNTER_OUT_CRYPTO,
				     CULVERT_COUNTER_OUT_CRYPTO_BUSY);

	return put_stat(msg, S(ENCAPS), encaps) ?:
	       put_stat(msg, S(ENCRYPTS), sa->suite->encrypts ? done : 0) ?:
	       put_stat(msg, S(DIGESTS), done) ?:
	       put_stat(msg, S(PRE_FRAG_SUCCESSES),
			atomic64_read(&sa->stats.pre_frag_successes)) ?:
	       put_stat(msg, S(PRE_FRAG_FAILURES),
			atomic64_read(&sa->stats.pre_frag_failures)) ?:
	       put_stat(msg, S(FRAGMENTS_CREATED),
			atomic64_read(&sa->stats.fragments_created)) ?:
	       put_stat(msg, S(PMTUS_SENT),
			atomic64_read(&sa->stats.pmtus_sent)) ?:
	       put_stat(msg, S(PMTUS_RCVD),
			atomic64_read(&sa->stats.pmtus_rcvd)) ?:
	       put_stat(msg, S(TFC_SENT), atomic64_read(&sa->stats.tfc)) ?:
	       put_stat(msg, S(SEND_ERRORS),
			drops_of(sa, CULVERT_SA_OUT_FIRST,
				 CULVERT_SA_OUT_LAST));
}

/* What was counted as received had a right ICV; of the rest, the cipher saw
 * those whose ICV was wrong or that came twice at once.
 */
static int put_in_stats(struct sk_buff *msg, const struct culvert_sa *sa)
{
	u64 verified = culvert_sa_packets(sa);
	u64 decaps = verified + drops_of(sa, CULVERT_COUNTER_IN_ICV,
					 CULVERT_COUNTER_IN_ICV);

	return put_stat(msg, S(DECAPS), decaps) ?:
	       put_stat(msg, S(DECRYPTS), sa->suite->encrypts ? verified : 0) ?:
	       put_stat(msg, S(VERIFIES), verified) ?:
	       put_stat(msg, S(FRAGMENTS_IN),
			atomic64_read(&sa->stats.fragments_in)) ?:
	       put_stat(msg, S(TFC_RCVD), atomic64_read(&sa->stats.tfc)) ?:
	       put_stat(msg, S(ICMP_ERRORS_VALID),
			atomic64_read(&sa->stats.icmp_errors_valid)) ?:
	       put_stat(msg, S(ICMP_ERRORS_INVALID),
			drops_of(sa, CULVERT_COUNTER_IN_ICMP_ERROR,
				 CULVERT_COUNTER_IN_ICMP_ERROR)) ?:
	       put_stat(msg, S(RECV_ERRORS),
			drops_of(sa, CULVERT_SA_IN_FIRST,
				 CULVERT_COUNTER_IN_DUMMY - 1) +
			drops_of(sa, CULVERT_COUNTER_IN_DUMMY + 1,
				 CULVERT_SA_IN_LAST));
}

static int put_drop(struct sk_buff *msg, u32 reason, u64 packets)
{
	struct nlattr *nest;
	int err;

	if (!packets)
		return 0;
	nest = nla_nest_start(msg, S(DROP));
	if (!nest)
		return -EMSGSIZE;
	err = nla_put_u32(msg, CULVERT_A_DROP_REASON, reason) ?:
	      nla_put_u64_64bit(msg, CULVERT_A_DROP_PACKETS, packets,
				CULVERT_A_DROP_PAD);
	if (!err)
		nla_nest_end(msg, nest);
	return err;
}

static int put_stats(struct sk_buff *msg, const struct culvert_sa *sa)
{
	bool out = sa->direction == CULVERT_DIRECTION_OUT;
	u32 first = out ? CULVERT_SA_OUT_FIRST : CULVERT_SA_IN_FIRST;
	struct nlattr *nest;
	int err;
	u32 i;

	nest = nla_nest_start(msg, A(STATS));
	if (!nest)
		return -EMSGSIZE;
	err = out ? put_out_stats(msg, sa) : put_in_stats(msg, sa);
	err = err ?: put_stat(msg, S(MSS_CLAMPED),
			      atomic64_read(&sa->stats.mss_clamped));
	for (i = 0; !err && i < CULVERT_SA_REASONS; i++)
		err = put_drop(msg, first + i,
			       atomic64_read(&sa->stats.drops[i]));
	if (!err)
		nla_nest_end(msg, nest);
	return err;
}

static int put_lifetimes(struct sk_buff *msg, const struct culvert_sa *sa)
{
	return put_u64(msg, A(SOFT_SECONDS), sa->soft.seconds) ?:
	       put_u64(msg, A(HARD_SECONDS), sa->hard.seconds) ?:
	       put_u64(msg, A(SOFT_OCTETS), sa->soft.octets) ?:
	       put_u64(msg, A(HARD_OCTETS), sa->hard.octets) ?:
	       put_u64(msg, A(SOFT_PACKETS), sa->soft.packets) ?:
	       put_u64(msg, A(HARD_PACKETS), sa->hard.packets) ?:
	       put_u64(msg, A(IDLE_SECONDS), sa->idle_seconds);
}

static int put_use(struct sk_buff *msg, const struct culvert_sa *sa)
{
	u64 now = ktime_get_boottime_ns();
	u64 used = READ_ONCE(sa->used);
	int err;

	err = put_u64(msg, A(AGE), div_u64(now - sa->added, NSEC_PER_MSEC)) ?:
	      put_u64(msg, A(PACKETS), culvert_sa_packets(sa)) ?:
	      put_u64(msg, A(OCTETS), atomic64_read(&sa->octets));
	if (!err && used)
		err = put_u64(msg, A(USED), div_u64(now, NSEC_PER_MSEC) - used);
	return err;
}

static int put_replay(struct sk_buff *msg, struct culvert_sa *sa)
{
	u32 told = min_t(u32, sa->replay->size, CULVERT_SA_BITMAP_MAX) / 32;
	u32 words = sa->replay->size / 32;
	u32 *bitmap;
	u64 top;
	int err;

	bitmap = kcalloc(words, sizeof(*bitmap), GFP_KERNEL);
	if (!bitmap)
		return -ENOMEM;
	spin_lock_bh(&sa->lock);
	culvert_replay_dump(sa->replay, bitmap);
	top = sa->replay->top;
	spin_unlock_bh(&sa->lock);
	err = nla_put(msg, A(REPLAY_BITMAP), told * sizeof(*bitmap),
		      bitmap + words - told) ?:
	      nla_put_u32(msg, A(REPLAY_WINDOW), sa->replay->size) ?:
	      put_u64(msg, A(SEQUENCE), top);
	kfree(bitmap);
	return err;
}

static int put_sequences(struct sk_buff *msg, struct culvert_sa *sa)
{
	if (sa->direction == CULVERT_DIRECTION_IN)
		return put_replay(msg, sa);
	return put_u64(msg, A(SEQUENCE), atomic64_read(&sa->seq)) ?:
	       put_u64(msg, A(SEQUENCE_CEILING), sa->ceiling) ?:
	       nla_put_u32(msg, A(TFC_LENGTH), sa->tfc_length);
}

static int put_endpoints(struct sk_buff *msg,
			 const struct culvert_endpoints *to)
{
	int len = culvert_netlink_addr_len(to->family);
	int err;

	err = nla_put(msg, A(LOCAL), len, &to->local) ?:
	      nla_put(msg, A(REMOTE), len, &to->remote);
	if (!err && to->local_port)
		err = nla_put_u16(msg, A(LOCAL_PORT), ntohs(to->local_port)) ?:
		      nla_put_u16(msg, A(REMOTE_PORT), ntohs(to->remote_port));
	return err;
}

/* Milliseconds until a path MTU that was learnt is forgotten; 0: none was. */
static u32 path_mtu_age(const struct dst_entry *dst)
{
	unsigned long expires = READ_ONCE(dst->expires);

	if (!expires || time_after(jiffies, expires))
		return 0;
	return jiffies_to_msecs(expires - jiffies);
}

static int put_path(struct sk_buff *msg, const struct culvert_sa *sa,
		    struct culvert_endpoints *to)
{
	const struct dst_entry *dst = culvert_output_route(sa, to);

	if (!dst)
		return 0;
	return nla_put_u32(msg, A(PATH_MTU), dst_mtu(dst)) ?:
	       nla_put_u32(msg, A(PATH_MTU_AGE), path_mtu_age(dst)) ?:
	       nla_put_u32(msg, A(MEDIA_MTU), READ_ONCE(dst->dev->mtu)) ?:
	       nla_put_u32(msg, A(INNER_MTU),
			   culvert_mtu_inner(sa, to, to->family == AF_INET ?
					     20 : 40, dst_mtu(dst)));
}

static int put_sizes(struct sk_buff *msg, const struct culvert_sa *sa,
		     const struct culvert_endpoints *to)
{
	const struct culvert_aead *suite = sa->suite;
	const char *driver;

	driver = crypto_tfm_alg_driver_name(crypto_aead_tfm(sa->cipher));
	return nla_put_u32(msg, A(OVERHEAD_BEFORE),
			   culvert_mtu_before(sa, to)) ?:
	       nla_put_u32(msg, A(OVERHEAD_AFTER),
			   CULVERT_ESP_TRAILER + suite->icv) ?:
	       nla_put_u32(msg, A(BLOCK), suite->block) ?:
	       nla_put_u32(msg, A(IV_LENGTH), suite->iv) ?:
	       nla_put_u32(msg, A(ICV_LENGTH), suite->icv) ?:
	       nla_put_string(msg, A(DRIVER), driver);
}

static int put_selectors(struct sk_buff *msg, const struct culvert_sa *sa)
{
	int err = 0;
	u32 i;

	if (!sa->n_selectors)
		return culvert_netlink_put_selector(msg, A(SELECTOR),
						    &sa->rule->selector);
	for (i = 0; !err && i < sa->n_selectors; i++)
		err = culvert_netlink_put_selector(msg, A(SELECTOR),
						   &sa->selectors[i]);
	return err;
}

static u32 flags_of(const struct culvert_sa *sa)
{
	return (sa->esn ? CULVERT_SA_FLAG_ESN : 0) |
	       (sa->later_fragments ? CULVERT_SA_FLAG_NON_FIRST_FRAGMENTS : 0) |
	       (rcu_access_pointer(sa->rule->out) == sa ?
		CULVERT_SA_FLAG_ACTIVATE : 0);
}

static int put_identity(struct sk_buff *msg, const struct culvert_sa *sa)
{
	return nla_put_u32(msg, A(DIRECTION), sa->direction) ?:
	       nla_put_be32(msg, A(SPI), sa->spi) ?:
	       put_u64(msg, A(RULE_ID), sa->rule->id) ?:
	       nla_put_u32(msg, A(MODE), sa->mode) ?:
	       nla_put_u32(msg, A(SUITE), sa->suite_number) ?:
	       nla_put_u32(msg, A(FLAGS), flags_of(sa)) ?:
	       nla_put_u32(msg, A(DF), sa->df);
}

static int sa_fill(struct sk_buff *msg, struct net *net, void *thing)
{
	struct culvert_endpoints *to;
	struct culvert_sa *sa = thing;
	int err;

	err = put_identity(msg, sa) ?: put_selectors(msg, sa) ?:
	      put_sequences(msg, sa) ?: put_lifetimes(msg, sa) ?:
	      put_use(msg, sa) ?: put_stats(msg, sa);
	if (err)
		return err;
	rcu_read_lock();
	local_bh_disable();
	to = rcu_dereference(sa->endpoints);
	err = put_endpoints(msg, to) ?: put_sizes(msg, sa, to) ?:
	      put_path(msg, sa, to);
	local_bh_enable();
	rcu_read_unlock();
	return err;
}

/* --- the operations --- */

int culvert_nl_sa_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct culvert_net *cn = culvert_net(genl_info_net(info));
	struct culvert_sa *sa;
	int err;

	mutex_lock(&cn->lock);
	sa = culvert_netlink_sa(cn, info);
	if (IS_ERR(sa))
		err = culvert_netlink_refuse(cn->net, PTR_ERR(sa));
	else
		err = culvert_netlink_reply(info, sa, sa_fill);
	mutex_unlock(&cn->lock);
	return err;
}

/* args: 0 the next serial number, 1 was begun. */
int culvert_nl_sa_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct net *net = sock_net(skb->sk);
	struct culvert_net *cn = culvert_net(net);
	struct culvert_sa *sa;
	unsigned long serial;
	int err;

	err = culvert_netlink_begin_dump(net, cb);
	if (err)
		return err;

	mutex_lock(&cn->lock);
	xa_for_each_start(&cn->sas, serial, sa, cb->args[0]) {
		err = culvert_netlink_add(skb, NETLINK_CB(cb->skb).portid,
					  cb->nlh, NLM_F_MULTI, net, sa,
					  sa_fill);
		if (err)
			break;
		cb->args[0] = serial + 1;
	}
	mutex_unlock(&cn->lock);
	return skb->len ?: err;
}
