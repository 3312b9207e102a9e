"""Builds what Terraform hands to AWS: wheels for Glue, zips and layers for Lambda; unchanged, nothing."""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement

from s_infra.errors import SInfraError
from s_infra.packaging import archives, dependencies, lock, sources, targets, wheels
from s_infra.packaging.lock import Artifact, Build

if TYPE_CHECKING:
    from collections.abc import Callable

    from s_infra.packaging.sources import Source
    from s_infra.packaging.targets import Target

ANY = "any"
OWN = "own"
# Where Lambda looks for a layer's packages ("Packaging your layer content", Lambda Developer Guide).
LAYER_FOLDER = "python"
TESTS = "tests"


@dataclass(frozen=True)
class Result:
    """What was asked for: the files, whether any is new, and the lock that describes them."""

    paths: tuple[Path, ...]
    changed: bool
    lock: Path


@dataclass(frozen=True)
class _Made:
    path: Path
    kind: str
    source: str


def build(
    path: Path,
    out: Path,
    target: str | None,
    tell: Callable[[str], None],
    *,
    layer: bool = False,
    lock_file: Path | None = None,
) -> Result:
    """Build a project, a function's folder or a requirements file into `out`; the lock is written last.

    Without a target a project's own wheel is built, and its dependencies are left to whoever installs it.

    Raises:
        SInfraError: the source isn't one for this target, or a step fails; `out` is as it was then.
    """
    source, wanted = sources.read(path), targets.named(target) if target else None
    _check(source, wanted, layer)
    _check_apart(source, out)
    lock_path = lock_file or out / lock.NAME
    relative = _relative(source.path, lock_path.parent)
    before = {one.key: one for one in lock.read(lock_path)}
    old = before.get((relative, wanted.name if wanted else ANY))
    tools = _built_with(source)
    if old and _holds(old, source, tools, out, layer):
        return Result(tuple(out / one.file for one in old.artifacts), changed=False, lock=lock_path)
    with archives.written("the build", out), tempfile.TemporaryDirectory(prefix="s-infra-build-") as scratch:
        made, pins = _Building(source, wanted, Path(scratch), tell).run(old.pins if old else {}, layer=layer)
        paths = tuple(_placed(one.path, out) for one in made)
    described = tuple(
        Artifact(file.name, one.kind, _sha256(file), file.stat().st_size, one.source)
        for file, one in zip(paths, made, strict=True)
    )
    new = Build(relative, source.kind, source.sha256, wanted.name if wanted else ANY, described, pins, tools)
    lock.add(lock_path, new)
    if old:
        others = {one.file for build in before.values() if build.key != new.key for one in build.artifacts}
        for one in old.artifacts:
            if one.file not in others | {artifact.file for artifact in described}:
                (out / one.file).unlink(missing_ok=True)
    return Result(paths, changed=True, lock=lock_path)


@dataclass(frozen=True)
class _Building:
    source: Source
    target: Target | None
    scratch: Path
    tell: Callable[[str], None]

    def run(self, pins: dict[str, str], *, layer: bool) -> tuple[list[_Made], dict[str, str]]:
        own = [self._own_wheel()] if self.source.kind == "project" else []
        if self.target is None:
            return [_Made(path, "wheel", OWN) for path in own], {}
        pinned = self._resolved(pins)
        downloaded = self.scratch / "downloaded"
        downloaded.mkdir()
        if pinned:
            self.tell(f"downloading {len(pinned)} wheels for {self.target.name}")
        fetched = dependencies.download(pinned, self.target, downloaded)
        kept = {one.name: one.version for one in pinned}
        if self.target.makes == targets.MAKES_WHEELS:
            theirs = [_Made(path, "wheel", one.purl) for path, one in zip(fetched, pinned, strict=True)]
            return [*(_Made(path, "wheel", OWN) for path in own), *theirs], kept
        return self._zips(own, fetched, layer=layer), kept

    def _own_wheel(self) -> Path:
        out = self.scratch / "own"
        out.mkdir()
        built = wheels.build(self.source.path, out).path
        if self.target and not self.target.takes(built):
            raise SInfraError(
                f"the project's own wheel isn't for {self.target.name}: it has code that was compiled here",
                which=built.name,
                next_step="build it on such a system, or leave the compiled code to a package of the index",
            )
        return built

    def _resolved(self, pins: dict[str, str]) -> tuple[dependencies.Pinned, ...]:
        if self.source.kind == "requirements":
            asked = [self.source.path]
        else:
            names = (sources.PROJECT, sources.REQUIREMENTS)
            asked = [self.source.path / name for name in names if name in self.source.files]
        return dependencies.resolve(asked, self.target, pins) if asked and self.target else ()

    def _zips(self, own: list[Path], fetched: tuple[Path, ...], *, layer: bool) -> list[_Made]:
        assert self.target is not None
        files: dict[str, Path] = {}
        if self.source.kind == "function":
            names = [name for name in self.source.files if TESTS not in name.split("/")[:-1]]
            files = {name: self.source.path / name for name in names}
        elif own:
            files = self._laid_out("code", own)
        packages = self._laid_out("packages", list(fetched)) if fetched else {}
        made = []
        name = f"{self.source.name}-{self.target.name}"
        if not layer:
            if both := sorted(files.keys() & packages.keys()):
                raise SInfraError("a file of the function has the name of a dependency's", which=both[0])
            files |= packages
        elif packages:
            made.append(_Made(self.scratch / f"{name}-layer.zip", "layer", OWN))
            archives.pack({f"{LAYER_FOLDER}/{key}": path for key, path in packages.items()}, made[-1].path)
        if files:
            made.append(_Made(self.scratch / f"{name}.zip", "function", OWN))
            archives.pack(files, made[-1].path)
        return made

    def _laid_out(self, name: str, given: list[Path]) -> dict[str, Path]:
        assert self.target is not None
        folder = self.scratch / name
        dependencies.install(given, self.target, folder)
        return {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}


