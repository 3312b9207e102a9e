"""Walks through an example: apply, land training data, land scoring data, hold the predictions to the truth.

    s-infra sandbox exec -- python examples/walk.py ml-ops-on-aws [--json]

What happens is told on stderr; stdout carries the result. Exits with 1, the failed state, its reason and its
log if anything fails.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from s_infra import aws
from s_infra.cli.running import running
from s_infra.errors import SInfraError
from s_infra.landing import landing, looking
from s_infra.packaging import wheels
from s_infra.runs import following, logs, pipeline, records, report
from s_infra.runs.page import write
from s_infra.terraform.core import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

EXAMPLES = Path(__file__).resolve().parent
# What the examples call themselves, if not told otherwise.
PREFIX = "demo"
WHEEL_SOURCE = EXAMPLES.parent / "source/scripts/python"


def tell(text: str = "") -> None:
    """Say something to the person who watches."""
    print(text, file=sys.stderr, flush=True)


@dataclass
class Watch:
    """The seconds that each stage of the walk took, in order."""

    begun: float = field(default_factory=time.monotonic)
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time the block as the stage `name`."""
        start = time.monotonic()
        tell(f"[{start - self.begun:5.1f} s] {name}")
        yield
        self.seconds[name] = time.monotonic() - start


def walk(example: Path, state: Path, data: Path) -> dict[str, Any]:
    """Do the whole walk and return what came out; `state` is for Terraform's, and `data` for what lands."""
    watch = Watch()
    with watch.stage("build the wheel"):
        # Nobody needs the data before it lands.
        preparing = subprocess.Popen([sys.executable, str(example / "data.py"), str(data)])
        wheels.build(WHEEL_SOURCE, example / "build")
    try:
        state.mkdir(parents=True, exist_ok=True)
        workspace = Workspace(example, state_directory=state)
        with watch.stage("terraform init"):
            workspace.init()
        with watch.stage("terraform apply"):
            workspace.apply(on_line=_tell_progress)
    finally:
        with watch.stage("wait for the data"):
            made = preparing.wait()
    if made:
        raise SInfraError("the data could not be made", which=str(example / "data.py"))
    deployed = pipeline.from_workspace(workspace)
    training = run(data / "train.csv", "training", deployed, watch)
    scoring = run(data / "score.csv", "scoring", deployed, watch)
    predictions = read_predictions(scoring["predictions"])
    with watch.stage("write the pages of the runs"):
        pages = [
            write_page("training", training["run"], deployed, example / "build"),
            write_page("scoring", scoring["run"], deployed, example / "build"),
        ]
    return {
        "pipeline": deployed.name,
        "training": training,
        "scoring": scoring,
        "pages": pages,
        "rows": compare(data / "labels.csv", predictions),
        "endpoint": ask_endpoint(training["endpoint"]["name"], scoring["run"], deployed)
        if training["endpoint"]
        else [],
        "files": list_files(deployed),
        "champion": records.champion(deployed, aws.client("s3")),
        "seconds": watch.seconds,
        "total_seconds": time.monotonic() - watch.begun,
    }


def _tell_progress(line: str) -> None:
    if line.startswith(("Plan:", "Apply complete")):
        tell(f"          {line}")


def run(path: Path, kind: pipeline.Kind, deployed: pipeline.Pipeline, watch: Watch) -> dict[str, Any]:
    """Land a file, follow its run to the end and return the run's record.

    Raises:
        SInfraError: the run failed or its model was refused.
    """
    s3, states = aws.client("s3"), aws.client("stepfunctions")
    with watch.stage(f"land {path.name}"):
        landed = landing.land(looking.look(path), kind, deployed, s3, again=True)
    on_stage = report.tell_stages(lambda line: tell(f"          {line}"))
    with watch.stage(f"{kind} run {landed.run}"):
        outcome = following.follow(landed.execution_arn, states, on_stage)
    if outcome.status != "SUCCEEDED":
        raise failure(landed.run, outcome)
    record = records.record(deployed, landed.run, s3)
    if record is None:
        raise SInfraError("the run left no record", which=landed.run)
    if record["status"] == "refused":
        raise SInfraError(
            "\n".join(["no model passed the gate", *report.record_lines(record)]), which=landed.run
        )
    return {**record, "stages": outcome.seconds_by_state}


def write_page(kind: pipeline.Kind, run_name: str, deployed: pipeline.Pipeline, folder: Path) -> str:
    """Write the page of a run and return its path."""
    target = folder / f"{kind}-run.html"
    write.page(run_name, deployed.execution_arn(kind, run_name), deployed, aws.client, target)
    return str(target)


