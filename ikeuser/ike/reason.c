// SPDX-License-Identifier: GPL-2.0-only
/* The codes and sentences of reason.h. */

#include "reason.h"

static const struct {
	const char *code;
	const char *sentence;
} reasons[] = {
#define REASON_TEXT(name, sentence) { #name, sentence },
	IKE_REASONS(REASON_TEXT)
};

const char *ike_reason_code(enum ike_reason reason)
{
	return reasons[reason].code;
}

const char *ike_reason_sentence(enum ike_reason reason)
{
	return reasons[reason].sentence;
}

int ike_fault_set(struct ike_fault *fault, int err, enum ike_reason reason,
		  uint32_t number)
{
	fault->reason = reason;
	fault->number = number;
	return err;
}
