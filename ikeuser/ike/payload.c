// SPDX-License-Identifier: GPL-2.0-only
/* The table of payloads: how the body of each is read, written and printed.
 * Neither the order of payloads nor what they are for is known here.
 *
 * KE   | DH Group Num, 2 | RESERVED, 2 | Key Exchange Data
 * ID   | ID Type, 1 | RESERVED, 3 | Identification Data
 * CERT | Cert Encoding, 1 | data          (CERTREQ alike)
 * AUTH | Auth Method, 1 | RESERVED, 3 | Authentication Data
 * N    | Protocol ID, 1 | SPI Size, 1 | Notify Message Type, 2 | SPI | data
 * D    | Protocol ID, 1 | SPI Size, 1 | Num of SPIs, 2 | SPIs
 * SKF  | Fragment Number, 2 | Total Fragments, 2 | IV, ciphertext, ICV
 */

#include <errno.h>

#include "payload.h"

static struct ike_reader body_reader(const struct ike_payload *payload)
{
	struct ike_reader r;

	ike_reader_init(&r, payload->body.data, payload->body.len);
	return r;
}

/* SA */

static int sa_parse(struct ike_payload *payload, struct ike_fault *fault)
{
	return ike_proposals_parse(&payload->sa, payload->body, fault);
}

static void sa_emit(const struct ike_payload *payload, struct ike_writer *w)
{
	ike_proposals_emit(&payload->sa, w);
}

static void sa_clear(struct ike_payload *payload)
{
	ike_proposals_clear(&payload->sa);
}

/* KE */

static int ke_parse(struct ike_payload *payload, struct ike_fault *fault)
{
	struct ike_reader r = body_reader(payload);

	payload->ke.group = ike_reader_u16(&r);
	ike_reader_skip(&r, 2);
	if (r.bad)
		return ike_fault_set(fault, -EINVAL, IKE_REASON_KE_SHORT,
				     payload->body.len);
	payload->ke.data = ike_reader_rest(&r);
	return 0;
}

static void ke_emit(const struct ike_payload *payload, struct ike_writer *w)
{
	ike_writer_u16(w, payload->ke.group);
	ike_writer_zero(w, 2);
	ike_writer_bytes(w, payload->ke.data.data, payload->ke.data.len);
}

static void ke_print(const struct ike_payload *payload, struct ike_text *t)
{
	ike_text_add(t, "(");
	ike_text_name(t, ike_dh_name(payload->ke.group), payload->ke.group);
	ike_text_add(t, ")");
}

/* IDi, IDr */

static int id_parse(struct ike_payload *payload, struct ike_fault *fault)
{
	struct ike_reader r = body_reader(payload);
	struct ike_id *id = &payload->id;

	id->type = ike_reader_u8(&r);
	ike_reader_skip(&r, 3);
	if (r.bad)
		return ike_fault_set(fault, -EINVAL, IKE_REASON_ID_SHORT,
				     payload->body.len);
	id->data = ike_reader_rest(&r);
	if (!id->type)
		return ike_fault_set(fault, -EINVAL, IKE_REASON_ID_TYPE,
				     id->type);
	if ((id->type == IKE_ID_IPV4_ADDR && id->data.len != 4) ||
	    (id->type == IKE_ID_IPV6_ADDR && id->data.len != 16))
		return ike_fault_set(fault, -EINVAL, IKE_REASON_ID_LENGTH,
				     id->data.len);
	return 0;
}

static void id_emit(const struct ike_payload *payload, struct ike_writer *w)
{
	ike_writer_u8(w, payload->id.type);
	ike_writer_zero(w, 3);
	ike_writer_bytes(w, payload->id.data.data, payload->id.data.len);
}

static void id_print(const struct ike_payload *payload, struct ike_text *t)
{
	ike_text_add(t, "(");
	ike_id_print(&payload->id, t);
	ike_text_add(t, ")");
}

/* CERT, CERTREQ */

