#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# culvertd and strongSwan's charon: one of them is gone, and the other one finds
# out by itself (RFC 7296 2.4), which takes minutes, nearly all of them idle.
#
# ike-dead.sh [WORD...]: the cases with one of the words in their names.

. "$(dirname "$0")/lib/lib.sh"
. "$LIB/cases.sh"
. "$LIB/ikelab.sh"

need_charon
ike_lab
ike_cases ike-dead-cases.py "$@"

done_testing
