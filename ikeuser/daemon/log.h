/* SPDX-License-Identifier: GPL-2.0-only */
/* What the daemon says: one line a message, on standard error. Under systemd
 * (JOURNAL_STREAM is set) each line begins with its priority, as sd-daemon(3)
 * describes.
 */
#ifndef CULVERT_LOG_H
#define CULVERT_LOG_H

#include <stdarg.h>
#include <stddef.h>

enum log_level {
	LOG_LEVEL_ERROR = 3,		/* the numbers of syslog(3) */
	LOG_LEVEL_WARNING = 4,
	LOG_LEVEL_INFO = 6,
};

void log_write(enum log_level level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#define log_error(...) log_write(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_write(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(...) log_write(LOG_LEVEL_INFO, __VA_ARGS__)

/* Replaces what could forge a line or drive a terminal, in place: everything
 * but printable ASCII becomes '?'.
 */
void log_sanitize(char *text);

#endif
