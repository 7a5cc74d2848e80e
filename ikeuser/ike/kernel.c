// SPDX-License-Identifier: GPL-2.0-only
/* What the kernel is told about a Child SA: the difference between what it has and
 * what it is to have, in the order that loses no packet. Knows the contract's SAs,
 * not netlink.
 */
#include <string.h>

#include "sa.h"

static void set_name(struct ike_sa_spec *spec, const struct ike_child *child,
		     enum ike_direction direction)
{
	const struct ike_sa *sa = child->sa;

	spec->direction = direction;
	spec->spi = direction == IKE_IN ? child->spi_in : child->spi_out;
	spec->rule = child->rule->conf->rule;
	spec->local = sa->local;
	spec->remote = sa->remote;
	/* RFC 7296 2.23: never on port 500, where a peer may have stayed. */
	spec->encap = sa->natt && (sa->nat_here || sa->nat_there);
}

/* Which end rekeys: who made the SA, up to a tenth early; the other end steps in a
 * tenth late, so that both rarely do at once; but not after the hard limit, where
 * there is one.
 */
static uint64_t soften(const struct ike_child *child, uint64_t limit,
		       uint64_t hard)
{
	uint64_t late = limit + limit / 10;
	uint16_t jitter = 0;

	if (!child->ours)
		return hard && late > hard ? hard : late;
	if (ike_random_fill(&child->sa->engine->random, &jitter,
			    sizeof(jitter)))
		jitter = 0;
	return limit - limit / 10 * jitter / 65536;
}

static int set_keys(struct ike_sa_spec *spec, const struct ike_child *child,
		    enum ike_direction direction)
{
	const struct ike_child_keys *keys = &child->keys;
	/* encr_i is for traffic from who initiated the exchange. */
	bool i = (direction == IKE_OUT) == child->ours;
	const struct ike_secret *encr = i ? &keys->encr_i : &keys->encr_r;
	const struct ike_secret *integ = i ? &keys->integ_i : &keys->integ_r;
	int err;

	err = ike_secret_set(&spec->encr_key, encr->data, encr->len);
	if (err)
		return err;
	return ike_secret_set(&spec->integ_key, integ->data, integ->len);
}

static int set_all(struct ike_sa_spec *spec, const struct ike_child *child,
		   enum ike_direction direction)
{
	const struct ike_child_conf *conf = child->rule->conf;
	int err;

	set_name(spec, child, direction);
	spec->transport = child->transport;
	spec->non_first_fragments = child->non_first_fragments;
	spec->tfc = child->tfc;
	spec->esn = ike_chosen_id(&child->chosen, IKE_TRANSFORM_ESN) ==
		    IKE_ESN_ESN;
	spec->encr = ike_chosen_id(&child->chosen, IKE_TRANSFORM_ENCR);
	spec->encr_bits = ike_chosen_bits(&child->chosen, IKE_TRANSFORM_ENCR);
	spec->integ = ike_chosen_id(&child->chosen, IKE_TRANSFORM_INTEG);
	spec->soft_seconds = soften(child, conf->rekey_seconds,
				    conf->hard_seconds);
	spec->hard_seconds = conf->hard_seconds;
	spec->soft_octets = soften(child, conf->rekey_octets,
				   conf->hard_octets);
	spec->hard_octets = conf->hard_octets;
	spec->idle_seconds = conf->idle_seconds;
	err = set_keys(spec, child, direction);
	if (!err)
		err = ike_ts_list_copy(&spec->ts_local, &child->local);
	if (!err)
		err = ike_ts_list_copy(&spec->ts_remote, &child->remote);
	/* A responder may answer with more pieces than we would have. */
	if (!err && ike_ts_fit(&spec->ts_local, &spec->ts_remote,
			       IKE_SA_SELECTORS_MAX))
		ike_tell(child->sa->engine, child->sa, child,
			 IKE_STORY_SELECTORS_DIFFER, IKE_REASON_TS_MANY, "%s",
			 conf->name);
	return err;
}

static void add(struct ike_child *child, enum ike_direction direction)
{
	struct ike_engine *engine = child->sa->engine;
	struct ike_action *act = ike_act(engine, IKE_ACT_SA_ADD);
	int err;

	if (!act)
		return;
	err = set_all(&act->sa, child, direction);
	if (err)
		ike_act_drop(engine, err);
}

static void name(struct ike_child *child, enum ike_action_kind kind,
		 enum ike_direction direction)
{
	struct ike_action *act = ike_act(child->sa->engine, kind);

	if (act)
		set_name(&act->sa, child, direction);
}

void ike_kernel_activate(struct ike_child *child)
{
	name(child, IKE_ACT_SA_ACTIVATE, IKE_OUT);
}

void ike_kernel_change(struct ike_child *child, struct ike_kernel_view from,
		       struct ike_kernel_view to)
{
	bool had_out = from.out != IKE_OUT_NONE, has_out = to.out != IKE_OUT_NONE;

	if (!from.in && to.in)
		add(child, IKE_IN);
	if (!had_out && has_out)
		add(child, IKE_OUT);
	if (from.out != IKE_OUT_ACTIVE && to.out == IKE_OUT_ACTIVE)
		ike_kernel_activate(child);
	if (had_out && !has_out)
		name(child, IKE_ACT_SA_DEL, IKE_OUT);
	if (from.in && !to.in)
		name(child, IKE_ACT_SA_DEL, IKE_IN);
	if (has_out || !to.in)
		ike_child_keys_clear(&child->keys);
}

void ike_kernel_again(struct ike_child *child, enum ike_direction direction)
{
	add(child, direction);
}

/* RFC 7296 2.23: where its ends are now, with the SPIs and the remote address that
 * the kernel still knows it by.
 */
void ike_kernel_move(struct ike_child *child, const struct ike_address *remote)
{
	struct ike_kernel_view view = ike_child_view(child->state);
	struct ike_engine *engine = child->sa->engine;
	enum ike_direction d;
	struct ike_action *act;

	for (d = IKE_IN; d <= IKE_OUT; d++) {
		if (d == IKE_IN ? !view.in : view.out == IKE_OUT_NONE)
			continue;
		act = ike_act(engine, IKE_ACT_SA_MOVE);
		if (!act)
			return;
		set_name(&act->sa, child, d);
		act->was_remote = *remote;
	}
}

void ike_engine_each_kernel_sa(const struct ike_engine *engine,
			       void (*tell)(enum ike_direction direction,
					    uint32_t spi, uint64_t rule,
					    void *arg),
			       void *arg)
{
	const struct ike_child *child;
	struct ike_kernel_view view;
	const struct ike_sa *sa;

	for (sa = engine->sas; sa; sa = sa->next) {
		for (child = sa->children; child; child = child->next) {
			view = ike_child_view(child->state);
			if (view.in)
				tell(IKE_IN, child->spi_in,
				     child->rule->conf->rule, arg);
			if (view.out != IKE_OUT_NONE)
				tell(IKE_OUT, child->spi_out,
				     child->rule->conf->rule, arg);
		}
	}
}
