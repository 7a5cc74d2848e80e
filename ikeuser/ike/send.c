// SPDX-License-Identifier: GPL-2.0-only
/* What an IKE SA sends: requests, which are sent again until they are answered,
 * responses, which are kept for a repeat, and the choice of what is next when the
 * window is free. It knows no payload.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sa.h"

/* Where a message goes. */
struct way {
	struct ike_address local;
	struct ike_address remote;
	bool natt;
	size_t fragment;	/* octets of a message that came by it; 0: the
				 * request was no longer than one datagram
				 */
};

static struct way way_of(const struct ike_sa *sa)
{
	return (struct way){ sa->local, sa->remote, sa->natt, 0 };
}

/* RFC 7296 2.11: to where the request came from, from where it went to. */
static struct way way_back(const struct ike_event *event)
{
	return (struct way){ event->datagram.local, event->datagram.remote,
			     event->datagram.natt, 0 };
}

static size_t send_packets(struct ike_sa *sa, const struct ike_packets *packets,
			   const struct way *way)
{
	size_t i, octets = 0;

	for (i = 0; i < packets->n; i++) {
		ike_act_send(sa->engine, &way->local, &way->remote, way->natt,
			     (struct ike_bytes){ packets->packet[i].data,
						 packets->packet[i].len });
		octets += packets->packet[i].len;
	}
	sa->sent_at = sa->engine->now;
	return octets;
}

/* IKE_SA_INIT, which nothing seals. */
static int pack_clear(const struct ike_message *msg,
		      struct ike_packets *packets)
{
	struct ike_writer w;

	ike_writer_init(&w, IKE_MESSAGE_MAX);
	ike_message_emit(msg, &w);
	packets->packet = calloc(1, sizeof(*packets->packet));
	if (w.error || !packets->packet) {
		ike_writer_clear(&w);
		ike_packets_clear(packets);
		return w.error ? w.error : -ENOMEM;
	}
	packets->packet[0].data = w.data;
	packets->packet[0].len = w.len;
	packets->n = 1;
	return 0;
}

/* RFC 7383 2.5.1: what got through is known to, so a response is not cut longer
 * than its request was. Nobody can ask for shorter ones than get through
 * everywhere.
 */
static size_t longest(const struct way *way)
{
	bool ipv6 = way->remote.len == 16;
	size_t max = ike_frag_max(0, ipv6, way->natt);
	size_t min = ike_frag_max(FRAG_PROBES - 1, ipv6, way->natt);

	if (!way->fragment || way->fragment > max)
		return max;
	return way->fragment < min ? min : way->fragment;
}

static int pack_sealed(struct ike_sa *sa, const struct ike_message *msg,
		       const struct way *way, struct ike_packets *packets)
{
	size_t max = sa->fragments ? longest(way) : SIZE_MAX;
	struct ike_writer head, chain;
	int err;

	ike_writer_init(&head, IKE_HEADER_LEN);
	ike_writer_init(&chain, IKE_MESSAGE_MAX);
	ike_header_emit(&msg->header, &head);
	ike_message_emit_chain(msg, &chain);
	err = head.error ? head.error : chain.error;
	if (!err)
		err = ike_frag_seal(&sa->sk_out, &sa->engine->random,
				    ike_writer_written(&head),
				    ike_message_first(msg),
				    ike_writer_written(&chain), max, packets);
	ike_writer_clear(&head);
	if (chain.data)
		ike_crypto_wipe(chain.data, chain.len);
	ike_writer_clear(&chain);
	return err;
}

/* The message with its header; the list of payloads stays the caller's. */
static struct ike_message with_header(const struct ike_sa *sa,
				      const struct ike_message *msg,
				      uint8_t exchange, uint8_t flags,
				      uint32_t id)
{
	struct ike_message out = *msg;

	out.header.spi_i = sa->spi_i;
	out.header.spi_r = sa->spi_r;
	out.header.exchange = exchange;
	out.header.flags = flags;
	out.header.id = id;
	if (sa->initiator)
		out.header.flags |= IKE_FLAG_INITIATOR;
	return out;
}

