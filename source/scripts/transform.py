"""The Glue job: turns a landed CSV with a header into what the model reads, a CSV without one.

Training data becomes two objects, to train on and to validate on, with the target in the first column.
Scoring data becomes one object with the features alone, a line for each of its rows, in their order.
Edit TARGET and IDENTIFIER for your data; everything else follows from the file's header.
"""

from __future__ import annotations

import sys

import boto3
from awsglue.utils import getResolvedOptions
from tabular import Table, read_table, split_by_identifier, write_features, write_training

TARGET = "benign"
IDENTIFIER = "sample_id"
VALIDATION_SHARE = 0.2


def main() -> None:
    """Read the object that the job's arguments name, and write what they ask for."""
    options = getResolvedOptions(
        sys.argv, ["mode", "input_bucket", "input_key", "input_version", "output_bucket"]
    )
    s3 = boto3.client("s3")
    landed = s3.get_object(
        Bucket=options["input_bucket"], Key=options["input_key"], VersionId=options["input_version"]
    )
    table = read_table(landed["Body"].read(), source=options["input_key"])
    print(f"{options['input_key']}: {len(table.rows)} rows, {len(table.header)} columns")

    if options["mode"] == "train":
        outputs = training_objects(table)
    else:
        outputs = {"score_output_key": write_features(table, identifier=IDENTIFIER)}
    keys = getResolvedOptions(sys.argv, sorted(outputs))
    for argument, body in outputs.items():
        s3.put_object(Bucket=options["output_bucket"], Key=keys[argument], Body=body, ContentType="text/csv")
        print(f"wrote {len(body.splitlines())} lines to s3://{options['output_bucket']}/{keys[argument]}")


def training_objects(table: Table) -> dict[str, bytes]:
    """Return the bodies to train on and to validate on by the names of the arguments that hold their keys."""
    training, validation = split_by_identifier(table, IDENTIFIER, VALIDATION_SHARE)
    return {
        "train_output_key": write_training(training, target=TARGET, identifier=IDENTIFIER),
        "validate_output_key": write_training(validation, target=TARGET, identifier=IDENTIFIER),
    }


if __name__ == "__main__":
    main()
