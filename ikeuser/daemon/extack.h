/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's answer to a refused request, told as a sentence.
 *
 *   NLMSG_ERROR  | nlmsghdr | error | the request's nlmsghdr [and body] | TLVs |
 *   NLMSG_DONE   | nlmsghdr | error | TLVs |
 *
 * The TLVs (NLM_F_ACK_TLVS) are the extended acknowledgement: the kernel's own
 * words, the offset of the attribute it dislikes, the type of one that it
 * misses, the policy that one broke. libnl 3.7 does not read them. This does;
 * it knows bytes, not sockets.
 */
#ifndef CULVERT_EXTACK_H
#define CULVERT_EXTACK_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>

#define EXTACK_SENTENCE_MAX 512		/* octets with the final 0 */

/* Reads answer, an NLMSG_ERROR or NLMSG_DONE of len octets, to the culvert
 * request that was sent. Returns 0 for an acknowledgement, or the negative
 * errno it carries, and then writes to sentence, of EXTACK_SENTENCE_MAX
 * octets, what was refused and why. An answer that cannot be read is -EBADMSG.
 * Borrows both messages; every octet of answer is checked.
 */
int extack_read(const struct nlmsghdr *answer, size_t len,
		const struct nlmsghdr *request, char *sentence);

#endif
