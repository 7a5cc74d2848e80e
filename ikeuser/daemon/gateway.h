/* SPDX-License-Identifier: GPL-2.0-only */
/* The gateway at work: one configuration, one engine, its sockets and its timer, in
 * an event loop.
 */
#ifndef CULVERT_GATEWAY_H
#define CULVERT_GATEWAY_H

#include <stdbool.h>
#include <stdint.h>

struct conf;
struct event_base;
struct gateway;
struct ike_actions;
struct ike_engine;
struct ike_event;
struct kern;
struct keys;
struct nlattr;

/* Reads the configuration, binds the ports and joins the loop. Borrows all three,
 * path for reloads. -errno: the log says why.
 */
int gateway_open(struct gateway **result, const char *path,
		 struct event_base *base, struct kern *kern);
/* Nobody is told: rules and SAs stay in the kernel, as after a crash. */
void gateway_close(struct gateway *gateway);

/* Goes on with IKE SAs of a daemon before this one, and keeps those of this one, in
 * that directory. Once, before the first gateway_sync(). -errno: it is neither,
 * and the log says why.
 */
int gateway_journal(struct gateway *gateway, const char *path);

/* The kernel module has been attached, or events of it were lost: gives it the
 * rules, and compares its SAs with the engine's.
 */
int gateway_sync(struct gateway *gateway);
/* An event of the kernel module. */
void gateway_kernel(struct gateway *gateway, uint8_t command,
		    const struct nlattr *attrs, int len);
/* Reads the configuration again. What it says as before stays, with SAs, windows
 * and timers; peers and Child SAs of which it says something else are closed with
 * a Delete and set up anew by traffic. -errno: the configuration of before stays
 * whole, and the log says why; -EINVAL: there are errors in it; -EBUSY: too many
 * before it are still being closed, or one is kept to be gone back to; else the
 * kernel refused its rules.
 */
int gateway_reload(struct gateway *gateway);

/* The same, of one that was read already: owned if it is taken. */
int gateway_apply(struct gateway *gateway, struct conf *conf);
/* Reads a file as the gateway does, and leaves what is wrong with it in notes. */
struct conf_notes;
int gateway_read(const char *path, struct conf **conf,
		 struct conf_notes *notes);
/* The configuration in force is kept, to be put in force again; or is not. */
void gateway_keep(struct gateway *gateway);
void gateway_unkeep(struct gateway *gateway);
int gateway_go_back(struct gateway *gateway);

/* What of the configuration in force the kernel did not take, when it was last
 * told; NULL: it took all.
 */
const char *gateway_trouble(const struct gateway *gateway);

/*
 * For those who show it and steer it. What is told by a pointer is good until the
 * loop goes on.
 */

const struct ike_engine *gateway_engine(const struct gateway *gateway);
const struct conf *gateway_conf(const struct gateway *gateway);
struct kern *gateway_kern(const struct gateway *gateway);
/* NULL: there was no memory for them. */
const struct keys *gateway_keys(const struct gateway *gateway);
const char *gateway_path(const struct gateway *gateway);
/* The clock of the engine's events, ms. */
uint64_t gateway_now(void);
/* As ike_input() returns. */
int gateway_give(struct gateway *gateway, struct ike_event *event);
/* Of a peer; NULL: of all. */
void gateway_reset_counts(struct gateway *gateway, const char *peer);
/* Who is told what the engine decided, after it was done; NULL: nobody. It may not
 * give events from within.
 */
void gateway_listen(struct gateway *gateway,
		    void (*told)(const struct ike_actions *actions, void *arg),
		    void *arg);

#endif
