/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/culvert.yaml */
/* YNL-GEN kernel header */

#ifndef _LINUX_CULVERT_GEN_H
#define _LINUX_CULVERT_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include <uapi/linux/culvert.h>

extern const struct nla_policy culvert_version_get_nl_policy[CULVERT_A_VERSION_PAD + 1];

extern const struct nla_policy culvert_counter_get_nl_policy[CULVERT_A_COUNTER_ID + 1];

extern const struct nla_policy culvert_object_get_nl_policy[CULVERT_A_OBJECT_ID + 1];

/* Ops table for culvert */
extern const struct genl_ops culvert_nl_ops[3];

int culvert_nl_version_get_doit(struct sk_buff *skb, struct genl_info *info);
int culvert_nl_counter_get_doit(struct sk_buff *skb, struct genl_info *info);
int culvert_nl_counter_get_dumpit(struct sk_buff *skb,
				  struct netlink_callback *cb);
int culvert_nl_object_get_doit(struct sk_buff *skb, struct genl_info *info);
int culvert_nl_object_get_dumpit(struct sk_buff *skb,
				 struct netlink_callback *cb);

#endif /* _LINUX_CULVERT_GEN_H */
