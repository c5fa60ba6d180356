from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.listener import Listener, listening


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[Listener]:
    with listening(tmp_path) as started:
        yield started
