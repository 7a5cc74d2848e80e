/* SPDX-License-Identifier: GPL-2.0-only */
/* Do not edit: written by uapi/names.py from uapi/culvert.yaml. */
#ifndef CULVERT_CONTRACT_GEN_H
#define CULVERT_CONTRACT_GEN_H

#include <stddef.h>
#include <stdint.h>

struct contract_set;

struct contract_attr {
	const char *name;			/* NULL: no such attribute */
	const struct contract_set *nested;	/* NULL: not a nest */
};

/* An attribute set; the index is the attribute's type. */
struct contract_set {
	const struct contract_attr *attrs;
	size_t n_attrs;
};

struct contract_op {
	const char *name;			/* NULL: no such operation */
	const struct contract_set *set;
};

struct contract_flag {
	uint64_t bit;
	const char *name;
};

/* The index is the command. */
extern const struct contract_op contract_ops[];
extern const size_t contract_n_ops;

/* Ends with a NULL name. */
extern const struct contract_flag contract_capabilities[];

/* The words of an enum; the index is the value. */
struct contract_enum {
	const char *const *words;
	size_t n_words;
};

extern const struct contract_enum contract_action;
extern const struct contract_enum contract_counter;
extern const struct contract_enum contract_df;
extern const struct contract_enum contract_verdict;

#endif
