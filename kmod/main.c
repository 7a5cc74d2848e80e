// SPDX-License-Identifier: GPL-2.0-only
/* culvert: an on-demand IPsec gateway. This file loads and unloads the module
 * and makes and drops the state of each network namespace, nothing else.
 */

#include <linux/module.h>
#include <net/genetlink.h>

#include "net.h"
#include "netlink.h"
#include "stats.h"

unsigned int culvert_net_id __read_mostly;

static int __net_init net_init(struct net *net)
{
	struct culvert_net *cn = culvert_net(net);

	cn->stats = culvert_stats_new();
	if (!cn->stats)
		return -ENOMEM;

	culvert_object_created(CULVERT_OBJECT_NET);
	return 0;
}

static void __net_exit net_exit(struct net *net)
{
	struct culvert_net *cn = culvert_net(net);

	culvert_stats_free(cn->stats);
	culvert_object_destroyed(CULVERT_OBJECT_NET);
}

static struct pernet_operations net_ops = {
	.init = net_init,
	.exit = net_exit,
	.id = &culvert_net_id,
	.size = sizeof(struct culvert_net),
};

static int __init culvert_init(void)
{
	int err;

	err = register_pernet_subsys(&net_ops);
	if (err)
		return err;

	/* Last: from here on user space finds us. */
	err = culvert_netlink_register();
	if (err)
		goto err_unregister_pernet;

	pr_info("version " CULVERT_VERSION " loaded\n");
	return 0;

err_unregister_pernet:
	unregister_pernet_subsys(&net_ops);
	return err;
}

static void __exit culvert_exit(void)
{
	culvert_netlink_unregister();
	unregister_pernet_subsys(&net_ops);
	culvert_object_check_all_destroyed();
}

module_init(culvert_init);
module_exit(culvert_exit);

MODULE_DESCRIPTION("On-demand IPsec gateway");
MODULE_LICENSE("GPL");
MODULE_VERSION(CULVERT_VERSION);
MODULE_ALIAS_GENL_FAMILY(CULVERT_FAMILY_NAME);
