// SPDX-License-Identifier: GPL-2.0-only
/* Child SAs on the wire (RFC 7296 1.3.1, 1.3.3, 2.8, 2.9, 2.17): what is offered,
 * answered and agreed on, alone in CREATE_CHILD_SA or together with IKE_AUTH.
 * create.c decides what becomes of the SAs.
 *
 *	HDR, SK {[N(REKEY_SA),] [N(..),] SA, Ni, [KEi,] TSi, TSr}  -->
 *	                 <--  HDR, SK {[N(..),] SA, Nr, [KEr,] TSi, TSr}
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sa.h"

/*
 * What both ends do
 */

/* RFC 7296 2.17. */
static int derive(struct ike_child *child, const struct ike_secret *gir,
		  struct ike_nonces nonces)
{
	const struct ike_chosen *chosen = &child->chosen;
	const struct ike_encr *encr;
	const struct ike_integ *integ;
	int encr_len;

	encr = ike_encr_find(ike_chosen_id(chosen, IKE_TRANSFORM_ENCR));
	integ = ike_integ_find(ike_chosen_id(chosen, IKE_TRANSFORM_INTEG));
	if (!encr)
		return -ENOTSUP;
	encr_len = ike_encr_key_len(encr, ike_chosen_bits(chosen,
							  IKE_TRANSFORM_ENCR));
	if (encr_len < 0)
		return encr_len;
	child->pfs_proven = gir != NULL;
	return ike_keymat_child(&child->keys, child->sa->suite.prf,
				&child->sa->keys.d, gir, nonces, encr_len,
				integ ? integ->key_len : 0);
}

/* With the other end's public value if a group was chosen, and then the keys. */
static int agree(struct ike_child *child, const struct ike_dh *dh,
		 const struct ike_payload *ke, struct ike_nonces nonces,
		 struct ike_fault *fault)
{
	struct ike_secret gir = { 0 };
	int err = 0;

	if (ke)
		err = ike_dh_shared(dh, ke->ke.data, &gir, fault);
	if (!err)
		err = derive(child, ke ? &gir : NULL, nonces);
	if (!err && child->lowest.len == 0)
		err = ike_nonce_lowest(&child->lowest, nonces.ni, nonces.nr);
	if (!err && !child->first_lowest.len)
		ike_child_first(child, NULL);
	ike_secret_clear(&gir);
	return err;
}

static void tell_selectors(struct ike_child *child)
{
	struct ike_line line;
	struct ike_text *t = ike_line(&line);

	ike_ts_list_print(&child->local, t);
	ike_text_add(t, " === ");
	ike_ts_list_print(&child->remote, t);
	ike_tell(child->sa->engine, child->sa, child,
		 IKE_STORY_SELECTORS_CHOSEN, IKE_REASON_NONE, "%s", line.text);
	ike_part_tell_chosen(child->sa, child, &child->chosen);
}

/* What either end says of the SA beside its selectors. */
static int add_notifies(const struct ike_child *child, struct ike_message *msg,
			bool transport)
{
	const struct ike_child_conf *conf = child->rule->conf;
	const struct {
		bool said;
		uint16_t type;
	} notifies[] = {
		{ transport, IKE_NOTIFY_USE_TRANSPORT_MODE },
		{ conf->tfc_unsupported,
		  IKE_NOTIFY_ESP_TFC_PADDING_NOT_SUPPORTED },
		{ conf->non_first_fragments,
		  IKE_NOTIFY_NON_FIRST_FRAGMENTS_ALSO },
	};
	size_t i;
	int err = 0;

	for (i = 0; !err && i < sizeof(notifies) / sizeof(notifies[0]); i++)
		if (notifies[i].said)
			err = ike_message_add_notify(msg, notifies[i].type,
						     (struct ike_bytes){ 0 });
	return err;
}

/* RFC 7296 2.23.1 has the addresses of the selectors exchanged for those of the
 * outside, and the checksums inside mended, for which a kernel's SA has no place.
 */
