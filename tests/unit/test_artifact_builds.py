"""Wheels, zips and layers for a target: the same bytes everywhere, nothing twice, nothing half."""

from __future__ import annotations

import errno
import json
import os
import shutil
import stat
import zipfile
from pathlib import Path
from typing import Any

import pytest
from wheel_support import make_function, make_wheel, offline

from s_infra.errors import SInfraError
from s_infra.packaging import archives, builds, lock, sources, wheels

SOURCE = Path(__file__).parents[2] / "source/scripts/python"
SHELL, SPARK = "glue-python-shell-3.9", "glue-spark-3.11"
ARM, X86 = "lambda-3.13-arm64", "lambda-3.13-x86_64"


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "index"
    folder.mkdir()
    for name, value in offline(folder).items():
        monkeypatch.setenv(name, value)
    return folder


def build(source: Path, out: Path, target: str | None = None, **options: Any) -> builds.Result:
    return builds.build(source, out, target, lambda _: None, **options)


def project(folder: Path, *needs: str) -> Path:
    shutil.copytree(SOURCE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    text = (folder / "pyproject.toml").read_text()
    (folder / "pyproject.toml").write_text(
        text.replace("[tool.hatch", f"dependencies = {json.dumps(needs)}\n\n[tool.hatch", 1)
    )
    return folder


def test_each_target_gets_the_wheels_of_its_python_and_processor(tmp_path: Path, index: Path) -> None:
    for tags in (
        "cp39-cp39-manylinux_2_17_x86_64.manylinux2014_x86_64",
        "cp311-cp311-manylinux_2_28_x86_64",
        "cp311-abi3-manylinux_2_39_x86_64",
        "cp311-cp311-win_amd64",
    ):
        make_wheel(index, "native", "1.2", tags)
    make_wheel(index, "pure", "3.0", needs="native")
    source = project(tmp_path / "code", "pure==3.0")
    shell = build(source, tmp_path / "shell", SHELL)
    assert [path.name for path in shell.paths] == [
        "tabular-0.1.0-py3-none-any.whl",
        "native-1.2-cp39-cp39-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
        "pure-3.0-py3-none-any.whl",
    ]
    spark = build(source, tmp_path / "spark", SPARK)
    assert "native-1.2-cp311-cp311-manylinux_2_28_x86_64.whl" in [path.name for path in spark.paths]
    (described,) = lock.read(shell.lock)
    assert described.pins == {"native": "1.2", "pure": "3.0"}
    assert [one.source for one in described.artifacts] == ["own", "pkg:pypi/native@1.2", "pkg:pypi/pure@3.0"]


def test_a_package_without_a_wheel_for_the_target_is_named(tmp_path: Path, index: Path) -> None:
    make_wheel(index, "native", "1.2", "cp311-cp311-manylinux_2_28_x86_64")
    (tmp_path / "requirements.txt").write_text("native==1.2\n")
    with pytest.raises(SInfraError, match=r"native has no wheel for glue-python-shell-3\.9") as caught:
        build(tmp_path / "requirements.txt", tmp_path / "out", SHELL)
    assert caught.value.which == "native"
    assert not (tmp_path / "out").exists()


def test_a_zip_holds_the_code_and_its_packages_and_nothing_of_this_machine(
    tmp_path: Path, index: Path
) -> None:
    make_wheel(index, "native", "1.2", "cp313-cp313-manylinux_2_28_aarch64")
    make_wheel(index, "native", "1.2", "cp313-cp313-manylinux_2_28_x86_64")
    function = make_function(tmp_path / "functions/route", "native==1.2\n")
    (zipped,) = build(function, tmp_path / "out", ARM).paths
    assert zipped.name == "route-lambda-3.13-arm64.zip"
    with zipfile.ZipFile(zipped) as archive:
        names = archive.namelist()
        content = {name: archive.read(name) for name in names}
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {stat.S_IMODE(info.external_attr >> 16) for info in archive.infolist()} == {0o644}
    assert names == sorted(names)
    assert "handler.py" in names
    assert not [name for name in names if "test" in name or name.endswith(".pyc") or name.startswith("bin/")]
    assert b"aarch64" in content["native.py"]
    everything = b"".join(content.values())
    assert str(tmp_path).encode() not in everything
    assert b"bin/" not in content["native-1.2.dist-info/RECORD"]


def test_a_layer_has_the_packages_apart_from_the_code(tmp_path: Path, index: Path) -> None:
    make_wheel(index, "pure", "3.0")
    function = make_function(tmp_path / "route", "pure==3.0\n")
    layer, code = build(function, tmp_path / "out", X86, layer=True).paths
    with zipfile.ZipFile(layer) as archive:
        assert "python/pure.py" in archive.namelist()
    with zipfile.ZipFile(code) as archive:
        assert archive.namelist() == ["handler.py", "requirements.txt"]
    kinds = [one.kind for one in lock.read(tmp_path / "out/artifacts.lock.json")[0].artifacts]
    assert kinds == ["layer", "function"]
    (alone,) = build(function / "requirements.txt", tmp_path / "alone", X86, layer=True).paths
    with zipfile.ZipFile(alone) as archive:
        assert "python/pure.py" in archive.namelist()


def test_two_folders_dates_and_masks_give_the_same_bytes_and_the_same_lock(
    tmp_path: Path, index: Path
) -> None:
    make_wheel(index, "pure", "3.0")
    results = []
    for number, mask in ((1, 0o022), (2, 0o077)):
        before = os.umask(mask)
        try:
            top = tmp_path / f"clone-{number}"
            function = make_function(top / "functions/route", "pure==3.0\n")
            code = project(top / "code", "pure")
            for path in top.rglob("*"):
                os.utime(path, (1_000_000_000 * number, 1_000_000_000 * number))
            made = [
                *build(function, top / "out", ARM).paths,
                *build(code, top / "out", SPARK).paths,
                top / "out/artifacts.lock.json",
            ]
        finally:
            os.umask(before)
        results.append({path.name: path.read_bytes() for path in made})
    assert results[0] == results[1]


def test_an_unchanged_source_does_nothing_and_keeps_its_pins(tmp_path: Path, index: Path) -> None:
    make_wheel(index, "pure", "3.0")
    source = project(tmp_path / "code", "pure")
    first = build(source, tmp_path / "out", SPARK)
    times = {path: path.stat().st_mtime_ns for path in (*first.paths, first.lock)}
    again = build(source, tmp_path / "out", SPARK)
    assert (first.changed, again.changed, again.paths) == (True, False, first.paths)
    assert {path: path.stat().st_mtime_ns for path in times} == times
    make_wheel(index, "pure", "4.0")
    (source / "tabular/extra.py").write_text("VALUE = 1\n")
    assert [path.name for path in build(source, tmp_path / "out", SPARK).paths][1].startswith("pure-3.0")


def test_what_is_no_longer_needed_goes_and_a_lost_or_changed_file_is_made_again(
    tmp_path: Path, index: Path
) -> None:
    make_wheel(index, "pure", "3.0")
    make_wheel(index, "pure", "4.0")
    (tmp_path / "requirements.txt").write_text("pure==3.0\n")
    (old,) = build(tmp_path / "requirements.txt", tmp_path / "out", SHELL).paths
    old.write_bytes(b"other")
    assert build(tmp_path / "requirements.txt", tmp_path / "out", SHELL).changed
    assert zipfile.is_zipfile(old)
    (tmp_path / "requirements.txt").write_text("pure==4.0\n")
    (new,) = build(tmp_path / "requirements.txt", tmp_path / "out", SHELL).paths
    assert (new.name, old.exists()) == ("pure-4.0-py3-none-any.whl", False)


def test_a_full_disk_is_told_and_leaves_what_was_there(
    tmp_path: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    function = make_function(tmp_path / "route")
    (zipped,) = build(function, tmp_path / "out", ARM).paths
    before, locked = zipped.read_bytes(), (tmp_path / "out/artifacts.lock.json").read_bytes()
    (function / "handler.py").write_text("changed = 1\n")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(archives, "pack", full)
    with pytest.raises(SInfraError, match="No space left on device"):
        build(function, tmp_path / "out", ARM)
    assert (zipped.read_bytes(), (tmp_path / "out/artifacts.lock.json").read_bytes()) == (before, locked)


@pytest.mark.parametrize(
    ("what", "target", "options", "said"),
    [
        ("function", SHELL, {}, "only Lambda takes it"),
        ("function", None, {}, "no target was named"),
        ("requirements.txt", ARM, {}, "--layer"),
        ("project", SPARK, {"layer": True}, "only a Lambda target has layers"),
        ("project", "lambda-2.7", {}, "glue-spark-3.11"),
        ("empty", ARM, {}, "nothing to build"),
    ],
)
def test_what_does_not_go_together_is_refused(
    tmp_path: Path, what: str, target: str | None, options: dict[str, Any], said: str
) -> None:
    make_function(tmp_path / "function")
    project(tmp_path / "project")
    (tmp_path / "empty").mkdir()
    (tmp_path / "requirements.txt").write_text("pure\n")
    with pytest.raises(SInfraError) as caught:
        build(tmp_path / what, tmp_path / "out", target, **options)
    assert said in str(caught.value)


def test_the_folder_of_what_is_built_is_no_part_of_the_source(tmp_path: Path) -> None:
    source = project(tmp_path / "code")
    assert build(source, source / "build").changed
    assert not build(source, source / "build").changed
    with pytest.raises(SInfraError, match="lies in the source"):
        build(source, source / "tabular")


def test_code_compiled_here_is_not_taken_for_another_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled = make_wheel(tmp_path, "tabular", "0.1.0", "cp311-cp311-linux_x86_64")
    monkeypatch.setattr(wheels, "build", lambda *_: wheels.Wheel(compiled, changed=True))
    with pytest.raises(SInfraError, match="own wheel isn't for glue-spark"):
        build(project(tmp_path / "code"), tmp_path / "out", SPARK)


def test_a_lock_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / lock.NAME
    path.write_text('{"version": 7}')
    with pytest.raises(SInfraError, match="version 7") as caught:
        build(SOURCE, tmp_path)
    assert caught.value.which == str(path)


def test_hidden_folders_and_caches_are_no_source(tmp_path: Path) -> None:
    function = make_function(tmp_path / "route")
    (function / ".venv").mkdir()
    (function / ".venv/x.py").write_text("1")
    assert sources.read(function).files == ("handler.py", "tests/test_handler.py")
