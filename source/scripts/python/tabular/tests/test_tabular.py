from __future__ import annotations

import pytest
from tabular import TableError, read_table, split_by_identifier, write_features, write_training


def test_the_target_comes_first_and_the_features_are_ordered_by_name() -> None:
    table = read_table(b"id,b,a,y\nr1,2,1,0\nr2,4,3,1\n", "t.csv")
    assert write_training(table, target="y", identifier="id") == b"0,1,2\n1,3,4\n"


def test_features_keep_the_rows_in_order_whatever_the_order_of_the_columns() -> None:
    one = read_table(b"id,b,a\nr1,2,1\nr2,4,3\n", "t.csv")
    other = read_table(b"a,id,b\n1,r1,2\n3,r2,4\n", "t.csv")
    assert write_features(one, "id") == write_features(other, "id") == b"1,2\n3,4\n"


def test_a_row_falls_on_the_same_side_in_a_larger_file() -> None:
    rows = [f"r{i},{i}" for i in range(400)]
    small = read_table(("id,a\n" + "\n".join(rows[:200])).encode(), "t.csv")
    large = read_table(("id,a\n" + "\n".join(rows)).encode(), "t.csv")
    _, small_split = split_by_identifier(small, "id", 0.2)
    _, large_split = split_by_identifier(large, "id", 0.2)
    assert set(small_split.rows) == set(large_split.rows) & set(small.rows)
    assert 0.1 < len(large_split.rows) / 400 < 0.3


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"a,b\n", "no rows"),
        (b"a,a\n1,2\n", "stands twice"),
        (b"a,b\n1\n", "line 2: 1 fields"),
        ("a,b\n1,é".encode("latin-1"), "not UTF-8"),
        (b'a,b\n1,"2\n', "line 2"),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_its_place(content: bytes, message: str) -> None:
    with pytest.raises(TableError, match=message):
        read_table(content, "bad.csv")


@pytest.mark.parametrize("text", ["x", "", "nan", "inf", "1e400"])
def test_what_is_no_finite_number_is_refused_with_line_and_column(text: str) -> None:
    table = read_table(f"id,a\nr1,1\nr2,{text}\n".encode(), "bad.csv")
    with pytest.raises(TableError, match=r"bad\.csv: line 3: column 'a'"):
        write_features(table, "id")


def test_a_byte_order_mark_is_no_part_of_the_first_name() -> None:
    assert read_table("\ufeffid,a\nr1,1\n".encode(), "t.csv").header == ("id", "a")
