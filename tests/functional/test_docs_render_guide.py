"""What the page on terraform-docs' formats says to type and to write is tried here."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from docs_support import PROGRAM

GUIDE = (Path(__file__).parents[2] / "docs/docs-render.md").read_text(encoding="utf-8")
MODULE = """/**
 * # Queue
 */
variable "name" {
  description = "What it is called."
}

variable "size" {
  type    = number
  default = 3
}

output "arn" {
  value = "x"
}
"""
INPUTS = """## Inputs

| Name | Description | Type | Default | Required |
| ---- | ----------- | ---- | ------- | :------: |
| name | What it is called. | `any` | n/a | yes |
| size | n/a | `number` | `3` | no |
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    for name in ("queue", "store"):
        module = tmp_path / "infra/catalog/aws" / name
        module.mkdir(parents=True)
        (module / "main.tf").write_text(MODULE)
        (module / "README.md").write_text("Mine.\n")
    return tmp_path / "infra"


def shell(command: str, directory: Path) -> str:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],
        cwd=directory,
        env={
            **os.environ,
            "PATH": f"{Path(PROGRAM).parent}:{os.environ['PATH']}",
            "HOME": str(directory.parent),
            "XDG_CACHE_HOME": str(directory.parent / "cache"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_commands_do_what_the_guide_says(repository: Path) -> None:
    plain, options, many, into = re.findall(r"^```sh$\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    printed = shell(plain, repository)
    assert printed.startswith("# Queue\n\n## Requirements\n\nNo requirements.\n")
    assert '<a name="input_name"></a> [name](#input\\_name)' in printed
    assert shell(plain, repository) == printed
    chosen = shell(options, repository)
    assert INPUTS in chosen
    assert "## Providers" not in chosen
    shell(many, repository)
    pages = repository / "pages"
    assert sorted(str(path.relative_to(pages)) for path in pages.rglob("*.md")) == [
        "aws/queue.md",
        "aws/store.md",
    ]
    assert (pages / "aws/queue.md").read_text() == printed
    shell(into, repository)
    text = (repository / "catalog/aws/queue/README.md").read_text()
    assert text == f"Mine.\n\n<!-- BEGIN_TF_DOCS -->\n{printed}<!-- END_TF_DOCS -->\n"
    assert (repository / "catalog/aws/store/README.md").read_text() == "Mine.\n"


def test_the_settings_of_the_guide_are_settings(repository: Path) -> None:
    (settings,) = re.findall(r"^```yaml$\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    (repository / ".terraform-docs.yml").write_text(settings)
    (repository / "catalog/aws/queue/example.txt").write_text("An example.\n")
    (command,) = re.findall(r"no format need be named: `(.*?)`", GUIDE)
    assert shell(command, repository) == ""
    text = (repository / "catalog/aws/queue/README.md").read_text()
    begin = "Mine.\n\n<!-- BEGIN_TF_DOCS -->\n# Queue\n\n"
    rest = "\n## Example\n\nAn example.\n\n## Outputs\n\n"
    assert text.startswith(f"{begin}{INPUTS}{rest}")
