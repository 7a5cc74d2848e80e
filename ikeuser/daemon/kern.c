// SPDX-License-Identifier: GPL-2.0-only
/* The netlink client. Two sockets: one asks and waits for the answer, the other
 * listens to the generic netlink controller, which tells when a family comes
 * and goes, and to the module's events. libnl does the framing; what its version
 * 3.7 does not know, the extended acknowledgement, is asked for here and read in
 * extack.c.
 */

#include <errno.h>
#include <inttypes.h>
#include <linux/culvert.h>
#include <linux/genetlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/family.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "kern.h"

#ifndef SOL_NETLINK
#define SOL_NETLINK 270
#endif

struct kern {
	struct nl_sock *ask;
	struct nl_sock *watch;
	int family;			/* of the attached module, or 0 */
	int events;			/* the group joined, or 0 */
};

int kern_fail(struct kern_error *error, int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error->sentence, sizeof(error->sentence), format, args);
	va_end(args);
	return err;
}

static int fail_nl(struct kern_error *error, int nle, const char *what)
{
	int err = nle == -NLE_NOMEM ? -ENOMEM : -EIO;

	return kern_fail(error, err, "%s: %s", what, nl_geterror(nle));
}

/* One question on its way: what was asked, who reads the answers, how it ended.
 */
struct question {
	const struct nlmsghdr *request;
	kern_answer_t answer;
	void *arg;
	struct kern_error *error;
	int err;
	bool done;
};

static int end(struct question *q, const struct nlmsghdr *answer)
{
	/* An answer that made no sense outweighs a good end. */
	if (!q->err)
		q->err = extack_read(answer, answer->nlmsg_len, q->request,
				     q->error->sentence);
	q->done = true;
	return NL_STOP;
}

/* For NLMSG_ERROR libnl hands over what follows the header. */
static int on_error(struct sockaddr_nl *from, struct nlmsgerr *body, void *arg)
{
	return end(arg, (const void *)((const char *)body - NLMSG_HDRLEN));
}

/* An acknowledgement, or the end of a dump. */
static int on_end(struct nl_msg *msg, void *arg)
{
	return end(arg, nlmsg_hdr(msg));
}

static int on_answer(struct nl_msg *msg, void *arg)
{
	const struct nlmsghdr *hdr = nlmsg_hdr(msg);
	struct question *q = arg;
	const struct genlmsghdr *ghdr;
	int err;

	if (!genlmsg_valid_hdr(nlmsg_hdr(msg), 0)) {
		q->err = kern_fail(q->error, -EBADMSG,
			      "the kernel's answer of %u octets is too short",
			      hdr->nlmsg_len);
		return NL_SKIP;
	}
	ghdr = nlmsg_data(hdr);
	err = q->answer ? q->answer(genlmsg_attrdata(ghdr, 0),
				    genlmsg_attrlen(ghdr, 0), q->arg)
			: 0;
	if (err)
		q->err = kern_fail(q->error, err,
			      "the kernel's answer lacks an attribute: is the module older than this program?");
	return NL_OK;
}

static struct nl_msg *new_request(int family, uint8_t command, int flags)
{
	struct nl_msg *msg = nlmsg_alloc();

	if (!msg)
		return NULL;
	if (!genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, family, 0,
			 NLM_F_REQUEST | NLM_F_ACK | flags, command,
			 CULVERT_FAMILY_VERSION)) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

struct nl_msg *kern_request(struct kern *kern, uint8_t command, int flags)
{
	return new_request(kern->family, command, flags);
}

