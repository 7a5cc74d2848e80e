/* SPDX-License-Identifier: GPL-2.0-only */
/* The sentence of a refusal, where it is one of several. */
#ifndef CULVERT_WORDS_H
#define CULVERT_WORDS_H

#include <linux/netlink.h>

/* NL_SET_ERR_MSG_ATTR() takes a literal only. attr may be NULL; words live as
 * long as the module.
 */
static inline void culvert_words_set(struct netlink_ext_ack *extack,
				     const struct nlattr *attr,
				     const char *words)
{
	if (!extack)
		return;
	extack->_msg = words;
	NL_SET_BAD_ATTR(extack, attr);
}

#endif
