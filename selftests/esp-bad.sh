#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Families E01 to E21 and E24 to E30 of bad ESP, a named case each. A peer that
# knows the keys sends packets that are wrong in one way; each must come to its
# own end: dropped, with the one counter that says why, or let through. Every
# case ends with another tunnel that still flows both ways and with a silent
# kernel log.

. "$(dirname "$0")/lib/lib.sh"
. "$LIB/cases.sh"
. "$LIB/esplab.sh"

esp_lab
tap_cases "$LIB/esp-bad-cases.py" "$@"
tap_cases "$LIB/esp-out-cases.py" "$@"

done_testing
