#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Writes the names of the contract's operations and attributes as C tables,
so that the daemon can say which attribute of which request the kernel refused,
and the words of what it answers.

usage: names.py culvert.yaml source|header
"""

import sys

import yaml

HEADER = """\
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
"""


# Those that the daemon shows.
ENUMS = ("action", "counter", "df", "verdict")


def c_name(name):
    return name.replace("-", "_")


def write_source(spec):
    family = spec["name"]
    print("/* SPDX-License-Identifier: GPL-2.0-only */")
    print("/* Do not edit: written by uapi/names.py from uapi/culvert.yaml. */")
    print()
    print("#include <linux/culvert.h>")
    print()
    print('#include "contract-gen.h"')

    sets = spec["attribute-sets"]
    print()
    for attrs in sets:
        print(f"static const struct contract_set {c_name(attrs['name'])}_set;")
    for attrs in sets:
        name = c_name(attrs["name"])
        print(f"\nstatic const struct contract_attr {name}_attrs[] = {{")
        for attr in attrs["attributes"]:
            number = f"{family}_a_{name}_{c_name(attr['name'])}".upper()
            nested = attr.get("nested-attributes")
            nested = f", &{c_name(nested)}_set" if nested else ""
            print(f'\t[{number}] = {{ "{attr["name"]}"{nested} }},')
        print("};")
        print(f"\nstatic const struct contract_set {name}_set = {{")
        print(f"\t{name}_attrs, sizeof({name}_attrs) / sizeof({name}_attrs[0]),")
        print("};")

    print("\nconst struct contract_op contract_ops[] = {")
    for op in spec["operations"]["list"]:
        number = f"{family}_cmd_{c_name(op['name'])}".upper()
        print(f'\t[{number}] = {{ "{op["name"]}", '
              f'&{c_name(op["attribute-set"])}_set }},')
    print("};")
    print("\nconst size_t contract_n_ops ="
          " sizeof(contract_ops) / sizeof(contract_ops[0]);")

    flags = next(d for d in spec["definitions"] if d["name"] == "capability")
    print("\nconst struct contract_flag contract_capabilities[] = {")
    for entry in flags["entries"]:
        number = f"{family}_capability_{c_name(entry['name'])}".upper()
        print(f'\t{{ {number}, "{entry["name"]}" }},')
    print("\t{ 0, NULL },")
    print("};")

    for enum in spec["definitions"]:
        if enum["name"] not in ENUMS:
            continue
        name = c_name(enum["name"])
        print(f"\nstatic const char *const {name}_words[] = {{")
        for entry in enum["entries"]:
            number = f"{family}_{name}_{c_name(entry['name'])}".upper()
            print(f'\t[{number}] = "{entry["name"]}",')
        print("};")
        print(f"\nconst struct contract_enum contract_{name} = {{")
        print(f"\t{name}_words, sizeof({name}_words) / "
              f"sizeof({name}_words[0]),")
        print("};")


def main():
    path, what = sys.argv[1:]
    with open(path, encoding="utf-8") as spec:
        if what == "header":
            print(HEADER, end="")
        else:
            write_source(yaml.safe_load(spec))


main()
