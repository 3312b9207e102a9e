"""`s-infra docs` writes a repository's pages, only what changed, and says which are stale."""

from __future__ import annotations

import json
from pathlib import Path

import mermaid_support
import pytest
from docs_support import docs, pages, repository


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return repository(tmp_path / "infra")


def page(root: Path, name: str = "catalog/aws/my-store/README.md") -> str:
    return (root / name).read_text(encoding="utf-8")


def test_every_module_gets_a_page_and_every_root_an_index(root: Path) -> None:
    before = pages(root)
    done = docs(root)
    assert done.returncode == 0, done.stderr
    assert done.stderr == "3 pages, 3 changed\n"
    new = set(pages(root)) - set(before)
    assert new == {f"catalog/{name}README.md" for name in ("", "aws/queue/", "aws/my-store/")}
    text = page(root)
    assert text.startswith(
        "---\nparent: Catalog\ntitle: AWS My-Store\nnav_exclude: false\n---\n\n<!-- BEGIN_TF_DOCS -->\n"
    )
    headings = [line for line in text.splitlines() if line.startswith("## ")]
    assert headings == [
        "## Overview",
        "## State Machines",
        "## Resources",
        "## Requirements",
        "## Providers",
        "## Required Inputs",
        "## Optional Inputs",
        "## Outputs",
        "## Usage",
        "## Examples",
        "## Source Files",
    ]
    assert '[`source = "./catalog/aws/my-store"`](.)' in text
    assert "A store for things.\n\nIt keeps them.\n" in text
    assert "* [variables.tf](variables.tf)" in text
    index = page(root, "catalog/README.md")
    assert "| [aws/my-store](aws/my-store) | A store for things. |" in index


def test_a_page_says_what_terraform_docs_doesnt(root: Path) -> None:
    docs(root)
    text = page(root)
    assert "Rules:\n\n- A name has more than three letters.\n" in text
    assert "### Rules and secrets\n" in text
    assert "| `rules[*].name` | Name of the rule. | `string` | required |\n" in text
    assert "| `rules[*].port` | Where it listens. | `number` | `443`    |\n" in text
    assert "hunter2" not in text
    assert "<summary>Default: 10 lines</summary>" in text
    assert '### minimal\n\n```hcl\nmodule "store" {' in text
    charts = [mermaid_support.read(block.partition("\n```")[0]) for block in text.split("```mermaid\n")[1:]]
    assert charts[1].edges == [("aws_s3_bucket_policy this", "", "aws_s3_bucket this", "-->")]
    assert "Greet" in charts[0].labels.values()


def test_a_second_run_changes_nothing_and_says_so(root: Path) -> None:
    docs(root)
    before = pages(root)
    times = {path: path.stat().st_mtime_ns for path in root.rglob("*.md")}
    for _ in range(2):
        assert docs(root).stderr == "3 pages, none changed\n"
    assert docs(root, XDG_CACHE_HOME=str(root / "nowhere/\0"[:-1])).returncode == 0
    assert {path: path.stat().st_mtime_ns for path in root.rglob("*.md")} == times
    assert {name: text for name, text in pages(root).items() if name in before} == before


def test_what_stands_around_the_markers_stays(root: Path) -> None:
    docs(root)
    path = root / "catalog/aws/my-store/README.md"
    around = (
        path.read_bytes().replace(b"\n", b"\r\n").replace(b"nav_exclude: false", b"nav_exclude: true")
        + b"my words"
    )
    path.write_bytes(around)
    with (root / "catalog/aws/my-store/outputs.tf").open("a") as file:
        file.write('output "id" {\n  description = "Its id."\n  value       = 1\n}\n')
    assert docs(root).stderr == "3 pages, 1 changed\n"
    new = path.read_bytes()
    assert b"### id\r\n\r\nDescription: Its id.\r\n" in new
    assert new.count(b"\n") == new.count(b"\r\n")
    begin, end = b"<!-- BEGIN_TF_DOCS -->", b"<!-- END_TF_DOCS -->"
    assert new.partition(begin)[0] == around.partition(begin)[0]
    assert new.rpartition(end)[2] == around.rpartition(end)[2]