static void tell_sent(struct ike_sa *sa, const struct ike_message *msg,
		      const struct way *way, size_t octets, size_t packets)
{
	struct ike_line line;
	struct ike_text *t = ike_line(&line);

	ike_message_print(msg, t);
	ike_text_add(t, " to ");
	ike_address_print(&way->remote, t);
	ike_text_add(t, ", %zu octets", octets);
	if (packets > 1)
		ike_text_add(t, " in %zu fragments", packets);
	ike_tell(sa->engine, sa, NULL, IKE_STORY_SENT, IKE_REASON_NONE, "%s",
		 line.text);
	ike_count(sa->engine, sa,
		  ike_count_of(msg->header.exchange, true,
			       ike_header_is_response(&msg->header)));
}

static int pack(struct ike_sa *sa, const struct ike_message *msg,
		const struct way *way, struct ike_packets *packets)
{
	if (msg->header.exchange == IKE_EXCHANGE_IKE_SA_INIT)
		return pack_clear(msg, packets);
	return pack_sealed(sa, msg, way, packets);
}

int ike_sa_ask(struct ike_sa *sa, uint8_t exchange,
	       const struct ike_message *msg)
{
	struct ike_message out;
	struct ike_packets packets = { 0 };
	struct way way = way_of(sa);
	size_t octets;
	int err;

	out = with_header(sa, msg, exchange, 0, sa->window.next);
	err = pack(sa, &out, &way, &packets);
	if (!err)
		err = ike_window_ask(&sa->window, &packets, sa->engine->now);
	if (err) {
		ike_packets_clear(&packets);
		ike_tell(sa->engine, sa, NULL, IKE_STORY_FAILED,
			 err == -EOVERFLOW ? IKE_REASON_IDS_USED_UP :
					     IKE_REASON_INTERNAL,
			 "%s: %s", ike_exchange_name(exchange), strerror(-err));
		return err;
	}
	ike_sa_dirty(sa);
	octets = send_packets(sa, &sa->window.request, &way);
	tell_sent(sa, &out, &way, octets, sa->window.request.n);
	ike_sa_arm(sa, IKE_TIMER_RETRANSMIT, ike_window_wait(&sa->window));
	return 0;
}

int ike_sa_reply(struct ike_sa *sa, struct ike_input *in,
		 const struct ike_message *reply)
{
	struct ike_message out;
	struct ike_packets packets = { 0 };
	struct way way = way_back(in->event);
	size_t octets;
	int err;

	way.fragment = in->fragment;
	out = with_header(sa, reply, in->msg.header.exchange, IKE_FLAG_RESPONSE,
			  in->msg.header.id);
	err = pack(sa, &out, &way, &packets);
	if (err) {
		ike_packets_clear(&packets);
		return err;
	}
	in->replied = true;
	ike_window_answer(&sa->window, &packets);
	ike_sa_dirty(sa);
	octets = send_packets(sa, &sa->window.response, &way);
	tell_sent(sa, &out, &way, octets, sa->window.response.n);
	return 0;
}

/* RFC 7296 2.1: the same octets, to where this copy of the request came from. */
void ike_sa_repeat(struct ike_sa *sa, const struct ike_event *event)
{
	struct way way = way_back(event);

	if (!sa->window.answered)
		return;
	send_packets(sa, &sa->window.response, &way);
	ike_tell(sa->engine, sa, NULL, IKE_STORY_REPEATED,
		 IKE_REASON_REQUEST_REPEATED, "response %u",
		 sa->window.expected - 1);
}

/* RFC 7383 2.5.2: what nobody answers may be too long for the path. Smaller
 * fragments have tries of their own.
 */
