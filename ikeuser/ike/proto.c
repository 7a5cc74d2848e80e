// SPDX-License-Identifier: GPL-2.0-only
/* The names of IKEv2's numbers, from the rows of proto.h. */

#include <stddef.h>

#include "proto.h"

#define NAME_CASE(number, name, rfc) \
	case number: \
		return #name;
#define NAME_FUNCTION(function, rows) \
	const char *function(unsigned int number) \
	{ \
		switch (number) { \
		rows(NAME_CASE) \
		} \
		return NULL; \
	}

NAME_FUNCTION(ike_exchange_name, IKE_EXCHANGES)
NAME_FUNCTION(ike_payload_name, IKE_PAYLOADS)
NAME_FUNCTION(ike_protocol_name, IKE_PROTOCOLS)
NAME_FUNCTION(ike_transform_type_name, IKE_TRANSFORM_TYPES)
NAME_FUNCTION(ike_encr_name, IKE_ENCRS)
NAME_FUNCTION(ike_prf_name, IKE_PRFS)
NAME_FUNCTION(ike_integ_name, IKE_INTEGS)
NAME_FUNCTION(ike_dh_name, IKE_DHS)
NAME_FUNCTION(ike_esn_name, IKE_ESNS)
NAME_FUNCTION(ike_id_type_name, IKE_ID_TYPES)
NAME_FUNCTION(ike_cert_encoding_name, IKE_CERT_ENCODINGS)
NAME_FUNCTION(ike_auth_method_name, IKE_AUTH_METHODS)
NAME_FUNCTION(ike_hash_name, IKE_HASHES)
NAME_FUNCTION(ike_ts_type_name, IKE_TS_TYPES)
NAME_FUNCTION(ike_notify_name, IKE_NOTIFIES)

const char *ike_transform_name(unsigned int type, unsigned int id)
{
	switch (type) {
	case IKE_TRANSFORM_ENCR:
		return ike_encr_name(id);
	case IKE_TRANSFORM_PRF:
		return ike_prf_name(id);
	case IKE_TRANSFORM_INTEG:
		return ike_integ_name(id);
	case IKE_TRANSFORM_DH:
		return ike_dh_name(id);
	case IKE_TRANSFORM_ESN:
		return ike_esn_name(id);
	}
	return NULL;
}
