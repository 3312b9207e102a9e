"""The eleven formats are terraform-docs 0.24's to the byte: held to pages that it made of our own modules."""

from __future__ import annotations

from pathlib import Path

import docs_golden
import pytest

from s_infra.docs.arguments import read
from s_infra.docs.render import page, request

CASES = docs_golden.cases()


@pytest.fixture(autouse=True)
def _in_the_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(__file__).parent.parent.parent)


def _ours(case: docs_golden.Case) -> bytes:
    given = read(case.arguments)
    assert given is not None
    return f"{page(request(given.words[0], case.format, given.options))}\n".encode()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_page_is_the_golden_one(case: docs_golden.Case) -> None:
    assert _ours(case).decode() == case.path.read_bytes().decode()


def test_a_live_terraform_docs_prints_the_golden_pages() -> None:
    path = docs_golden.tool()
    if path is None:
        pytest.skip("terraform-docs 0.24.0 is not on the PATH")
    assert [case.name for case in CASES if docs_golden.printed(path, case) != case.path.read_bytes()] == []
