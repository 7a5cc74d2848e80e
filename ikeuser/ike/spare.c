// SPDX-License-Identifier: GPL-2.0-only
/* Two Child SAs of one rule, one by each end, because both asked at once: RFC 7296
 * 2.8 allows them, and a rule has use for one. The one whose exchange had the lowest
 * of the four nonces goes, as 2.8.1 has it for two replacements, and who made it
 * deletes it. What replaces one of them stands for it: both ends compare what was
 * there first.
 *
 * A while after: an end that has just been told of the other's restart closes the
 * same SAs by their IKE SA, and of what is left of two, none is a spare.
 */
#include "sa.h"

/* Both ends have heard by then what the other has. */
#define SPARE_MS 10000

#define IN(state) (1U << IKE_SA_##state)
/* With one that is about to be: its first Child SA is there before it. */
#define STANDING (IN(AUTH_SENT) | IN(ESTABLISHED) | IN(REKEYING) | IN(REKEYED))

static bool stands(const struct ike_child *child)
{
	return (child->state == IKE_CHILD_UP ||
		child->state == IKE_CHILD_REKEYING) &&
	       !child->want_close && STANDING & 1U << child->sa->state &&
	       !child->sa->want_close;
}

static bool are_twins(const struct ike_child *a, const struct ike_child *b)
{
	return a->rule == b->rule && a->first_ours != b->first_ours &&
	       a->first_lowest.len && b->first_lowest.len && stands(a) &&
	       stands(b) && ike_ts_list_same(&a->local, &b->local) &&
	       ike_ts_list_same(&a->remote, &b->remote);
}

static void arm(struct ike_child *child)
{
	struct ike_engine *engine = child->sa->engine;

	if (child->state != IKE_CHILD_UP || child->timer.armed)
		return;
	child->spare = true;
	ike_timer_arm(&engine->timers, &child->timer,
		      engine->now + (child->first_ours ? SPARE_MS : HEIR_MS));
}

/* The next one from there on that makes a spare of either; NULL: no more. */
static struct ike_child *next_twin(const struct ike_child *child,
				   struct ike_sa *sa, struct ike_child *at)
{
	for (; sa; sa = sa->next, at = sa ? sa->children : NULL)
		for (; at; at = at->next)
			if (are_twins(child, at))
				return at;
	return NULL;
}

static struct ike_child *first_twin(const struct ike_child *child)
{
	struct ike_sa *sas = child->sa->engine->sas;

	return next_twin(child, sas, sas->children);
}

void ike_child_first(struct ike_child *child, const struct ike_child *old)
{
	const struct ike_secret *lowest = old ? &old->first_lowest :
						&child->lowest;

	child->first_ours = old ? old->first_ours : child->ours;
	ike_secret_clear(&child->first_lowest);
	/* Without memory for it, it is a spare of nothing. */
	if (ike_secret_set(&child->first_lowest, lowest->data, lowest->len))
		ike_secret_clear(&child->first_lowest);
}

void ike_child_see_spare(struct ike_child *child)
{
	struct ike_child *twin;

	for (twin = first_twin(child); twin;
	     twin = next_twin(child, twin->sa, twin->next))
		arm(ike_nonce_lower(&child->first_lowest, &twin->first_lowest) ?
			    child : twin);
}

void ike_child_end_spare(struct ike_child *child)
{
	struct ike_child *twin;

	child->spare = false;
	for (twin = first_twin(child); twin;
	     twin = next_twin(child, twin->sa, twin->next)) {
		if (!ike_nonce_lower(&child->first_lowest, &twin->first_lowest))
			continue;
		ike_tell(child->sa->engine, child->sa, child,
			 IKE_STORY_COLLISION, IKE_REASON_COLLISION_LOST,
			 "#%u has its traffic", twin->number);
		ike_child_close(child, IKE_REASON_COLLISION_LOST);
		return;
	}
}

/* An IKE SA that was made for nothing but a spare goes after it, and one whose
 * rules have all moved to others after the last of them.
 */
void ike_sa_end_spare(struct ike_sa *sa, enum ike_reason why)
{
	const struct ike_sa *other;
	const struct ike_child *child;

	for (child = sa->children; child; child = child->next)
		if (child->state != IKE_CHILD_GONE)
			return;
	for (other = sa->engine->sas; other; other = other->next) {
		if (other == sa || other->peer != sa->peer ||
		    other->state != IKE_SA_ESTABLISHED)
			continue;
		ike_sa_close(sa, why);
		return;
	}
}
