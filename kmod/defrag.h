/* SPDX-License-Identifier: GPL-2.0-only */
/* Fragments of outer packets. IPv4 joins them before LOCAL_IN, IPv6 behind it, and
 * by what their first fragment says: one that says ESP would complete a packet of
 * another protocol.
 */
#ifndef CULVERT_DEFRAG_H
#define CULVERT_DEFRAG_H

#include <linux/skbuff.h>
#include "net.h"

/* An SA in over IPv6 is added: from now on its fragments are joined. Process
 * context.
 */
void culvert_defrag_need(void);
void culvert_defrag_module_exit(void);

/* A fragment over IPv6 for this host that may be of an ESP packet; decrypted: it
 * came out of an SA. The two kinds are never joined. NF_ACCEPT: skb is whole now,
 * or nobody can join it. NF_STOLEN: it waits for the others, or was dropped.
 */
unsigned int culvert_defrag(struct culvert_net *cn, struct sk_buff *skb,
			    bool decrypted);

#endif
