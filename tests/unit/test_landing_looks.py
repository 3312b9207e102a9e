"""What a file is refused for before it is sent."""

from __future__ import annotations

import base64
import gzip
import hashlib
import os
from pathlib import Path

import pytest

from s_infra.errors import SInfraError
from s_infra.landing.looking import look
from s_infra.uploads import digests
from s_infra.uploads.digests import MEBIBYTE, SMALLEST_PART


def written(folder: Path, content: bytes) -> Path:
    path = folder / "train.csv"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("content", "header"),
    [
        (b"a,b\n1,2\n", ("a", "b")),
        (b"\xef\xbb\xbfa,b\r\n1,2\r\n", ("a", "b")),
        (b'"a","b, or\nc"\n1,2', ("a", "b, or\nc")),
        ("größe,名\n1,2\n".encode(), ("größe", "名")),
        (b"only\n1\n", ("only",)),
        (b"a, b\n\n1,2\n", ("a", "b")),
    ],
)
def test_a_file_that_can_be_read_tells_its_header(
    content: bytes, header: tuple[str, ...], tmp_path: Path
) -> None:
    looked = look(written(tmp_path, content))
    assert looked.header == header
    assert (looked.size, looked.sha256()) == (len(content), hashlib.sha256(content).hexdigest())
    assert looked.checksum == base64.b64encode(looked.parts[0]).decode()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (gzip.compress(b"a,b\n1,2\n", mtime=0), "compressed by gzip"),
        ("a,b\n1,2\n".encode("utf-16"), "UTF-16"),
        ("a,b\n1,2\n".encode("utf-16-le"), "byte 1 is 0"),
        (b"PK\x03\x04rest", "ZIP archive"),
        (b"a,b\n1,\xe9\n", r"not UTF-8 \(byte 6\)"),
        (b"\xef\xbb\xbfa,b\n1,\xe9\n", r"not UTF-8 \(byte 9\)"),
        (b"a,b\n1,\xc3", "cut off"),
        (b"a,b\n", "a header and no rows"),
        (b"a,b", "a header and no rows"),
        (b"a,b\n\n  \n", "a header and no rows"),
        (b"\na,b\n1,2\n", "first line is empty"),
        (b"a;b;c\n1;2;3\n", "separated by semicolons"),
        (b"a\tb\n1\t2\n", "separated by tabs"),
        (b"1.5,2,-3\n1,2,3\n", "there is no header"),
        (b"a,b,a\n1,2,3\n", "'a' stands twice"),
        (b"a,,c\n1,2,3\n", "column 2 of the header has no name"),
        (b'"a,b\n1,2\n', "line 1"),
    ],
)
def test_a_file_that_no_run_could_read_is_refused(content: bytes, said: str, tmp_path: Path) -> None:
    path = written(tmp_path, content)
    with pytest.raises(SInfraError, match=said) as caught:
        look(path)
    assert caught.value.which == str(path)
    assert caught.value.next_step
    assert look(path, check=False).size == len(content)


@pytest.mark.parametrize("content", [None, b""])
def test_a_missing_or_empty_file_is_refused_checked_or_not(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "train.csv"
    if content is not None:
        path.write_bytes(content)
    for check in (True, False):
        with pytest.raises(SInfraError, match="nothing to land"):
            look(path, check=check)


def test_another_delimiter_is_read_when_it_is_said(tmp_path: Path) -> None:
    assert look(written(tmp_path, b"a;b\n1;2\n"), delimiter=";").header == ("a", "b")


def test_parts_have_digests_of_their_own_and_a_character_may_stand_between_them(tmp_path: Path) -> None:
    # The two bytes of the last character of the first part end in the second.
    first = b"a,b\n1,".ljust(SMALLEST_PART - 1, b"x") + "é".encode()[:1]
    second = "é".encode()[1:] + b"\n2,3\n"
    looked = look(written(tmp_path, first + second))
    assert looked.part_size == SMALLEST_PART
    assert list(looked.parts) == [hashlib.sha256(part).digest() for part in (first, second)]
    assert looked.checksum.endswith("-2")
    assert looked.sha256() == hashlib.sha256(first + second).hexdigest()


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        (b"\n1,\xe9\n", rf"not UTF-8 \(byte {SMALLEST_PART + 3}\)"),
        (b"\n\x00", f"byte {SMALLEST_PART + 1} is 0"),
        (b"\n1,\xc3", "cut off"),
    ],
)
def test_what_stands_behind_the_first_part_is_looked_at_too(rest: bytes, said: str, tmp_path: Path) -> None:
    path = written(tmp_path, b"a,b\n1,".ljust(SMALLEST_PART, b"x") + rest)
    with pytest.raises(SInfraError, match=said):
        look(path)


def test_a_character_that_a_part_cut_is_not_forgotten_when_the_next_is_ascii(tmp_path: Path) -> None:
    cut = b"a,b\n1,".ljust(SMALLEST_PART - 1, b"x") + "é".encode()[:1]
    path = written(tmp_path, cut + b"x\n")
    with pytest.raises(SInfraError, match=rf"not UTF-8 \(byte {SMALLEST_PART - 1}\)"):
        look(path)


def test_parts_grow_with_a_file_that_would_have_too_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digests, "MOST_PARTS", 2)
    looked = look(written(tmp_path, b"a\n" + b"1\n" * (17 * MEBIBYTE)))
    assert (looked.part_size, len(looked.parts)) == (18 * MEBIBYTE, 2)


def test_a_file_that_grows_while_it_is_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, b"a\n1\n")
    real, asked = os.fstat, []

    def grows(descriptor: int) -> os.stat_result:
        asked.append(descriptor)
        if len(asked) == 2:
            with path.open("ab") as stream:
                stream.write(b"2\n")
        return real(descriptor)

    monkeypatch.setattr(os, "fstat", grows)
    with pytest.raises(SInfraError, match="changed while it was read"):
        look(path)
