"""The XGBoost algorithm's hyperparameters, as strings and checked as its documentation says.

Source: "XGBoost hyperparameters" in SageMaker's developer guide.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

INFINITY = float("inf")
TUNING_OBJECTIVE = "_tuning_objective_metric"
BOOSTERS = ("gbtree", "gblinear", "dart")
TREE_METHODS = ("auto", "exact", "approx", "hist")
OBJECTIVES = (
    *("binary:hinge", "binary:logistic", "binary:logitraw", "count:poisson", "multi:softmax"),
    *("multi:softprob", "rank:map", "rank:ndcg", "rank:pairwise", "reg:absoluteerror", "reg:gamma"),
    *("reg:logistic", "reg:pseudohubererror", "reg:squarederror", "reg:squaredlogerror", "reg:tweedie"),
    *("survival:aft", "survival:cox"),
)
# Those that XGBoost has, and the two that the algorithm adds whose definition its documentation gives.
METRICS = (
    *("accuracy", "aft-nloglik", "auc", "aucpr", "cox-nloglik", "error", "gamma-deviance", "gamma-nloglik"),
    *("logloss", "mae", "map", "mape", "merror", "mlogloss", "mphe", "mse", "ndcg", "poisson-nloglik"),
    *("rmse", "rmsle", "tweedie-nloglik"),
)
# Documented, and not for this machine (a GPU, several hosts) or of releases before these.
NOT_CARRIED = (
    *("deterministic_histogram", "prob_buffer_row", "process_type", "refresh_leaf"),
    *("save_model_on_termination", "single_precision_histogram", "sketch_eps", "updater"),
    *("use_dask_gpu_training",),
)


class ParameterError(Exception):
    """A hyperparameter that the algorithm refuses."""


@dataclass(frozen=True)
class Parameters:
    """What training goes by: XGBoost's own parameters, and those of its training loop."""

    booster: dict[str, Any]
    rounds: int
    metrics: list[str]
    early_stopping_rounds: int | None
    weighted: bool


def _number(kind: type, low: float = -INFINITY, high: float = INFINITY) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        value = kind(text)
        if not low <= value <= high:
            raise ValueError(f"not within [{low}, {high}]")
        return value

    return read


def _one_of(*choices: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in choices:
            raise ValueError(f"not one of {', '.join(choices)}")
        return text

    return read


def _nested(text: str) -> str:
    json.loads(text.replace("(", "[").replace(")", "]"))
    return text


_FRACTION, _POSITIVE, _FLAG = _number(float, 0, 1), _number(float, 0), _number(int, 0, 1)
KNOWN: dict[str, Callable[[str], Any]] = {
    "aft_loss_distribution": _one_of("normal", "logistic", "extreme"),
    "aft_loss_distribution_scale": _POSITIVE,
    "alpha": _number(float),
    "base_score": _number(float),
    "booster": _one_of(*BOOSTERS),
    "colsample_bylevel": _FRACTION,
    "colsample_bynode": _FRACTION,
    "colsample_bytree": _FRACTION,
    "csv_weights": _FLAG,
    "early_stopping_rounds": _number(int, 1),
    "eta": _FRACTION,
    "eval_metric": str,
    "gamma": _POSITIVE,
    "grow_policy": _one_of("depthwise", "lossguide"),
    "interaction_constraints": _nested,
    "lambda": _number(float),
    "lambda_bias": _FRACTION,
    "max_bin": _number(int, 2),
    "max_delta_step": _POSITIVE,
    "max_depth": _number(int, 0),
    "max_leaves": _number(int, 0),
    "min_child_weight": _POSITIVE,
    "monotone_constraints": _nested,
    "normalize_type": _one_of("tree", "forest"),
    "nthread": _number(int, 1),
    "num_class": _number(int, 2),
    "num_round": _number(int, 1),
    "objective": _one_of(*OBJECTIVES),
    "one_drop": _FLAG,
    "rate_drop": _FRACTION,
    "sample_type": _one_of("uniform", "weighted"),
    "scale_pos_weight": _number(float),
    "seed": _number(int),
    "skip_drop": _FRACTION,
    "subsample": _FRACTION,
    "tree_method": _one_of(*TREE_METHODS),
    "tweedie_variance_power": _number(float, 1, 2),
    "verbosity": _number(int, 0, 3),
}
LOOP = ("num_round", "eval_metric", "early_stopping_rounds", "csv_weights")


def read(given: dict[str, str]) -> Parameters:
    """Return the parameters of a job's hyperparameters.

    Raises:
        ParameterError: one is unknown, missing, out of its range or not carried out; it is named.
    """
    values = {name: _value(name, text) for name, text in given.items() if name != TUNING_OBJECTIVE}
    if "num_round" not in values:
        raise ParameterError("the required hyperparameter num_round is missing")
    objective = values.setdefault("objective", "reg:squarederror")
    if objective.startswith("multi:") != ("num_class" in values):
        raise ParameterError(
            f"num_class goes with multi:softmax and multi:softprob; objective is {objective}"
        )
    metrics = [name for name in values.get("eval_metric", "").replace(" ", "").split(",") if name]
    tuned = given.get(TUNING_OBJECTIVE, "").partition(":")[2]
    if tuned and tuned not in metrics:
        metrics.append(tuned)
    for name in metrics:
        if name.partition("@")[0] not in METRICS:
            raise ParameterError(f"the eval_metric {name} isn't carried out; there are {', '.join(METRICS)}")
    return Parameters(
        {name: value for name, value in values.items() if name not in LOOP},
        values["num_round"],
        metrics,
        values.get("early_stopping_rounds"),
        bool(values.get("csv_weights", 0)),
    )


def _value(name: str, text: str) -> Any:
    if name in NOT_CARRIED:
        raise ParameterError(f"s-infra sandbox: the hyperparameter {name} isn't carried out")
    if name not in KNOWN:
        raise ParameterError(f"extraneous hyperparameter: {name}")
    try:
        return KNOWN[name](text)
    except ValueError as error:
        raise ParameterError(f"the hyperparameter {name} is {text!r}: {error}") from error
