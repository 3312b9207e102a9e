"""ResultWriter: what comes of a distributed Map's child executions, as its result or as files in S3."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from s_infra.sandbox.services.stepfunctions.errors import RESULT_WRITER_FAILED, StateError
from s_infra.sandbox.services.stepfunctions.execution import iso
from s_infra.sandbox.services.stepfunctions.paging import present

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s_infra.sandbox.services.stepfunctions.execution import Execution
    from s_infra.sandbox.services.stepfunctions.maps.runs import MapRun
    from s_infra.sandbox.services.stepfunctions.visit import Visit

PUT = "arn:aws:states:::s3:putObject"


def written(visit: Visit, run: MapRun) -> Any:
    """Return the Map's result; where it goes to S3, after it has been put there."""
    writer = visit.language.part(visit, "ResultWriter")
    config = writer.get("WriterConfig", {})
    if "Resource" not in writer:
        return _transformed(list(run.children.values()), run, config.get("Transformation", "COMPACT"))
    try:
        return _exported(visit, run, writer["Arguments"], config)
    except (ClientError, BotoCoreError) as error:
        raise StateError(RESULT_WRITER_FAILED, str(error)) from error


def _exported(
    visit: Visit, run: MapRun, where: Mapping[str, Any], config: Mapping[str, Any]
) -> dict[str, Any]:
    s3, bucket = visit.client_of("s3"), where["Bucket"]
    prefix = where.get("Prefix", "").rstrip("/")
    folder = f"{prefix}/{run.arn.rpartition(':')[2]}".lstrip("/")
    transformation, kind = config.get("Transformation", "NONE"), config.get("OutputType", "JSON")
    children = list(run.children.values())
    parts = {
        "SUCCEEDED": _transformed(
            [child for child in children if child.status == "SUCCEEDED"], run, transformation
        ),
        "FAILED": _transformed([child for child in children if child.status != "SUCCEEDED"], run, "NONE"),
        "PENDING": [
            {"Input": json.dumps(one.value), "Status": "PENDING"}
            for number, one in enumerate(run.inputs or [])
            if number not in run.children
        ],
    }
    files: dict[str, list[dict[str, Any]]] = {name: [] for name in ("FAILED", "PENDING", "SUCCEEDED")}
    for name, entries in parts.items():
        if entries:
            lines = "\n".join(json.dumps(entry) for entry in entries)
            body = (lines if kind == "JSONL" else json.dumps(entries)).encode()
            key = f"{folder}/{name}_0.{kind.lower()}"
            s3.put_object(Bucket=bucket, Key=key, Body=body)
            files[name].append({"Key": key, "Size": len(body)})
    run.results_written = len(children)
    manifest = {"DestinationBucket": bucket, "MapRunArn": run.arn, "ResultFiles": files}
    key = f"{folder}/manifest.json"
    s3.put_object(Bucket=bucket, Key=key, Body=json.dumps(manifest).encode())
    return {"MapRunArn": run.arn, "ResultWriterDetails": {"Bucket": bucket, "Key": key}}


def _transformed(children: list[Execution], run: MapRun, transformation: str) -> list[Any]:
    # In the order of the items, not in that in which the children were begun.
    order = {child.arn: number for number, child in run.children.items()}
    found: list[Any] = []
    for child in sorted(children, key=lambda one: order[one.arn]):
        if transformation == "NONE" or child.output_text is None:
            found.append(_entry(child))
            continue
        output = json.loads(child.output_text)
        found += output if transformation == "FLATTEN" and isinstance(output, list) else [output]
    return found


def _entry(child: Execution) -> dict[str, Any]:
    problem = child.redrive_problem()
    return present(
        {
            "ExecutionArn": child.arn,
            "Input": child.input_text,
            "InputDetails": {"Included": True},
            "Name": child.name,
            "Output": child.output_text,
            "OutputDetails": None if child.output_text is None else {"Included": True},
            "Error": child.error,
            "Cause": child.cause,
            "RedriveCount": child.redrive_count,
            "RedriveStatus": "REDRIVABLE" if problem is None else "NOT_REDRIVABLE",
            "RedriveStatusReason": problem,
            "StartDate": iso(child.start_date),
            "StateMachineArn": child.machine.arn,
            "Status": child.status,
            "StopDate": None if child.stop_date is None else iso(child.stop_date),
        }
    )
