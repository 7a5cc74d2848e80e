/* SPDX-License-Identifier: GPL-2.0-only */
/* The control socket: clients ask and tell the daemon in vici (docs/vici.md). */
#ifndef CULVERT_VICI_H
#define CULVERT_VICI_H

struct event_base;
struct gateway;
struct vici;

/* Listens at path, for root and the group culvert, and makes the directory. All
 * are borrowed. -errno: the log says why; -EADDRINUSE: a daemon answers there.
 */
int vici_open(struct vici **result, const char *path, struct event_base *base,
	      struct gateway *gateway);
void vici_close(struct vici *vici);

#endif
