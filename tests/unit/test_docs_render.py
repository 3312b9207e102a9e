"""`s-infra docs render`: settings' files, content, files to write into, and many modules at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from s_infra.docs import quick

if TYPE_CHECKING:
    from collections.abc import Callable

    Files = Callable[[dict[str, str]], None]

VARIABLE = 'variable "a" {\n  description = "An a."\n}\n'
MODULE = f"/**\n * # Title\n */\n{VARIABLE}"
INPUTS = "| Name | Description |\n| ---- | ----------- |\n| a | An a. |"
BRIEF = ["--anchor=false", "--type=false", "--default=false", "--required=false"]


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Files:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))

    def write(texts: dict[str, str]) -> None:
        for name, text in texts.items():
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            Path(name).write_text(text, encoding="utf-8", newline="")

    return write


def _fails(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as ending:
        quick.render(words)
    assert ending.value.code == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err


@pytest.mark.parametrize(
    "place",
    [
        "m/.terraform-docs.yml",
        "m/.config/.terraform-docs.yml",
        ".terraform-docs.yml",
        "home/.tfdocs.d/.terraform-docs.yml",
    ],
)
def test_a_settings_file_is_looked_for_in_its_places(
    files: Files, place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    files({"m/main.tf": MODULE, place: "formatter: tfvars json\n"})
    assert quick.render(["m"])
    assert capsys.readouterr().out == '{\n  "a": null\n}\n'


def test_the_command_line_goes_before_the_settings_file(
    files: Files, capsys: pytest.CaptureFixture[str]
) -> None:
    files(
        {"main.tf": MODULE, ".terraform-docs.yml": "formatter: json\nsettings: {indent: 4, anchor: false}\n"}
    )
    assert quick.render(["markdown", "--indent=1", "--show", "inputs", *BRIEF[1:], "."])
    assert capsys.readouterr().out == f"# Inputs\n\n{INPUTS}\n"


def test_content_puts_sections_and_files_where_it_says(
    files: Files, capsys: pytest.CaptureFixture[str]
) -> None:
    content = '{{ .Header }}\n\n  {{- /* none */ -}}\n  |{{include "x.txt" -}} \n  |\n  {{ .Inputs }}\n'
    files({"main.tf": MODULE, "x.txt": "<x>\n", ".terraform-docs.yml": f"content: |-\n  {content}"})
    assert quick.render(["md", *BRIEF, "."])
    assert capsys.readouterr().out == f"# Title|<x>|\n## Inputs\n\n{INPUTS}\n"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("foo: 1\n", "there is no setting foo"),
        ("settings:\n  indnt: 1\n", "there is no setting settings.indnt"),
        ("settings:\n  indent: x\n", "settings.indent must be a number"),
        ("sections: [inputs]\n", "sections must have keys"),
        ("sections:\n  hide: [bogus]\n", "there is no such section"),
        ("sections:\n  hide: [inputs]\n  show: [outputs]\n", "show and hide"),
        ("sort:\n  by: size\n", "there is no such order"),
        ("formatter: [\n", ".terraform-docs.yml:2:1"),
        ("version: '< 0.20'\n", "another version of terraform-docs"),
        ("content: '{{ .Foo }}'\n", "'.Foo'"),
        ("content: |-\n  a\n  {{ if .Header }}x{{ end }}\n", "line 2"),
        ("content: '{{ .Header'\n", "an action has no end"),
        ("content: '{{ include \"none\" }}'\n", "the file to include"),
        ("output:\n  file: R.md\n  template: x\n", "the output template needs three lines"),
        ("output:\n  file: R.md\n  mode: add\n", "there is no such output mode"),
        ("header-from: a.md\nfooter-from: a.md\n", "from one file"),
        ("header-from: none.md\n", "there is no file to read the header from"),
        ("header-from: main.py\n", "a header can't be read from this kind of file"),
    ],
)
def test_what_settings_can_not_say_is_named(
    files: Files, said: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    files({"main.tf": MODULE, ".terraform-docs.yml": said})
    assert told in _fails(["markdown", "."], capsys)
    assert not Path("R.md").exists()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (None, "<!-- BEGIN_TF_DOCS -->\n{}\n<!-- END_TF_DOCS -->"),
        ("text\n", "text\n\n<!-- BEGIN_TF_DOCS -->\n{}\n<!-- END_TF_DOCS -->\n"),
        (
            "a\n<!-- BEGIN_TF_DOCS -->\nold\n<!-- END_TF_DOCS -->\nb\n",
            "a\n<!-- BEGIN_TF_DOCS -->\n{}\n<!-- END_TF_DOCS -->\nb\n",
        ),
    ],
)
def test_a_page_goes_between_its_markers(files: Files, old: str | None, new: str) -> None:
    files({"m/main.tf": VARIABLE} | ({} if old is None else {"m/R.md": old}))
    words = ["md", "--show=inputs", "--output-file", "R.md", *BRIEF, "m"]
    assert quick.render(words)
    assert Path("m/R.md").read_text() == new.format(f"## Inputs\n\n{INPUTS}")
    assert quick.render([*words, "--output-check"])


def test_a_lone_marker_changes_nothing(files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    files({"main.tf": VARIABLE, "R.md": "<!-- BEGIN_TF_DOCS -->\n"})
    assert "R.md" in _fails(["md", "--output-file=R.md", "."], capsys)
    assert Path("R.md").read_text() == "<!-- BEGIN_TF_DOCS -->\n"


def test_a_stale_file_is_told_and_left(files: Files) -> None:
    files({"main.tf": VARIABLE, "R.md": "old"})
    with pytest.raises(SystemExit):
        quick.render(["md", "--output-file=R.md", "--output-mode=replace", "--output-check", "."])
    assert Path("R.md").read_text() == "old"


def test_recursion_writes_a_file_for_each_module(files: Files) -> None:
    files({f"repo/{name}/main.tf": VARIABLE for name in ("a", "a/b", "c", "c/.terraform/d")})
    assert quick.render(["tfvars-json", "--recursive", "--out", "out", "--recursive-exclude", "c", "repo"])
    found = {str(path.relative_to("out")) for path in Path("out").rglob("*") if path.is_file()}
    assert found == {"a.tfvars.json", "a/b.tfvars.json"}
    assert Path("out/a.tfvars.json").read_text() == '{\n  "a": null\n}\n'


def test_a_module_that_fails_lets_no_other_be_written(
    files: Files, capsys: pytest.CaptureFixture[str]
) -> None:
    files({"repo/a/main.tf": VARIABLE, "repo/b/main.tf": "variable {{", "repo/c/main.tf": "x = <<E\n"})
    told = _fails(["md", "--recursive", "--out", "out", "repo"], capsys)
    assert "repo/b/main.tf:1:" in told
    assert "repo/c/main.tf:1:5" in told
    assert not Path("out").exists()


def test_two_modules_for_one_file_are_refused(files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    files({"x/a/main.tf": VARIABLE, "y/a/main.tf": VARIABLE})
    assert "two pages" in _fails(["md", "--recursive", "--out", "out", "x", "y"], capsys)
    assert not Path("out").exists()


def test_recursion_writes_into_the_modules_under_the_path(files: Files) -> None:
    files({f"{name}/main.tf": VARIABLE for name in ("m", "m/modules/a", "m/examples/b")})
    assert quick.render(["md", "--recursive", "--output-file=R.md", "m"])
    assert {str(path) for path in Path().rglob("R.md")} == {"m/R.md", "m/modules/a/R.md"}


def test_a_line_that_is_not_understood_is_left_to_the_help() -> None:
    assert not quick.render(["md", "--no-such", "."])
    assert not quick.render(["md", "--indent", "x", "."])
    assert not quick.render(["--help"])
