"""A container's file system: the machine's system folders under the image's own files, writes thrown away."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from s_infra.runner.launcher.kernel import call

MS_RDONLY = 0x1
MS_NOSUID = 0x2
MS_NODEV = 0x4
MS_REMOUNT = 0x20
MS_BIND = 0x1000
MS_REC = 0x4000
MS_PRIVATE = 0x40000
MNT_DETACH = 0x2
# nosuid, nodev, noexec, noatime, nodiratime, relatime: a user namespace may not take them off on a remount.
KEPT_FLAGS = 0x2 | 0x4 | 0x8 | 0x400 | 0x800 | 0x200000
# What of the machine stands in for the base image. Homes, data and mounts of the machine stay out.
SYSTEM = ("bin", "sbin", "lib", "lib32", "lib64", "libx32", "usr", "etc", "var", "nix")
EMPTY = ("dev", "proc", "sys", "run", "tmp", "opt", "root", "home", "srv", "mnt", "media")
DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
DEVICE_LINKS = (("fd", ""), ("stdin", "/0"), ("stdout", "/1"), ("stderr", "/2"))


def set_up(spec: dict[str, Any]) -> None:
    """Build the root that `spec` describes and make it this process's root."""
    stage, image = Path(spec["stage"]), Path(spec["image_root"])
    call("mount", b"none", b"/", None, MS_REC | MS_PRIVATE, None)
    mount("tmpfs", stage, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755")
    root = stage / "root"
    root.mkdir()
    mount(str(root), root, None, MS_BIND)
    for name in sorted({*SYSTEM, *(entry.name for entry in image.iterdir())}):
        _top_level(stage, image, name)
    for name in EMPTY:
        (root / name).mkdir(exist_ok=True)
    _devices(root)
    bind("/sys", root / "sys")
    bind(spec["scratch"], root / "tmp")
    for name in spec["emptied"]:
        if (root / name.lstrip("/")).is_dir():
            mount("tmpfs", root / name.lstrip("/"), "tmpfs", MS_NOSUID | MS_NODEV, "mode=755")
    for source, target, read_only in spec["binds"]:
        place = root / target.lstrip("/")
        place.mkdir(parents=True, exist_ok=True)
        bind(source, place, read_only=read_only)
    _processes(root)
    os.chdir(root)
    # With both the same, the old root lies under the new one and is taken off at once.
    call("pivot_root", b".", b".")
    call("umount2", b".", MNT_DETACH)
    os.chdir("/")


def _top_level(stage: Path, image: Path, name: str) -> None:
    host, own, place = Path("/", name), image / name, stage / "root" / name
    if host.is_symlink():
        place.symlink_to(host.readlink())
        return
    layers = [layer for layer in (own, host) if layer.is_dir() and (layer == own or name in SYSTEM)]
    if not layers:
        return
    upper, work = stage / "upper" / name, stage / "work" / name
    for folder in (place, upper, work):
        folder.mkdir(parents=True)
    lower = ":".join(_escaped(layer) for layer in layers)
    options = f"lowerdir={lower},upperdir={_escaped(upper)},workdir={_escaped(work)}"
    try:
        # What an ordinary user's overlay needs to replace a folder; older kernels have it on no tmpfs.
        mount("overlay", place, "overlay", 0, f"{options},userxattr")
    except OSError:
        mount("overlay", place, "overlay", 0, options)


def _devices(root: Path) -> None:
    for name in DEVICES:
        if Path("/dev", name).exists():
            (root / "dev" / name).touch()
            bind(f"/dev/{name}", root / "dev" / name)
    for name, end in DEVICE_LINKS:
        (root / "dev" / name).symlink_to(f"/proc/self/fd{end}")
    shared = root / "dev" / "shm"
    shared.mkdir()
    mount("tmpfs", shared, "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777")


def _processes(root: Path) -> None:
    try:
        mount("proc", root / "proc", "proc", 0)
    except OSError:
        # Inside another container its masked /proc can't be had anew; the outer one is then seen.
        bind("/proc", root / "proc")


def bind(source: str, target: Path, *, read_only: bool = False) -> None:
    """Show `source` at `target`."""
    mount(source, target, None, MS_BIND | MS_REC)
    if read_only:
        kept = os.statvfs(target).f_flag & KEPT_FLAGS
        mount(source, target, None, MS_BIND | MS_REMOUNT | MS_RDONLY | kept)


def mount(source: str, target: Path, kind: str | None, flags: int, options: str = "") -> None:
    """Call mount(2); the error names the target."""
    encoded = kind.encode() if kind else None
    try:
        call("mount", source.encode(), os.fsencode(target), encoded, flags, options.encode())
    except OSError as error:
        raise OSError(error.errno, f"{error.strerror}: {target}") from error


def _escaped(path: Path) -> str:
    return str(path).replace("\\", "\\\\").replace(":", "\\:").replace(",", "\\,")
