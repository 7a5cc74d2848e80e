# SPDX-License-Identifier: GPL-2.0-only
"""What scripts with many cases share: run() prints for each case a line
"pass NAME", "skip NAME: WHY" or "fail NAME: WHY", then "end"; tap_cases of
cases.sh reads that."""

import ctypes
import os
import sys
import time
import traceback

CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000

libc = ctypes.CDLL(None, use_errno=True)


class Skip(Exception):
    """A case that this kernel or machine cannot run."""


def unshare(flags):
    if libc.unshare(flags):
        raise OSError(ctypes.get_errno(), "unshare")


def in_child(action):
    """Runs action in a child process; its exception is ours."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        try:
            action()
        except BaseException:  # pylint: disable=broad-except
            os.write(writer, traceback.format_exc().encode())
            os._exit(1)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        why = pipe.read()
    _, status = os.waitpid(pid, 0)
    assert status == 0, why or f"the child died with status {status}"


def run(cases):
    """cases: (name, function). Words of the command line choose among them;
    TIMES in the environment tells how long each took."""
    wanted = sys.argv[1:]
    times = os.environ.get("TIMES")
    for name, case in cases:
        if wanted and not any(word in name for word in wanted):
            continue
        try:
            begin = time.monotonic()
            case()
            print("pass", name, flush=True)
            if times:
                print("took", round(time.monotonic() - begin, 1), flush=True)
        except Skip as why:
            print(f"skip {name}: {why}", flush=True)
        except Exception as why:  # pylint: disable=broad-except
            lines = [frame.lineno for frame in
                     traceback.extract_tb(sys.exc_info()[2])[1:]]
            print("fail", f"{name}: {case.__name__} lines {lines}:",
                  " / ".join(str(why).splitlines()) or repr(why),
                  flush=True)
    print("end")
