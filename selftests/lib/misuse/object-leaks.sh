#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A namespace that somebody still holds: its state in the module lives on.
# expect: every object created is destroyed
. "$(dirname "$0")/../lib.sh"
PATIENCE=3
node n1
# Outside the namespace's own process list, or the library would end it.
exec 7<"/run/netns/$(ns n1)"
sleep 600 >/dev/null 2>&1 &
echo $! >"$MISUSE_CLEANUP"
exec 7<&-
done_testing
