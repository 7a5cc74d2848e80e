/* SPDX-License-Identifier: GPL-2.0-only */
/* Fragments of outer packets. IPv4 joins them before LOCAL_IN, IPv6 behind it. */
#ifndef CULVERT_DEFRAG_H
#define CULVERT_DEFRAG_H

#include <linux/skbuff.h>
#include <net/net_namespace.h>

/* An SA in over IPv6 is added: from now on its fragments are joined. Process
 * context.
 */
void culvert_defrag_need(void);
void culvert_defrag_module_exit(void);

/* A fragment over IPv6 that may be of an ESP packet. NF_ACCEPT: skb is whole
 * now. NF_STOLEN: it waits for the others. NF_DROP.
 */
unsigned int culvert_defrag(struct net *net, struct sk_buff *skb);

#endif
