// SPDX-License-Identifier: GPL-2.0-only
/* Parts that several exchanges put into their messages and take out of them:
 * proposals, Key Exchange, nonces, selectors. Changes no state.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sa.h"

int ike_part_nonce(struct ike_message *msg, const struct ike_secret *nonce)
{
	struct ike_payload *payload = ike_message_add(msg, IKE_PAYLOAD_NONCE);

	if (!payload)
		return -ENOMEM;
	payload->data = ike_secret_bytes(nonce);
	return 0;
}

int ike_part_ke(struct ike_message *msg, const struct ike_dh *dh)
{
	struct ike_payload *payload;

	if (!dh->group)
		return 0;
	payload = ike_message_add(msg, IKE_PAYLOAD_KE);
	if (!payload)
		return -ENOMEM;
	payload->ke.group = dh->group->id;
	payload->ke.data.data = dh->public;
	payload->ke.data.len = dh->group->public_len;
	return 0;
}

int ike_part_offer(struct ike_message *msg, const struct ike_proposals *offer)
{
	struct ike_payload *payload = ike_message_add(msg, IKE_PAYLOAD_SA);

	return payload ? ike_proposals_copy(&payload->sa, offer) : -ENOMEM;
}

int ike_part_chosen(struct ike_message *msg, const struct ike_chosen *chosen,
		    uint64_t spi)
{
	struct ike_payload *payload = ike_message_add(msg, IKE_PAYLOAD_SA);

	return payload ? ike_chosen_answer(chosen, spi, &payload->sa) : -ENOMEM;
}

int ike_part_ts(struct ike_message *msg, uint8_t type,
		const struct ike_ts_list *list)
{
	struct ike_payload *payload = ike_message_add(msg, type);

	return payload ? ike_ts_list_copy(&payload->ts, list) : -ENOMEM;
}

int ike_part_id(struct ike_message *msg, uint8_t type, const struct ike_id *id)
{
	struct ike_payload *payload = ike_message_add(msg, type);

	if (!payload)
		return -ENOMEM;
	payload->id = *id;
	return 0;
}

int ike_part_draw_nonce(struct ike_engine *engine, struct ike_secret *nonce)
{
	int err;

	ike_secret_clear(nonce);
	err = ike_secret_new(nonce, NONCE_LEN);
	return err ? err : ike_random_fill(&engine->random, nonce->data,
					   nonce->len);
}

int ike_part_draw_dh(struct ike_engine *engine, struct ike_dh *dh,
		     uint16_t group)
{
	const struct ike_group *kind = ike_group_find(group);
	struct ike_secret random = { 0 };
	int err;

	ike_dh_clear(dh);
	if (!kind)
		return -ENOTSUP;
	err = ike_secret_new(&random, kind->random_len);
	if (!err)
		err = ike_random_fill(&engine->random, random.data, random.len);
	if (!err)
		err = ike_dh_new(dh, kind, random.data);
	ike_secret_clear(&random);
	return err;
}

uint64_t ike_part_patience(struct ike_engine *engine)
{
	uint16_t random = 0;

	if (ike_random_fill(&engine->random, &random, sizeof(random)))
		random = 0;
	return RETRY_MS + 2 * RETRY_MS * random / 65536;
}

void ike_part_notify_u16(struct ike_input *in, uint16_t value)
{
	in->data[0] = value >> 8;
	in->data[1] = value & 0xff;
	in->data_len = 2;
}

/* RFC 7296 1.2: the group that INVALID_KE_PAYLOAD asks for; 0: none it says. */
uint16_t ike_part_wanted_group(const struct ike_message *msg)
{
	const struct ike_payload_notify *notify;

	notify = ike_message_notify(msg, IKE_NOTIFY_INVALID_KE_PAYLOAD);
	if (!notify || notify->data.len != 2)
		return 0;
	return notify->data.data[0] << 8 | notify->data.data[1];
}

/* What of the request it is about. */
static void print_offered(const struct ike_sa *sa,
			  const struct ike_create *create, uint16_t error,
			  struct ike_text *t)
{
	const struct ike_proposals *offer = NULL;

	if (create)
		offer = &create->offer;
	else if (sa->state == IKE_SA_INIT_SENT)
		offer = &sa->peer->conf->proposals;
	if (error == IKE_NOTIFY_NO_PROPOSAL_CHOSEN && offer) {
		ike_text_add(t, ", offered ");
		ike_proposals_print(offer, t);
	}
	if (error == IKE_NOTIFY_TS_UNACCEPTABLE && create) {
		ike_text_add(t, ", offered ");
		ike_ts_list_print(&create->local, t);
		ike_text_add(t, " === ");
		ike_ts_list_print(&create->remote, t);
	}
}

void ike_part_tell_error(struct ike_sa *sa, const struct ike_create *create,
			 const struct ike_payload_notify *error)
{
	struct ike_line line;
	struct ike_text *t = ike_line(&line);

	ike_text_name(t, ike_notify_name(error->type), error->type);
	print_offered(sa, create, error->type, t);
	ike_tell(sa->engine, sa, create ? create->child : NULL,
		 IKE_STORY_NOTIFIED, IKE_REASON_PEER_REFUSED, "%s", line.text);
}

void ike_part_tell_difference(struct ike_sa *sa, struct ike_child *child,
			      enum ike_reason reason,
			      const struct ike_difference *difference)
{
	struct ike_line line;

	ike_difference_print(difference, ike_line(&line));
	ike_tell(sa->engine, sa, child, IKE_STORY_PROPOSAL_DIFFERS, reason,
		 "%s", line.text);
}

void ike_part_tell_chosen(struct ike_sa *sa, struct ike_child *child,
			  const struct ike_chosen *chosen)
{
	struct ike_line line;

	ike_chosen_print(chosen, ike_line(&line));
	ike_tell(sa->engine, sa, child, IKE_STORY_PROPOSAL_CHOSEN,
		 IKE_REASON_NONE, "%s", line.text);
}
