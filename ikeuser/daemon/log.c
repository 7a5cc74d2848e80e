// SPDX-License-Identifier: GPL-2.0-only
/* Lines for people. Knows where they go, not what they are about. */

#include <stdio.h>
#include <stdlib.h>

#include "log.h"

#define LINE_MAX_LENGTH 1024

void log_sanitize(char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}

void log_write(enum log_level level, const char *format, ...)
{
	char line[LINE_MAX_LENGTH];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	log_sanitize(line);

	if (getenv("JOURNAL_STREAM"))
		fprintf(stderr, "<%d>%s\n", level, line);
	else
		fprintf(stderr, "culvertd: %s\n", line);
}
