"""tflint and checkov find nothing in any module or example; little is waived, each with its reason."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
CONFIGURATION = REPOSITORY / ".checkov.yaml"
SCANNED = ("catalog", "components", "examples")
MODULES = sorted(
    {
        path.parent
        for top in (*SCANNED, "tests/data/modules", "tests/functional/roots")
        for path in (REPOSITORY / top).rglob("*.tf")
        if ".terraform" not in path.parts
    }
)
CHECKOV = Path(sys.prefix) / "checkov/bin/checkov"
OPEN_BUCKET = 'resource "aws_s3_bucket_public_access_block" "this" {\n  bucket = "open"\n}\n'
INLINE_WAIVER = re.compile(r"#checkov:skip=(CKV\w+):(\S.*)")


def tflint(module: Path) -> list[str]:
    done = subprocess.run(
        ["tflint", f"--config={REPOSITORY / '.tflint.hcl'}", f"--chdir={module}", "--format=json"],
        capture_output=True,
        text=True,
        check=False,
    )
    told = json.loads(done.stdout)
    assert told["errors"] == [], told["errors"]
    return [f"{one['range']['filename']}: {one['message']}" for one in told["issues"]]


@pytest.mark.skipif(shutil.which("tflint") is None, reason="tflint isn't on the PATH: it is left out")
def test_tflint_finds_nothing(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text("locals {\n  unused = 1\n}\n")
    assert any("unused" in found for found in tflint(tmp_path))
    assert {str(module): found for module in MODULES if (found := tflint(module))} == {}


@pytest.mark.skipif(not CHECKOV.is_file(), reason="there is no .venv/checkov, which make test installs")
@pytest.mark.timeout(600)
def test_checkov_finds_nothing_that_is_not_waived(tmp_path: Path) -> None:
    for top in SCANNED:
        shutil.copytree(REPOSITORY / top, tmp_path / top, ignore=shutil.ignore_patterns(".terraform"))
    (tmp_path / "open").mkdir()
    (tmp_path / "open/main.tf").write_text(OPEN_BUCKET)
    # No connection is made: neither for news of checkov nor for modules from elsewhere.
    options = ["--skip-download", "--quiet", "--output=json", f"--config-file={CONFIGURATION}"]
    done = subprocess.run(
        [str(CHECKOV), *options, "--directory=."], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    report = json.loads(done.stdout)
    assert report["summary"]["passed"] > 800
    assert report["summary"]["parsing_errors"] == 0
    found = {(one["check_id"], one["file_path"]) for one in report["results"]["failed_checks"]}
    # The bucket that is open on purpose is seen, in four ways.
    assert found == {(f"CKV_AWS_{number}", "/open/main.tf") for number in (53, 54, 55, 56)}


def test_what_is_waived_is_little_and_has_its_reason() -> None:
    before = ""
    waived = []
    for line in CONFIGURATION.read_text().splitlines():
        if (entry := line.strip()).startswith("- CKV"):
            assert before.startswith("#"), f"{entry} has no reason above it"
            waived.append(entry.removeprefix("- "))
        before = line.strip()
    inline = [
        identifier
        for top in SCANNED
        for path in (REPOSITORY / top).rglob("*.tf")
        for identifier, _ in INLINE_WAIVER.findall(path.read_text())
    ]
    assert len(waived) >= 1
    assert len({*waived, *inline}) <= 8
