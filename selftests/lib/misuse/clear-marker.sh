#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Marked plain text between addresses that may be seen.
# expect: no clear text on gw1-gw2
# expect: marked plain text
. "$(dirname "$0")/../lib.sh"
topology "gw1 192.0.2.1/24,2001:db8::1/64 == 192.0.2.2/24,2001:db8::2/64 gw2"
on gw1 ping -q -c 1 -W 30 -s 100 -p "$MARKER" 192.0.2.2
done_testing
