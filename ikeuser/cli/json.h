/* SPDX-License-Identifier: GPL-2.0-only */
/* Trees as JSON, one object a line (docs/json.md). Nothing is read. */
#ifndef CULVERT_JSON_H
#define CULVERT_JSON_H

#include <stdio.h>

#include "node.h"

#define JSON_SCHEMA 1

/* {"schema":1,"type":"rule", ... }: what is in node. name, if not NULL, is told
 * under "name".
 */
void json_print(FILE *out, const char *type, const char *name,
		const struct node *node);
/* In quotes, with all that must be escaped. */
void json_string(FILE *out, const char *text);

#endif
