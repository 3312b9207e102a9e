"""What `s-infra wheel build` made reaches functions and jobs by its lock; a plan builds nothing."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from module_support import REPOSITORY, workspace
from wheel_support import make_function, make_wheel, offline

from s_infra.errors import SInfraError
from s_infra.packaging import builds
from s_infra.sandbox.supervisor import Sandbox

Clients = Callable[[str], Any]
HANDLER = "import pure\n\n\ndef handle(event, context):\n    return [event, pure.VERSION]\n"
ARM, SHELL = "lambda-3.12-arm64", "glue-python-shell-3.9"


def root(folder: Path) -> Path:
    """Write a root module with a function and a job that take their packages from one lock."""
    folder.mkdir()
    (folder / "script.py").write_text("import pure\n")
    components = os.path.relpath(REPOSITORY / "components/aws", folder)
    store = {"name": "${aws_s3_bucket.this.bucket}", "arn": "${aws_s3_bucket.this.arn}"}
    access = [{"store_arn": "${aws_s3_bucket.this.arn}", "prefixes": [""]}]
    content = {
        "resource": {"aws_s3_bucket": {"this": {"bucket": "artifacts-of-a-lock"}}},
        "module": {
            "function": {
                "source": f"{components}/lambda-python",
                "name": "locked-function",
                "description": "With packages.",
                "source_path": "route",
                "artifacts_lock": "build/artifacts.lock.json",
            },
            "job": {
                "source": f"{components}/glue-job",
                "name": "locked-job",
                "script": "script.py",
                "artifacts_lock": "build/artifacts.lock.json",
                "artifact_store": store,
                "read": access,
                "write": access,
            },
        },
    }
    (folder / "main.tf.json").write_text(json.dumps(content))
    return folder


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(SInfraError) as refused:
        call()
    return " ".join(str(refused.value).replace("│", " ").split())


def test_locked_artifacts_are_applied_once_and_a_stale_or_damaged_one_is_refused(
    sandbox: Sandbox, clients: Clients, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_wheel(tmp_path / "index", "pure", "3.0")
    for name, value in offline(tmp_path / "index").items():
        monkeypatch.setenv(name, value)
    top = root(tmp_path / "root")
    function, out = make_function(top / "route", "pure==3.0\n"), top / "build"
    (function / "handler.py").write_text(HANDLER)

    def build(target: str, source: Path = function) -> builds.Result:
        return builds.build(source, out, target, lambda _: None, layer=target == ARM)

    _, zipped = build(ARM).paths
    build(SHELL, function / "requirements.txt")
    made = workspace(top, sandbox, tmp_path / "state")
    try:
        made.apply()
        answer = clients("lambda").invoke(FunctionName="locked-function", Payload=b"7")
        assert json.load(answer["Payload"]) == [7, "3.0"]
        arguments = clients("glue").get_job(JobName="locked-job")["Job"]["DefaultArguments"]
        url = arguments["--extra-py-files"].removeprefix("s3://artifacts-of-a-lock/")
        clients("s3").head_object(Bucket="artifacts-of-a-lock", Key=url)
        assert not made.has_changes()
        (function / "handler.py").write_text(HANDLER + "\n")
        told = refusal(made.has_changes)
        assert "has changed: ../route" in told
        assert f"--target {ARM}" in told
        build(ARM)
        assert made.has_changes()
        zipped.write_bytes(b"other bytes")
        assert f"other bytes than the lock says: {zipped.name}" in refusal(made.has_changes)
        build(ARM)
    finally:
        made.destroy()


def test_the_examples_hold_what_is_built_from_them_today(tmp_path: Path) -> None:
    for example in sorted((REPOSITORY / "components/aws/artifacts-lock/examples").iterdir()):
        (built,) = builds.build(example / "function", tmp_path / example.name, ARM, lambda _: None).paths
        assert built.read_bytes() == (example / "artifacts" / built.name).read_bytes()