def test_check_writes_nothing_and_lists_what_is_stale(root: Path) -> None:
    docs(root)
    (root / "catalog/aws/queue/main.tf").write_text("/**\n * A quick queue.\n */\n")
    before = pages(root)
    done = docs(root, "--check")
    assert done.returncode == 1
    assert done.stdout.splitlines()[0] == "stale: catalog/aws/queue/README.md"
    assert "  -A queue." in done.stdout.splitlines()
    assert "  +A quick queue." in done.stdout.splitlines()
    assert "stale: catalog/README.md" in done.stdout.splitlines()
    assert "error: 2 of 3 pages are stale" in done.stderr
    assert pages(root) == before
    docs(root)
    assert docs(root, "--check").returncode == 0
    assert docs(root, "--check").returncode == 0


def test_templates_of_ones_own_and_settings_in_a_file(root: Path) -> None:
    own = root / "own"
    own.mkdir()
    (own / "index.md.j2").write_text(
        "{% for one in modules %}{{ one.name }}: {{ one.summary }}\n{% endfor %}"
    )
    (root / ".s-infra-docs.toml").write_text(
        'url = "https://git.example.com/infra"\nref = "v1"\ntemplates = "own"\n'
        '[titles]\ncatalog = "Infrastructure"\n'
    )
    assert docs(root).returncode == 0
    assert "\naws/queue: A queue.\n" in page(root, "catalog/README.md")
    text = page(root)
    assert "parent: Infrastructure\n" in text
    assert '`source = "git::https://git.example.com/infra.git//catalog/aws/my-store?ref=v1"`' in text
    assert "(https://git.example.com/infra/tree/v1/catalog/aws/my-store/main.tf)" in text
    (own / "index.md.j2").write_text("changed\n")
    assert docs(root).stderr == "3 pages, 1 changed\n"


def test_any_repository_has_pages(tmp_path: Path) -> None:
    root = tmp_path / "other"
    (root / "modules/one").mkdir(parents=True)
    (root / "modules/one/main.tf").write_text('variable "a" {}\n')
    (root / "main.tf").write_text('module "one" {\n  source = "./modules/one"\n}\n')
    assert docs(root).stderr == "2 pages, 2 changed\n"
    assert "# Modules\n" in page(root, "README.md")
    assert "# Modules One\n" in page(root, "modules/one/README.md")
    assert not (root / "modules/README.md").exists()
    (root / "modules/one/main.tf").write_text("")
    (root / ".s-infra-docs.toml").write_text('url = "https://git.example.com/infra"\n')
    assert docs(root).returncode == 0
    assert '`source = "git::https://git.example.com/infra.git?ref=main"`' in page(root, "README.md")
    assert "(https://git.example.com/infra/tree/main/main.tf)" in page(root, "README.md")
    (root / ".s-infra-docs.toml").unlink()
    (root / "main.tf").unlink()
    (root / "README.md").unlink()
    assert docs(root).stderr == "2 pages, 2 changed\n"
    assert "| [one](one) |" in page(root, "modules/README.md")
    assert "# One\n" in page(root, "modules/one/README.md")


def test_lint_tells_findings_for_people_and_programs(root: Path) -> None:
    done = docs(root, "lint")
    assert done.returncode == 1
    assert "catalog/aws/my-store/variables.tf:13: nothing uses var.rules (unused)" in done.stdout.splitlines()
    assert done.stderr.startswith("error: 3 findings in 2 modules")
    found = json.loads(docs(root, "lint", "--json").stdout)
    assert {one["message"] for one in found} == {
        f"nothing uses var.{name}" for name in ("rules", "secret", "long")
    }
    done = docs(root, "lint", "--root", "catalog/aws/queue")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "1 modules, nothing to mend\n")