static int cert_parse(struct ike_payload *payload, struct ike_fault *fault)
{
	struct ike_reader r = body_reader(payload);

	payload->cert.encoding = ike_reader_u8(&r);
	if (r.bad)
		return ike_fault_set(fault, -EINVAL, IKE_REASON_CERT_SHORT, 0);
	payload->cert.data = ike_reader_rest(&r);
	return 0;
}

static void cert_emit(const struct ike_payload *payload, struct ike_writer *w)
{
	ike_writer_u8(w, payload->cert.encoding);
	ike_writer_bytes(w, payload->cert.data.data, payload->cert.data.len);
}

static void cert_print(const struct ike_payload *payload, struct ike_text *t)
{
	uint8_t encoding = payload->cert.encoding;

	ike_text_add(t, "(");
	ike_text_name(t, ike_cert_encoding_name(encoding), encoding);
	ike_text_add(t, ")");
}

/* AUTH */

static int auth_parse(struct ike_payload *payload, struct ike_fault *fault)
{
	struct ike_reader r = body_reader(payload);

	payload->auth.method = ike_reader_u8(&r);
	ike_reader_skip(&r, 3);
	if (r.bad)
		return ike_fault_set(fault, -EINVAL, IKE_REASON_AUTH_SHORT,
				     payload->body.len);
	payload->auth.data = ike_reader_rest(&r);
	return 0;
}

static void auth_emit(const struct ike_payload *payload, struct ike_writer *w)
{
	ike_writer_u8(w, payload->auth.method);
	ike_writer_zero(w, 3);
	ike_writer_bytes(w, payload->auth.data.data, payload->auth.data.len);
}

static void auth_print(const struct ike_payload *payload, struct ike_text *t)
{
	uint8_t method = payload->auth.method;

	ike_text_add(t, "(");
	ike_text_name(t, ike_auth_method_name(method), method);
	ike_text_add(t, ")");
}

/* Nonce, V, CP: octets. */

static int data_parse(struct ike_payload *payload, struct ike_fault *fault)
{
	payload->data = payload->body;
	return 0;
}

static int nonce_parse(struct ike_payload *payload, struct ike_fault *fault)
{
	size_t len = payload->body.len;

	if (len < IKE_NONCE_MIN || len > IKE_NONCE_MAX)
		return ike_fault_set(fault, -EINVAL, IKE_REASON_NONCE_LENGTH,
				     len);
	return data_parse(payload, fault);
}

static void data_emit(const struct ike_payload *payload, struct ike_writer *w)
{
	ike_writer_bytes(w, payload->data.data, payload->data.len);
}

/* N */

static int notify_parse(struct ike_payload *payload, struct ike_fault *fault)
{
	struct ike_payload_notify *notify = &payload->notify;
	struct ike_reader r = body_reader(payload);
	uint8_t spi_len;

	notify->protocol = ike_reader_u8(&r);
	spi_len = ike_reader_u8(&r);
	notify->type = ike_reader_u16(&r);
	notify->spi = ike_reader_bytes(&r, spi_len);
	if (r.bad)
		return ike_fault_set(fault, -EINVAL, IKE_REASON_NOTIFY_LENGTH,
				     spi_len);
	notify->data = ike_reader_rest(&r);
	return 0;
}

static void notify_emit(const struct ike_payload *payload,
			struct ike_writer *w)
{
	const struct ike_payload_notify *notify = &payload->notify;

	ike_writer_u8(w, notify->protocol);
	ike_writer_u8(w, notify->spi.len);
	ike_writer_u16(w, notify->type);
	ike_writer_bytes(w, notify->spi.data, notify->spi.len);
	ike_writer_bytes(w, notify->data.data, notify->data.len);
}

static void notify_print(const struct ike_payload *payload,
			 struct ike_text *t)
{
	ike_text_add(t, "(");
	ike_text_name(t, ike_notify_name(payload->notify.type),
		      payload->notify.type);
	ike_text_add(t, ")");
}

