#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# culvertd against strongSwan's charon: SAs that stand are replaced, by either end
# or both at once, and deleted; an end restarts; cookies are asked for.
#
# strongswan-life.sh [WORD...]: the cases with one of the words in their names.

. "$(dirname "$0")/lib/lib.sh"
. "$LIB/cases.sh"
. "$LIB/ikelab.sh"

need_charon
ike_lab
ike_cases strongswan-life-cases.py "$@"

done_testing
