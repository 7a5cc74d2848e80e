#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# culvertd against strongSwan's charon, as initiator and as responder: each suite
# and group, identities, what does not match, and what is narrowed.
#
# strongswan.sh [WORD...]: the cases with one of the words in their names.

. "$(dirname "$0")/lib/lib.sh"
. "$LIB/cases.sh"
. "$LIB/ikelab.sh"

need_charon
ike_lab
ike_cases strongswan-cases.py "$@"

done_testing
