"""The image of a folder to be checked: built by an engine, or without one laid out from its Dockerfile."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from s_infra import lock_file
from s_infra.checking import contract
from s_infra.packaging import building, context, dockerfile, environments, system_packages
from s_infra.runner import ways
from s_infra.runner.engine import EngineImage
from s_infra.runner.image import Image, write_root
from s_infra.runner.leftovers import LOCK_FILE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from s_infra.checking.contract import Clause
    from s_infra.checking.sample import Sample
    from s_infra.packaging.building import Wanted

TRAIN_TIMEOUT_S = 600.0


def check(
    directory: Path,
    sample: Sample,
    wanted: Wanted,
    tell: Callable[[str], None],
    on_clause: Callable[[Clause], None],
    train_timeout: float = TRAIN_TIMEOUT_S,
) -> list[Clause]:
    """Hold the container in `directory` to the contract; `on_clause` is told of each clause as it is known.

    Raises:
        SInfraError: the image can't be built or laid out, or can't be started.
    """
    found = []
    with _folder() as folder, _image(directory, folder, wanted, tell) as image:
        for clause in contract.Check(image, sample, folder, train_timeout).clauses():
            on_clause(clause)
            found.append(clause)
    return found


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    """Give a folder whose lock says that its containers are in use, as a sandbox's does."""
    folder = Path(tempfile.mkdtemp(prefix="s-infra-check-"))
    # An image's USER has to get to what is mounted from it.
    folder.chmod(0o755)
    try:
        with (folder / LOCK_FILE).open("w") as lock:
            lock_file.take(lock)
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _image(
    directory: Path, folder: Path, wanted: Wanted, tell: Callable[[str], None]
) -> Iterator[Image | EngineImage]:
    source = context.read(directory)
    way = ways.choose()
    if way.engine is None:
        tell(f"the container's programs run as processes: {way.why}")
        yield _laid_out(source, folder, tell)
        return
    tag = building.scratch_tag()
    with contextlib.closing(way.engine) as engine:
        building.build(source, context.pack(source), tag, engine, wanted, tell)
        try:
            yield EngineImage(tag, tag, engine, folder)
        finally:
            engine.remove(tag)


def _laid_out(source: context.Context, folder: Path, tell: Callable[[str], None]) -> Image:
    plan = dockerfile.read(source)
    absent = system_packages.missing(plan.system_packages)
    for warning in (*plan.warnings, *([system_packages.told(absent)] if absent else [])):
        tell(f"warning: {warning}")
    environment = environments.build(plan.python, plan.requirements, tell)
    root = folder / "root"
    write_root(root, source, plan, environment)
    image = Image(context.pack(source).digest, root, plan, environment)
    image.user()
    return image