def _check(source: Source, target: Target | None, layer: bool) -> None:
    zips = target is not None and target.makes == targets.MAKES_ZIPS
    if source.kind != "project" and target is None:
        raise SInfraError(
            "there is no project to build (no pyproject.toml), and no target was named",
            which=str(source.path),
            next_step="name the folder that holds pyproject.toml, or add --target, one of "
            + ", ".join(targets.TARGETS),
        )
    if source.kind == "function" and not zips:
        raise SInfraError(
            "a folder without pyproject.toml is a function's, and only Lambda takes it",
            which=str(source.path),
            next_step="add a pyproject.toml, or name one of Lambda's targets",
        )
    if layer and not zips:
        raise SInfraError("only a Lambda target has layers", which=str(source.path))
    if source.kind == "requirements" and zips and not layer:
        raise SInfraError(
            "requirements alone are no function",
            which=str(source.path),
            next_step="add --layer, or name the function's folder with its requirements.txt in it",
        )


def _check_apart(source: Source, out: Path) -> None:
    """Refuse to write into the source: what is built would be part of what it is built from."""
    inside = (
        out.resolve().relative_to(source.path.resolve()).as_posix() + "/"
        if (source.path.is_dir() and out.resolve().is_relative_to(source.path.resolve()))
        else None
    )
    if inside is not None and not sources.LEFT_OUT.search(inside):
        raise SInfraError(
            "the folder of --out lies in the source, and would be built into it",
            which=str(out),
            next_step="name a folder beside it, or one that is called build or dist",
        )


def _holds(old: Build, source: Source, tools: dict[str, str], out: Path, layer: bool) -> bool:
    if (old.sha256, old.built_with) != (source.sha256, tools):
        return False
    if old.pins and layer != any(one.kind == "layer" for one in old.artifacts):
        return False
    files = {one: out / one.file for one in old.artifacts}
    return all(
        path.is_file() and path.stat().st_size == one.size and _sha256(path) == one.sha256
        for one, path in files.items()
    )


def _built_with(source: Source) -> dict[str, str]:
    if source.kind != "project":
        return {}
    try:
        project = tomllib.loads((source.path / sources.PROJECT).read_text(encoding="utf-8"))
        names = [Requirement(one).name for one in project["build-system"]["requires"]]
    except (ValueError, KeyError, TypeError, InvalidRequirement):
        # What is wrong with it the build says better.
        return {}
    found = {}
    for name in names:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def _relative(path: Path, start: Path) -> str:
    return Path(os.path.relpath(path.resolve(), start.resolve())).as_posix()


def _placed(path: Path, out: Path) -> Path:
    """Move a file into `out` at once; the same bytes leave the file that is there alone."""
    target = out / path.name
    if target.is_file() and target.stat().st_size == path.stat().st_size and _sha256(target) == _sha256(path):
        return target
    out.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.partial")
    try:
        with path.open("rb") as given, partial.open("wb") as taken:
            while block := given.read(1 << 20):
                taken.write(block)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return target


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