def failure(run_name: str, outcome: following.Outcome) -> SInfraError:
    """Return the error that tells the failed state, its reason and its log."""
    told = [*report.lines(run_name, outcome, None, stages=False)]
    for tail in logs.of_failure(outcome.cause, aws.client("logs"), aws.client("sagemaker")):
        told += [f"log {tail.group} {tail.stream}:", *(f"  {line}" for line in tail.lines)]
    return SInfraError("\n".join(told), which=outcome.execution_arn)


def read_predictions(where: dict[str, str]) -> list[list[float]]:
    """Return the numbers of each line that batch transform wrote, in order."""
    s3 = aws.client("s3")
    listed = s3.list_objects_v2(Bucket=where["bucket"], Prefix=where["prefix"])["Contents"]
    lines: list[str] = []
    for entry in sorted(listed, key=lambda one: str(one["Key"])):
        lines += s3.get_object(Bucket=where["bucket"], Key=entry["Key"])["Body"].read().decode().splitlines()
    return [[float(field) for field in row] for row in csv.reader(lines)]


def list_files(deployed: pipeline.Pipeline) -> list[str]:
    """Return the URIs of all that the two runs landed, made and wrote."""
    s3 = aws.client("s3")
    return [
        f"s3://{bucket}/{entry['Key']}"
        for bucket in (
            deployed.feature_store_bucket,
            deployed.extract_store_bucket,
            deployed.model_store_bucket,
            deployed.output_store_bucket,
            deployed.metadata_store_bucket,
        )
        for entry in s3.list_objects_v2(Bucket=bucket).get("Contents", [])
    ]


def compare(labels: Path, predictions: Sequence[Sequence[float]]) -> list[dict[str, Any]]:
    """Return each prediction beside the truth that the pipeline never saw, with a class's probability."""
    with labels.open(encoding="utf-8") as stream:
        truths = list(csv.reader(stream))[1:]
    return [
        {"id": name, "truth": float(truth), "predicted": predicted[0], "probability": (*predicted, None)[1]}
        for (name, truth), predicted in zip(truths, predictions, strict=True)
    ]


def ask_endpoint(name: str, run_name: str, deployed: pipeline.Pipeline, rows: int = 5) -> list[list[float]]:
    """Return what the endpoint answers to the first rows that a run's transform wrote to be scored."""
    s3 = aws.client("s3")
    bucket = deployed.extract_store_bucket
    listed = s3.list_objects_v2(Bucket=bucket, Prefix=f"{run_name}/")["Contents"]
    key = min(str(one["Key"]) for one in listed if "/test.csv" in one["Key"])
    body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    answer = aws.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=name,
        ContentType="text/csv",
        Body=b"".join(body.splitlines(keepends=True)[:rows]),
    )
    return [
        [float(field) for field in row] for row in csv.reader(answer["Body"].read().decode().splitlines())
    ]


def tell_result(result: dict[str, Any]) -> None:
    """Show the result to a person."""
    training, scoring, rows = result["training"], result["scoring"], result["rows"]
    tell("\nTraining")
    for line in report.record_lines(training):
        tell(f"  {line}")
    tell("\nScoring")
    for line in report.record_lines(scoring):
        tell(f"  {line}")
    tell_predictions(rows)
    if result["endpoint"]:
        tell(f"\nThe endpoint {training['endpoint']['name']} answers the first rows with")
        tell("  " + ", ".join(f"{answer[0]:g}" for answer in result["endpoint"]))
    tell("\nWhere each file lies")
    for uri in result["files"]:
        tell(f"  {uri}")
    tell("\nSeconds")
    for name, seconds in result["seconds"].items():
        tell(f"  {seconds:6.2f}  {name}")
        stages = training["stages"] if name.startswith("training") else scoring["stages"]
        for state, taken in stages.items() if " run " in name else ():
            tell(f"            {taken:6.2f}  {state}")
    tell(f"  {result['total_seconds']:6.2f}  in all")
    tell("\nA page of each run, to be opened in a browser")
    for page in result["pages"]:
        tell(f"  {os.path.relpath(page)}")


