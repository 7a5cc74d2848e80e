/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel module, over generic netlink: questions and answers, its events, and
 * word of its coming and going. Errors arrive as sentences.
 */
#ifndef CULVERT_KERN_H
#define CULVERT_KERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "extack.h"

#define KERN_NAME_MAX 64		/* octets with the final 0 */

struct nl_msg;
struct kern;

/* What went wrong, for a person. */
struct kern_error {
	char sentence[EXTACK_SENTENCE_MAX];
};

/* Writes the sentence, and returns err. */
int kern_fail(struct kern_error *error, int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

struct kern_version {
	char module[KERN_NAME_MAX];
	uint64_t capabilities;		/* CULVERT_CAPABILITY_* */
};

struct kern_counter {
	uint32_t id;			/* CULVERT_COUNTER_* or newer */
	char name[KERN_NAME_MAX];
	uint64_t value;
};

struct kern_object {
	uint32_t id;			/* CULVERT_OBJECT_* or newer */
	char name[KERN_NAME_MAX];
	uint64_t created;
	uint64_t destroyed;
};

/* All functions that return int return 0 or -errno, and then have filled error.
 * They block until the kernel has answered, which it does at once.
 */

/* Opens a connection in the network namespace of the caller. The module need
 * not be there yet. The caller owns *kern and gives it to kern_close().
 */
int kern_open(struct kern **kern, struct kern_error *error);
void kern_close(struct kern *kern);

/* Finds the module. -ENOENT: it is not loaded; -EPROTONOSUPPORT: it speaks
 * another version of the contract. Called again after the module came back.
 */
int kern_attach(struct kern *kern, struct kern_error *error);

int kern_get_version(struct kern *kern, struct kern_version *version,
		     struct kern_error *error);

int kern_each_counter(struct kern *kern,
		      void (*tell)(const struct kern_counter *counter,
				   void *arg),
		      void *arg, struct kern_error *error);

int kern_each_object(struct kern *kern,
		     void (*tell)(const struct kern_object *object, void *arg),
		     void *arg, struct kern_error *error);

/* A request of any kind to the attached module. flags is 0 or NLM_F_DUMP. The
 * caller adds attributes to the message and hands it to kern_ask(), which
 * frees it; attrs are those of one answer, each checked to be whole.
 */
struct nlattr;
struct nl_msg *kern_request(struct kern *kern, uint8_t command, int flags);
typedef int (*kern_answer_t)(const struct nlattr *attrs, int len, void *arg);
int kern_ask(struct kern *kern, struct nl_msg *request, kern_answer_t answer,
	     void *arg, struct kern_error *error);
/* An attribute of an answer; false: it is not there, or not of that length. */
bool kern_get_u32(const struct nlattr *attrs, int len, int type,
		  uint32_t *number);
bool kern_get_u64(const struct nlattr *attrs, int len, int type,
		  uint64_t *number);

/* Joins the events of the attached module: acquires, and word about SAs. */
int kern_listen(struct kern *kern, struct kern_error *error);

/* Who is told, when the descriptor is readable, of what kern_watch_read() reads. */
struct kern_listener {
	void (*changed)(bool present, void *arg);	/* it came, or went */
	/* Events were lost: whatever is known of the module may be wrong. */
	void (*lost)(void *arg);
	/* An event of the module (kern_event.h); NULL: they are not listened to. */
	void (*event)(uint8_t command, const struct nlattr *attrs, int len,
		      void *arg);
	void *arg;
};

int kern_watch_fd(const struct kern *kern);
int kern_watch_read(struct kern *kern, const struct kern_listener *listener,
		    struct kern_error *error);

#endif
