/* SPDX-License-Identifier: GPL-2.0-only */
/* A configuration as text again: all that is in force, what nobody wrote
 * included, in a form that is the same when the meaning is. Two of them are
 * compared line by line. Secrets are told apart, not told.
 */
#ifndef CULVERT_CONF_PRINT_H
#define CULVERT_CONF_PRINT_H

#include "conf.h"

#define CONF_LINE_MAX 1024

/* Calls tell with each line, without a newline. 0; -errno: of libcrypto, at a
 * secret.
 */
int conf_print(const struct conf *conf,
	       void (*tell)(const char *line, void *arg), void *arg);

#endif
