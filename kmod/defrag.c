// SPDX-License-Identifier: GPL-2.0-only
/* Joins fragments of outer IPv6 packets with the kernel's own code for firewalls
 * (RFC 4303 3.4.1: ESP is for whole packets). That is a module of its own, which
 * is looked up when the first SA needs it.
 */

#include <linux/kmod.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/netfilter.h>
#include <net/ipv6_frag.h>
#include <net/netfilter/ipv6/nf_defrag_ipv6.h>

#include "defrag.h"
#include "drop.h"

/* Queues of our own among those of the kernel's users of that code. */
enum {
	JOIN_CLEAR = 0x63756c00,
	JOIN_DECRYPTED,
};

static DEFINE_MUTEX(lock);
static typeof(nf_ct_frag6_gather) *gather;	/* set once, under lock */

void culvert_defrag_need(void)
{
	mutex_lock(&lock);
	if (!gather) {
		request_module("nf_defrag_ipv6");
		WRITE_ONCE(gather, symbol_get(nf_ct_frag6_gather));
	}
	mutex_unlock(&lock);
}

void culvert_defrag_module_exit(void)
{
	if (gather)
		symbol_put(nf_ct_frag6_gather);
}

unsigned int culvert_defrag(struct culvert_net *cn, struct sk_buff *skb,
			    bool decrypted)
{
	typeof(gather) join = READ_ONCE(gather);
	int err;

	if (!join)
		return NF_ACCEPT;
	err = join(cn->net, skb, decrypted ? JOIN_DECRYPTED : JOIN_CLEAR);
	if (!err)
		return NF_ACCEPT;
	if (err != -EINPROGRESS)
		culvert_drop(cn, skb, CULVERT_COUNTER_IN_DEFRAG);
	return NF_STOLEN;
}
