#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What a tunnel delays while it comes up and when it is there: see latency.py.
# Meant for a test machine that counts instructions.

. "$(dirname "$0")/lib.sh"
. "$LIB/ikelab.sh"

need_charon
charon_in_memory
ike_lab --
export PART PYTHONPATH=$LIB
if "$SELFTESTS/bench/latency.py"; then
	pass 'packets are answered'
else
	fail 'packets are answered'
fi
rm -rf "$LAB"
done_testing
