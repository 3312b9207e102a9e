"""What stands in for AWS's XGBoost image: `train` and `serve`, by the algorithm's documentation."""

from __future__ import annotations

import json
import os
import sys
import threading
from typing import Any

import numpy as np
import xgboost

from s_infra.packaging.aws_images.programs import folders, parameters, tables, web

MODEL = "xgboost-model"
DEFAULT_TRAINING_TYPE, DEFAULT_SERVING_TYPE = "text/libsvm", "text/csv"
HIGHER_IS_BETTER = ("accuracy", "auc", "aucpr", "map", "ndcg")


def train() -> None:
    """Train on the channels `train` and `validation` and write the model in XGBoost's own format."""
    try:
        chosen = parameters.read(folders.configuration("hyperparameters"))
        sets = _sets(chosen)
        booster = _train(chosen, sets)
    except (
        parameters.ParameterError,
        tables.TableError,
        xgboost.core.XGBoostError,
        UnicodeDecodeError,
    ) as error:
        folders.fail(str(error))
        return
    booster.save_model(folders.MODEL / MODEL)


def _sets(chosen: parameters.Parameters) -> list[tuple[Any, str]]:
    described = folders.configuration("inputdataconfig")
    unknown = set(described) - {"train", "validation"}
    if unknown:
        raise tables.TableError(f"s-infra sandbox: the channel {min(unknown)} isn't carried out")
    if "train" not in described:
        raise tables.TableError("the channel train is missing")
    return [
        (
            tables.channel(
                folders.DATA / name,
                described[name].get("ContentType") or DEFAULT_TRAINING_TYPE,
                weighted=chosen.weighted,
            ),
            name,
        )
        for name in ("train", "validation")
        if name in described
    ]


def _train(chosen: parameters.Parameters, sets: list[tuple[Any, str]]) -> Any:
    own = [name for name in chosen.metrics if name in OWN_METRICS]
    native = [name for name in chosen.metrics if name not in OWN_METRICS]
    booster = {**chosen.booster, "verbosity": chosen.booster.get("verbosity", 1)}
    if chosen.metrics:
        booster["eval_metric"] = native
        # XGBoost adds the objective's own metric to ours; the algorithm prints those that were asked for.
        booster["disable_default_eval_metric"] = not native
    callbacks: list[Any] = [_Printing()]
    if chosen.early_stopping_rounds is not None:
        metric = chosen.metrics[-1] if chosen.metrics else None
        higher = None if metric is None else metric.partition("@")[0] in HIGHER_IS_BETTER
        callbacks.append(
            xgboost.callback.EarlyStopping(
                chosen.early_stopping_rounds,
                metric_name=metric,
                data_name=sets[-1][1],
                maximize=higher,
                save_best=True,
            )
        )
    return xgboost.train(
        booster,
        sets[0][0],
        chosen.rounds,
        evals=sets,
        custom_metric=(lambda scores, data: [(name, OWN_METRICS[name](scores, data)) for name in own])
        if own
        else None,
        verbose_eval=False,
        callbacks=callbacks,
    )


def _accuracy(scores: Any, data: Any) -> float:
    if scores.ndim == 2:
        found = scores.argmax(axis=1)
    else:
        # A single score is a probability; multi:softmax gives the class itself.
        found = scores if scores.max(initial=0) > 1 else scores > 0.5
    return float(np.mean(found == data.get_label()))


def _mse(scores: Any, data: Any) -> float:
    return float(np.mean((scores - data.get_label()) ** 2))


OWN_METRICS = {"accuracy": _accuracy, "mse": _mse}


class _Printing(xgboost.callback.TrainingCallback):  # type: ignore[misc] # it has no types
    """Prints each round as the image's log shows it: a tab comes out of it as #011."""

    def __init__(self) -> None:
        self._history: dict[str, dict[str, list[float]]] = {}
        self._printed = 0

    def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
        """Print a line; False: training goes on."""
        del model
        self._history = evals_log
        self._print_until(epoch + 1)
        return False

    def after_training(self, model: Any) -> Any:
        """Print the last round: XGBoost asks its callbacks in no order, and no more of them after a stop."""
        series = [values for metrics in self._history.values() for values in metrics.values()]
        self._print_until(len(series[0]) if series else self._printed)
        return model

    def _print_until(self, rounds: int) -> None:
        for epoch in range(self._printed, rounds):
            parts = [
                f"#011{data}-{metric}:{values[epoch]:.5f}"
                for data, metrics in self._history.items()
                for metric, values in metrics.items()
            ]
            sys.stdout.write(f"[{epoch}]{''.join(parts)}\n")
        self._printed = rounds


def serve() -> None:
    """Serve the model on /invocations."""
    booster = xgboost.Booster()
    booster.load_model(folders.MODEL / MODEL)
    booster.set_param({"nthread": 1})
    features = booster.num_features()
    # A batch transform job wants a line for each record, an endpoint's caller one line.
    separator, end = ("\n", "\n") if os.environ.get("SAGEMAKER_BATCH") == "true" else (",", "")
    one_at_a_time = threading.Lock()

    def invoke(body: bytes, content_type: str, accept: str) -> web.Answer:
        if not body.strip():
            return web.Answer(b"", status=204)
        if accept not in ("", "*/*", "text/csv"):
            return web.Answer(f"s-infra sandbox: Accept {accept} isn't carried out".encode(), status=406)
        try:
            data = tables.payload(body, content_type or DEFAULT_SERVING_TYPE, features)
        except (tables.TableError, UnicodeDecodeError) as error:
            return web.Answer(str(error).encode(), status=415)
        with one_at_a_time:
            found = booster.predict(data, validate_features=False)
        text = separator.join(json.dumps(value) for value in found.tolist()) + end
        return web.Answer(text.encode(), "text/csv")

    web.serve(folders.PORT, invoke)


if __name__ == "__main__":
    {"train": train, "serve": serve}[sys.argv[1]]()
