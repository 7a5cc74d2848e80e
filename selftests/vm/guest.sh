# SPDX-License-Identifier: GPL-2.0-only
# In a test machine: loads the module that was built for its kernel and sets
# what the tests read. Sourced.

. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

# The machine is thrown away: tests may damage it.
export CULVERT_DISPOSABLE=1
export CULVERT_BUILD=$BUILD/kernel/$(uname -r)

# Programs that tests start often, from memory: see often.sh.
FAST=/run/culvert
if [ ! -d $FAST ]; then
	mkdir $FAST
	mount -t tmpfs culvert $FAST
	tar -xf "$BUILD/often.tar" -C $FAST
fi
export PATH=$FAST/bin:$PATH LD_LIBRARY_PATH=$FAST/lib
export OUTPUT=$FAST/selftests

[ -e /sys/module/culvert ] || insmod "$CULVERT_BUILD/culvert.ko"
