"""Checks what is Map's own: its processor, its items, and what only the distributed mode has."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.stepfunctions.definition.fields import DISTRIBUTED_FIELDS
from s_infra.sandbox.services.stepfunctions.definition.problem import (
    Problem,
    refused,
    schema,
    unknown_fields,
)
from s_infra.sandbox.services.stepfunctions.languages.expressions import is_expression
from s_infra.sandbox.services.stepfunctions.maps import item_reader, result_writer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LONGEST_LABEL = 40
CONFIGS = ("ItemProcessor/ProcessorConfig", "ItemReader/ReaderConfig", "ResultWriter/WriterConfig")
READER_FIELDS = {"Resource", "Arguments", "ReaderConfig"}
READER_CONFIG_FIELDS = {
    *("InputType", "CSVDelimiter", "CSVHeaderLocation", "CSVHeaders", "ItemsPointer", "ManifestType"),
    *("MaxItems", "Transformation"),
}
BATCHER_FIELDS = {"BatchInput", "MaxItemsPerBatch", "MaxInputBytesPerBatch"}
WRITER_FIELDS = {"Resource", "Arguments", "WriterConfig"}
WRITER_CONFIG = {"Transformation": ("NONE", "COMPACT", "FLATTEN"), "OutputType": ("JSON", "JSONL")}


def problems(state: Mapping[str, Any], where: str) -> Iterator[Problem]:
    """Give what is wrong with a Map, but for the states of its processor."""
    processor = state.get("ItemProcessor")
    if not isinstance(processor, dict):
        yield schema("These fields are required: [ItemProcessor]", where)
        return
    odd = [f"{where}/{path}" for path in CONFIGS if not isinstance(_at(state, path), dict)]
    if odd:
        yield from (schema(f"'{path.rpartition('/')[2]}' is an object", path) for path in odd)
        return
    config = processor.get("ProcessorConfig", {})
    mode = config.get("Mode", "INLINE")
    at = f"{where}/ItemProcessor/ProcessorConfig"
    yield from unknown_fields(config, {"Mode", "ExecutionType"}, at)
    if mode not in ("INLINE", "DISTRIBUTED"):
        yield schema(f"{json.dumps(mode)} is not one of ['INLINE', 'DISTRIBUTED']", f"{at}/Mode")
    if mode == "DISTRIBUTED":
        yield from _distributed(state, config, where)
    else:
        for field in sorted(set(state) & DISTRIBUTED_FIELDS):
            yield schema(f"Field '{field}' is not supported when Mode is INLINE", f"{where}/{field}")
    for field in ("MaxConcurrency", "ToleratedFailureCount", "ToleratedFailurePercentage"):
        value = state.get(field, 0)
        whole = isinstance(value, int) or field == "ToleratedFailurePercentage"
        bad = not isinstance(value, int | float) or isinstance(value, bool) or value < 0 or not whole
        if not is_expression(value) and bad:
            yield schema(f"{json.dumps(value)} is not a value of '{field}'", f"{where}/{field}")


def _at(state: Mapping[str, Any], path: str) -> Any:
    outer, _, inner = path.partition("/")
    part = state.get(outer)
    return part.get(inner, {}) if isinstance(part, dict) else {}


def _distributed(state: Mapping[str, Any], config: Mapping[str, Any], where: str) -> Iterator[Problem]:
    at = f"{where}/ItemProcessor/ProcessorConfig/ExecutionType"
    kind = config.get("ExecutionType")
    if kind == "EXPRESS":
        yield refused("ExecutionType EXPRESS", at)
    elif kind != "STANDARD":
        yield schema("These fields are required: [ExecutionType]", at)
    if "ItemReader" in state and "Items" in state:
        yield schema("'Items' and 'ItemReader' exclude each other", f"{where}/ItemReader")
    label = state.get("Label", "label")
    if not isinstance(label, str) or not 0 < len(label) <= LONGEST_LABEL:
        yield schema(f"'Label' has at most {LONGEST_LABEL} characters", f"{where}/Label")
    for field, check in (("ItemReader", _reader), ("ItemBatcher", _batcher), ("ResultWriter", _writer)):
        if field in state:
            part = state[field]
            if isinstance(part, dict):
                yield from check(part, f"{where}/{field}")
            else:
                yield schema(f"'{field}' is an object", f"{where}/{field}")


def _reader(reader: Mapping[str, Any], where: str) -> Iterator[Problem]:
    yield from unknown_fields(reader, READER_FIELDS, where)
    config = reader.get("ReaderConfig", {})
    yield from unknown_fields(config, READER_CONFIG_FIELDS, f"{where}/ReaderConfig")
    if config.get("Transformation", "NONE") != "NONE":
        what = f"ReaderConfig.Transformation {config['Transformation']}"
        yield refused(what, f"{where}/ReaderConfig/Transformation")
    if reader.get("Resource") == item_reader.LIST:
        return
    if reader.get("Resource") != item_reader.GET:
        yield refused(f"ItemReader.Resource {reader.get('Resource')}", f"{where}/Resource")
    kind = config.get("InputType")
    if kind == "PARQUET" or (kind == "MANIFEST" and config.get("ManifestType") == "ATHENA_DATA"):
        yield refused(f"ReaderConfig.InputType {kind}", f"{where}/ReaderConfig/InputType")
    elif str(kind) not in item_reader.READERS:
        at = f"{where}/ReaderConfig/InputType"
        yield schema(f"{json.dumps(kind)} is not one of {sorted(item_reader.READERS)}", at)
    if kind == "CSV":
        yield from _csv(config, f"{where}/ReaderConfig")


def _csv(config: Mapping[str, Any], where: str) -> Iterator[Problem]:
    location = config.get("CSVHeaderLocation")
    if location not in ("FIRST_ROW", "GIVEN"):
        yield schema("'CSVHeaderLocation' is FIRST_ROW or GIVEN", f"{where}/CSVHeaderLocation")
    if (location == "GIVEN") != ("CSVHeaders" in config):
        yield schema("'CSVHeaders' go with 'CSVHeaderLocation' GIVEN", f"{where}/CSVHeaders")
    if str(config.get("CSVDelimiter", "COMMA")) not in item_reader.DELIMITERS:
        yield schema(f"'CSVDelimiter' is one of {sorted(item_reader.DELIMITERS)}", f"{where}/CSVDelimiter")


def _batcher(batcher: Mapping[str, Any], where: str) -> Iterator[Problem]:
    yield from unknown_fields(batcher, BATCHER_FIELDS, where)
    if not {"MaxItemsPerBatch", "MaxInputBytesPerBatch"} & set(batcher):
        yield schema("'MaxItemsPerBatch' or 'MaxInputBytesPerBatch' is required", where)


def _writer(writer: Mapping[str, Any], where: str) -> Iterator[Problem]:
    yield from unknown_fields(writer, WRITER_FIELDS, where)
    if ("Resource" in writer) != ("Arguments" in writer) or not writer:
        yield schema("'Resource' with 'Arguments', or 'WriterConfig', is required", where)
    if writer.get("Resource", result_writer.PUT) != result_writer.PUT:
        yield refused(f"ResultWriter.Resource {writer['Resource']}", f"{where}/Resource")
    config = writer.get("WriterConfig", {})
    yield from unknown_fields(config, set(WRITER_CONFIG), f"{where}/WriterConfig")
    for field, allowed in WRITER_CONFIG.items():
        value = config.get(field, allowed[0])
        if value not in allowed:
            yield schema(
                f"{json.dumps(value)} is not one of {list(allowed)}", f"{where}/WriterConfig/{field}"
            )