int kern_ask(struct kern *kern, struct nl_msg *request, kern_answer_t answer,
	     void *arg, struct kern_error *error)
{
	struct question q = {
		.answer = answer,
		.arg = arg,
		.error = error,
	};
	struct nl_cb *cb;
	int nle = -NLE_NOMEM;

	if (!request)
		return kern_fail(error, -ENOMEM, "no memory for a request");
	q.request = nlmsg_hdr(request);
	/* The kernel would acknowledge a request to nobody. */
	if (!q.request->nlmsg_type) {
		nlmsg_free(request);
		return kern_fail(error, -ENOENT,
				 "the kernel module culvert is not loaded");
	}

	cb = nl_cb_alloc(NL_CB_DEFAULT);
	if (!cb)
		goto out;
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, &q);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_end, &q);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_end, &q);
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_answer, &q);

	nle = nl_send_auto(kern->ask, request);
	while (nle >= 0 && !q.done)
		nle = nl_recvmsgs(kern->ask, cb);
out:
	nl_cb_put(cb);
	if (nle < 0 && !q.done)
		q.err = fail_nl(error, nle, "asking the kernel module");
	/* It may have carried keys. */
	explicit_bzero(nlmsg_hdr(request), nlmsg_hdr(request)->nlmsg_len);
	nlmsg_free(request);
	return q.err;
}

/* Attributes of an answer, copied out with their bounds checked by libnl. */
static bool get_string(const struct nlattr *attrs, int len, int type,
		       char *text, size_t size)
{
	const struct nlattr *attr = nla_find(attrs, len, type);

	return attr && nla_strlcpy(text, attr, size) > 0;
}

bool kern_get_u32(const struct nlattr *attrs, int len, int type,
		  uint32_t *number)
{
	const struct nlattr *attr = nla_find(attrs, len, type);

	if (!attr || nla_len(attr) != sizeof(*number))
		return false;
	*number = nla_get_u32(attr);
	return true;
}

bool kern_get_u64(const struct nlattr *attrs, int len, int type,
		  uint64_t *number)
{
	const struct nlattr *attr = nla_find(attrs, len, type);

	if (!attr || nla_len(attr) != sizeof(*number))
		return false;
	*number = nla_get_u64(attr);
	return true;
}

static int version_answer(const struct nlattr *attrs, int len, void *arg)
{
	struct kern_version *version = arg;

	if (!get_string(attrs, len, CULVERT_A_VERSION_MODULE_VERSION,
			version->module, sizeof(version->module)) ||
	    !kern_get_u64(attrs, len, CULVERT_A_VERSION_CAPABILITIES,
		     &version->capabilities))
		return -EBADMSG;
	return 0;
}

int kern_get_version(struct kern *kern, struct kern_version *version,
		     struct kern_error *error)
{
	return kern_ask(kern, kern_request(kern, CULVERT_CMD_VERSION_GET, 0),
			version_answer, version, error);
}

struct counter_listener {
	void (*tell)(const struct kern_counter *counter, void *arg);
	void *arg;
};

static int counter_answer(const struct nlattr *attrs, int len, void *arg)
{
	const struct counter_listener *listener = arg;
	struct kern_counter counter;

	if (!kern_get_u32(attrs, len, CULVERT_A_COUNTER_ID, &counter.id) ||
	    !get_string(attrs, len, CULVERT_A_COUNTER_NAME, counter.name,
			sizeof(counter.name)) ||
	    !kern_get_u64(attrs, len, CULVERT_A_COUNTER_VALUE, &counter.value))
		return -EBADMSG;
	listener->tell(&counter, listener->arg);
	return 0;
}

int kern_each_counter(struct kern *kern,
		      void (*tell)(const struct kern_counter *counter,
				   void *arg),
		      void *arg, struct kern_error *error)
{
	struct counter_listener listener = { tell, arg };

	return kern_ask(kern, kern_request(kern, CULVERT_CMD_COUNTER_GET,
					   NLM_F_DUMP),
			counter_answer, &listener, error);
}

struct object_listener {
	void (*tell)(const struct kern_object *object, void *arg);
	void *arg;
};

