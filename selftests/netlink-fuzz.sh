#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Family N18 of bad input: random programs. REQUESTS requests, most of them good
# ones with something wrong. A failure prints the seed; SEED=... does the same
# again.

. "$(dirname "$0")/lib/lib.sh"
. "$LIB/cases.sh"

command -v python3 >/dev/null || skip_all "python3 is needed"

gateway_alone
tap_cases on gw python3 "$LIB/netlink-fuzz.py" "$@"

done_testing
