"""The job's own library: `getResolvedOptions`; and what ends a run."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from s_infra.sandbox.services import glue
from s_infra.sandbox.services.glue.runs import Run, Runner, failure


@pytest.fixture(scope="module")
def utils() -> ModuleType:
    path = Path(str(glue.__file__)).parent / "runtime" / "awsglue" / "utils.py"
    spec = importlib.util.spec_from_file_location("awsglue_utils", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("argv", "options", "found"),
    [
        (["s.py", "--a", "1", "--b=2"], ["a", "b"], {"a": "1", "b": "2"}),
        (["s.py", "--a", "1", "--other", "x", "library-set", "analytics"], ["a"], {"a": "1"}),
        (["s.py", "--a", "first", "--a", "last"], ["a"], {"a": "last"}),
        (["s.py", "--x-y", "1"], ["x-y"], {"x_y": "1"}),
        (["s.py", "--a", ""], ["a"], {"a": ""}),
        (["s.py", "--a", "--b"], ["a"], {"a": "--b"}),
    ],
)
def test_reads_options(utils: ModuleType, argv: list[str], options: list[str], found: dict[str, str]) -> None:
    assert utils.getResolvedOptions(argv, options) == found


@pytest.mark.parametrize("argv", [["s.py"], ["s.py", "--a"], ["s.py", "a", "1"]])
def test_a_missing_option_is_an_error(utils: ModuleType, argv: list[str]) -> None:
    with pytest.raises(utils.GlueArgumentError):
        utils.getResolvedOptions(argv, ["a"])


def test_the_last_traceback_tells_why() -> None:
    lines = [
        *("Traceback (most recent call last):", '  File "a"', "KeyError: 'x'", ""),
        "During handling of the above exception, another exception occurred:",
        *("", "Traceback (most recent call last):", '  File "b"', "mine.Error: told"),
    ]
    assert failure(1, lines) == "mine.Error: told"


def test_a_run_over_its_time_is_ended(tmp_path: Path) -> None:
    states: list[str] = []

    class Service:
        """Stands for S3 and the logs."""

        class exceptions:  # noqa: N801
            ResourceAlreadyExistsException = KeyError

        def __getattr__(self, name: str) -> Any:
            return lambda **given: given

        def download_fileobj(self, bucket: str, key: str, file: Any) -> None:
            file.write(b"import time; time.sleep(300)")

    run = Run(
        id="jr_1",
        job={"Name": "j", "Command": {"PythonVersion": "3.9", "ScriptLocation": "s3://b/k.py"}},
        arguments={},
        timeout_minutes=0,
        max_capacity=1,
    )
    service = Service()
    runner = Runner(
        lambda _: service, "http://127.0.0.1:1", "us-east-1", tmp_path, lambda r: states.append(r.state)
    )
    runner._run(run)
    assert states == ["RUNNING", "TIMEOUT"]
    assert run.described()["ErrorMessage"] == "Job run exceeded its timeout of 0 minutes"
    assert list(tmp_path.iterdir()) == []
