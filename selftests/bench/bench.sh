#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# bench.sh [PART...]: measures culvert beside XFRM, WireGuard, strongSwan and
# plain forwarding in virtual machines, one for each part, and writes what it
# found into docs/bench/. A part that is not run keeps what was found before.
#
# BASE=REVISION measures that revision too, with the same instrument, and prints
# both; docs/bench/ stays as it is.

set -eu -o pipefail
. "$(dirname "$0")/../vm/env.sh"

KERNEL=6.12
ALL="packet tcp policy sas scaling latency ike"
BENCH=$TOP/selftests/bench

# With one processor that counts instructions, time is their number, and what
# else this machine does has no say. Only what is about two processors has two.
machine() {
	case $1 in
	scaling)	export CPUS=2 QEMU_OPTS= ;;
	*)		export CPUS=1 QEMU_OPTS="-icount shift=0,sleep=off" ;;
	esac
	# Every SA and rule twice, culvert's and XFRM's.
	export MEMORY=2G
}

# measure TREE PART...: its module and daemon, into build/results there.
measure() {
	local tree=$1 part out=$1/build/results/$KERNEL/bench
	shift
	"$tree/selftests/vm/build.sh" "$KERNEL"
	mkdir -p "$out"
	for part; do
		say "measuring $part ($tree)"
		machine "$part"
		rm -rf "$out/$part".*
		"$tree/selftests/vm/boot.sh" "$KERNEL" \
			"$tree/selftests/bench/guest.sh $out $part" ||
			failed+=" $part"
	done
}

# The other revision's module and daemon, this one's instrument.
base_tree() {
	rm -rf "$1"
	mkdir -p "$1"
	git -C "$TOP" archive "$BASE" | tar -x -C "$1"
	rm -rf "$1/selftests"
	cp -r "$TOP/selftests" "$TOP/Makefile" "$1/"
}

[ $# -gt 0 ] || read -ra ALL_PARTS <<<"$ALL"
[ $# -gt 0 ] || set -- "${ALL_PARTS[@]}"
for part; do
	case " $ALL " in
	*" $part "*)	;;
	*)		die "there is no part '$part' of the benchmark: $ALL" ;;
	esac
done

failed=
measure "$TOP" "$@"
mine=$RESULTS/$KERNEL/bench
if [ -n "${BASE:-}" ]; then
	base_tree "$BUILD/base"
	measure "$BUILD/base" "$@"
	"$BENCH/report.py" compare "$BUILD/base/build/results/$KERNEL/bench" \
		"$mine" "$@"
else
	REVISION=$(git -C "$TOP" describe --always --dirty 2>/dev/null || true)
	export REVISION
	"$BENCH/report.py" write "$mine" "$TOP/docs/bench" "$@"
fi
[ -z "$failed" ] || die "not all was measured:$failed. The words are in" \
	"build/results/$KERNEL/bench/*.tap."
