/* SPDX-License-Identifier: GPL-2.0-only */
/* What the daemon gives up before it reads its first datagram. */
#ifndef CULVERT_SANDBOX_H
#define CULVERT_SANDBOX_H

#define SANDBOX_SENTENCE_MAX 160

/* First thing, before a secret is read: no core dump, no ptrace by its own user,
 * memory that is not swapped. 0; -errno and a sentence of up to
 * SANDBOX_SENTENCE_MAX octets: what is missing makes secrets easier to steal,
 * nothing else.
 */
int sandbox_hide(char *sentence);
/* When ports are bound and netlink is open: all privileges but CAP_NET_ADMIN, and
 * none through what it might execute. -errno: it has more than it should.
 */
int sandbox_enter(char *sentence);

#endif
