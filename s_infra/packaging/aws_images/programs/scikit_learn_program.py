"""What stands in for AWS's scikit-learn image in script mode: `train` and `serve`, by its documentation."""

from __future__ import annotations

import importlib
import os
import signal
import subprocess
import sys
from collections import deque
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from s_infra.packaging.aws_images.programs import arrays, folders, scripts, web

if TYPE_CHECKING:
    from types import ModuleType

SHOWN_LINES = 20
# The functions of a script that its documentation names for serving.
FUNCTIONS = ("model_fn", "input_fn", "predict_fn", "output_fn")


def train() -> None:
    """Run the user's script; its exit code is this program's."""
    values = scripts.decoded(folders.configuration("hyperparameters"))
    try:
        script = scripts.fetch(values.get("sagemaker_program"), values.get("sagemaker_submit_directory"))
    except scripts.ScriptError as error:
        folders.fail(str(error))
        return
    own = scripts.own(values)
    command = [sys.executable, script.program, *scripts.arguments(own)]
    environment = {**os.environ, **scripts.variables(script, own)}
    # This program's own place; the script has another.
    environment.pop("PYTHONPATH", None)
    process = subprocess.Popen(
        command, cwd=script.folder, env=environment, stderr=subprocess.PIPE, text=True, errors="replace"
    )
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    last: deque[str] = deque(maxlen=SHOWN_LINES)
    for line in process.stderr or ():
        sys.stderr.write(line)
        last.append(line)
    code = process.wait()
    if code != 0:
        code = code if code > 0 else 128 - code
        said = f'ExecuteUserScriptError:\nExitCode {code}\nErrorMessage "{"".join(last).strip()}"'
        (folders.OUTPUT / "failure").write_text(f"{said}\nCommand {' '.join(command[1:])}")
        raise SystemExit(code)


def serve() -> None:
    """Serve the user's model with the functions of the user's script, and the documented defaults."""
    given = os.environ
    try:
        script = scripts.fetch(given.get("SAGEMAKER_PROGRAM"), given.get("SAGEMAKER_SUBMIT_DIRECTORY"))
        sys.path.insert(0, str(script.folder))
        module = importlib.import_module(script.module)
        if hasattr(module, "transform_fn"):
            raise scripts.ScriptError(f"s-infra sandbox: transform_fn in {script.program} isn't carried out")
        if not hasattr(module, "model_fn"):
            raise scripts.ScriptError(f"{script.program} has no model_fn, which has no default")
    except scripts.ScriptError as error:
        raise SystemExit(str(error)) from error
    model = module.model_fn(str(folders.MODEL))
    default_accept = given.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", arrays.JSON)

    def invoke(body: bytes, content_type: str, accept: str) -> web.Answer:
        wanted = default_accept if accept in ("", "*/*") else accept
        return _answer(module, model, body, content_type or arrays.JSON, wanted)

    web.serve(folders.PORT, invoke)


def _answer(module: ModuleType, model: Any, body: bytes, content_type: str, accept: str) -> web.Answer:
    read, predict, write = (getattr(module, name, None) for name in FUNCTIONS[1:])
    try:
        data = read(body, content_type) if read else arrays.decode(body, content_type)
    except arrays.ContentTypeError as error:
        return web.Answer(str(error).encode(), status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    except Exception as error:  # noqa: BLE001 - the user's function may raise anything, and the caller is told
        return _failed(error)
    try:
        prediction = predict(data, model) if predict else model.predict(data)
        found = write(prediction, accept) if write else arrays.encode(prediction, accept)
    except arrays.ContentTypeError as error:
        return web.Answer(str(error).encode(), status=HTTPStatus.NOT_ACCEPTABLE)
    except Exception as error:  # noqa: BLE001 - as above
        return _failed(error)
    # An output_fn may give the content type along.
    text, kind = found if isinstance(found, tuple) else (found, accept)
    return web.Answer(text if isinstance(text, bytes) else str(text).encode(), kind)


def _failed(error: Exception) -> web.Answer:
    import traceback

    traceback.print_exception(error)
    return web.Answer(f"{type(error).__name__}: {error}".encode(), status=HTTPStatus.INTERNAL_SERVER_ERROR)


if __name__ == "__main__":
    {"train": train, "serve": serve}[sys.argv[1]]()
