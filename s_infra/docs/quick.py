"""`s-infra docs render` without the library of the command line: one page takes as long as Python's start."""

from __future__ import annotations

import os
import sys

from s_infra.docs.arguments import read
from s_infra.errors import SInfraError


def render(words: list[str]) -> bool:
    """Carry out a command line behind `docs render`; False if it asks for help, or isn't understood."""
    given = read(words)
    if given is None:
        return False
    from s_infra.docs import renders
    from s_infra.docs.receipts import Receipt

    receipt = Receipt()
    try:
        renders.run(given, receipt)
    except SInfraError as error:
        receipt.drop()
        sys.stderr.write(f"error: {error}\n")
        sys.exit(1)
    except KeyboardInterrupt:
        receipt.drop()
        sys.stderr.write("error: interrupted\n")
        sys.exit(1)
    except BrokenPipeError:  # who read stdout has enough
        receipt.drop()
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(1)
    except BaseException:
        receipt.drop()
        raise
    return True
