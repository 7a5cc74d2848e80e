/* SPDX-License-Identifier: GPL-2.0-only */
/* The generic netlink family, and what its operations share. */
#ifndef CULVERT_NETLINK_H
#define CULVERT_NETLINK_H

#include <linux/netfilter.h>
#include <net/genetlink.h>

#include "net.h"
#include "selector.h"

struct culvert_sa;

extern struct genl_family culvert_netlink_family;

int culvert_netlink_register(void);
void culvert_netlink_unregister(void);

/* Counts a refused request. Returns err. */
int culvert_netlink_refuse(const struct net *net, int err);

/* 0 if the attribute is there; else sets the words and the missing type. */
static inline int culvert_netlink_need(struct genl_info *info, int type,
				       const char *words)
{
	if (!GENL_REQ_ATTR_CHECK(info, type))
		return 0;
	info->extack->_msg = words;
	return -EINVAL;
}

static inline int culvert_netlink_addr_len(u8 family)
{
	return family == AF_INET ? sizeof(struct in_addr) :
				   sizeof(struct in6_addr);
}

/* An address of 4 or 16 octets. Sets words. */
int culvert_netlink_get_addr(const struct nlattr *attr,
			     union nf_inet_addr *addr, u8 *family,
			     struct netlink_ext_ack *extack);

int culvert_netlink_get_selector(const struct nlattr *nest,
				 struct culvert_selector *selector,
				 struct netlink_ext_ack *extack);
int culvert_netlink_put_selector(struct sk_buff *msg, int type,
				 const struct culvert_selector *selector);

/* The SA that a request names, or an ERR_PTR and words. Under cn->lock. */
struct culvert_sa *culvert_netlink_sa(struct culvert_net *cn,
				      struct genl_info *info);

/* Puts the attributes that describe a thing. */
typedef int (*culvert_netlink_fill_t)(struct sk_buff *msg, struct net *net,
				      void *thing);

/* Adds one message to msg, or nothing and an error. */
int culvert_netlink_add(struct sk_buff *msg, u32 portid,
			const struct nlmsghdr *request, int flags,
			struct net *net, void *thing,
			culvert_netlink_fill_t fill);
/* Answers a do: one message about the thing. */
int culvert_netlink_reply(struct genl_info *info, void *thing,
			  culvert_netlink_fill_t fill);
/* The same in two steps, for what cannot be undone when memory runs out. NULL:
 * it has. Send takes the message over.
 */
struct sk_buff *culvert_netlink_answer(void);
int culvert_netlink_send(struct genl_info *info, struct sk_buff *msg,
			 void *thing, culvert_netlink_fill_t fill);
/* Runs an operation with culvert_net.lock held, and counts a refusal. */
int culvert_netlink_locked(struct genl_info *info,
			   int (*operation)(struct culvert_net *cn,
					    struct genl_info *info));
/* Checks a dump, the first time. 0 or an error, counted. */
int culvert_netlink_begin_dump(struct net *net, struct netlink_callback *cb);

#endif
