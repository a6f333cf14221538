"""Where the shared data files stand: beside the project, never inside it."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parent.parent.parent / "shared" / "data"


def shared(name):
    """The path of a file in ../shared/data; skips the test where that folder is absent."""
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"../shared/data/{name} is not here")
    return path
