"""A run is only left out where everything that it read is as it was."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import psutil
import pytest

from s_infra.docs import reading, receipts, workers
from s_infra.errors import SInfraError

ARGUMENTS = ["render", "markdown-table", "module"]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "module").mkdir()
    (tmp_path / "module/main.tf").write_text("one")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "cache/s-infra/docs"


def run() -> None:
    """Read as a run does, and keep a receipt."""
    assert not receipts.begin(ARGUMENTS) or receipts.replay(ARGUMENTS)
    reading.note()
    reading.folder("module")
    reading.file("module/main.tf")
    assert not reading.is_file("module/USAGE.md")
    receipt = receipts.Receipt()
    receipt.add(reading.noted())
    receipt.keep("the page é\n", "told\n")


def test_the_same_run_says_the_same_without_doing_anything(
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    assert not receipts.replay(ARGUMENTS)
    run()
    assert receipts.replay(ARGUMENTS)
    assert capsysbinary.readouterr() == ("the page é\n".encode(), b"told\n")
    assert not receipts.replay([*ARGUMENTS, "--more"])


def change(what: str) -> None:
    module = Path("module")
    match what:
        case "content":
            (module / "main.tf").write_text("two")
        case "gone":
            (module / "main.tf").unlink()
        case "new":
            (module / "more.tf").touch()
        case "usage":
            (module / "USAGE.md").touch()


@pytest.mark.parametrize("what", ["content", "gone", "new", "usage"])
def test_any_change_of_what_was_read_makes_a_run(
    what: str, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    run()
    change(what)
    assert not receipts.replay(ARGUMENTS)
    assert capsysbinary.readouterr() == (b"", b"")


def test_a_touched_file_and_a_new_page_are_no_change() -> None:
    run()
    os.utime("module/main.tf", (1, 1))
    Path("module/README.md").touch()
    assert receipts.replay(ARGUMENTS)


def test_a_damaged_receipt_is_none(cache: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    run()
    (path,) = cache.iterdir()
    whole = path.read_bytes()
    for place in range(len(whole)):
        for damaged in (whole[:place], whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]):
            path.write_bytes(damaged)
            assert not receipts.replay(ARGUMENTS), damaged
    assert capsysbinary.readouterr() == (b"", b"")


def test_a_cache_that_cant_be_written_is_no_failure(cache: Path) -> None:
    cache.parent.mkdir(parents=True)
    cache.write_text("a file where the folder would be")
    run()
    assert not receipts.replay(ARGUMENTS)


def test_old_receipts_are_forgotten(cache: Path) -> None:
    run()
    (path,) = cache.iterdir()
    old = cache / "old"
    old.touch()
    os.utime(old, (1, 1))
    run()
    assert list(cache.iterdir()) == [path]


def squared(task: str) -> dict[str, Any]:
    if task == "13":
        os._exit(3)
    return {"task": task, "process": os.getpid(), "square": int(task) ** 2}


def test_results_come_in_order_from_several_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("S_INFRA_DOCS_JOBS", "3")
    tasks = [str(number) for number in range(100, 160)]
    found = list(workers.each(tasks, squared))
    assert [one["square"] for one in found] == [int(task) ** 2 for task in tasks]
    assert len({one["process"] for one in found}) == 3
    assert {one["process"] for one in workers.each(tasks[:5], squared)} == {os.getpid()}


def test_a_process_that_dies_is_an_error_and_leaves_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("S_INFRA_DOCS_JOBS", "2")
    before = psutil.Process().children()
    with pytest.raises(SInfraError, match="ended before") as failed:
        list(workers.each([str(number) for number in range(40)], squared))
    assert failed.value.which == "13"
    assert psutil.Process().children() == before
