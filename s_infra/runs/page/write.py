"""Writes the page: a reader finds the old file or the new one, never half of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s_infra.docs import writing
from s_infra.errors import SInfraError
from s_infra.runs.page import facts, render

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

    from s_infra.runs.pipeline import Pipeline


def page(
    run: str, execution_arn: str, deployed: Pipeline, client: Callable[[str], Any], target: Path
) -> None:
    """Write the page of a run; folders that are missing are made.

    Raises:
        SInfraError: the run can't be read, or the file not be written.
    """
    text = render.page(facts.collect(run, execution_arn, deployed, client))
    writing.replace_all([(target, text.encode())])


def check(target: Path) -> None:
    """Make sure that the path can be a file, before anything is asked for.

    Raises:
        SInfraError: it is a folder.
    """
    if target.is_dir():
        raise SInfraError("this is a folder", which=str(target), next_step="name a file in it: page.html")
