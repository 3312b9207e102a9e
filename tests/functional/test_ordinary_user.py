"""The whole walk as an ordinary user: no right of root's is needed, nor used by accident."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pipeline_support import REPOSITORY

S_INFRA = str(Path(sys.executable).with_name("s-infra"))
# Inside, the user is 1000 and has no capability; the files are still those of whoever runs the tests.
AS_USER = ["unshare", "--user", "--map-user=1000", "--map-group=1000", "--"]


@pytest.mark.skipif(sys.platform != "linux", reason="user namespaces are Linux's")
def test_the_walk_needs_no_right_of_roots(tmp_path: Path) -> None:
    seen = subprocess.run([*AS_USER, "id", "-u"], capture_output=True, text=True, check=True)
    assert seen.stdout.strip() == "1000"
    walk = [sys.executable, "examples/walk.py", "ml-ops-on-aws", "--json"]
    done = subprocess.run(
        [*AS_USER, S_INFRA, "sandbox", "exec", "--", *walk],
        cwd=REPOSITORY,
        env={**os.environ, "S_INFRA_STATE_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)["rows"]
    right = sum(row["truth"] == row["predicted"] for row in rows)
    assert right / len(rows) > 0.9
