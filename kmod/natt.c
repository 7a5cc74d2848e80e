// SPDX-License-Identifier: GPL-2.0-only
/* Pairs of gateways between which ESP goes in UDP. A fragment of such a packet,
 * but for the first, tells neither ports nor an SPI: it is known by the gateways
 * that it is between. Knows addresses, not SAs.
 */

#include <linux/in.h>
#include <linux/rhashtable.h>

#include "flow.h"
#include "natt.h"

struct gateways {
	union culvert_addr local;
	union culvert_addr remote;
	u32 family;
};

struct pair {
	struct rhash_head node;
	struct gateways key;
	u32 sas;			/* culvert_net.lock */
	struct rcu_head rcu;
};

static const struct rhashtable_params params = {
	.head_offset = offsetof(struct pair, node),
	.key_offset = offsetof(struct pair, key),
	.key_len = sizeof_field(struct pair, key),
	.automatic_shrinking = true,
};

static struct gateways gateways_of(const struct culvert_endpoints *to)
{
	struct gateways key;

	memset(&key, 0, sizeof(key));
	key.family = to->family;
	culvert_flow_set_addr(&key.local, to->family, &to->local);
	culvert_flow_set_addr(&key.remote, to->family, &to->remote);
	return key;
}

int culvert_natt_add(struct culvert_net *cn, const struct culvert_endpoints *to)
{
	struct gateways key = gateways_of(to);
	struct pair *pair;
	int err;

	lockdep_assert_held(&cn->lock);
	if (!to->local_port)
		return 0;
	pair = rhashtable_lookup_fast(&cn->natt, &key, params);
	if (pair) {
		pair->sas++;
		return 0;
	}
	pair = kzalloc(sizeof(*pair), GFP_KERNEL_ACCOUNT);
	if (!pair)
		return -ENOMEM;
	pair->key = key;
	pair->sas = 1;
	err = rhashtable_insert_fast(&cn->natt, &pair->node, params);
	if (err)
		kfree(pair);
	return err;
}

void culvert_natt_remove(struct culvert_net *cn,
			 const struct culvert_endpoints *to)
{
	struct gateways key = gateways_of(to);
	struct pair *pair;

	lockdep_assert_held(&cn->lock);
	if (!to->local_port)
		return;
	pair = rhashtable_lookup_fast(&cn->natt, &key, params);
	if (--pair->sas)
		return;
	rhashtable_remove_fast(&cn->natt, &pair->node, params);
	kfree_rcu(pair, rcu);
}

bool culvert_natt_is_between(struct culvert_net *cn,
			     const struct culvert_flow *flow)
{
	struct gateways key;

	if (flow->protocol != IPPROTO_UDP)
		return false;
	memset(&key, 0, sizeof(key));
	key.family = flow->family;
	key.local = flow->local;
	key.remote = flow->remote;
	return rhashtable_lookup(&cn->natt, &key, params);
}

int culvert_natt_net_init(struct culvert_net *cn)
{
	return rhashtable_init(&cn->natt, &params);
}

void culvert_natt_net_exit(struct culvert_net *cn)
{
	rhashtable_destroy(&cn->natt);
}
