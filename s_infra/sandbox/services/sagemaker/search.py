"""The search for hyperparameters: what to try next, by optuna.

Source of the ranges' meaning: the API reference of HyperParameterTuningJobConfig. SageMaker keeps its
Bayesian optimisation to itself; here it is optuna's tree-structured Parzen estimator.
"""

from __future__ import annotations

import hashlib
import itertools
import math
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.sagemaker.errors import validation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SCALES = ("Auto", "Linear", "Logarithmic", "ReverseLogarithmic")
# With `Auto` SageMaker chooses; a range over this many powers of ten is searched by its logarithm here.
AUTO_DECADES = 3.0
# optuna's own number of random trials before it models anything; a small job has fewer.
RANDOM_TRIALS = 10


@dataclass(frozen=True)
class Range:
    """One hyperparameter's range: `choices` for a categorical one, `low` and `high` for the others."""

    name: str
    kind: str
    low: float = 0.0
    high: float = 0.0
    scale: str = "Linear"
    choices: tuple[str, ...] = ()

    def distribution(self) -> Any:
        """Return the range as optuna has it."""
        from optuna import distributions

        if self.kind == "Categorical":
            return distributions.CategoricalDistribution(self.choices)
        if self.scale == "ReverseLogarithmic":
            # The distance to 1 is what is searched by its logarithm.
            return distributions.FloatDistribution(1 - self.high, 1 - self.low, log=True)
        logarithmic = self.scale == "Logarithmic"
        if self.kind == "Integer":
            return distributions.IntDistribution(int(self.low), int(self.high), log=logarithmic)
        return distributions.FloatDistribution(self.low, self.high, log=logarithmic)

    def text(self, value: Any) -> str:
        """Return a searched value as the string that the training job gets."""
        return str(1 - value) if self.scale == "ReverseLogarithmic" else str(value)


def ranges(given: Mapping[str, Any]) -> tuple[Range, ...]:
    """Return the ranges of a ParameterRanges structure.

    Raises:
        SageMakerError: a bound is no number, the range is empty, or its scale doesn't go with it.
    """
    found = [
        _numeric(kind, one)
        for kind in ("Continuous", "Integer")
        for one in given.get(f"{kind}ParameterRanges", ())
    ]
    found += [
        Range(one["Name"], "Categorical", choices=tuple(one["Values"]))
        for one in given.get("CategoricalParameterRanges", ())
    ]
    names = [one.name for one in found]
    if not found:
        raise validation("At least one hyperparameter range is needed in ParameterRanges.")
    if len(set(names)) != len(names):
        raise validation("Hyperparameter names in ParameterRanges must be unique.")
    return tuple(found)


def _numeric(kind: str, given: Mapping[str, str]) -> Range:
    name, scale = given["Name"], given.get("ScalingType", "Auto")
    number = int if kind == "Integer" else float
    try:
        low, high = number(given["MinValue"]), number(given["MaxValue"])
    except ValueError as error:
        raise validation(f"Invalid {kind.lower()} range for hyperparameter {name}: {error}") from error
    if low > high or not (math.isfinite(low) and math.isfinite(high)):
        raise validation(f"The range of hyperparameter {name} is empty: {low} to {high}.")
    if scale == "Auto":
        scale = "Logarithmic" if low > 0 and math.log10(high / low) >= AUTO_DECADES else "Linear"
    if scale == "Logarithmic" and low <= 0:
        raise validation(f"Logarithmic scaling of hyperparameter {name} needs values greater than 0.")
    if scale == "ReverseLogarithmic" and (kind == "Integer" or low < 0 or high >= 1):
        raise validation(
            f"Reverse logarithmic scaling of hyperparameter {name} needs a continuous range in 0 <= x < 1.0."
        )
    return Range(name, kind, low, high, scale)


def combinations(space: tuple[Range, ...]) -> Iterator[dict[str, str]]:
    """Yield every combination of categorical ranges, in their order."""
    for chosen in itertools.product(*(one.choices for one in space)):
        yield {one.name: choice for one, choice in zip(space, chosen, strict=True)}


def grid_size(space: tuple[Range, ...]) -> int:
    """Return how many combinations there are.

    Raises:
        SageMakerError: a range isn't categorical; AWS's grid search takes no other.
    """
    others = [one.name for one in space if one.kind != "Categorical"]
    if others:
        raise validation(
            f"Grid search supports categorical parameters only; {', '.join(others)} is none of them."
        )
    return math.prod(len(one.choices) for one in space)


def load() -> Any:
    """Return optuna; its import takes half a second, so a server that never tunes goes without."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna


class Search:
    """Proposes hyperparameters and learns from what came of them; safe for several threads."""

    def __init__(
        self, space: tuple[Range, ...], strategy: str, *, maximise: bool, trials: int, seed: int
    ) -> None:
        optuna = load()
        self._space = space
        self._lock = threading.Lock()
        self._grid = enumerate(combinations(space)) if strategy == "Grid" else None
        if strategy == "Random":
            sampler: Any = optuna.samplers.RandomSampler(seed=seed)
        else:
            # Trials that still run count as bad ones, so that parallel ones don't repeat each other.
            sampler = optuna.samplers.TPESampler(
                seed=seed, n_startup_trials=min(RANDOM_TRIALS, max(2, trials // 3)), constant_liar=True
            )
        self._study = optuna.create_study(sampler=sampler, direction="maximize" if maximise else "minimize")
        self._failed = optuna.trial.TrialState.FAIL

    def ask(self) -> tuple[int, dict[str, str]]:
        """Return a trial's number and the hyperparameters to try."""
        with self._lock:
            if self._grid is not None:
                return next(self._grid)
            trial = self._study.ask({one.name: one.distribution() for one in self._space})
            return trial.number, {one.name: one.text(trial.params[one.name]) for one in self._space}

    def tell(self, number: int, value: float | None) -> None:
        """Say what a trial came to; None: it failed."""
        with self._lock:
            if self._grid is not None:
                return
            if value is None:
                self._study.tell(number, state=self._failed)
            else:
                self._study.tell(number, value)


def seed_of(name: str) -> int:
    """Return a seed for a tuning job without one: the same job tries the same values again."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")
