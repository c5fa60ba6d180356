"""HL7's JSON schema of FHIR R4, as a validator that is not ours applies it."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

_HERE = Path(__file__).parents[1] / "interop"
_PACKAGE = _HERE / "node_modules" / "@asymmetrik" / "fhir-json-schema-validator"


def faults(resources: list[dict[str, Any]]) -> list[str]:
    """What the schema finds wrong. Skips where Node or the package is missing, except in CI."""
    node = shutil.which("node")
    if node is None or not _PACKAGE.is_dir():
        assert "CI" not in os.environ, "CI must have Node and `npm ci` in tests/interop"
        pytest.skip("needs Node, and `npm ci` in tests/interop")
    done = subprocess.run(
        [node, str(_HERE / "fhir.mjs")],
        input=json.dumps(resources),
        capture_output=True,
        text=True,
        check=True,
    )
    found: list[str] = json.loads(done.stdout)
    return found
