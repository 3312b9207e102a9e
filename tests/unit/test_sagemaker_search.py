"""Hyperparameter ranges and the search over them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s_infra.sandbox.services.sagemaker import search
from s_infra.sandbox.services.sagemaker.errors import SageMakerError


def continuous(low: str, high: str, scale: str = "Auto") -> dict[str, Any]:
    one = {"Name": "x", "MinValue": low, "MaxValue": high, "ScalingType": scale}
    return {"ContinuousParameterRanges": [one]}


@pytest.mark.parametrize(
    ("low", "high", "scale"),
    [("0.001", "1", "Logarithmic"), ("0.01", "1", "Linear"), ("0", "1000", "Linear"), ("-5", "5", "Linear")],
)
def test_the_automatic_scale_follows_the_width_of_the_range(low: str, high: str, scale: str) -> None:
    assert search.ranges(continuous(low, high))[0].scale == scale


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (continuous("a", "1"), "Invalid continuous range"),
        (continuous("2", "1"), "is empty"),
        (continuous("1", "inf"), "is empty"),
        (continuous("0", "1", "Logarithmic"), "greater than 0"),
        (continuous("0", "1", "ReverseLogarithmic"), "0 <= x < 1"),
        (
            {"IntegerParameterRanges": [{"Name": "n", "MinValue": "1.5", "MaxValue": "2"}]},
            "Invalid integer range",
        ),
        ({"CategoricalParameterRanges": [{"Name": "c", "Values": ["a"]}] * 2}, "must be unique"),
        ({}, "At least one"),
    ],
)
def test_a_range_that_makes_no_sense_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(SageMakerError, match=message):
        search.ranges(given)


@given(seed=st.integers(0, 2**32 - 1), strategy=st.sampled_from(["Bayesian", "Random"]))
def test_every_proposal_lies_in_its_range_and_reads_as_its_kind(seed: int, strategy: str) -> None:
    space = search.ranges(
        {
            "ContinuousParameterRanges": [
                {"Name": "log", "MinValue": "0.0001", "MaxValue": "10", "ScalingType": "Logarithmic"},
                {
                    "Name": "reverse",
                    "MinValue": "0.5",
                    "MaxValue": "0.999",
                    "ScalingType": "ReverseLogarithmic",
                },
            ],
            "IntegerParameterRanges": [{"Name": "n", "MinValue": "-2", "MaxValue": "3"}],
            "CategoricalParameterRanges": [{"Name": "c", "Values": ["a", "b"]}],
        }
    )
    looked = search.Search(space, strategy, maximise=True, trials=6, seed=seed)
    for _ in range(6):
        number, tried = looked.ask()
        assert 0.0001 <= float(tried["log"]) <= 10
        assert 0.5 <= float(tried["reverse"]) <= 0.999 + 1e-12
        assert -2 <= int(tried["n"]) <= 3
        assert tried["c"] in ("a", "b")
        looked.tell(number, float(tried["log"]))


@pytest.mark.parametrize("maximise", [True, False])
def test_the_search_comes_closer_than_chance(maximise: bool) -> None:
    def best(strategy: str) -> float:
        space = search.ranges(continuous("-10", "10"))
        total = 0.0
        for seed in range(8):
            looked = search.Search(space, strategy, maximise=maximise, trials=30, seed=seed)
            errors = []
            for _ in range(30):
                number, tried = looked.ask()
                errors.append((float(tried["x"]) - 3) ** 2)
                looked.tell(number, -errors[-1] if maximise else errors[-1])
            total += min(errors)
        return total

    assert best("Bayesian") < best("Random")


def test_a_failed_trial_and_a_seed_are_remembered() -> None:
    space = search.ranges(continuous("0", "1"))

    def proposals(seed: int) -> list[str]:
        looked = search.Search(space, "Bayesian", maximise=True, trials=9, seed=seed)
        found = []
        for count in range(9):
            number, tried = looked.ask()
            looked.tell(number, None if count % 3 == 0 else float(tried["x"]))
            found.append(tried["x"])
        return found

    assert proposals(search.seed_of("job")) == proposals(search.seed_of("job"))
    assert proposals(1) != proposals(2)