bool ike_child_transport_nat(struct ike_sa *sa, struct ike_child *child,
			     const struct ike_child_conf *conf)
{
	if (!conf->transport || !(sa->nat_here || sa->nat_there))
		return false;
	ike_tell(sa->engine, sa, child, IKE_STORY_REFUSED,
		 IKE_REASON_TRANSPORT_NAT, "%s", conf->name);
	return true;
}

static void take_notifies(struct ike_child *child,
			  const struct ike_message *msg)
{
	child->tfc = !ike_message_notify(
		msg, IKE_NOTIFY_ESP_TFC_PADDING_NOT_SUPPORTED);
	child->non_first_fragments =
		child->rule->conf->non_first_fragments &&
		ike_message_notify(msg, IKE_NOTIFY_NON_FIRST_FRAGMENTS_ALSO);
}

/*
 * Initiator
 */

/* The group of the KE payload: the one the responder asked for, or chose for what
 * is replaced (RFC 7296 1.3), or our first.
 */
static uint16_t first_group(const struct ike_child *child,
			    const struct ike_proposals *offer)
{
	const struct ike_child *old = child->old;
	uint16_t group = old ? old->group : child->group;

	if (old && !group)
		group = ike_chosen_id(&old->chosen, IKE_TRANSFORM_DH);
	if (group && !ike_proposals_have_group(offer, group))
		group = 0;
	return group ? group : ike_proposals_first_group(offer);
}

/* In front of all others, where it is one of them. */
static int add_first(struct ike_ts_list *list, const struct ike_ts *first)
{
	struct ike_ts_list one = { .ts = (struct ike_ts *)first, .n = 1 };
	struct ike_ts_list all = { 0 };
	size_t i;
	int err;

	if (!ike_ts_list_covers(list, &one) ||
	    (list->n == 1 && ike_ts_equal(first, list->ts)))
		return 0;
	err = ike_ts_list_add(&all, first);
	for (i = 0; !err && i < list->n; i++)
		err = ike_ts_list_add(&all, &list->ts[i]);
	if (err) {
		ike_ts_list_clear(&all);
		return err;
	}
	ike_ts_list_clear(list);
	*list = all;
	return 0;
}

/* 2.9: the packet that asks is the first choice, so that a responder whose policy
 * is narrower than ours knows which of its rules is meant. What is replaced is
 * offered as it is (2.9.2).
 */
static int fill_selectors(struct ike_create *create)
{
	const struct ike_child *child = create->child, *old = child->old;
	const struct ike_child_conf *conf = child->rule->conf;
	int err;

	err = ike_ts_list_copy(&create->local,
			       old ? &old->local : &conf->local);
	if (!err)
		err = ike_ts_list_copy(&create->remote,
				       old ? &old->remote : &conf->remote);
	if (err || old)
		return err;
	ike_ts_fit(&create->local, &create->remote, IKE_SA_SELECTORS_MAX);
	if (!child->packet)
		return 0;
	err = add_first(&create->local, &child->packet_local);
	return err ? err : add_first(&create->remote, &child->packet_remote);
}

static int fill_create(struct ike_create *create, bool alone)
{
	struct ike_child *child = create->child;
	struct ike_engine *engine = child->sa->engine;
	const struct ike_child_conf *conf = child->rule->conf;
	uint16_t group;
	int err;

	err = ike_proposals_copy(&create->offer, &conf->proposals);
	if (err)
		return err;
	if (!alone)
		ike_proposals_drop(&create->offer, IKE_TRANSFORM_DH);
	ike_proposals_set_spi(&create->offer, child->spi_in,
			      IKE_CHILD_SPI_LEN);
	err = fill_selectors(create);
	if (err || !alone)
		return err;
	err = ike_part_draw_nonce(engine, &create->nonce);
	group = first_group(child, &create->offer);
	if (!err && group)
		err = ike_part_draw_dh(engine, &create->dh, group);
	return err;
}

struct ike_create *ike_child_create(struct ike_child *child, bool alone)
{
	struct ike_create *create = calloc(1, sizeof(*create));

	if (!create)
		return NULL;
	create->child = child;
	if (!fill_create(create, alone))
		return create;
	ike_create_free(create);
	return NULL;
}