static int object_answer(const struct nlattr *attrs, int len, void *arg)
{
	const struct object_listener *listener = arg;
	struct kern_object object;

	if (!kern_get_u32(attrs, len, CULVERT_A_OBJECT_ID, &object.id) ||
	    !get_string(attrs, len, CULVERT_A_OBJECT_NAME, object.name,
			sizeof(object.name)) ||
	    !kern_get_u64(attrs, len, CULVERT_A_OBJECT_CREATED, &object.created) ||
	    !kern_get_u64(attrs, len, CULVERT_A_OBJECT_DESTROYED,
		     &object.destroyed))
		return -EBADMSG;
	listener->tell(&object, listener->arg);
	return 0;
}

int kern_each_object(struct kern *kern,
		     void (*tell)(const struct kern_object *object, void *arg),
		     void *arg, struct kern_error *error)
{
	struct object_listener listener = { tell, arg };

	return kern_ask(kern, kern_request(kern, CULVERT_CMD_OBJECT_GET,
					   NLM_F_DUMP),
			object_answer, &listener, error);
}

struct family {
	uint16_t id;
	uint32_t version;
};

static int family_answer(const struct nlattr *attrs, int len, void *arg)
{
	const struct nlattr *id = nla_find(attrs, len, CTRL_ATTR_FAMILY_ID);
	struct family *family = arg;

	if (!id || nla_len(id) != sizeof(family->id) ||
	    !kern_get_u32(attrs, len, CTRL_ATTR_VERSION, &family->version))
		return -EBADMSG;
	family->id = nla_get_u16(id);
	return 0;
}

int kern_attach(struct kern *kern, struct kern_error *error)
{
	struct family family = {};
	struct nl_msg *request;
	int err;

	kern->family = 0;
	request = new_request(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0);
	if (request && nla_put_string(request, CTRL_ATTR_FAMILY_NAME,
				      CULVERT_FAMILY_NAME)) {
		nlmsg_free(request);
		request = NULL;
	}
	err = kern_ask(kern, request, family_answer, &family, error);
	if (err == -ENOENT)
		return kern_fail(error, err,
			    "the kernel module culvert is not loaded: load it with 'modprobe culvert' or 'insmod culvert.ko'");
	if (err)
		return kern_fail(error, err,
			    "looking for the kernel module culvert: %s",
			    strerror(-err));
	if (family.version != CULVERT_FAMILY_VERSION)
		return kern_fail(error, -EPROTONOSUPPORT,
			    "the kernel module speaks version %" PRIu32
			    " of the culvert contract, this program version %d: install the two from one release",
			    family.version, CULVERT_FAMILY_VERSION);
	kern->family = family.id;
	return 0;
}

int kern_listen(struct kern *kern, struct kern_error *error)
{
	int group = genl_ctrl_resolve_grp(kern->ask, CULVERT_FAMILY_NAME,
					  "events");
	int nle;

	if (group < 0)
		return fail_nl(error, group, "finding the module's events");
	/* A module that was loaded again has another group. */
	if (kern->events)
		nl_socket_drop_membership(kern->watch, kern->events);
	kern->events = 0;
	nle = nl_socket_add_membership(kern->watch, group);
	if (nle < 0)
		return fail_nl(error, nle, "joining the module's events");
	kern->events = group;
	return 0;
}

/* Who is told of what kern_watch_read() reads. */
struct watcher {
	struct kern *kern;
	const struct kern_listener *listener;
};

static void controller_event(struct kern *kern, const struct genlmsghdr *ghdr,
			     const struct kern_listener *listener)
{
	const struct nlattr *name = nla_find(genlmsg_attrdata(ghdr, 0),
					     genlmsg_attrlen(ghdr, 0),
					     CTRL_ATTR_FAMILY_NAME);

	if (!name || nla_strcmp(name, CULVERT_FAMILY_NAME))
		return;
	if (ghdr->cmd == CTRL_CMD_NEWFAMILY) {
		listener->changed(true, listener->arg);
	} else if (ghdr->cmd == CTRL_CMD_DELFAMILY) {
		/* Whoever asks is told so, and not what ENOENT may mean. */
		kern->family = 0;
		listener->changed(false, listener->arg);
	}
}

