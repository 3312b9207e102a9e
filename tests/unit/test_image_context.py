"""Build contexts: what Docker would see of a folder, and the same bytes for the same files."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

import pytest

from s_infra.errors import SInfraError
from s_infra.packaging import context, dockerignore


def write(directory: Path, **files: str) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "Dockerfile").write_text("FROM python:3.11-slim\n")
    for name, text in files.items():
        path = directory / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return directory


@pytest.mark.parametrize(
    ("rules", "path", "ignored"),
    [
        ("*.pyc", "a.pyc", True),
        # Anchored at the context's root, other than in .gitignore.
        ("*.pyc", "deep/a.pyc", False),
        ("**/*.pyc", "deep/er/a.pyc", True),
        ("**/*.pyc", "a.pyc", True),
        ("/build", "build/x/y", True),
        ("docs/", "docs/a.md", True),
        ("*\n!keep", "keep/this", False),
        ("*\n!keep", "other", True),
        ("*\n!keep\nkeep/not", "keep/not", True),
        ("# a comment\n\n a?c ", "abc", True),
        ("a?c", "a/c", False),
        ("[ab].txt", "b.txt", True),
        ("[^a].txt", "a.txt", False),
        ("./x/../y", "y", True),
        ("logs/**", "logs/a/b", True),
        (".", "anything", False),
    ],
)
def test_ignore_rules_are_dockers(rules: str, path: str, ignored: bool) -> None:
    assert dockerignore.ignores(dockerignore.parse(rules), path) is ignored


def test_a_context_leaves_out_what_is_ignored_and_packs_the_dockerfile_all_the_same(tmp_path: Path) -> None:
    source = write(tmp_path, _dot_dockerignore="*\n!model", model__train="x", secret="y")
    found = context.read(source)
    assert found.files == ("model/train",)
    with tarfile.open(fileobj=io.BytesIO(context.pack(found).data)) as archive:
        names = archive.getnames()
    assert names == [".dockerignore", "Dockerfile", "model", "model/train"]


def test_the_same_files_are_the_same_bytes_whatever_their_times_and_umask(tmp_path: Path) -> None:
    one = write(tmp_path / "one", b="2", a="1")
    other = write(tmp_path / "other", a="1", b="2")
    os.utime(other / "a", (1, 1))
    (other / "b").chmod(0o600)
    packed = context.pack(context.read(one))
    assert packed == context.pack(context.read(other))
    (other / "b").chmod(0o700)
    assert packed.digest != context.pack(context.read(other)).digest


def test_a_packed_context_comes_out_as_it_went_in(tmp_path: Path) -> None:
    source = write(tmp_path / "in", bin__run="#!/bin/sh\n")
    (source / "bin/run").chmod(0o755)
    (source / "alias").symlink_to("bin/run")
    packed = context.pack(context.read(source))
    unpacked = context.unpack(packed.data, tmp_path / "out")
    assert unpacked.files == ("Dockerfile", "alias", "bin/run")
    assert (tmp_path / "out/bin/run").stat().st_mode & 0o111
    assert context.pack(unpacked) == packed


def test_a_link_out_of_the_context_is_refused(tmp_path: Path) -> None:
    source = write(tmp_path / "in")
    (source / "passwd").symlink_to("/etc/passwd")
    with pytest.raises(SInfraError, match="leads out of it"):
        context.read(source)


def test_a_folder_without_dockerfile_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SInfraError, match="no Dockerfile"):
        context.read(tmp_path)