int ike_child_offer(const struct ike_create *create, struct ike_message *msg)
{
	int err;

	err = add_notifies(create->child, msg,
			   create->child->rule->conf->transport);
	if (!err)
		err = ike_part_offer(msg, &create->offer);
	if (!err && create->nonce.len)
		err = ike_part_nonce(msg, &create->nonce);
	if (!err)
		err = ike_part_ke(msg, &create->dh);
	if (!err)
		err = ike_part_ts(msg, IKE_PAYLOAD_TSi, &create->local);
	if (!err)
		err = ike_part_ts(msg, IKE_PAYLOAD_TSr, &create->remote);
	return err;
}

static int unfit(struct ike_child *child, enum ike_reason reason,
		 uint32_t number)
{
	child->why = reason;
	ike_tell(child->sa->engine, child->sa, child, IKE_STORY_REFUSED, reason,
		 "%u", number);
	return -EPROTO;
}

static int check_chosen(struct ike_create *create, const struct ike_message *msg)
{
	struct ike_negotiation negotiation = {
		.protocol = IKE_PROTOCOL_ESP,
		.spi_len = IKE_CHILD_SPI_LEN,
		.no_ke = !create->nonce.len,
	};
	struct ike_child *child = create->child;
	struct ike_difference difference = { 0 };
	const struct ike_payload *answer;

	answer = ike_message_find(msg, IKE_PAYLOAD_SA);
	if (ike_proposals_verify(&answer->sa, &create->offer, &negotiation,
				 &child->chosen, &difference)) {
		child->why = IKE_REASON_ANSWER_UNOFFERED;
		ike_part_tell_difference(child->sa, child, child->why,
					 &difference);
		return -EPROTO;
	}
	if (child->chosen.spi < IKE_CHILD_SPI_MIN)
		return unfit(child, IKE_REASON_ANSWER_UNOFFERED,
			     child->chosen.spi);
	child->spi_out = child->chosen.spi;
	return 0;
}

/* The responder may narrow, and may not go beyond (2.9); what replaces an SA is
 * not to be narrower than that (2.9.2).
 */
static int check_selectors(struct ike_create *create,
			   const struct ike_message *msg)
{
	const struct ike_payload *tsi = ike_message_find(msg, IKE_PAYLOAD_TSi);
	const struct ike_payload *tsr = ike_message_find(msg, IKE_PAYLOAD_TSr);
	struct ike_child *child = create->child;
	int err;

	if (!tsi->ts.n || !tsr->ts.n ||
	    !ike_ts_list_covers(&create->local, &tsi->ts) ||
	    !ike_ts_list_covers(&create->remote, &tsr->ts))
		return unfit(child, IKE_REASON_TS_WIDER, tsi->ts.n);
	if (child->old && (!ike_ts_list_covers(&tsi->ts, &create->local) ||
			   !ike_ts_list_covers(&tsr->ts, &create->remote)))
		return unfit(child, IKE_REASON_TS_NARROWER, tsi->ts.n);
	ike_ts_list_clear(&child->local);
	ike_ts_list_clear(&child->remote);
	/* Without the first choice, where the rest has it. */
	err = ike_ts_narrow(&tsi->ts, &create->local, &child->local);
	return err ? err : ike_ts_narrow(&tsr->ts, &create->remote,
					 &child->remote);
}

int ike_child_check(struct ike_create *create, struct ike_input *in,
		    struct ike_nonces nonces)
{
	struct ike_child *child = create->child;
	const struct ike_payload *ke = NULL;
	struct ike_fault fault = { 0 };
	uint16_t group;
	int err;

	err = check_chosen(create, &in->msg);
	if (!err)
		err = check_selectors(create, &in->msg);
	if (err)
		return err;
	child->transport = ike_message_notify(&in->msg,
					      IKE_NOTIFY_USE_TRANSPORT_MODE);
	if (child->transport != child->rule->conf->transport)
		return unfit(child, IKE_REASON_MODE_UNACCEPTABLE,
			     child->transport);
	take_notifies(child, &in->msg);
	group = ike_chosen_id(&child->chosen, IKE_TRANSFORM_DH);
	if (group && create->nonce.len) {
		ke = ike_message_find(&in->msg, IKE_PAYLOAD_KE);
		if (!ke || !create->dh.group || ke->ke.group != group ||
		    create->dh.group->id != group)
			return unfit(child, IKE_REASON_KE_GROUP, group);
	}
	err = agree(child, &create->dh, ke, nonces, &fault);
	/* RFC 6989 2.5 */
	if (err == -EDOM)
		ike_sa_close(child->sa, fault.reason);
	if (err)
		return unfit(child, fault.reason ? fault.reason :
						   IKE_REASON_INTERNAL,
			     fault.number);
	tell_selectors(child);
	return 0;
}

