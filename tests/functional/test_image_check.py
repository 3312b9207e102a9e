"""`s-infra image check`: a tick or a cross for each clause of SageMaker's contract, and its reason."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from check_support import SERVE, TRAIN, container

from s_infra.checking import contract, images, sample
from s_infra.checking.contract import Clause
from s_infra.errors import SInfraError
from s_infra.packaging.building import Wanted

EVERY = [
    contract.TRAINS,
    contract.LEAVES_MODEL,
    contract.FAILS,
    contract.LEAVES_FAILURE,
    contract.PINGS,
    contract.ANSWERS,
    contract.REFUSES,
    contract.STOPS,
]


def check(folder: Path, train_timeout: float = 60.0) -> dict[str, Clause]:
    tried = sample.read(folder / "sample")
    found = images.check(folder, tried, Wanted(), lambda _: None, lambda _: None, train_timeout)
    assert [one.name for one in found] == EVERY
    return {one.name: one for one in found}


def test_a_container_that_keeps_the_contract_gets_ticks_alone(tmp_path: Path) -> None:
    found = check(container(tmp_path / "good"))
    assert [one for one in found.values() if not one.kept] == []
    assert found[contract.LEAVES_MODEL].why == "model.txt"
    assert found[contract.LEAVES_FAILURE].why == "no data to train on"


@pytest.mark.parametrize(
    ("what", "old", "new", "crosses", "why"),
    [
        ("train", 'write_text("1")', "exists()", [contract.LEAVES_MODEL, *EVERY[4:]], "the folder is empty"),
        ("train", "import os, sys", "import os, sys; sys.exit('broken')", [*EVERY[:2], *EVERY[3:]], "broken"),
        ("train", "sys.exit(3)", "sys.exit(0)", [contract.FAILS], "exited with 0"),
        ("train", '(base / "output/failure").write_text', "print", [contract.LEAVES_FAILURE], "no such file"),
        ("serve", "self.answer(200)", "self.answer(500)", [contract.PINGS, *EVERY[5:7]], "500"),
        ("serve", "import os, signal", "0/0\nimport os, signal", EVERY[4:], "ZeroDivisionError"),
        ("serve", 'kind="text/csv"', 'kind="text/html"', [contract.ANSWERS], "text/csv was asked for"),
        ("serve", 'b"1\\n"', 'b""', [contract.ANSWERS], "the answer is empty"),
        ("serve", "self.answer(415", "self.answer(500", [contract.REFUSES], "500"),
        ("serve", "lambda *_: sys.exit(0)", "signal.SIG_IGN", [contract.STOPS], "had to be killed"),
    ],
)
def test_each_clause_that_is_broken_is_a_cross_with_its_reason(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    what: str,
    old: str,
    new: str,
    crosses: list[str],
    why: str,
) -> None:
    monkeypatch.setattr(contract, "PING_S", 1.5)
    monkeypatch.setattr(contract, "STOP_S", 0.5)
    program = {"train": TRAIN, "serve": SERVE}
    assert old in program[what]
    program[what] = program[what].replace(old, new)
    found = check(container(tmp_path / "bad", **program))
    assert [name for name in EVERY if not found[name].kept] == crosses
    assert why in found[crosses[0]].why
    with pytest.raises(SInfraError, match="doesn't keep SageMaker's contract"):
        contract.held(list(found.values()))


def test_a_train_that_does_not_end_is_killed(tmp_path: Path) -> None:
    found = check(container(tmp_path / "slow", "#!/bin/sh\nsleep 600\n"), train_timeout=0.5)
    assert "still ran" in found[contract.TRAINS].why


def test_the_command_shows_a_page_and_exits_with_1_on_a_cross(tmp_path: Path) -> None:
    folder = container(tmp_path / "bad", TRAIN.replace("sys.exit(3)", "sys.exit(0)"))
    program = Path(sys.executable).with_name("s-infra")
    command = [str(program), "image", "check", str(folder), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ)
    assert done.returncode == 1, done.stderr
    assert f"✗ {contract.FAILS} (it exited with 0)" in done.stderr
    assert f"✓ {contract.STOPS}" in done.stderr
    assert [one["kept"] for one in json.loads(done.stdout)].count(False) == 1


@pytest.mark.parametrize(
    ("remove", "said"),
    [("sample", "no sample"), ("sample/train", "no channel"), ("sample/request.csv", "no request")],
)
def test_an_incomplete_sample_is_told(tmp_path: Path, remove: str, said: str) -> None:
    folder = container(tmp_path / "good")
    path = folder / remove
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    with pytest.raises(SInfraError, match=said) as caught:
        check(folder)
    assert "request.csv" in str(caught.value.next_step)
