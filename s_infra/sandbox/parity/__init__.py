"""What the sandbox carries out of AWS, from the code's own tables, each with the test that shows it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from s_infra.sandbox.parity import declared

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

# Written from the markers in the tests; the tests themselves are no part of the package.
SHOWN_BY = Path(__file__).with_name("shown_by.json")


@dataclass(frozen=True)
class Row:
    """An operation, how it is carried out (ours, the base's, refused), what of it, and its tests."""

    service: str
    operation: str
    by: str
    features: tuple[str, ...]
    tests: tuple[str, ...]

    @property
    def name(self) -> str:
        """The name that a test's marker gives: `sagemaker:CreateTrainingJob`."""
        return f"{self.service}:{self.operation}"


def table(shown_by: Mapping[str, tuple[str, ...]] | None = None) -> list[Row]:
    """Return all rows, by service and operation. `shown_by`: a name's tests, as they are kept if left out."""
    known = tests() if shown_by is None else shown_by
    rows = []
    for one in declared.operations():
        found = dict.fromkeys(known.get(one.name, ()))
        # A type's life calls each of its operations.
        for resource in one.types:
            found |= dict.fromkeys(known.get(f"terraform:{resource}", ()))
        rows.append(Row(one.service, one.operation, one.by, one.features, tuple(found)))
    return rows


def tests() -> dict[str, tuple[str, ...]]:
    """Return the tests by the name of what they show."""
    return {name: tuple(found) for name, found in json.loads(SHOWN_BY.read_text()).items()}


def as_json(rows: list[Row]) -> str:
    """Return the rows as a JSON list."""
    return json.dumps([asdict(row) for row in rows])


def lines(rows: list[Row], on_aws: Collection[str] = ()) -> list[str]:
    """Return the rows as Markdown: a table a service, and a line for what has no row of its own.

    `on_aws`: the tests that can be run on an account, too.
    """
    text = ["# What the sandbox carries out", ""]
    text.append("Made from the code by `s-infra sandbox parity`. What is in no list is refused by name.")
    if on_aws:
        text.append(
            "A test with (AWS) can be run on an account, too: `pytest --aws`, see decisions/parity-on-aws.md."
        )
    for service in dict.fromkeys(row.service for row in rows):
        own = [row for row in rows if row.service == service]
        shown = [row for row in own if row.by != declared.REFUSED]
        text += ["", f"## {service}", ""]
        if shown:
            text += ["| operation | by | what of it | shown by |", "| --- | --- | --- | --- |"]
        text += [_line(row, on_aws) for row in shown]
        names = [row.operation for row in own if row.by == declared.REFUSED]
        if names:
            text += ["", f"Refused ({len(names)}): {', '.join(names)}."]
    return text


def _line(row: Row, on_aws: Collection[str]) -> str:
    features = "; ".join(row.features).replace("|", "\\|")
    tests = ", ".join(_short(one) + " (AWS)" * (one in on_aws) for one in row.tests[:2])
    return f"| {row.operation} | {row.by} | {features} | {tests} |"


def _short(test: str) -> str:
    path, _, name = test.partition("::")
    return f"[{name or Path(path).stem}](../{path})"
