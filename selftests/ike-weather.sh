#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# culvertd and strongSwan's charon on a wire that loses, doubles, delays and
# reorders, and among strangers who start IKE SAs without end.
#
# ike-weather.sh [WORD...]: the cases with one of the words in their names.

. "$(dirname "$0")/lib/lib.sh"
. "$LIB/cases.sh"
. "$LIB/ikelab.sh"

need_charon
ike_lab
ike_cases ike-weather-cases.py "$@"

done_testing
