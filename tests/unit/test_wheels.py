from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from s_infra.errors import SInfraError
from s_infra.packaging import wheels

SOURCE = Path(__file__).parents[2] / "source/scripts/python"


def test_another_folder_and_other_times_give_the_same_bytes(tmp_path: Path) -> None:
    copy = tmp_path / "elsewhere" / "copy"
    shutil.copytree(SOURCE, copy)
    for path in copy.rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    first = wheels.build(SOURCE, tmp_path / "one")
    second = wheels.build(copy, tmp_path / "two")
    assert first.path.read_bytes() == second.path.read_bytes()


def test_an_unchanged_source_leaves_the_file_alone_and_a_changed_one_replaces_it(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(SOURCE, copy)
    built = wheels.build(copy, tmp_path / "out")
    before = built.path.stat().st_mtime_ns
    assert built.changed
    again = wheels.build(copy, tmp_path / "out")
    assert not again.changed
    assert again.path.stat().st_mtime_ns == before
    (copy / "tabular/extra.py").write_text("VALUE = 1\n")
    assert wheels.build(copy, tmp_path / "out").changed


def test_a_folder_without_a_project_is_named(tmp_path: Path) -> None:
    with pytest.raises(SInfraError, match=r"pyproject\.toml"):
        wheels.build(tmp_path, tmp_path / "out")


def test_a_failed_build_shows_what_the_backend_said_and_keeps_the_old_wheel(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(SOURCE, copy)
    old = wheels.build(copy, tmp_path / "out").path
    content = old.read_bytes()
    project = (copy / "pyproject.toml").read_text()
    (copy / "pyproject.toml").write_text(project.replace('version = "0.1.0"', 'version = "not a version"'))
    with pytest.raises(SInfraError, match="not a version"):
        wheels.build(copy, tmp_path / "out")
    assert old.read_bytes() == content
