// SPDX-License-Identifier: GPL-2.0-only
/* culvert: an on-demand IPsec gateway. This file loads and unloads the module
 * and makes and drops the state of each network namespace, nothing else.
 */

#include <linux/module.h>
#include <linux/netdevice.h>
#include <net/genetlink.h>

#include "defrag.h"
#include "drop.h"
#include "esp.h"
#include "hold.h"
#include "hooks.h"
#include "input.h"
#include "natt.h"
#include "net.h"
#include "netlink.h"
#include "policy.h"
#include "sa.h"
#include "stats.h"

unsigned int culvert_net_id __read_mostly;

const struct culvert_settings culvert_settings_default = {
	.hold_packets = 256,
	.hold_octets = 1 << 20,
	.hold_total = 16 << 20,
	.hold_age = 30000,
	.acquire_interval = 2000,
	.rules_max = 1 << 17,
	.sas_max = 1 << 16,
};

static int __net_init net_init(struct net *net)
{
	struct culvert_net *cn = culvert_net(net);
	int err;

	cn->net = net;
	cn->settings = culvert_settings_default;
	mutex_init(&cn->lock);
	culvert_hold_net_init(cn);
	culvert_drop_net_init(cn);
	cn->stats = culvert_stats_new();
	if (!cn->stats)
		return -ENOMEM;
	err = culvert_natt_net_init(cn);
	if (err)
		goto err_free_stats;
	err = culvert_sa_net_init(cn);
	if (err)
		goto err_exit_natt;
	err = culvert_input_net_init(cn);
	if (err)
		goto err_exit_sa;
	culvert_object_created(CULVERT_OBJECT_NET);
	return 0;

err_exit_sa:
	culvert_sa_net_exit(cn);
err_exit_natt:
	culvert_natt_net_exit(cn);
err_free_stats:
	culvert_stats_free(cn->stats);
	return err;
}

/* What holds other parts of the namespace - connections of packets that wait,
 * routes - goes before any of them asks for it.
 */
static void __net_exit net_pre_exit(struct net *net)
{
	struct culvert_net *cn = culvert_net(net);

	mutex_lock(&cn->lock);
	culvert_policy_clear(cn);
	mutex_unlock(&cn->lock);
	culvert_hold_net_exit(cn);
}

static void __net_exit net_exit(struct net *net)
{
	struct culvert_net *cn = culvert_net(net);

	culvert_sa_net_exit(cn);
	culvert_input_net_exit(cn);
	culvert_natt_net_exit(cn);
	culvert_stats_free(cn->stats);
	culvert_object_destroyed(CULVERT_OBJECT_NET);
}

static struct pernet_operations net_ops = {
	.init = net_init,
	.pre_exit = net_pre_exit,
	.exit = net_exit,
	.id = &culvert_net_id,
	.size = sizeof(struct culvert_net),
};

/* Packets find us from the first of these on, and not after the second. Of their
 * own, so that they end before the news of devices does.
 */
static struct pernet_operations hooks_ops = {
	.init = culvert_hooks_net_init,
	.pre_exit = culvert_hooks_net_exit,
};

static int device_event(struct notifier_block *block, unsigned long event,
			void *data)
{
	struct net_device *dev = netdev_notifier_info_to_dev(data);
	struct culvert_net *cn = culvert_net(dev_net(dev));

	switch (event) {
	case NETDEV_REGISTER:
	case NETDEV_CHANGENAME:
		return notifier_from_errno(culvert_policy_device_event(cn, dev,
								       event));
	case NETDEV_UNREGISTER:
		culvert_policy_device_event(cn, dev, event);
		culvert_hold_device_gone(cn, dev);
		culvert_input_device_gone(cn);
		break;
	}
	return NOTIFY_DONE;
}

static struct notifier_block device_notifier = {
	.notifier_call = device_event,
};

static int __init culvert_init(void)
{
	int err;

	err = culvert_sa_module_init();
	if (err)
		return err;
	err = register_pernet_subsys(&net_ops);
	if (err)
		goto err_exit_sa;
	err = register_netdevice_notifier(&device_notifier);
	if (err)
		goto err_unregister_net;
	err = register_pernet_subsys(&hooks_ops);
	if (err)
		goto err_unregister_notifier;
	/* Last: from here on user space finds us. */
	err = culvert_netlink_register();
	if (err)
		goto err_unregister_hooks;

	pr_info("version " CULVERT_VERSION " loaded\n");
	return 0;

err_unregister_hooks:
	unregister_pernet_subsys(&hooks_ops);
err_unregister_notifier:
	unregister_netdevice_notifier(&device_notifier);
err_unregister_net:
	unregister_pernet_subsys(&net_ops);
err_exit_sa:
	culvert_sa_module_exit();
	return err;
}

static void __exit culvert_exit(void)
{
	culvert_netlink_unregister();
	unregister_pernet_subsys(&hooks_ops);
	unregister_netdevice_notifier(&device_notifier);
	unregister_pernet_subsys(&net_ops);
	culvert_sa_module_exit();
	culvert_esp_module_exit();
	culvert_defrag_module_exit();
	culvert_object_check_all_destroyed();
}

module_init(culvert_init);
module_exit(culvert_exit);

MODULE_DESCRIPTION("On-demand IPsec gateway");
MODULE_LICENSE("GPL");
MODULE_VERSION(CULVERT_VERSION);
MODULE_ALIAS_GENL_FAMILY(CULVERT_FAMILY_NAME);