static int on_event(struct nl_msg *msg, void *arg)
{
	const struct watcher *watcher = arg;
	const struct kern_listener *listener = watcher->listener;
	const struct nlmsghdr *hdr = nlmsg_hdr(msg);
	const struct genlmsghdr *ghdr = nlmsg_data(hdr);

	if (!genlmsg_valid_hdr(nlmsg_hdr(msg), 0))
		return NL_SKIP;
	if (hdr->nlmsg_type == GENL_ID_CTRL)
		controller_event(watcher->kern, ghdr, listener);
	else if (hdr->nlmsg_type == watcher->kern->family && listener->event)
		listener->event(ghdr->cmd, genlmsg_attrdata(ghdr, 0),
				genlmsg_attrlen(ghdr, 0), listener->arg);
	return NL_OK;
}

int kern_watch_fd(const struct kern *kern)
{
	return nl_socket_get_fd(kern->watch);
}

int kern_watch_read(struct kern *kern, const struct kern_listener *listener,
		    struct kern_error *error)
{
	struct watcher watcher = { kern, listener };
	int nle;

	nl_socket_modify_cb(kern->watch, NL_CB_VALID, NL_CB_CUSTOM, on_event,
			    &watcher);
	nle = nl_recvmsgs_default(kern->watch);
	if (nle == -NLE_NOMEM) {
		/* ENOBUFS */
		listener->lost(listener->arg);
		return 0;
	}
	if (nle < 0 && nle != -NLE_AGAIN)
		return fail_nl(error, nle, "listening to the kernel");
	return 0;
}

static int open_ask(struct kern *kern, struct kern_error *error)
{
	const int on = 1;
	int nle;

	kern->ask = nl_socket_alloc();
	if (!kern->ask)
		return kern_fail(error, -ENOMEM, "no memory for a socket");
	nle = genl_connect(kern->ask);
	if (nle < 0)
		return fail_nl(error, nle, "opening a netlink socket");
	if (setsockopt(nl_socket_get_fd(kern->ask), SOL_NETLINK,
		       NETLINK_EXT_ACK, &on, sizeof(on)))
		return kern_fail(error, -errno,
			    "asking for extended acknowledgements: %s",
			    strerror(errno));
	/* A refusal does not say the request again, which may carry keys. */
	if (setsockopt(nl_socket_get_fd(kern->ask), SOL_NETLINK,
		       NETLINK_CAP_ACK, &on, sizeof(on)))
		return kern_fail(error, -errno,
			    "asking for short acknowledgements: %s",
			    strerror(errno));
	return 0;
}

static int open_watch(struct kern *kern, struct kern_error *error)
{
	int group;
	int nle;

	kern->watch = nl_socket_alloc();
	if (!kern->watch)
		return kern_fail(error, -ENOMEM, "no memory for a socket");
	nl_socket_disable_seq_check(kern->watch);
	nle = genl_connect(kern->watch);
	if (nle < 0)
		return fail_nl(error, nle, "opening a netlink socket");
	group = genl_ctrl_resolve_grp(kern->ask, "nlctrl", "notify");
	if (group < 0)
		return fail_nl(error, group, "finding the controller's events");
	nle = nl_socket_add_membership(kern->watch, group);
	if (nle < 0)
		return fail_nl(error, nle, "joining the controller's events");
	nle = nl_socket_set_nonblocking(kern->watch);
	if (nle < 0)
		return fail_nl(error, nle, "a netlink socket");
	return 0;
}

void kern_close(struct kern *kern)
{
	nl_socket_free(kern->watch);
	nl_socket_free(kern->ask);
	free(kern);
}

int kern_open(struct kern **result, struct kern_error *error)
{
	struct kern *kern = calloc(1, sizeof(*kern));
	int err;

	if (!kern)
		return kern_fail(error, -ENOMEM, "no memory for a connection");
	err = open_ask(kern, error);
	if (!err)
		err = open_watch(kern, error);
	if (err) {
		kern_close(kern);
		return err;
	}
	*result = kern;
	return 0;
}
