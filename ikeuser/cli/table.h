/* SPDX-License-Identifier: GPL-2.0-only */
/* Columns as wide as what is in them, two blanks apart. Cells are UTF-8. */
#ifndef CULVERT_TABLE_H
#define CULVERT_TABLE_H

#include <stdio.h>

#include "cli.h"

#define TABLE_COLUMNS_MAX 16

struct table_cell {
	char *text;		/* owned */
	enum cli_color color;
};

struct table_row {
	struct table_cell cell[TABLE_COLUMNS_MAX];
	char *under;		/* owned: lines below it; may be NULL */
};

/* Begun with table_start(), ended with table_print(). */
struct table {
	const char *const *titles;	/* with '>' in front: to the right */
	size_t columns;
	struct table_row *row;		/* owned */
	size_t rows;
	size_t size;
	int error;
};

/* titles end with NULL. */
void table_start(struct table *table, const char *const *titles);
void table_row(struct table *table);
/* The next cell of the last row. */
void table_cell(struct table *table, enum cli_color color, const char *format,
		...) __attribute__((format(printf, 3, 4)));
void table_under(struct table *table, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* And frees it. CLI_OK, or CLI_FAILED: there was no memory. */
int table_print(struct table *table, struct cli *cli);

#endif