/* Types with data of a certain length. */
static const struct {
	uint16_t type;
	uint16_t min;
	uint16_t max;
} notify_lens[] = {
	{ IKE_NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD, 1, 1 },
	{ IKE_NOTIFY_INVALID_KE_PAYLOAD, 2, 2 },
	{ IKE_NOTIFY_SET_WINDOW_SIZE, 4, 4 },
	{ IKE_NOTIFY_NAT_DETECTION_SOURCE_IP, IKE_NAT_DETECTION_LEN,
	  IKE_NAT_DETECTION_LEN },
	{ IKE_NOTIFY_NAT_DETECTION_DESTINATION_IP, IKE_NAT_DETECTION_LEN,
	  IKE_NAT_DETECTION_LEN },
	{ IKE_NOTIFY_COOKIE, 1, IKE_COOKIE_MAX },
};

bool ike_payload_notify_is_sound(const struct ike_payload_notify *notify)
{
	for (size_t i = 0; i < sizeof(notify_lens) / sizeof(notify_lens[0]);
	     i++) {
		if (notify_lens[i].type == notify->type)
			return notify->data.len >= notify_lens[i].min &&
			       notify->data.len <= notify_lens[i].max;
	}
	return true;
}

bool ike_payload_notify_is_error(const struct ike_payload_notify *notify)
{
	return notify->type < IKE_NOTIFY_STATUS_FIRST;
}

/* D */

static int delete_parse(struct ike_payload *payload, struct ike_fault *fault)
{
	struct ike_payload_delete *delete = &payload->delete;
	struct ike_reader r = body_reader(payload);
	uint8_t spi_len;

	delete->protocol = ike_reader_u8(&r);
	spi_len = ike_reader_u8(&r);
	delete->n = ike_reader_u16(&r);
	if (r.bad)
		return ike_fault_set(fault, -EINVAL, IKE_REASON_DELETE_LENGTH,
				     payload->body.len);
	switch (delete->protocol) {
	case IKE_PROTOCOL_IKE:
		if (spi_len || delete->n)
			return ike_fault_set(fault, -EINVAL,
					     IKE_REASON_DELETE_LENGTH,
					     delete->n);
		break;
	case IKE_PROTOCOL_AH:
	case IKE_PROTOCOL_ESP:
		if (spi_len != IKE_CHILD_SPI_LEN)
			return ike_fault_set(fault, -EINVAL,
					     IKE_REASON_DELETE_LENGTH, spi_len);
		break;
	default:
		return ike_fault_set(fault, -EINVAL, IKE_REASON_DELETE_PROTOCOL,
				     delete->protocol);
	}
	delete->spis = ike_reader_bytes(&r, delete->n * (size_t)spi_len);
	if (!ike_reader_done(&r))
		return ike_fault_set(fault, -EINVAL, IKE_REASON_DELETE_LENGTH,
				     delete->n);
	return 0;
}

static void delete_emit(const struct ike_payload *payload,
			struct ike_writer *w)
{
	const struct ike_payload_delete *delete = &payload->delete;
	bool ike = delete->protocol == IKE_PROTOCOL_IKE;

	ike_writer_u8(w, delete->protocol);
	ike_writer_u8(w, ike ? 0 : IKE_CHILD_SPI_LEN);
	ike_writer_u16(w, delete->n);
	ike_writer_bytes(w, delete->spis.data, delete->spis.len);
}

/* More are not for a line of text. */
#define DELETE_PRINTED 8

static void delete_print(const struct ike_payload *payload,
			 struct ike_text *t)
{
	const struct ike_payload_delete *delete = &payload->delete;

	ike_text_add(t, "(");
	ike_text_name(t, ike_protocol_name(delete->protocol),
		      delete->protocol);
	for (size_t i = 0; i < delete->n && i < DELETE_PRINTED; i++)
		ike_text_add(t, " %08x", ike_payload_delete_spi(delete, i));
	if (delete->n > DELETE_PRINTED)
		ike_text_add(t, " and %d more", delete->n - DELETE_PRINTED);
	ike_text_add(t, ")");
}

uint32_t ike_payload_delete_spi(const struct ike_payload_delete *delete,
				size_t i)
{
	struct ike_reader r;

	ike_reader_init(&r, delete->spis.data, delete->spis.len);
	ike_reader_skip(&r, i * IKE_CHILD_SPI_LEN);
	return ike_reader_u32(&r);
}

