"""Writes the example's data: train.csv and score.csv for the pipeline, labels.csv that it never sees.

The data are the Wisconsin breast cancer measurements that scikit-learn ships: 569 tumours, 30 features,
benign (1) or malignant (0).
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

IDENTIFIER = "sample_id"
TARGET = "benign"


def write(directory: Path, scored: int = 114, seed: int = 20) -> None:
    """Write the three files into `directory`; `scored` rows are kept from training."""
    bunch = load_breast_cancer()
    features = [name.replace(" ", "_") for name in bunch.feature_names]
    names = [f"s{number:04d}" for number in range(len(bunch.target))]
    train, score = train_test_split(
        range(len(names)), test_size=scored, stratify=bunch.target, random_state=seed
    )
    directory.mkdir(parents=True, exist_ok=True)
    _csv(
        directory / "train.csv",
        [IDENTIFIER, *features, TARGET],
        ([names[i], *bunch.data[i], bunch.target[i]] for i in sorted(train)),
    )
    _csv(
        directory / "score.csv", [IDENTIFIER, *features], ([names[i], *bunch.data[i]] for i in sorted(score))
    )
    _csv(directory / "labels.csv", [IDENTIFIER, TARGET], ([names[i], bunch.target[i]] for i in sorted(score)))


def _csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: data.py DIRECTORY")
    write(Path(sys.argv[1]))
