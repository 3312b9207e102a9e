"""A directory of Terraform files, read as a module."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from s_infra.docs.load import load
from s_infra.docs.settings import Settings
from s_infra.errors import SInfraError

if TYPE_CHECKING:
    from pathlib import Path


def _module(directory: Path, **files: str) -> Path:
    for name, text in files.items():
        (directory / name.replace("__", ".")).write_text(text, encoding="utf-8")
    return directory


def test_an_input_keeps_its_texts_and_has_its_value(tmp_path: Path) -> None:
    _module(
        tmp_path,
        main__tf="""
# How many.
variable "a" {
  type = object({
    n = number # why
  })
  default = { n = 1e3 }
  nullable = false
  validation {
    condition     = var.a.n > 0
    error_message = "At least one."
  }
}
""",
    )
    (variable,) = load(tmp_path).inputs
    assert variable.description == "How many."
    assert variable.type == "object({\n    n = number # why\n  })"
    assert (variable.default_text, variable.default) == ("{ n = 1e3 }", {"n": 1000})
    assert not variable.nullable
    assert variable.validations == (("var.a.n > 0", "At least one."),)
    assert variable.at == ("main.tf", 3)


def test_an_override_file_counts_last(tmp_path: Path) -> None:
    files = {"a_override__tf": 'variable "x" { default = 2 }\n', "z__tf": 'variable "x" { default = 1 }\n'}
    assert load(_module(tmp_path, **files)).inputs[0].default == 2


def test_comments_are_read_only_if_asked(tmp_path: Path) -> None:
    _module(tmp_path, main__tf='# Said.\nvariable "x" {}\n')
    assert load(tmp_path, Settings(read_comments=False)).inputs[0].description == ""


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ('variable "x" {\n  type = \n}\n', "main.tf:2:"),
        ('variable "x" {\n  default = var.y\n}\n', "main.tf:2:13"),
        ('variable "x" {\n  default = <<EOT\nno end\n}\n', "main.tf:2:"),
        ('# ä\nvariable "ä" { default = f(1) }\n', "main.tf:2:26"),
    ],
)
def test_what_does_not_parse_is_named_with_its_place(tmp_path: Path, text: str, where: str) -> None:
    with pytest.raises(SInfraError) as error:
        load(_module(tmp_path, main__tf=text))
    assert error.value.which is not None
    assert where in error.value.which


def test_names_may_stand_in_quotes_as_in_the_first_version(tmp_path: Path) -> None:
    _module(
        tmp_path,
        main__tf="""
variable "sizes" {
  "description" = "How large"
  "default" = {
    "a.b" = 1
    "c"   = "${x} = { \\"d\\" = 2 }"
  }
}
resource "aws_instance" "one" {
  zone = "${data.aws_zones.2c4g.ids.0}"
  "tag" { "the owner's name" = true }
}
""",
    )
    module = load(tmp_path)
    (variable,) = module.inputs
    assert variable.description == "How large"
    assert variable.default == {"a.b": 1, "c": '${x} = { "d" = 2 }'}
    assert [one.name for one in module.resources] == ["one"]


def test_a_file_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_bytes(b'variable "x" {}\n# \xe9\n')
    with pytest.raises(SInfraError, match="UTF-8") as error:
        load(tmp_path)
    assert error.value.which == f"{tmp_path / 'main.tf'}:2:3"
