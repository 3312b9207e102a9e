"""The Glue Spark job: turns flights into numbers, the target first for training, in the order of the data."""

from __future__ import annotations

import posixpath
import sys

import boto3
from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext
from pyspark.sql import DataFrame
from pyspark.sql import functions as sf

IDENTIFIER = "flight_id"
TARGET = "arr_delay"
NUMBERS = ["month", "day", "hour", "dep_delay", "distance"]
# Each choice but the first becomes a column of its own.
CHOICES = {
    "carrier": [
        "9E",
        "AA",
        "AS",
        "B6",
        "DL",
        "EV",
        "F9",
        "FL",
        "HA",
        "MQ",
        "OO",
        "UA",
        "US",
        "VX",
        "WN",
        "YV",
    ],
    "origin": ["EWR", "JFK", "LGA"],
}
VALIDATION_SHARE = 0.2


class BadInputError(ValueError):
    """The file is at fault: the pipeline puts it away with this message."""


def main() -> None:
    """Read the object that the job's arguments name, and write what they ask for."""
    options = getResolvedOptions(
        sys.argv, ["JOB_NAME", "mode", "input_bucket", "input_key", "input_version", "output_bucket"]
    )
    training = options["mode"] == "train"
    names = ["train_output_key", "validate_output_key"] if training else ["score_output_key"]
    keys = getResolvedOptions(sys.argv, names)
    glue = GlueContext(SparkContext.getOrCreate())
    job = Job(glue)
    job.init(options["JOB_NAME"], options)
    landed = f"{posixpath.dirname(keys[names[0]])}/landed.csv"
    copy_version(options, landed)
    flights = glue.spark_session.read.csv(
        f"s3://{options['output_bucket']}/{landed}", header=True, inferSchema=True
    )
    needed = [IDENTIFIER, *NUMBERS, *CHOICES, *([TARGET] if training else [])]
    missing = [name for name in needed if name not in flights.columns]
    if missing:
        raise BadInputError(
            f"{options['input_key']}: no column {missing[0]!r}; it has {', '.join(flights.columns)}"
        )
    table = numbers(flights, training)
    if training:
        # By a hash of the identifier: a row falls on the same side whatever the others are.
        side = sf.abs(sf.xxhash64(sf.col(IDENTIFIER))) % 100 < int(100 * VALIDATION_SHARE)
        write(table.where(~side), options["output_bucket"], keys["train_output_key"])
        write(table.where(side), options["output_bucket"], keys["validate_output_key"])
    else:
        write(table, options["output_bucket"], keys["score_output_key"])
    job.commit()


def copy_version(options: dict[str, str], key: str) -> None:
    """Copy the version that landed to where Spark, which knows no versions, can read it."""
    source = {
        "Bucket": options["input_bucket"],
        "Key": options["input_key"],
        "VersionId": options["input_version"],
    }
    boto3.client("s3").copy(source, options["output_bucket"], key)


def numbers(flights: DataFrame, training: bool) -> DataFrame:
    """Return identifier, target if it is there, and features, all numbers."""
    columns = [sf.col(IDENTIFIER)]
    if training:
        columns.append(sf.col(TARGET).cast("double"))
    columns += [sf.col(name).cast("double") for name in NUMBERS]
    for name, choices in CHOICES.items():
        columns += [(sf.col(name) == choice).cast("int").alias(f"{name}_{choice}") for choice in choices[1:]]
    return flights.select(*columns)


def write(table: DataFrame, bucket: str, key: str) -> None:
    """Write the rows without header and identifier, in its order, as one file under the key."""
    rows = table.orderBy(IDENTIFIER).drop(IDENTIFIER).coalesce(1)
    rows.write.csv(f"s3://{bucket}/{key}", mode="overwrite")
    print(f"wrote s3://{bucket}/{key}")


if __name__ == "__main__":
    main()