static void probe(struct ike_sa *sa, const struct way *way)
{
	size_t max = ike_frag_max(FRAG_PROBES - 1, way->remote.len == 16,
				  way->natt);

	if (sa->fragments && sa->window.tries == WINDOW_PROBE_TRIES &&
	    !ike_frag_recut(&sa->sk_out, &sa->engine->random, max,
			    &sa->window.request))
		sa->window.tries = 1;
}

void ike_sa_retransmit(struct ike_sa *sa)
{
	struct way way = way_of(sa);

	if (!ike_window_retry(&sa->window)) {
		ike_sa_abandon(sa, IKE_REASON_NO_ANSWER);
		return;
	}
	probe(sa, &way);
	send_packets(sa, &sa->window.request, &way);
	ike_tell(sa->engine, sa, NULL, IKE_STORY_REPEATED,
		 IKE_REASON_NO_ANSWER, "request %u, try %u of %u",
		 sa->window.next - 1, sa->window.tries, WINDOW_TRIES);
	ike_sa_arm(sa, IKE_TIMER_RETRANSMIT, ike_window_wait(&sa->window));
}

void ike_sa_answered(struct ike_sa *sa)
{
	if (sa->window.asking)
		ike_sa_dirty(sa);
	ike_window_asked_done(&sa->window);
	ike_timer_stop(&sa->engine->timers, &sa->timer[IKE_TIMER_RETRANSMIT]);
}

static int ask_deletes(struct ike_sa *sa)
{
	if (!ike_sa_has_child(sa, 1U << IKE_CHILD_CLOSING |
				  1U << IKE_CHILD_UNUSED))
		return -ENOENT;
	return ike_info_ask_delete_children(sa);
}

/* RFC 7296 2.2: before the Message IDs end, another IKE SA takes over. */
#define MESSAGE_IDS_REKEY (UINT32_MAX - 1024)

static int ask_rekey(struct ike_sa *sa)
{
	if (sa->window.next == MESSAGE_IDS_REKEY)
		sa->want_rekey = true;
	if (!sa->want_rekey)
		return -ENOENT;
	sa->want_rekey = false;
	return ike_rekey_ask(sa);
}

static int ask_child_rekey(struct ike_sa *sa)
{
	struct ike_child *child;

	for (child = sa->children; child; child = child->next) {
		if (child->state != IKE_CHILD_UP || !child->want_rekey)
			continue;
		child->want_rekey = false;
		return ike_child_ask_rekey(child);
	}
	return -ENOENT;
}

static int ask_child(struct ike_sa *sa)
{
	struct ike_child *child;

	for (child = sa->children; child; child = child->next)
		if (child->state == IKE_CHILD_WANTED && !child->timer.armed &&
		    !child->old)
			return ike_child_ask(child);
	return -ENOENT;
}

static int ask_liveness(struct ike_sa *sa)
{
	if (!sa->want_liveness)
		return -ENOENT;
	sa->want_liveness = false;
	return ike_info_ask_liveness(sa);
}

#define IN(state) (1U << IKE_SA_##state)

/* What an IKE SA asks next when nothing of it is out, most pressing first. Each
 * says -ENOENT if there is nothing of its kind.
 */
static const struct {
	uint32_t states;
	int (*ask)(struct ike_sa *sa);
} wishes[] = {
	{ IN(CLOSING), ike_info_ask_delete },
	{ IN(ESTABLISHED), ask_deletes },
	{ IN(ESTABLISHED), ask_rekey },
	{ IN(ESTABLISHED), ask_child_rekey },
	{ IN(ESTABLISHED), ask_child },
	{ IN(ESTABLISHED) | IN(REKEYED) | IN(REDUNDANT), ask_liveness },
};

void ike_sa_next(struct ike_sa *sa)
{
	size_t i;
	int err;

	for (i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++) {
		if (sa->window.asking)
			return;
		if (!(wishes[i].states & 1U << sa->state))
			continue;
		err = wishes[i].ask(sa);
		if (err && err != -ENOENT)
			ike_sa_abandon(sa, IKE_REASON_INTERNAL);
	}
}
