"""What the parser needn't see is read from the file as if it had seen it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s_infra.docs import prose
from s_infra.docs.load import load
from s_infra.docs.model import Module
from s_infra.errors import SInfraError

REPOSITORY = Path(__file__).parents[2]
FILES = [
    'variable "a" {\n  description = "plain, é and 漢字"\n  default = "x"\n}\n',
    'variable "a" {\n  description = "with ${var.b} and \\" and $${c}"\n  type = string # after\n}\n',
    'variable "a" {\n  description = <<-EOT\n    One.\n\n     "Two"\n  EOT\n  default = <<EOT\nx\nEOT\n}\n',
    'variable "a" {\n  description = <<EOT\nin\n  description = "inner"\nEOT\n  type = list(string)\n}\n',
    'variable "a" {\n  default = <<-X\n    description = <<-Y\n      deep\n    Y\n  X\n\n}\n',
    '/*\n description = <<EOT\n*/\nvariable "a" {\n  description = "kept"\n}\n# EOT\nEOT = 1\n',
    'variable "a" {\r\n  description = "crlf"\r\n  validation {\r\n    error_message = "no"\r\n  }\r\n}\r\n',
    'output "o" {\n  value = { description = "in an object" }\n  description = ""\n}\noutput "p" {}\n',
    'variable "a" {\n  default = {\n    description = "a"\n    other = "b"\n  }\n  description = <<E\nE\n}\n',
]


def both(directory: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> tuple[Module | str, Module | str]:
    (directory / "main.tf").write_bytes(text.encode())
    found: list[Module | str] = []
    for cut in (prose.cut, lambda data: (data, prose.Cuts())):
        monkeypatch.setattr(prose, "cut", cut)
        try:
            found.append(load(directory))
        except SInfraError as error:
            found.append(str(error))
    return found[0], found[1]


@pytest.mark.parametrize("text", FILES)
def test_a_file_is_the_same_with_its_descriptions_cut_out(
    tmp_path: Path, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut, whole = both(tmp_path, text, monkeypatch)
    assert cut == whole


@settings(deadline=None)  # a busy machine is no mistake
@given(
    st.lists(
        st.sampled_from([*FILES, 'description = "top"\n', "EOT\n", '"', "<<EOT\n", "/*", "*/\n"]), max_size=4
    )
)
def test_whatever_stands_together_it_is_the_same(
    tmp_path_factory: pytest.TempPathFactory, parts: list[str]
) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        cut, whole = both(tmp_path_factory.getbasetemp(), "".join(parts), monkeypatch)
    assert cut == whole


def test_every_module_here_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    modules = sorted({path.parent for path in REPOSITORY.glob("c*/**/*.tf")})
    assert len(modules) > 20
    cut = [load(module) for module in modules]
    monkeypatch.setattr(prose, "cut", lambda data: (data, prose.Cuts()))
    assert cut == [load(module) for module in modules]


def test_long_descriptions_are_cut_and_lines_stay() -> None:
    data = b'variable "a" {\n  description = "long"\n  type = string\n}\n'
    rest, cuts = prose.cut(data)
    assert rest == data.replace(b"long", b"")
    assert cuts.whole(rest.index(b"type")) == data.index(b"type")
