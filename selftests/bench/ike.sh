#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# IKE set-ups of a hub with many sites: see ike.py.
# Meant for a test machine that counts instructions.

. "$(dirname "$0")/lib.sh"
. "$LIB/ikelab.sh"

need_charon
charon_in_memory
ike_lab --
export PART PYTHONPATH=$LIB
if "$SELFTESTS/bench/ike.py"; then
	pass 'the hub has a tunnel with every site'
else
	fail 'the hub has a tunnel with every site'
fi
rm -rf "$LAB"
done_testing
