# SPDX-License-Identifier: GPL-2.0-only
# In a test machine: loads the module that was built for its kernel and sets
# what the tests read. Sourced.

. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

# The machine is thrown away: tests may damage it.
export CULVERT_DISPOSABLE=1
export CULVERT_BUILD=$BUILD/kernel/$(uname -r)

# The file system comes through 9p without a cache: a program is read anew each
# time it starts. Those that tests start most stand in memory, with their
# libraries; measured, they start in half the time.
FAST=/run/culvert
OFTEN="awk basename bash cat chmod cp cut dirname dmesg env grep head insmod ip
	mktemp od ping rm rmmod sed setpriv sh sleep sort tail tee timeout touch tr
	true uname unshare xargs"

copy_to_memory() {
	local program
	mkdir $FAST
	mount -t tmpfs culvert $FAST
	mkdir -p $FAST/bin $FAST/lib $FAST/user
	for program in $OFTEN; do
		cp -L "$(type -P "$program")" $FAST/bin/
	done
	cp -r "$BUILD/selftests" $FAST/
	cp "$BUILD/user/culvertd" $FAST/user/
	ldd $FAST/bin/* $FAST/selftests/* $FAST/user/* |
		grep -o '/[^ ]*\.so[^ ]*' | sort -u | xargs -I{} cp -L {} $FAST/lib/
}

[ -d $FAST ] || copy_to_memory
export PATH=$FAST/bin:$PATH LD_LIBRARY_PATH=$FAST/lib
export OUTPUT=$FAST/selftests

[ -e /sys/module/culvert ] || insmod "$CULVERT_BUILD/culvert.ko"
