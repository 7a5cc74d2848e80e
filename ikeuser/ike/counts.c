// SPDX-License-Identifier: GPL-2.0-only
/* The names of what is counted, and what a message counts as. */
#include <stddef.h>

#include "counts.h"
#include "proto.h"

static const char *const names[] = {
#define ROW(count, name) [IKE_COUNT_##count] = name,
	IKE_COUNTS(ROW)
#undef ROW
};

const char *ike_count_name(enum ike_count count)
{
	return count < IKE_COUNT_COUNT ? names[count] : NULL;
}

enum ike_count ike_count_of(uint8_t exchange, bool out, bool response)
{
	static const struct {
		uint8_t exchange;
		enum ike_count first;
	} exchanges[] = {
		{ IKE_EXCHANGE_IKE_SA_INIT, IKE_COUNT_INIT_IN_REQ },
		{ IKE_EXCHANGE_IKE_AUTH, IKE_COUNT_AUTH_IN_REQ },
		{ IKE_EXCHANGE_CREATE_CHILD_SA, IKE_COUNT_CREATE_IN_REQ },
		{ IKE_EXCHANGE_INFORMATIONAL, IKE_COUNT_INFO_IN_REQ },
	};
	size_t i;

	for (i = 0; i < sizeof(exchanges) / sizeof(exchanges[0]); i++)
		if (exchanges[i].exchange == exchange)
			return exchanges[i].first + 2 * out + response;
	return IKE_COUNT_COUNT;
}