/*
 * Responder
 */

struct narrowed {
	struct ike_rule *rule;
	struct ike_ts_list local;
	struct ike_ts_list remote;
};

static void narrowed_clear(struct narrowed *to)
{
	ike_ts_list_clear(&to->local);
	ike_ts_list_clear(&to->remote);
	to->rule = NULL;
}

static int narrow_to(struct narrowed *to, struct ike_rule *rule,
		     const struct ike_ts_list *tsi,
		     const struct ike_ts_list *tsr)
{
	int err;

	narrowed_clear(to);
	err = ike_ts_narrow(tsr, &rule->conf->local, &to->local);
	if (!err)
		err = ike_ts_narrow(tsi, &rule->conf->remote, &to->remote);
	if (err)
		return err;
	ike_ts_fit(&to->local, &to->remote, IKE_SA_SELECTORS_MAX);
	to->rule = rule;
	return 0;
}

/* What a rule takes of an offer, the least first. The first TSi and TSr are the
 * packet that asks for the SA (RFC 7296 2.9), or a network like the others.
 */
enum taken {
	TAKES_SOME,
	TAKES_OF_FIRST,		/* some of the first choice */
	TAKES_FIRST,
	TAKES_ALL,
};

static struct ike_ts_list first_of(const struct ike_ts_list *list)
{
	return (struct ike_ts_list){ .ts = list->ts, .n = 1 };
}

static enum taken taken(const struct narrowed *to,
			const struct ike_ts_list *tsi,
			const struct ike_ts_list *tsr)
{
	struct ike_ts_list i = first_of(tsi), r = first_of(tsr);
	struct ike_ts both;

	if (ike_ts_list_covers(&to->local, tsr) &&
	    ike_ts_list_covers(&to->remote, tsi))
		return TAKES_ALL;
	if (ike_ts_list_covers(&to->local, &r) &&
	    ike_ts_list_covers(&to->remote, &i))
		return TAKES_FIRST;
	/* The answer has the order of the offer. */
	if (ike_ts_intersect(&to->local.ts[0], tsr->ts, &both) &&
	    ike_ts_intersect(&to->remote.ts[0], tsi->ts, &both))
		return TAKES_OF_FIRST;
	return TAKES_SOME;
}

/* Which rule the initiator means: the one that takes most of what it offers, and
 * of several the first.
 */
static int find_rule(struct ike_sa *sa, const struct ike_message *msg,
		     struct narrowed *to)
{
	const struct ike_ts_list *tsi, *tsr;
	struct ike_engine *engine = sa->engine;
	struct ike_rule *best[TAKES_ALL] = { NULL };
	enum taken most;
	size_t i;

	tsi = &ike_message_find(msg, IKE_PAYLOAD_TSi)->ts;
	tsr = &ike_message_find(msg, IKE_PAYLOAD_TSr)->ts;
	for (i = 0; i < engine->policy.rules; i++) {
		struct ike_rule *rule = &engine->policy.rule[i];

		if (rule->peer != sa->peer || narrow_to(to, rule, tsi, tsr))
			continue;
		most = taken(to, tsi, tsr);
		if (most == TAKES_ALL)
			return 0;
		if (!best[most])
			best[most] = rule;
	}
	for (most = TAKES_ALL; most-- > 0;)
		if (best[most])
			return narrow_to(to, best[most], tsi, tsr);
	return -ENOENT;
}

