"""What the page on a repository's pages says to type and to write is tried here."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from docs_support import PROGRAM, docs, repository

from s_infra.docs.fields import fields
from s_infra.docs.load import load

REPOSITORY = Path(__file__).parents[2]
GUIDE = (REPOSITORY / "docs/docs-pages.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}$\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)


def shell(command: str, directory: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],
        cwd=directory,
        env={
            **os.environ,
            "PATH": f"{Path(PROGRAM).parent}:{os.environ['PATH']}",
            "XDG_CACHE_HOME": str(directory.parent / "cache"),
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return repository(tmp_path / "infra")


def test_the_commands_do_what_the_guide_says(root: Path) -> None:
    write, render, check, lint, complete = blocks("sh")
    assert shell(render, root).returncode == 0
    assert "`rules[*].name`" in (root / "pages/aws/my-store.md").read_text()
    assert shell(check, root).returncode == 1
    assert shell(write, root).returncode == 0
    assert shell(check, root).returncode == 0
    assert shell(lint, root).returncode == 1
    done = shell(f"{complete}\ncomplete -p s-infra", root)
    assert (done.returncode, "_s_infra_completion" in done.stdout) == (0, True)


@pytest.mark.parametrize(("typed", "offered"), [("s-infra doc", "docs"), ("s-infra docs li", "lint")])
def test_completion_offers_what_there_is(root: Path, typed: str, offered: str) -> None:
    position = str(typed.count(" "))
    done = shell(PROGRAM, root, _S_INFRA_COMPLETE="bash_complete", COMP_WORDS=typed, COMP_CWORD=position)
    assert done.stdout.splitlines() == [f"plain,{offered}"]


def test_the_example_of_a_group_has_fields_with_descriptions(tmp_path: Path) -> None:
    (text,) = blocks("hcl")
    (tmp_path / "main.tf").write_text(text)
    (alarm,) = load(tmp_path).inputs
    assert [one.description for one in fields(alarm.name, alarm.type)] == [
        "The value that the metric is compared with.",
        "Seconds.",
    ]
    root = repository(tmp_path / "infra")
    (root / "catalog/aws/queue/variables.tf").write_text(text)
    docs(root)
    assert "### Alarm\n\n#### alarm\n" in (root / "catalog/aws/queue/README.md").read_text()


def test_the_settings_of_the_guide_are_settings(tmp_path: Path) -> None:
    root = repository(tmp_path / "infra")
    (root / "catalog").rename(root / "modules")
    (text,) = blocks("toml")
    (root / ".s-infra-docs.toml").write_text(text)
    (root / "docs/templates").mkdir(parents=True)
    assert tomllib.loads(text)["titles"]
    done = docs(root)
    assert done.returncode == 0, done.stderr
    assert "title: Infrastructure Modules" in (root / "modules/README.md").read_text()


def test_every_hook_is_a_command_that_fails_where_it_has_to(root: Path) -> None:
    hooks = {one["id"]: one for one in yaml.safe_load((REPOSITORY / ".pre-commit-hooks.yaml").read_text())}
    used = [yaml.safe_load(text)["repos"][0] for text in blocks("yaml") if text.startswith("repos:")]
    assert {one["id"] for one in used[0]["hooks"]} == set(hooks)
    (local,) = used[1]["hooks"]
    assert local["entry"] == hooks["s-infra-docs"]["entry"]
    for path in ("a/main.tf", "a/main.tf.json", "a/b.tofu", "flow.asl.json", "a/USAGE.md", "a/README.md"):
        assert all(re.search(hook["files"], path) for hook in hooks.values())
    assert not re.search(local.get("files", "^$"), "a/main.py")
    writes = shell(hooks["s-infra-docs"]["entry"], root)
    assert (writes.returncode, writes.stderr) == (1, "3 pages, 3 changed\n")
    assert shell(hooks["s-infra-docs"]["entry"], root).returncode == 0
    assert shell(hooks["s-infra-docs-lint"]["entry"], root).returncode == 1


def test_the_line_for_ci_passes_where_all_is_up_to_date(root: Path) -> None:
    steps = yaml.safe_load(next(text for text in blocks("yaml") if text.startswith("- run:")))
    (root / "catalog/aws/my-store/variables.tf").unlink()
    docs(root)
    assert shell(steps[1]["run"], root).returncode == 0