/* TSi, TSr */

static int ts_parse(struct ike_payload *payload, struct ike_fault *fault)
{
	return ike_ts_list_parse(&payload->ts, payload->body, fault);
}

static void ts_emit(const struct ike_payload *payload, struct ike_writer *w)
{
	ike_ts_list_emit(&payload->ts, w);
}

static void ts_clear(struct ike_payload *payload)
{
	ike_ts_list_clear(&payload->ts);
}

/* SK and SKF: what is sealed is not looked at here. */

static int sk_parse(struct ike_payload *payload, struct ike_fault *fault)
{
	return 0;
}

static int skf_parse(struct ike_payload *payload, struct ike_fault *fault)
{
	struct ike_reader r = body_reader(payload);

	payload->fragment.number = ike_reader_u16(&r);
	payload->fragment.total = ike_reader_u16(&r);
	if (r.bad)
		return ike_fault_set(fault, -EINVAL, IKE_REASON_FRAGMENT_SHORT,
				     payload->body.len);
	return 0;
}

/* SK and SKF are written where they are sealed. EAP is known so that the rules
 * of each exchange can refuse it.
 */
static const struct ike_payload_kind kinds[] = {
	{ IKE_PAYLOAD_SA, sa_parse, sa_emit, NULL, sa_clear },
	{ IKE_PAYLOAD_KE, ke_parse, ke_emit, ke_print },
	{ IKE_PAYLOAD_IDi, id_parse, id_emit, id_print },
	{ IKE_PAYLOAD_IDr, id_parse, id_emit, id_print },
	{ IKE_PAYLOAD_CERT, cert_parse, cert_emit, cert_print },
	{ IKE_PAYLOAD_CERTREQ, cert_parse, cert_emit, cert_print },
	{ IKE_PAYLOAD_AUTH, auth_parse, auth_emit, auth_print },
	{ IKE_PAYLOAD_NONCE, nonce_parse, data_emit },
	{ IKE_PAYLOAD_N, notify_parse, notify_emit, notify_print },
	{ IKE_PAYLOAD_D, delete_parse, delete_emit, delete_print },
	{ IKE_PAYLOAD_V, data_parse, data_emit },
	{ IKE_PAYLOAD_TSi, ts_parse, ts_emit, NULL, ts_clear },
	{ IKE_PAYLOAD_TSr, ts_parse, ts_emit, NULL, ts_clear },
	{ IKE_PAYLOAD_SK, sk_parse },
	{ IKE_PAYLOAD_CP, data_parse, data_emit },
	{ IKE_PAYLOAD_EAP, data_parse, data_emit },
	{ IKE_PAYLOAD_SKF, skf_parse },
};

const struct ike_payload_kind *ike_payload_find(uint8_t type)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (kinds[i].type == type)
			return &kinds[i];
	}
	return NULL;
}

int ike_payload_parse(struct ike_payload *payload, struct ike_fault *fault)
{
	int err = ike_payload_find(payload->type)->parse(payload, fault);

	if (err == -EINVAL) {
		fault->payload = payload->type;
		fault->offset = payload->offset;
	}
	return err;
}

void ike_payload_emit(const struct ike_payload *payload, uint8_t next,
		      struct ike_writer *w)
{
	size_t start = w->len;

	ike_writer_u8(w, next);
	ike_writer_u8(w, 0);
	ike_writer_u16(w, 0);
	ike_payload_find(payload->type)->emit(payload, w);
	ike_writer_set_length(w, start + 2, start);
}

void ike_payload_print(const struct ike_payload *payload, struct ike_text *t)
{
	const struct ike_payload_kind *kind = ike_payload_find(payload->type);

	ike_text_name(t, ike_payload_name(payload->type), payload->type);
	if (kind->print)
		kind->print(payload, t);
}

void ike_payload_clear(struct ike_payload *payload)
{
	const struct ike_payload_kind *kind = ike_payload_find(payload->type);

	if (kind->clear)
		kind->clear(payload);
}
