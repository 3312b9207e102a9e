"""archive_file: what goes in, and that the same content gives the same bytes."""

from __future__ import annotations

import base64
import hashlib
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest

from s_infra.errors import SInfraError
from s_infra.sandbox.provider.session import Clients, Session
from s_infra.sandbox.provider.types.archive import SOURCES

ARCHIVE = SOURCES["archive_file"]


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return Session(Clients("http://127.0.0.1:1"), "us-east-1", tmp_path)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    for name in ("b.py", "a.py", "test_a.py", "sub/c.py", "sub/__pycache__/c.pyc", "sub/deep/d.txt"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return folder


def _archive(session: Session, **config: Any) -> tuple[dict[str, Any], zipfile.ZipFile]:
    found = ARCHIVE.read(session, {"type": "zip", "output_path": "out/it.zip", **config})
    return found, zipfile.ZipFile(session.directory / "out/it.zip")


def test_the_hashes_are_those_of_the_file(session: Session, source: Path) -> None:
    found, archive = _archive(session, source_dir="source")
    content = (session.directory / "out/it.zip").read_bytes()
    assert found["output_size"] == len(content)
    assert found["output_sha"] == found["id"] == hashlib.sha1(content).hexdigest()
    assert found["output_md5"] == hashlib.md5(content).hexdigest()
    assert base64.b64decode(found["output_base64sha256"]).hex() == found["output_sha256"]
    assert base64.b64decode(found["output_base64sha512"]).hex() == found["output_sha512"]
    assert archive.namelist() == sorted(archive.namelist())


def test_times_make_no_difference(session: Session, source: Path) -> None:
    first, _ = _archive(session, source_dir="source", output_file_mode="0644")
    for path in source.rglob("*"):
        os.utime(path, (0, 0))
    (source / "a.py").chmod(0o755)
    second, archive = _archive(session, source_dir="source", output_file_mode="0644")
    assert first == second
    assert {info.external_attr >> 16 for info in archive.infolist()} == {0o100644}


def test_a_files_own_mode_is_kept(session: Session, source: Path) -> None:
    (source / "a.py").chmod(0o750)
    _, archive = _archive(session, source_file="source/a.py")
    assert archive.getinfo("a.py").external_attr >> 16 == 0o100750


@pytest.mark.parametrize(
    ("excludes", "names"),
    [
        ([], ["a.py", "b.py", "sub/__pycache__/c.pyc", "sub/c.py", "sub/deep/d.txt", "test_a.py"]),
        (["test_*.py", "**/__pycache__/**"], ["a.py", "b.py", "sub/c.py", "sub/deep/d.txt"]),
        (["sub"], ["a.py", "b.py", "test_a.py"]),
        (["**/*.py"], ["sub/__pycache__/c.pyc", "sub/deep/d.txt"]),
        (["*.py"], ["sub/__pycache__/c.pyc", "sub/c.py", "sub/deep/d.txt"]),
        (["sub/deep/?.txt", "[ab].py"], ["sub/__pycache__/c.pyc", "sub/c.py", "test_a.py"]),
        (["{sub,test_*}", "[!a].py"], ["a.py"]),
    ],
)
def test_excludes(session: Session, source: Path, excludes: list[str], names: list[str]) -> None:
    _, archive = _archive(session, source_dir="source", excludes=excludes)
    assert archive.namelist() == names


def test_contents_become_files(session: Session) -> None:
    blocks = [{"filename": "b", "content": "2"}, {"filename": "a/x", "content": "1"}]
    _, archive = _archive(session, source=blocks)
    assert {name: archive.read(name) for name in archive.namelist()} == {"a/x": b"1", "b": b"2"}
    _, archive = _archive(session, source_content="3", source_content_filename="c")
    assert archive.read("c") == b"3"


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"source_file": "nowhere.py"}, "source_file isn't there"),
        ({"source_dir": "nowhere"}, "source_dir isn't there"),
        ({"source_dir": "source", "excludes": ["**"]}, "would be empty"),
    ],
)
def test_what_is_missing_is_named(session: Session, source: Path, config: Any, message: str) -> None:
    with pytest.raises(SInfraError, match=message):
        _archive(session, **config)


@pytest.mark.parametrize(
    ("config", "summary"),
    [
        ({"type": "tar.gz", "source_file": "x"}, "archive_file type tar.gz isn't carried out"),
        ({"type": "zip"}, "Invalid combination"),
        ({"type": "zip", "source_file": "x", "source_dir": "y"}, "Invalid combination"),
        (
            {"type": "zip", "source_dir": "y", "exclude_symlink_directories": True},
            "exclude_symlink_directories isn't carried out",
        ),
    ],
)
def test_a_configuration_that_cant_be_carried_out_is_refused(config: Any, summary: str) -> None:
    assert ARCHIVE.validate is not None
    [problem] = ARCHIVE.validate(config)
    assert summary in problem.summary
