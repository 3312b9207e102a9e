"""Pages are replaced whole, in the manner that they have, and only between their markers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from s_infra.docs import markers, writing
from s_infra.errors import SInfraError

BEGIN, END = markers.TF_DOCS
PAGE = f"before\n{BEGIN}\nold\n{END}\nafter"


def test_text_outside_the_markers_is_untouched() -> None:
    assert markers.inject(PAGE, "new\n", "README.md") == f"before\n{BEGIN}\nnew\n{END}\nafter"


def test_a_page_without_markers_gets_them_at_its_end() -> None:
    assert markers.inject("mine\n\n\n", "new", "README.md") == f"mine\n\n{BEGIN}\nnew\n{END}\n"
    assert markers.inject("", "new", "README.md") == f"{BEGIN}\nnew\n{END}\n"


def test_markers_in_fenced_code_are_only_spoken_of() -> None:
    quoted = f"~~~~md\n```\n{BEGIN}\n```\n{END}\n~~~~\n"
    assert markers.inject(quoted + PAGE, "new", "README.md").startswith(f"{quoted}before\n{BEGIN}\nnew\n")
    assert markers.inject(f"put `{BEGIN}` there\n", "new", "README.md").count(BEGIN) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"{BEGIN}\nx\n", f"no {END}"),
        (f"x\n{END}\n", f"no {BEGIN}"),
        (f"{BEGIN}\n{END}\n{BEGIN}\n{END}\n", f"2 {BEGIN}"),
        (f"{BEGIN}\n{BEGIN}\n{END}\n", f"2 {BEGIN}"),
        (f"{END}\n{BEGIN}\n", "before it begins"),
    ],
)
def test_lone_doubled_and_turned_markers_are_errors(text: str, message: str) -> None:
    with pytest.raises(SInfraError, match=re.escape(message)) as failed:
        markers.inject(text, "new", "there/README.md")
    assert failed.value.which == "there/README.md"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (None, b"a\nb\n"),
        (b"x\n", b"a\nb\n"),
        (b"x\r\ny\r\n", b"a\r\nb\r\n"),
        (b"x", b"a\nb"),
        (b"\xef\xbb\xbfx\n", b"\xef\xbb\xbfa\nb\n"),
        (b"", b"a\nb\n"),
    ],
)
def test_the_manner_of_the_old_page_is_kept(tmp_path: Path, old: bytes | None, new: bytes) -> None:
    page = tmp_path / "page.md"
    if old is not None:
        page.write_bytes(old)
    content = writing.changed(page, "a\nb\n")
    assert content == new
    assert writing.replace_all([(page, content)]) == 1
    assert page.read_bytes() == new
    assert writing.changed(page, "a\nb\n") is None
    assert writing.read(page) in {"a\nb\n", "a\nb"}


def test_mode_and_link_of_a_page_stay(tmp_path: Path) -> None:
    page, link = tmp_path / "page.md", tmp_path / "link.md"
    page.write_text("x")
    page.chmod(0o640)
    link.symlink_to("page.md")
    writing.replace_all([(link, b"new")])
    assert link.is_symlink()
    assert page.read_bytes() == b"new"
    assert page.stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.md", "page.md"]


@pytest.mark.parametrize("obstacle", ["read-only", "folder", "full"])
def test_if_one_page_cant_be_written_none_is(
    tmp_path: Path, obstacle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = tmp_path / "a/first.md", tmp_path / "second.md"
    first.parent.mkdir()
    first.write_text("old")
    if obstacle == "folder":
        second.mkdir()
    else:
        second.write_text("old")
    if obstacle == "read-only":
        second.chmod(0o444)
    if obstacle == "full":
        write = writing._write

        def failing(path: str, content: bytes) -> None:
            if "second" in path:
                write(path, content[:1])
                raise OSError(28, "No space left on device", path)
            write(path, content)

        monkeypatch.setattr(writing, "_write", failing)
    with pytest.raises(SInfraError, match="no page was changed"):
        writing.replace_all([(first, b"new"), (second, b"new")])
    assert first.read_text() == "old"
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) in (
        ["first.md"],
        ["first.md", "second.md"],
    )


def test_a_page_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_bytes(b"caf\xe9")
    with pytest.raises(SInfraError, match="byte 3"):
        writing.read(page)
    with pytest.raises(SInfraError, match="byte 3"):
        writing.changed(page, "x")
