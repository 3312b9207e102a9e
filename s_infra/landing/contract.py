"""What a file's header has to be: a Table Schema (https://datapackage.org/standard/table-schema/)."""

from __future__ import annotations

import difflib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from s_infra.errors import SInfraError
from s_infra.runs import records

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from s_infra.runs.pipeline import Kind, Pipeline

Match = Literal["exact", "equal", "subset", "superset", "partial"]
MATCHES: tuple[Match, ...] = ("exact", "equal", "subset", "superset", "partial")


@dataclass(frozen=True)
class Contract:
    """The names that a header must have.

    `match` is the standard's `fieldsMatch`: exact (these, in this order), equal (these), subset (these and
    perhaps more), superset (none but these), partial (at least one of these). `source` names it in messages.
    """

    source: str
    fields: tuple[str, ...]
    match: Match = "exact"

    def hold(self, header: Sequence[str], which: str) -> None:
        """Hold a header to the contract.

        Raises:
            SInfraError: it says what is missing, unknown or out of order.
        """
        faults = list(self._faults(header))
        if faults:
            raise SInfraError(
                f"the header doesn't keep the contract: {'; '.join(faults)}",
                which=f"{which}, held to {self.source}",
                next_step="mend the file; where the contract is to change, change it first",
            )

    def _faults(self, header: Sequence[str]) -> Iterator[str]:
        missing = [name for name in self.fields if name not in header]
        unknown = [name for name in header if name not in self.fields]
        if self.match == "partial":
            if len(missing) == len(self.fields):
                yield f"it has none of {', '.join(self.fields)}"
            return
        if missing and self.match != "superset":
            yield f"missing {', '.join(missing)}"
        if unknown and self.match != "subset":
            yield "unknown " + ", ".join(_with_guess(name, missing) for name in unknown)
        if self.match == "exact" and not missing and not unknown and tuple(header) != self.fields:
            place = next(i for i, name in enumerate(header) if name != self.fields[i])
            yield f"column {place + 1} is {header[place]}, not {self.fields[place]}"


def _with_guess(name: str, missing: Sequence[str]) -> str:
    guesses = difflib.get_close_matches(name, missing, n=1)
    return f"{name} (for {guesses[0]}?)" if guesses else name


def of_file(path: Path) -> Contract:
    """Return the contract in a file.

    Raises:
        SInfraError: the file can't be read, or is no Table Schema.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SInfraError(
            f"the contract can't be read: {error}", which=str(path), next_step="name a Table Schema file"
        ) from error
    return parse(text, str(path))


def of_pipeline(pipeline: Pipeline, kind: Kind, s3: Any) -> Contract | None:
    """Return the contract that the pipeline was deployed with for such files, or None if there is none.

    Raises:
        SInfraError: it can't be read, or is no Table Schema.
    """
    name = f"schemas/{kind}.json"
    found = records.text(pipeline, name, s3)
    source = f"s3://{pipeline.metadata_store_bucket}/{pipeline.metadata_prefix}{name}"
    return None if found is None else parse(found, source)


def parse(text: str, source: str) -> Contract:
    """Return the contract of a Table Schema's JSON.

    Raises:
        SInfraError: it is none.
    """
    try:
        schema = json.loads(text)
        fields = tuple(str(field["name"]) for field in schema["fields"])
        given = schema.get("fieldsMatch", "exact")
        # Its first form was a list of one.
        match = given[0] if isinstance(given, list) and given else given
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _no_schema(source, f"{type(error).__name__}: {error}") from error
    if not fields or match not in MATCHES:
        raise _no_schema(source, "it has no fields" if not fields else f"fieldsMatch is {match!r}")
    return Contract(source, fields, match)


def _no_schema(source: str, why: str) -> SInfraError:
    return SInfraError(
        f"the contract is no Table Schema: {why}",
        which=source,
        next_step=f'write {{"fields": [{{"name": "COLUMN"}}]}}; fieldsMatch is one of {", ".join(MATCHES)}',
    )
