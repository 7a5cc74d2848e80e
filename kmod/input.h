/* SPDX-License-Identifier: GPL-2.0-only */
/* The way in: from a packet in ESP to one in clear text. */
#ifndef CULVERT_INPUT_H
#define CULVERT_INPUT_H

#include <linux/skbuff.h>

#include "net.h"

struct culvert_sa;

int culvert_input_net_init(struct culvert_net *cn);
void culvert_input_net_exit(struct culvert_net *cn);

/* A packet for this host, skb->data at its IP header, of which ESP begins
 * offset octets behind that; udp: behind a UDP header. Returns NF_ACCEPT if it
 * is none of ours, else NF_STOLEN: it is consumed. Under RCU, BH disabled.
 */
unsigned int culvert_input(struct culvert_net *cn, struct sk_buff *skb,
			   int offset, bool udp);

/* The SA that a packet with this SPI is for, or NULL. Under RCU. */
struct culvert_sa *culvert_input_find(struct culvert_net *cn,
				      const struct sk_buff *skb, __be32 spi);

/* Did this packet come out of an SA of this namespace? */
bool culvert_input_is_decrypted(const struct culvert_net *cn,
				const struct sk_buff *skb);

/* No packet that was decrypted is on its way to the stack by this device any
 * more. The device is down. RTNL.
 */
void culvert_input_device_gone(struct culvert_net *cn);

#endif
