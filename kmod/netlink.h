/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CULVERT_NETLINK_H
#define CULVERT_NETLINK_H

int culvert_netlink_register(void);
void culvert_netlink_unregister(void);

#endif
