"""Writes a project that runs: the module, a transform, a container, data, a test and a CI file."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import jinja2

from s_infra.errors import SInfraError

HERE = Path(__file__).parent
TEMPLATE = HERE / "template"
# In an installed package the sources lie beside this file, in a checkout in its root.
CHECKOUT = HERE.parents[1]
SOURCES = HERE / "source" if (HERE / "source").is_dir() else CHECKOUT / "source"
MODULE = "catalog/aws/ml-ops"
# As the module's name_prefix, and short enough for a tuning job's name.
NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
LONGEST_NAME = 20
# Files that only the repository itself needs.
LEFT_OUT = shutil.ignore_patterns("__pycache__", "tests", "ruff.toml", "build", "dist", ".*cache")


@dataclass(frozen=True)
class Project:
    """A project that was written: its folder, and its files relative to it, in order."""

    directory: Path
    files: tuple[Path, ...]


def make(name: str, into: Path, catalog: str | None = None) -> Project:
    """Write the project `name` into a folder of that name in `into`.

    `catalog` is the source of the ml-ops module as Terraform reads it; by default the checkout that this
    helper runs from.

    Raises:
        SInfraError: the name can't be a pipeline's, the folder is there already or can't be written, or no
            catalog is known.
    """
    if not NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        raise SInfraError(
            f"a project's name has lower-case letters, digits and single hyphens, {LONGEST_NAME} at most",
            which=name,
            next_step="choose another name, such as churn",
        )
    directory = into / name
    if directory.exists():
        raise SInfraError(
            "the folder is there already; nothing was written",
            which=str(directory),
            next_step="choose another name, or remove the folder",
        )
    values = {"name": name, "catalog": catalog or _checkout(directory)}
    try:
        into.mkdir(parents=True, exist_ok=True)
        # Whole or not at all: it gets its name when all of it is written.
        with tempfile.TemporaryDirectory(prefix=f".{name}-", dir=into) as scratch:
            written = Path(scratch, name)
            _write(written, values)
            written.rename(directory)
    except OSError as error:
        raise SInfraError(
            f"the project can't be written: {error.strerror or error}",
            which=str(directory),
            next_step="name a folder that you may write to: --into",
        ) from error
    files = sorted(path.relative_to(directory) for path in directory.rglob("*") if path.is_file())
    return Project(directory, tuple(files))


def _checkout(directory: Path) -> str:
    module = CHECKOUT / MODULE
    if not (module / "main.tf").is_file():
        raise SInfraError(
            "this helper was installed without the catalog",
            which=MODULE,
            next_step=f"say where it is: --catalog git::https://…//{MODULE}",
        )
    # Terraform takes a path for a module on this disk only if it begins with a dot.
    path = os.path.relpath(module.resolve(), directory.resolve())
    return path if path.startswith(".") else f"./{path}"


def _write(target: Path, values: dict[str, str]) -> None:
    shutil.copytree(TEMPLATE, target)
    shutil.copytree(SOURCES / "scripts", target / "source/scripts", ignore=LEFT_OUT)
    container = target / "source/containers" / values["name"]
    shutil.copytree(SOURCES / "containers/ml-ops-byo-custom", container, ignore=LEFT_OUT)
    environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        # HCL and Markdown, nothing that a browser reads.
        autoescape=False,  # noqa: S701
    )
    for path in target.rglob("*"):
        if path.suffix in (".tf", ".md") and path.is_file():
            path.write_text(environment.from_string(path.read_text(encoding="utf-8")).render(values))
