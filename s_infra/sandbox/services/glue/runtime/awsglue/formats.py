"""Formats of DynamicFrames, in Spark's options; one that has no meaning here is refused by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .utils import not_carried_out

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMATS = {"csv": "csv", "json": "json", "parquet": "parquet", "glueparquet": "parquet", "orc": "orc"}
# Glue's option → Spark's.
READ = {
    "csv": {"separator": "sep", "escaper": "escape", "quoteChar": "quote", "multiLine": "multiLine"},
    "json": {"multiLine": "multiLine", "multiline": "multiLine"},
}
WRITE = {
    "csv": {"separator": "sep", "escaper": "escape", "quoteChar": "quote", "writeHeader": "header"},
    "parquet": {"compression": "compression"},
}
NO_QUOTE = -1


def spark_format(name: str | None) -> str:
    """Return Spark's name of a format."""
    if name not in FORMATS:
        raise not_carried_out(f"format {name}")
    return FORMATS[name]


def reading(name: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return Spark's options to read a format with."""
    given = dict(options)
    header = _is_true(given.pop("withHeader", False))
    spark = _translated(name, given, READ.get(name, {}))
    return {**spark, "header": header} if name == "csv" else spark


def writing(name: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return Spark's options to write a format with."""
    if name == "csv":
        # Glue writes a header and quotes by doubling, unless it is told otherwise.
        return {"header": True, "escape": '"', **_translated(name, options, WRITE["csv"])}
    given = {key: value for key, value in options.items() if key != "useGlueParquetWriter"}
    return _translated(name, given, WRITE.get(name, {}))


def _translated(name: str, given: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    for option in given:
        if option not in names:
            raise not_carried_out(f"format option {option} of {name}")
    found = {names[option]: value for option, value in given.items()}
    if found.get("quote") in (NO_QUOTE, str(NO_QUOTE)):
        found["quote"] = ""
    return found


def _is_true(value: object) -> bool:
    return value in (True, "true", "True")
