#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# culvertd against culvertd: SAs are replaced again and again under numbered
# packets, ROUNDS of them.
#
# ike-life.sh [WORD...]: the cases with one of the words in their names.

. "$(dirname "$0")/lib/lib.sh"
. "$LIB/cases.sh"
. "$LIB/ikelab.sh"

ike_lab
ike_cases ike-life-cases.py "$@"

done_testing
