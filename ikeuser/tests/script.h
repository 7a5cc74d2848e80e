/* SPDX-License-Identifier: GPL-2.0-only */
/* A pair of engines driven by octets: the first is what both are configured for,
 * each that follows a wish of an end, word from a kernel, or a turn of the wire,
 * some with a parameter behind them. Fails, as cmocka does, if a state is stepped
 * out of, if a kernel has an SA that its engine does not know of, if the ends do
 * not find together when the script is over, or if anything is left over.
 */
#ifndef SCRIPT_H
#define SCRIPT_H

#include <stddef.h>
#include <stdint.h>

void script_run(const uint8_t *script, size_t len);

#endif
