#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The shell of `make vm`.
. "$(dirname "$0")/guest.sh"
PATH=$PATH:$BUILD/user
cd "$TOP" || exit
cat <<END
Linux $(uname -r), culvert.ko loaded. Some things to type:

  culvertd --check                                  what the module says
  make -C selftests run_tests                       every test
  make -C selftests run_tests TESTS=netns.sh        one test
  exit                                              the end of this machine

END
exec bash
