/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/culvert.yaml */
/* YNL-GEN kernel header */

#ifndef _LINUX_CULVERT_GEN_H
#define _LINUX_CULVERT_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include <uapi/linux/culvert.h>

/* Common nested types */
extern const struct nla_policy culvert_selector_nl_policy[CULVERT_A_SELECTOR_ICMP_CODE_END + 1];

extern const struct nla_policy culvert_version_get_nl_policy[CULVERT_A_VERSION_PAD + 1];

extern const struct nla_policy culvert_counter_get_nl_policy[CULVERT_A_COUNTER_ID + 1];

extern const struct nla_policy culvert_object_get_nl_policy[CULVERT_A_OBJECT_ID + 1];

extern const struct nla_policy culvert_settings_get_nl_policy[CULVERT_A_SETTINGS_PAD + 1];

extern const struct nla_policy culvert_settings_set_nl_policy[CULVERT_A_SETTINGS_SAS_MAX + 1];

extern const struct nla_policy culvert_policy_begin_nl_policy[CULVERT_A_RULE_PAD + 1];

extern const struct nla_policy culvert_policy_add_nl_policy[CULVERT_A_RULE_FLAGS + 1];

extern const struct nla_policy culvert_policy_commit_nl_policy[CULVERT_A_RULE_GENERATION + 1];

extern const struct nla_policy culvert_policy_abort_nl_policy[CULVERT_A_RULE_PAD + 1];

extern const struct nla_policy culvert_rule_get_nl_policy[CULVERT_A_RULE_ID + 1];

extern const struct nla_policy culvert_rule_fail_nl_policy[CULVERT_A_RULE_ID + 1];

extern const struct nla_policy culvert_sa_add_nl_policy[CULVERT_A_SA_IDLE_SECONDS + 1];

extern const struct nla_policy culvert_sa_set_nl_policy[CULVERT_A_SA_NEW_REMOTE_PORT + 1];

extern const struct nla_policy culvert_sa_del_nl_policy[CULVERT_A_SA_REMOTE + 1];

extern const struct nla_policy culvert_sa_get_nl_policy[CULVERT_A_SA_REMOTE + 1];

extern const struct nla_policy culvert_sa_dummy_nl_policy[CULVERT_A_SA_DUMMY_LENGTH + 1];

extern const struct nla_policy culvert_explain_nl_policy[CULVERT_A_FLOW_LATER_FRAGMENT + 1];

/* Ops table for culvert */
extern const struct genl_ops culvert_nl_ops[17];

int culvert_nl_version_get_doit(struct sk_buff *skb, struct genl_info *info);
int culvert_nl_counter_get_doit(struct sk_buff *skb, struct genl_info *info);
int culvert_nl_counter_get_dumpit(struct sk_buff *skb,
				  struct netlink_callback *cb);
int culvert_nl_object_get_doit(struct sk_buff *skb, struct genl_info *info);
int culvert_nl_object_get_dumpit(struct sk_buff *skb,
				 struct netlink_callback *cb);
int culvert_nl_settings_get_doit(struct sk_buff *skb, struct genl_info *info);
int culvert_nl_settings_set_doit(struct sk_buff *skb, struct genl_info *info);
int culvert_nl_policy_begin_doit(struct sk_buff *skb, struct genl_info *info);
int culvert_nl_policy_add_doit(struct sk_buff *skb, struct genl_info *info);
int culvert_nl_policy_commit_doit(struct sk_buff *skb, struct genl_info *info);
int culvert_nl_policy_abort_doit(struct sk_buff *skb, struct genl_info *info);
int culvert_nl_rule_get_doit(struct sk_buff *skb, struct genl_info *info);
int culvert_nl_rule_get_dumpit(struct sk_buff *skb,
			       struct netlink_callback *cb);
int culvert_nl_rule_fail_doit(struct sk_buff *skb, struct genl_info *info);
int culvert_nl_sa_add_doit(struct sk_buff *skb, struct genl_info *info);
int culvert_nl_sa_set_doit(struct sk_buff *skb, struct genl_info *info);
int culvert_nl_sa_del_doit(struct sk_buff *skb, struct genl_info *info);
int culvert_nl_sa_get_doit(struct sk_buff *skb, struct genl_info *info);
int culvert_nl_sa_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int culvert_nl_sa_dummy_doit(struct sk_buff *skb, struct genl_info *info);
int culvert_nl_explain_doit(struct sk_buff *skb, struct genl_info *info);

enum {
	CULVERT_NLGRP_EVENTS,
};

#endif /* _LINUX_CULVERT_GEN_H */
