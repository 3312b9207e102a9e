"""Batch transform's DataProcessing: what of a record the program gets, and what of both is stored.

Source: "Associate Prediction Results with Input Records" in SageMaker's developer guide.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.sagemaker import filters
from s_infra.sandbox.services.sagemaker.errors import JobError, SageMakerError, not_carried_out, validation
from s_infra.sandbox.services.sagemaker.filters import FilterError, UnsureError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CSV, JSON, JSON_LINES = "text/csv", "application/json", "application/jsonlines"
OUTPUT, INPUT = "SageMakerOutput", "SageMakerInput"
OPERATION = "CreateTransformJob"


@dataclass(frozen=True)
class Association:
    """A job's DataProcessing, checked. `csv` tells the format of both sides; else it is JSON."""

    input_filter: filters.Path
    output_filter: filters.Path
    join: bool
    csv: bool

    @property
    def active(self) -> bool:
        """Whether anything is to be done at all."""
        return bool(self.input_filter) or self.after

    @property
    def after(self) -> bool:
        """Whether the answers have to be cut into records."""
        return self.join or bool(self.output_filter)

    def sent(self, record: bytes, where: str) -> bytes:
        """Return what the program gets of a record, which ends with its line break if it had one.

        Raises:
            JobError: the record isn't of its format, or the filter doesn't fit it.
        """
        if not self.input_filter:
            return record
        text = _text(record, where)
        body = text.rstrip("\r\n")
        return (self._filtered(self.input_filter, body, where) + text[len(body) :]).encode()

    def stored(self, records: Sequence[bytes], answer: bytes, where: str) -> bytes:
        """Return what is stored for the records of one call, a line each where there are several.

        Raises:
            JobError: the answer has another number of records, or the output filter doesn't fit.
        """
        text = _text(answer, where)
        answers = [text.strip()] if len(records) == 1 and not self.csv else _split(text)
        if len(answers) != len(records):
            raise JobError(
                f"ClientError: {where}: the program answered {len(answers)} records for {len(records)}, "
                "so that they can't be associated with the input"
            )
        pairs = zip(records, answers, strict=True)
        return "\n".join(self._line(_text(record, where), found, where) for record, found in pairs).encode()

    def _line(self, record: str, answer: str, where: str) -> str:
        if not self.join:
            return self._filtered(self.output_filter, answer, where)
        body = record.strip() if not self.csv else record.rstrip("\r\n")
        joined = (
            f"{body},{answer}" if self.csv else json_text(_joined(_json(body, where), _json(answer, where)))
        )
        return self._filtered(self.output_filter, joined, where) if self.output_filter else joined

    def _filtered(self, path: filters.Path, text: str, where: str) -> str:
        record = _row(text, where) if self.csv else _json(text, where)
        try:
            found = filters.select(path, record)
        except FilterError as error:
            raise JobError(f"ClientError: {where}: the filter doesn't fit the data: {error}") from error
        return _csv_text(found) if self.csv else json_text(found)


def of_request(request: Mapping[str, Any]) -> Association:
    """Return what a CreateTransformJob request asks for.

    Raises:
        SageMakerError: a filter is invalid, or the formats don't go with it.
    """
    given = request.get("DataProcessing") or {}
    content = _format(request["TransformInput"].get("ContentType"))
    accept = _format(request["TransformOutput"].get("Accept"))
    found = Association(
        _path(given, "InputFilter"),
        _path(given, "OutputFilter"),
        given.get("JoinSource") == "Input",
        content == CSV,
    )
    if found.active:
        _check(request, found, content, accept)
    return found


def _check(request: Mapping[str, Any], found: Association, content: str | None, accept: str | None) -> None:
    formats = (CSV, JSON, JSON_LINES)
    if content not in formats or (found.after and accept not in formats):
        field, value = ("ContentType", content) if content not in formats else ("Accept", accept)
        raise validation(f"DataProcessing needs {field} to be one of {', '.join(formats)}; it is {value}.")
    if found.after and found.csv != (accept == CSV):
        raise not_carried_out(OPERATION, f"DataProcessing with ContentType {content} and Accept {accept}")
    by_line = request["TransformInput"].get("SplitType") == "Line"
    assembled = request["TransformOutput"].get("AssembleWith") == "Line"
    if content != JSON and not (by_line and (assembled or not found.after)):
        raise validation(f"DataProcessing of {content} needs SplitType and AssembleWith to be Line.")


def _path(given: Mapping[str, Any], field: str) -> filters.Path:
    # An empty filter is the default one.
    text = given.get(field) or "$"
    try:
        return filters.parse(text)
    except FilterError as error:
        raise validation(f"{field}: {error}") from error
    except UnsureError as error:
        raise _unsure(field, error) from error


def _unsure(field: str, error: UnsureError) -> SageMakerError:
    return not_carried_out(OPERATION, f"DataProcessing.{field} {error}")


def _format(media_type: str | None) -> str | None:
    return media_type.partition(";")[0].strip().lower() if media_type else None


def _text(data: bytes, where: str) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise JobError(f"ClientError: {where}: the data is not UTF-8: {error}") from error


def _split(text: str) -> list[str]:
    # Not str.splitlines, which cuts at characters that may stand within a record, too.
    return [line.rstrip("\r") for line in text.removesuffix("\n").split("\n")]


def _json(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise JobError(f"ClientError: {where}: a record is not valid JSON: {error}") from error


def _row(line: str, where: str) -> list[str]:
    try:
        return next(csv.reader([line], strict=True), [])
    except csv.Error as error:
        raise JobError(f"ClientError: {where}: a line is not valid CSV: {error}") from error


def _joined(record: Any, answer: Any) -> dict[str, Any]:
    return {**record, OUTPUT: answer} if isinstance(record, dict) else {INPUT: record, OUTPUT: answer}


def json_text(value: Any) -> str:
    """Return JSON on one line, as short as it can be."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _csv_text(found: Any) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(found if isinstance(found, list) else [found])
    return text.getvalue()
