/* SPDX-License-Identifier: GPL-2.0-only */
/* A pair of engines driven by octets: each is a wish of an end or a turn of the
 * wire. Fails, as cmocka does, if a state is stepped out of, if the ends do not
 * find together when the script is over, or if an SA is left over.
 */
#ifndef SCRIPT_H
#define SCRIPT_H

#include <stddef.h>
#include <stdint.h>

void script_run(const uint8_t *script, size_t len);

#endif
