"""Builds a container's image with an engine, and looks whether it is what was asked for."""

from __future__ import annotations

import contextlib
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from s_infra.errors import SInfraError
from s_infra.packaging import buildkit, context, dockerfile, engine

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from s_infra.packaging.context import Context, Packed
    from s_infra.packaging.engine import Engine

# SageMaker's instances, whatever this machine is.
PLATFORM = "linux/amd64"
WITHOUT_ENGINE = (
    "start Docker or Podman; or have CodeBuild build it: give the module image_builder = {}, or say "
    "--project NAME; or push from a machine that has one, in continuous integration for instance, "
    'and give the module image_push = "none"'
)


@dataclass(frozen=True)
class Wanted:
    """What an image has to be. `platform` None: the engine's own; `pinned_base`: its base named by digest."""

    platform: str | None = PLATFORM
    pinned_base: bool = False


def engine_for_images() -> Engine:
    """Return an engine to build and push with; it may run on another machine.

    Raises:
        SInfraError: none answers, or S_INFRA_CONTAINERS rules them out.
    """
    try:
        if engine.chosen_way() == "processes":
            raise engine.NoEngineError(f"{engine.VARIABLE} asks for processes, which can't make an image")
        return engine.find(shares_folders=False)
    except engine.NoEngineError as error:
        raise SInfraError(
            "an image is built by a container engine, and none answers on this machine",
            which=error.what,
            next_step=WITHOUT_ENGINE,
        ) from error


def build(
    source: Context, packed: Packed, tag: str, chosen: Engine, wanted: Wanted, tell: Callable[[str], None]
) -> None:
    """Build the image under `tag`.

    Raises:
        SInfraError: the base isn't pinned and should be, can't be had, a step fails, or the image is
            for another processor.
    """
    if wanted.pinned_base:
        check_pinned(source, chosen)
    by_buildkit = chosen.podman is None and buildkit.asked_by(source) is not None
    tell(f"building {tag} with {chosen.name}{' (BuildKit)' if by_buildkit else ''}")
    try:
        if by_buildkit:
            for base in dockerfile.base_images(source):
                if not chosen.has(base):
                    chosen.fetch(base, wanted.platform, tell)
        chosen.build(packed.data, tag, packed.digest, tell, wanted.platform, by_buildkit=by_buildkit)
    except SInfraError as error:
        problem = _without_base(source, chosen, error) or _of_another(source, chosen, wanted, error)
        raise problem or error from error
    if wanted.platform is not None:
        made, asked = chosen.architecture(tag), wanted.platform.rpartition("/")[2]
        if made != asked:
            chosen.remove(tag)
            raise SInfraError(
                f"the image is for {made}, and {asked} was asked for: its base image here is {made}'s",
                which=tag,
                next_step=f"pull the base for {wanted.platform}, or say --platform linux/{made}",
            )


def build_alone(directory: Path, tag: str, wanted: Wanted, tell: Callable[[str], None]) -> str:
    """Build the image of a folder; return its id."""
    source = context.read(directory)
    with contextlib.closing(engine_for_images()) as chosen:
        build(source, context.pack(source), tag, chosen, wanted, tell)
        return str(chosen.client.api.inspect_image(tag)["Id"])


def scratch_tag() -> str:
    """Return a name that no other build uses."""
    return f"s-infra-check:{uuid.uuid4().hex[:12]}"


def check_pinned(source: Context, chosen: Engine | None) -> None:
    """Refuse a base image that is named by a tag, which can be moved.

    Raises:
        SInfraError: as said; with the name to write, where the engine knows it.
    """
    for base in dockerfile.base_images(source):
        if "@sha256:" in base:
            continue
        known = chosen.digests(base) if chosen is not None and chosen.has(base) else []
        raise SInfraError(
            "the base image is named by a tag, which may be another image tomorrow",
            which=f"FROM {base}",
            next_step=f"write FROM {known[0]}"
            if known
            else f"pull {base}, and write the digest that it says",
        )


def _without_base(source: Context, chosen: Engine, error: SInfraError) -> SInfraError | None:
    """Return what to say of a build that failed for want of its base image, None for any other failure."""
    missing = [one for one in dockerfile.base_images(source) if not chosen.has(one)]
    if not missing:
        return None
    return SInfraError(
        f"the base image {missing[0]} isn't in {chosen.name}, which can't pull it: {error.what}",
        which=error.which,
        next_step=f"pull it where its registry can be reached, or {engine.AS_PROCESSES}",
    )


def _of_another(source: Context, chosen: Engine, wanted: Wanted, error: SInfraError) -> SInfraError | None:
    """Return what to say of a build that failed with a base image of another processor here, else None."""
    asked = (wanted.platform or "").rpartition("/")[2]
    for base in dockerfile.base_images(source):
        made = chosen.architecture(base)
        if asked and made != asked:
            return SInfraError(
                f"the base image {base} is here for {made} alone, and {asked} was asked for: {error.what}",
                which=error.which,
                next_step=f"pull the base for {wanted.platform}, or say --platform linux/{made}",
            )
    return None
