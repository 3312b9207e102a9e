"""What terraform-docs doesn't tell is told where it's asked for, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest
from docs_support import repository

from s_infra.docs import extras, tables
from s_infra.docs.arguments import OPTIONS
from s_infra.docs.render import page, request
from s_infra.errors import SInfraError


@pytest.fixture
def module(tmp_path: Path) -> Path:
    return repository(tmp_path) / "catalog/aws/my-store"


def rendered(module: Path, format_name: str, **options: bool | int) -> str:
    return page(request(str(module), format_name, dict(options)))


@pytest.mark.parametrize(
    ("option", "table", "document"),
    [
        (
            "fields",
            "| `rules[*].port` | Where it listens. | `number` | `443` | no |",
            "### `rules[*].port`\n",
        ),
        (
            "validations",
            "<br/>- A name has more than three letters.",
            "\n- A name has more than three letters.",
        ),
        ("mask_sensitive", '| `string` | `"(sensitive)"` | no |', 'Default: `"(sensitive)"`'),
        ("sensitive_inputs", "| Required | Sensitive |\n", "Sensitive: yes"),
        ("groups", "## Inputs: Rules and secrets\n", "### Rules and secrets\n\n#### <a"),
        ("examples", "### minimal\n\n```hcl\nmodule", "### minimal\n\n```hcl\nmodule"),
        (
            "fold",
            "<details><summary>Default: 10 lines</summary><pre>{<br/>",
            "lines</summary>\n\n```json\n{\n",
        ),
    ],
)
def test_each_is_told_where_it_is_asked_for(module: Path, option: str, table: str, document: str) -> None:
    for format_name, told in (("markdown-table", table), ("markdown-document", document)):
        without = rendered(module, format_name)
        assert told not in without
        assert told in rendered(module, format_name, **{option: 5 if option == "fold" else True})


def test_a_masked_default_is_nowhere(module: Path) -> None:
    assert "hunter2" in rendered(module, "markdown-table")
    for name in extras.SHOWN_BY["mask-sensitive"]:
        assert "hunter2" not in rendered(module, name, mask_sensitive=True)


def test_tables_are_aligned_and_say_the_same(module: Path) -> None:
    wide, plain = (rendered(module, "markdown-table", align=align) for align in (True, False))

    def cells(text: str) -> list[list[str]]:
        return [[cell.strip("- :") for cell in line.split("|")] for line in text.splitlines()]

    assert cells(wide) == cells(plain)
    assert "| Name                                          | Description |\n" in wide


def test_alignment_heeds_code_escapes_and_wide_letters() -> None:
    rest = "\n```\n| a | b |\n|---|---|\n```\n| no table |"
    assert tables.align("| a | b |\n|:-:|---|\n| x\\|y | 漢字 |\n| long cell | é |\n" + rest) == (
        "| a         | b    |\n| :-------: | ---- |\n| x\\|y      | 漢字 |\n| long cell | é    |\n" + rest
    )


@pytest.mark.parametrize("option", extras.SHOWN_BY)
def test_a_format_that_cant_refuses_by_name(module: Path, option: str) -> None:
    for name in ("json", "tfvars-hcl", "pretty", "xml"):
        with pytest.raises(SInfraError, match=f"{name} can't show --{option}"):
            rendered(module, name, **{option.replace("-", "_"): True})
    assert option in OPTIONS


def test_the_settings_file_has_them_too(module: Path) -> None:
    (module / ".terraform-docs.yml").write_text(
        "formatter: markdown table\nsettings:\n  fields: true\n  fold: 3\n"
    )
    text = rendered(module, "")
    assert "`rules[*].port`" in text
    assert "<details>" in text


def test_a_group_ends_with_the_file_or_where_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.tf").write_text(
        '# group: First\n\nvariable "a" {}\n# group: -\nvariable "b" {}\n// group: Second\nvariable "c" {}\n'
    )
    (tmp_path / "b.tf").write_text('variable "d" {}\n')
    text = rendered(tmp_path, "markdown-table", groups=True)
    titles = [line for line in text.splitlines() if line.startswith(("## Inputs", '| <a name="input'))]
    assert [title.split('"')[1] if '"' in title else title for title in titles] == [
        "## Inputs",
        "input_b",
        "input_d",
        "## Inputs: First",
        "input_a",
        "## Inputs: Second",
        "input_c",
    ]
