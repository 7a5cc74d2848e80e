#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# boot.sh KERNEL [SCRIPT]: boots a test machine that sees this machine's files,
# read only but for build/results/KERNEL, and runs the script in it, as root;
# without one, a shell. Ends with the script's exit status, 255 if the machine
# died. What the kernel said on its console stands in console.log there.
#
# CPUS and MEMORY change the machine, QEMU_OPTS is handed on.

set -eu -o pipefail
. "$(dirname "$0")/env.sh"

kernel=$1
script=${2:-}
dir=$("$TOP/selftests/vm/kernel.sh" "$kernel")
results=$RESULTS/$kernel
mkdir -p "$results"
case $kernel in
debug)	memory=${MEMORY:-2G} ;;
*)	memory=${MEMORY:-1G} ;;
esac

boot() {
	vng --run "$(echo "$dir"/boot/vmlinuz-*)" --force-9p \
		--user root --cwd "$TOP" --memory "$memory" "$@"
}

# A /dev/kvm that opens may still not run a guest. So one is run, once for each
# start of this machine.
kvm_works() {
	local known
	known=$CACHE/kvm-$(cat /proc/sys/kernel/random/boot_id)
	[ -w /dev/kvm ] || return 1
	if [ ! -e "$known" ]; then
		say "trying whether KVM works here"
		rm -f "$CACHE"/kvm-*
		if timeout 60 vng --run "$(echo "$dir"/boot/vmlinuz-*)" \
				--force-9p --memory 512M --exec true \
				</dev/null 2>&1 | cat >/dev/null; then
			echo yes >"$known"
		else
			say "it does not: the test machines are emulated"
			echo no >"$known"
		fi
	fi
	[ "$(cat "$known")" = yes ]
}

set -- --cpus "${CPUS:-2}" --rwdir="$results"
kvm_works || set -- "$@" --disable-kvm
[ -z "${QEMU_OPTS:-}" ] || set -- "$@" --qemu-opts="$QEMU_OPTS"

if [ -z "$script" ]; then
	boot "$@" --shell "$TOP/selftests/vm/guest-shell.sh"
	exit
fi

# virtme-ng opens its outputs anew by name, so a file would be overwritten from
# its begin, but a pipe is a pipe. --verbose brings the console, on standard
# error; the script's own standard error joins its output.
status=0
boot "$@" --verbose --append loglevel=4 --exec "exec bash $script 2>&1" \
	</dev/null 2> >(cat >"$results/console.log") | cat || status=$?
if [ $status -eq 255 ] || grep -q '^Traceback' "$results/console.log"; then
	say "the test machine did not start, or died. The last of its console:"
	tail -n 30 "$results/console.log" >&2
fi
exit $status
