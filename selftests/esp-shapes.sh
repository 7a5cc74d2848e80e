#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Families E22 and E23 of bad ESP: right packets, in memory of every shape that
# the kernel has, some of it not the packet's own; and ciphers that answer later
# (cryptd, pcrypt), while SAs come and go.

. "$(dirname "$0")/lib/lib.sh"
. "$LIB/cases.sh"
. "$LIB/esplab.sh"

[ "${CULVERT_DISPOSABLE:-}" = 1 ] ||
	skip_all "it changes the kernel's ciphers"

esp_lab
tap_cases "$LIB/esp-shapes-cases.py" "$@"

done_testing