/* As the peer would write them: its side first. */
static void print_ours(const struct ike_sa *sa, struct ike_text *t)
{
	const struct ike_policy *policy = &sa->engine->policy;
	const char *before = "; ours: ";
	size_t i;

	for (i = 0; i < policy->rules; i++) {
		const struct ike_child_conf *conf = policy->rule[i].conf;

		if (policy->rule[i].peer != sa->peer)
			continue;
		ike_text_add(t, "%s%s has ", before, conf->name);
		ike_ts_list_print(&conf->remote, t);
		ike_text_add(t, " === ");
		ike_ts_list_print(&conf->local, t);
		before = ", ";
	}
}

static int refuse_selectors(struct ike_sa *sa, struct ike_input *in,
			    enum ike_reason reason)
{
	struct ike_line line;
	struct ike_text *t = ike_line(&line);

	ike_text_add(t, "theirs ");
	ike_ts_list_print(&ike_message_find(&in->msg, IKE_PAYLOAD_TSi)->ts, t);
	ike_text_add(t, " === ");
	ike_ts_list_print(&ike_message_find(&in->msg, IKE_PAYLOAD_TSr)->ts, t);
	print_ours(sa, t);
	ike_tell(sa->engine, sa, NULL, IKE_STORY_SELECTORS_DIFFER, reason,
		 "%s", line.text);
	return ike_refuse(sa, in, IKE_NOTIFY_TS_UNACCEPTABLE, reason, "%s", "");
}

static int narrow(struct ike_sa *sa, struct ike_input *in,
		  struct ike_child *old, struct narrowed *to)
{
	const struct ike_message *msg = &in->msg;
	int err;

	if (old)
		err = narrow_to(to, old->rule,
				&ike_message_find(msg, IKE_PAYLOAD_TSi)->ts,
				&ike_message_find(msg, IKE_PAYLOAD_TSr)->ts);
	else
		err = find_rule(sa, msg, to);
	if (err == -ENOMEM)
		return err;
	if (err)
		return refuse_selectors(sa, in, IKE_REASON_TS_UNACCEPTABLE);
	if (old && (!ike_ts_list_covers(&to->local, &old->local) ||
		    !ike_ts_list_covers(&to->remote, &old->remote)))
		return refuse_selectors(sa, in, IKE_REASON_TS_NARROWER);
	return 0;
}

static int choose(struct ike_sa *sa, struct ike_input *in,
		  const struct ike_answer *answer, struct ike_rule *rule,
		  struct ike_chosen *chosen)
{
	struct ike_negotiation negotiation = {
		.protocol = IKE_PROTOCOL_ESP,
		.spi_len = IKE_CHILD_SPI_LEN,
		.no_ke = !answer->nonce.len,
		.prefer = sa->peer->conf->prefer,
	};
	struct ike_difference difference = { 0 };
	const struct ike_payload *offer, *ke;
	uint16_t group;

	offer = ike_message_find(&in->msg, IKE_PAYLOAD_SA);
	if (ike_proposals_choose(&offer->sa, &rule->conf->proposals,
				 &negotiation, chosen, &difference)) {
		ike_part_tell_difference(sa, NULL, IKE_REASON_NO_PROPOSAL,
					 &difference);
		return ike_refuse(sa, in, IKE_NOTIFY_NO_PROPOSAL_CHOSEN,
				  IKE_REASON_NO_PROPOSAL, "%s", "");
	}
	if (chosen->spi < IKE_CHILD_SPI_MIN)
		return ike_refuse(sa, in, IKE_NOTIFY_INVALID_SYNTAX,
				  IKE_REASON_ANSWER_UNOFFERED, "SPI %llu",
				  (unsigned long long)chosen->spi);
	group = ike_chosen_id(chosen, IKE_TRANSFORM_DH);
	ke = ike_message_find(&in->msg, IKE_PAYLOAD_KE);
	if (!group || negotiation.no_ke || (ke && ke->ke.group == group))
		return 0;
	ike_part_notify_u16(in, group);
	return ike_refuse(sa, in, IKE_NOTIFY_INVALID_KE_PAYLOAD,
			  IKE_REASON_KE_GROUP, "%u", group);
}

/* 1.3.1: the initiator may ask for transport mode; it goes without if we do not
 * answer so. What our rule wants is no offer.
 */
