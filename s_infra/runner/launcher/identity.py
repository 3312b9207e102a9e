"""Who a container's program is: the image's USER, or root; also where the machine lends us one user alone."""

from __future__ import annotations

import ctypes
import os
import struct

from s_infra.runner.launcher import kernel

PR_SET_SECCOMP = 22
SECCOMP_MODE_FILTER = 2
ALLOW, ANSWER_NOUGHT = 0x7FFF0000, 0x00050000
# Instructions of the kernel's packet filter: load a word, compare and jump, return.
LOAD, JUMP_EQUAL, RETURN = 0x20, 0x15, 0x06
OFFSET_NUMBER, OFFSET_ARCHITECTURE = 0, 4
# Linux's tables: set*uid, set*gid, setgroups, and the ways to change a file's owner.
CALLS = {
    "x86_64": (0xC000003E, (92, 93, 94, 105, 106, 113, 114, 116, 117, 119, 122, 123, 260)),
    "aarch64": (0xC00000B7, (54, 55, 143, 144, 145, 146, 147, 149, 151, 152, 159)),
}


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def become(user: int, group: int, *, in_place: bool) -> None:
    """Be this user from here on. `in_place`: there are several users to change to.

    Else the only one gets that number, in a user namespace of its own: what is root's is this user's, too.
    """
    if in_place:
        kernel.become(user, group)
        return
    mapped = os.geteuid(), os.getegid()
    kernel.unshare(kernel.CLONE_NEWUSER)
    kernel.map_users((user, mapped[0]), (group, mapped[1]))


def let_changes_pass() -> None:
    """Have changes of user and owner succeed without an effect, for this process and all that it starts.

    Servers that start as root, nginx for one, end where they can't give their workers another user. An
    unknown kind of machine is left as it is.
    """
    architecture = os.uname().machine
    if architecture not in CALLS:
        return
    number, calls = CALLS[architecture]
    last = len(calls)
    lines = [
        (LOAD, 0, 0, OFFSET_ARCHITECTURE),
        # Programs of another architecture are let through.
        (JUMP_EQUAL, 0, last + 1, number),
        (LOAD, 0, 0, OFFSET_NUMBER),
        *((JUMP_EQUAL, last - place, 0, call) for place, call in enumerate(calls)),
        (RETURN, 0, 0, ALLOW),
        (RETURN, 0, 0, ANSWER_NOUGHT),
    ]
    code = b"".join(struct.pack("HBBI", *line) for line in lines)
    program = _Program(len(lines), code)
    kernel.call("prctl", PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0)