def tell_predictions(rows: Sequence[dict[str, Any]]) -> None:
    """Show some of the predictions, and how good all of them are."""
    every = max(1, len(rows) // 12)
    tell(f"\nPredictions beside the truth, every {every}th")
    classes = rows[0]["probability"] is not None
    tell(f"  {'id':<8}{'truth':>8}{'predicted':>11}" + f"{'probability':>13}" * classes)
    for row in rows[::every]:
        probability = f"{row['probability']:>13.4f}" if classes else ""
        mark = "  wrong" if classes and row["truth"] != row["predicted"] else ""
        tell(f"  {row['id']:<8}{row['truth']:>8g}{row['predicted']:>11g}{probability}{mark}")
    name, value = quality(rows)
    tell(f"\n{name} on the {len(rows)} labels that the pipeline never saw: {value:.4f}")


def quality(rows: Sequence[dict[str, Any]]) -> tuple[str, float]:
    """Return the accuracy of predicted classes, or the root mean squared error of predicted numbers."""
    if rows[0]["probability"] is not None:
        return "Accuracy", sum(row["truth"] == row["predicted"] for row in rows) / len(rows)
    squares = sum((row["truth"] - row["predicted"]) ** 2 for row in rows)
    return "Root mean squared error", (squares / len(rows)) ** 0.5


def tell_how_to_look_around(example: Path, sandbox: str, result: dict[str, Any] | None) -> None:
    """Say what a person can do in a sandbox that goes on."""
    place = os.path.relpath(example)
    name = result["pipeline"] if result else PREFIX
    runs = [result["training"]["run"], result["scoring"]["run"]] if result else []
    endpoint = (result or {}).get("training", {}).get("endpoint")
    tell("\nThe sandbox goes on. To look around:")
    for line in (
        f'export PATH="$PWD/.venv/bin:$PATH"; eval "$(s-infra sandbox env --name {sandbox})"',
        f"s-infra runs list --of {name}",
        *(f"s-infra runs show {one} --of {name}" for one in runs),
        f"s-infra land {place}/data/score.csv --to {name} --again --wait",
        *(
            f"aws sagemaker describe-endpoint --endpoint-name {one}"
            for one in ([endpoint["name"]] if endpoint else [])
        ),
        f"s-infra sandbox mail --name {sandbox}",
        f"s-infra sandbox logs --name {sandbox}",
    ):
        tell(f"  {line}")
    tell("To walk again in it, the same make command; to end it with all that is in it:")
    tell(f"  .venv/bin/s-infra sandbox down --name {sandbox}")


def tell_how_to_go_on(example: Path) -> None:
    """Say how to do the same on AWS."""
    place = os.path.relpath(example)
    tell(f"\nOn AWS it is the same, with your credentials, Docker to build the image, and in {place}:")
    for line in ("terraform init", "terraform apply", "s-infra land train.csv --wait"):
        tell(f"  {line}")


def kept_state(sandbox: str, example: Path) -> Path:
    """Return where the state of an example lies that goes on in a sandbox: it ends with the sandbox.

    Raises:
        SInfraError: the sandbox doesn't run.
    """
    return running(sandbox).directory / "examples" / example.name


def main() -> int:
    """Parse the arguments, walk, show the result."""
    parser = argparse.ArgumentParser(description="Walk through an example in the sandbox.")
    parser.add_argument("example", help="the name of a folder beside this file, or the path of one")
    parser.add_argument("--json", action="store_true", help="print the result as JSON on stdout")
    parser.add_argument(
        "--keep", metavar="SANDBOX", help="leave all as it is: the sandbox of that name goes on"
    )
    arguments = parser.parse_args()
    example = EXAMPLES / arguments.example
    if not (example / "main.tf").is_file():
        names = ", ".join(sorted(path.parent.name for path in EXAMPLES.glob("*/main.tf")))
        parser.error(f"there is no example {arguments.example!r}; there are: {names}")
    if "AWS_ENDPOINT_URL" not in os.environ:
        parser.error("the walk creates a pipeline; run it in the sandbox: s-infra sandbox exec -- python …")
    try:
        result = _walk(example, arguments.keep)
    except SInfraError as error:
        tell(f"error: {error}")
        if arguments.keep:
            tell_how_to_look_around(example, arguments.keep, None)
        return 1
    tell_result(result)
    if arguments.keep:
        tell_how_to_look_around(example, arguments.keep, result)
    tell_how_to_go_on(example)
    if arguments.json:
        print(json.dumps(result))
    return 0


def _walk(example: Path, keep: str | None) -> dict[str, Any]:
    if keep:
        return walk(example, kept_state(keep, example), example / "data")
    with tempfile.TemporaryDirectory(prefix="s-infra-walk-") as scratch:
        return walk(example, Path(scratch) / "state", Path(scratch) / "data")


if __name__ == "__main__":
    sys.exit(main())