static int choose_mode(struct ike_sa *sa, struct ike_input *in,
		       const struct ike_child_conf *conf)
{
	if (conf->transport && (sa->nat_here || sa->nat_there))
		return ike_refuse(sa, in, IKE_NOTIFY_NO_PROPOSAL_CHOSEN,
				  IKE_REASON_TRANSPORT_NAT, "%s", conf->name);
	if (!conf->transport ||
	    ike_message_notify(&in->msg, IKE_NOTIFY_USE_TRANSPORT_MODE))
		return 0;
	return ike_refuse(sa, in, IKE_NOTIFY_NO_PROPOSAL_CHOSEN,
			  IKE_REASON_MODE_UNACCEPTABLE, "%s", conf->name);
}

static int answer_keys(struct ike_sa *sa, struct ike_input *in,
		       struct ike_answer *answer)
{
	struct ike_child *child = answer->child;
	const struct ike_payload *ke = NULL;
	struct ike_fault fault = { 0 };
	uint16_t group = ike_chosen_id(&child->chosen, IKE_TRANSFORM_DH);
	int err = 0;

	if (group && answer->nonce.len) {
		ke = ike_message_find(&in->msg, IKE_PAYLOAD_KE);
		err = ike_part_draw_dh(sa->engine, &answer->dh, group);
	}
	if (!err)
		err = agree(child, &answer->dh, ke, answer->nonces, &fault);
	if (!err)
		return 0;
	in->fatal = err == -EDOM;	/* RFC 6989 2.5 */
	return ike_refuse(sa, in, fault.reason ? IKE_NOTIFY_INVALID_SYNTAX :
						 IKE_NOTIFY_NO_PROPOSAL_CHOSEN,
			  fault.reason ? fault.reason : IKE_REASON_INTERNAL,
			  "%s", strerror(-err));
}

static int emit(const struct ike_answer *answer, struct ike_message *reply)
{
	const struct ike_child *child = answer->child;
	int err;

	err = add_notifies(child, reply, child->transport);
	if (!err)
		err = ike_part_chosen(reply, &child->chosen, child->spi_in);
	if (!err && answer->nonce.len)
		err = ike_part_nonce(reply, &answer->nonce);
	if (!err)
		err = ike_part_ke(reply, &answer->dh);
	if (!err)
		err = ike_part_ts(reply, IKE_PAYLOAD_TSi, &child->remote);
	if (!err)
		err = ike_part_ts(reply, IKE_PAYLOAD_TSr, &child->local);
	return err;
}

/* The lists of selectors change hands. */
static int make(struct ike_sa *sa, struct ike_input *in,
		struct ike_answer *answer, struct narrowed *to,
		const struct ike_chosen *chosen)
{
	struct ike_child *child = ike_child_new(sa, to->rule);

	if (!child)
		return ike_refuse(sa, in, IKE_NOTIFY_NO_ADDITIONAL_SAS,
				  IKE_REASON_CHILDREN_MANY, "%zu",
				  sa->n_children);
	answer->child = child;
	child->chosen = *chosen;
	child->spi_out = chosen->spi;
	child->local = to->local;
	child->remote = to->remote;
	memset(&to->local, 0, sizeof(to->local));
	memset(&to->remote, 0, sizeof(to->remote));
	child->transport = to->rule->conf->transport;
	take_notifies(child, &in->msg);
	return answer_keys(sa, in, answer);
}

int ike_child_answer(struct ike_sa *sa, struct ike_input *in,
		     struct ike_answer *answer, struct ike_message *reply)
{
	struct narrowed to = { 0 };
	struct ike_chosen chosen = { 0 };
	int err;

	err = narrow(sa, in, answer->old, &to);
	if (!err)
		err = choose_mode(sa, in, to.rule->conf);
	if (!err)
		err = choose(sa, in, answer, to.rule, &chosen);
	if (!err)
		err = make(sa, in, answer, &to, &chosen);
	if (!err)
		err = emit(answer, reply);
	narrowed_clear(&to);
	if (!err) {
		tell_selectors(answer->child);
		return ike_child_step(answer->child, IKE_CHILD_STEP_ANSWER);
	}
	if (answer->child)
		ike_child_step(answer->child, IKE_CHILD_STEP_ABANDON);
	answer->child = NULL;
	return err;
}
