// SPDX-License-Identifier: GPL-2.0-only
/* Tables: widths are found when all rows are there. */

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "table.h"

void table_start(struct table *table, const char *const *titles)
{
	*table = (struct table){ .titles = titles };
	while (table->columns < TABLE_COLUMNS_MAX && titles[table->columns])
		table->columns++;
}

void table_row(struct table *table)
{
	struct table_row *grown = table->row;

	if (table->rows == table->size) {
		size_t size = table->size ? table->size * 2 : 16;

		grown = reallocarray(table->row, size, sizeof(*grown));
		if (!grown) {
			table->error = -ENOMEM;
			return;
		}
		table->size = size;
		table->row = grown;
	}
	grown[table->rows++] = (struct table_row){ 0 };
}

void table_cell(struct table *table, enum cli_color color, const char *format,
		...)
{
	struct table_row *row = &table->row[table->rows - 1];
	va_list args;
	size_t i = 0;

	if (table->error)
		return;
	while (i < table->columns && row->cell[i].text)
		i++;
	if (i == table->columns)
		return;
	va_start(args, format);
	if (vasprintf(&row->cell[i].text, format, args) < 0) {
		row->cell[i].text = NULL;
		table->error = -ENOMEM;
	}
	va_end(args);
	row->cell[i].color = color;
}

void table_under(struct table *table, const char *format, ...)
{
	struct table_row *row = &table->row[table->rows - 1];
	char *before = NULL;
	char *line = NULL;
	va_list args;

	if (table->error)
		return;
	before = row->under;
	va_start(args, format);
	if (vasprintf(&line, format, args) < 0)
		line = NULL;
	va_end(args);
	row->under = NULL;
	if (!line || asprintf(&row->under, "%s  %s\n", before ? before : "",
			      line) < 0) {
		row->under = NULL;
		table->error = -ENOMEM;
	}
	free(line);
	free(before);
}

static bool to_the_right(const struct table *table, size_t column)
{
	return *table->titles[column] == '>';
}

static const char *title(const struct table *table, size_t column)
{
	return table->titles[column] + to_the_right(table, column);
}

static size_t column_width(const struct table *table, size_t column)
{
	size_t width = format_width(title(table, column));

	for (size_t i = 0; i < table->rows; i++) {
		const char *text = table->row[i].cell[column].text;

		if (text && format_width(text) > width)
			width = format_width(text);
	}
	return width;
}

/* Nothing is behind it in its row, no blanks either. */
static bool is_last(const struct table *table, const struct table_cell *cell,
		    size_t column)
{
	while (++column < table->columns) {
		cell++;
		if (cell->text && *cell->text)
			return false;
	}
	return true;
}

static void print_cell(const struct table *table, struct cli *cli,
		       size_t column, const struct table_cell *cell,
		       const size_t *width)
{
	const char *text = cell->text ? cell->text : "";
	size_t pad = width[column] - format_width(text);
	bool right = to_the_right(table, column);

	if (right)
		fprintf(cli->out, "%*s", (int)pad, "");
	fprintf(cli->out, "%s%s%s", cli_color(cli, cell->color), text,
		cell->color ? cli_plain(cli) : "");
	if (is_last(table, cell, column))
		return;
	fprintf(cli->out, "%*s", (int)(right ? 0 : pad) + 2, "");
}

static void print_row(const struct table *table, struct cli *cli,
		      const struct table_row *row, const size_t *width)
{
	for (size_t i = 0; i < table->columns; i++)
		print_cell(table, cli, i, &row->cell[i], width);
	fputc('\n', cli->out);
	if (row->under)
		fputs(row->under, cli->out);
}

static void print_titles(const struct table *table, struct cli *cli,
			 const size_t *width)
{
	struct table_row row = { 0 };

	for (size_t i = 0; i < table->columns; i++) {
		row.cell[i].text = (char *)title(table, i);
		row.cell[i].color = CLI_BOLD;
	}
	print_row(table, cli, &row, width);
}

static void table_free(struct table *table)
{
	for (size_t i = 0; i < table->rows; i++) {
		for (size_t j = 0; j < table->columns; j++)
			free(table->row[i].cell[j].text);
		free(table->row[i].under);
	}
	free(table->row);
}

int table_print(struct table *table, struct cli *cli)
{
	size_t width[TABLE_COLUMNS_MAX];
	int error = table->error;

	for (size_t i = 0; !error && i < table->columns; i++)
		width[i] = column_width(table, i);
	if (!error) {
		print_titles(table, cli, width);
		for (size_t i = 0; i < table->rows; i++)
			print_row(table, cli, &table->row[i], width);
	}
	table_free(table);
	return error ? cli_fail(cli, CLI_FAILED, "no memory for the table") :
		       CLI_OK;
}
