"""What a page waits for before it is made: few imports, and tree-sitter's compiled part alone."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import tree_sitter

from s_infra.docs import grammar

if TYPE_CHECKING:
    from pathlib import Path

HCL = b'variable "a" {}\n'
# Each takes as long to import as a tenth of a page, or longer.
SLOW = {"click", "contextlib", "dataclasses", "inspect", "json", "pathlib", "typing", "warnings", "yaml"}


def test_a_page_imports_nothing_that_takes_long(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_bytes(HCL)
    code = (
        "import sys; had = set(sys.modules)\n"
        "from s_infra.cli.entry import main; main()\n"
        "print(*sorted(set(sys.modules) - had), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "docs", "render", "markdown-table", str(tmp_path)],
        env={"HOME": str(tmp_path), "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    imported = set(done.stderr.split())
    assert "[a](#input" in done.stdout
    assert "tree_sitter._binding" in imported
    assert not imported & SLOW


@pytest.fixture
def _unasked() -> None:
    grammar.tree_sitter.cache_clear()


@pytest.mark.usefixtures("_unasked")
def test_the_compiled_part_is_what_the_package_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "tree_sitter")
    alone = grammar.tree_sitter()
    assert "tree_sitter" not in sys.modules
    assert (alone.Parser, alone.Language) == (tree_sitter.Parser, tree_sitter.Language)


@pytest.mark.usefixtures("_unasked")
@pytest.mark.parametrize("error", [ImportError, AttributeError])
def test_a_package_of_another_layout_is_taken_whole(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def nowhere() -> None:
        raise error("_binding")

    monkeypatch.delitem(sys.modules, "tree_sitter")
    monkeypatch.setattr(grammar, "_compiled", nowhere)
    assert grammar.tree_sitter() is sys.modules["tree_sitter"]


def test_what_lacks_the_classes_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "tree_sitter")
    monkeypatch.setitem(sys.modules, "tree_sitter._binding", type(sys)("of another layout"))
    with pytest.raises(AttributeError):
        grammar._compiled()
    assert "tree_sitter" not in sys.modules
