"""Has the Linux kernel refuse this process every call that opens a network, starts a program or changes a file (seccomp).

Such a filter needs no privileges, is inherited, and cannot be taken off again; see seccomp(2) of the Linux manual.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_NO_NEW_PRIVILEGES, _SET_FILTER, _FILTER = 38, 22, 2
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _MACHINE, _ARGUMENTS = 0, 4, 16  # where these stand in what the filter is shown
_ALLOW, _KILL, _REFUSE = 0x7FFF0000, 0x80000000, 0x00050000 | errno.EPERM
_OTHER_NUMBERS = 0x40000000  # x86-64 has a second set of numbers for the same calls
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


@dataclass(frozen=True, slots=True)
class _Calls:
    """One machine: its name in the kernel, its numbers of what is refused, and (number, which argument) of opening a file."""

    machine: int
    reaching: tuple[int, ...]
    changing: tuple[int, ...]
    opening: tuple[tuple[int, int], ...]


# socket, connect, socketpair, bind; fork, vfork, clone, clone3, execve, execveat; kill, ptrace, process_vm_writev; io_uring_setup;
# then what creates, removes, renames, links and truncates files or changes their owner and mode, and openat2.
MACHINES: Mapping[str, _Calls] = {
    "x86_64": _Calls(
        0xC000003E,
        (41, 42, 53, 49, 57, 58, 56, 435, 59, 322, 62, 101, 311, 425),
        (76, 82, 83, 84, 85, 86, 87, 88, 90, 91, 92, 93, 94, 133, 258, 259, 260, 263, 264, 265, 266, 268, 316, 437),
        ((2, 1), (257, 2)),
    ),
    "aarch64": _Calls(
        0xC00000B7,
        (198, 203, 199, 200, 220, 435, 221, 281, 129, 117, 271, 425),
        (33, 34, 35, 36, 37, 38, 45, 52, 53, 54, 55, 276, 437),
        ((56, 2),),
    ),
}


class _Step(ctypes.Structure):
    _fields_ = (("code", ctypes.c_ushort), ("yes", ctypes.c_ubyte), ("no", ctypes.c_ubyte), ("value", ctypes.c_uint32))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.POINTER(_Step)))


def forbid() -> bool:
    """Refuse those calls from now on, in this thread and all it may start; False where this kernel or machine cannot."""
    calls = MACHINES.get(platform.machine()) if sys.platform == "linux" else None
    if calls is None:
        return False
    steps = list(_steps(calls))
    program = _Program(len(steps), (_Step * len(steps))(*(_Step(*step) for step in steps)))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0):
        return False
    return not libc.prctl(_SET_FILTER, _FILTER, ctypes.byref(program), 0, 0)


def _steps(calls: _Calls) -> Iterator[tuple[int, int, int, int]]:
    """(code, steps to skip if so, steps to skip if not, value): BPF as seccomp runs it."""
    yield _LOAD, 0, 0, _MACHINE
    yield _EQUAL, 1, 0, calls.machine
    yield _RETURN, 0, 0, _KILL
    yield _LOAD, 0, 0, _NUMBER
    yield _AT_LEAST, 0, 1, _OTHER_NUMBERS
    yield _RETURN, 0, 0, _REFUSE
    for number in (*calls.reaching, *calls.changing):
        yield _EQUAL, 0, 1, number
        yield _RETURN, 0, 0, _REFUSE
    for number, argument in calls.opening:
        yield _EQUAL, 0, 4, number
        yield _LOAD, 0, 0, _ARGUMENTS + 8 * argument
        yield _ANY_BIT, 0, 1, _WRITING
        yield _RETURN, 0, 0, _REFUSE
        yield _LOAD, 0, 0, _NUMBER
    yield _RETURN, 0, 0, _ALLOW
