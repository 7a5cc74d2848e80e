#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# demo.sh KERNEL [culvert|strongswan]: shows culvert at work in a virtual machine,
# step by step, with that at site 2; fails if it does not do what is promised.

set -eu
. "$(dirname "$0")/vm/env.sh"

kernel=$1
peer=${2:-culvert}
case $peer in
culvert|strongswan) ;;
*)	die "PEER=$peer: site 2 can be culvert or strongswan." ;;
esac

say "building for kernel $kernel"
"$TOP/selftests/vm/build.sh" "$kernel"
export QUIET=1
say "booting a virtual machine (20 seconds to two minutes)"
status=0
"$TOP/selftests/vm/boot.sh" "$kernel" \
	"$TOP/selftests/vm/guest-demo.sh $kernel $peer" || status=$?
say "it took $((SECONDS / 60)) minutes and $((SECONDS % 60)) seconds in all"
exit $status
