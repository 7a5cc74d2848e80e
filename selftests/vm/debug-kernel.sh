#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Builds the debug kernel from Debian's linux-source-6.12 and debug.config, once
# for each version of the two, and prints its directory in the cache; kernel.sh
# says what is in it. Takes about 15 minutes of CPU.

set -eu
. "$(dirname "$0")/env.sh"

FRAGMENT=$(realpath "$(dirname "$0")/debug.config")
SOURCE=$("$(dirname "$0")/source.sh")
KEY=$(basename "$SOURCE" | sed 's/.*_//')-$(sha256sum "$FRAGMENT" | cut -c1-12)
DIR=$CACHE/kernels/debug-$KEY

# The options without which a clean run of the debug kernel proves nothing.
MATTER="BUG KASAN PROVE_LOCKING PROVE_RCU DEBUG_ATOMIC_SLEEP DEBUG_KMEMLEAK
	DEBUG_OBJECTS UBSAN FAULT_INJECTION"

# Lines of the fragment that do not hold in a .config.
lost_options() {
	local config=$1 line option
	grep -E '^(# )?CONFIG_' "$FRAGMENT" | while read -r line; do
		case $line in
		"# "*)	option=${line#\# }
			! grep -q "^${option%% *}=" "$config" || echo "$line" ;;
		*)	grep -qxF -- "$line" "$config" || echo "$line" ;;
		esac
	done
}

configure() {
	local build=$1 lost
	make -s -C "$SOURCE" O="$build" tinyconfig &&
	(cd "$build" && "$SOURCE/scripts/kconfig/merge_config.sh" -m \
		-O "$build" .config "$FRAGMENT" >/dev/null) &&
	make -s -C "$SOURCE" O="$build" olddefconfig || return

	lost=$(lost_options "$build/.config")
	[ -z "$lost" ] || die "the configuration of the debug kernel does not" \
		"hold what debug.config asks for (a dependency is missing, or" \
		"another option switches it off):" $lost
}

build() {
	local new=$DIR.new log=$DIR.log release

	[ ! -e "$DIR" ] || return 0
	say "building the debug kernel, once, into $DIR"
	say "this takes 8 minutes on 2 cores; progress stands in $log"
	rm -rf "$new"
	mkdir -p "$new/boot" "$new/build"
	{
		configure "$new/build" &&
		make -s -j"$(nproc)" -C "$SOURCE" O="$new/build" \
			KBUILD_BUILD_TIMESTAMP=@0 bzImage modules &&
		make -s -C "$SOURCE" O="$new/build" \
			INSTALL_MOD_PATH="$new" modules_install
	} >"$log" 2>&1 || {
		tail -n 20 "$log" >&2
		die "the debug kernel did not build: see $log"
	}
	release=$(cat "$new/build/include/config/kernel.release")
	cp "$new/build/arch/x86/boot/bzImage" "$new/boot/vmlinuz-$release"
	rm -f "$new/lib/modules/$release/build"
	# Modules build without the kernel's own object files.
	find "$new/build" \( -name '*.o' -o -name '*.a' -o -name '*.ko' \) \
		-not -path '*/tools/*' -not -path '*/scripts/*' -delete
	mv "$new" "$DIR"
}

check_options() {
	local option on=
	for option in $MATTER; do
		grep -qx "CONFIG_$option=y" "$DIR/build/.config" ||
			die "CONFIG_$option is off in the debug kernel in $DIR."
		on="$on $option"
	done
	[ -n "${QUIET:-}" ] || say "the debug kernel has$on"
}

with_lock debug-kernel build
check_options
echo "$DIR"
