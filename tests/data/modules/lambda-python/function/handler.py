"""The fixture's function."""

import os
from pathlib import Path


def handle(event, _context):
    """Answer with the greeting and who is greeted, and which files are there."""
    beside = sorted(path.name for path in Path(__file__).parent.iterdir() if path.name != "__pycache__")
    return {"said": f"{os.environ['GREETING']} {event['name']}", "beside": beside}
