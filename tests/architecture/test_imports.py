"""Rooms import only what stands below them (STYLE, section 1)."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINTER = str(Path(sys.executable).parent / "lint-imports")


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LINTER, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The package and its contracts, somewhere they may be broken."""
    ignored = shutil.ignore_patterns("__pycache__", "translations", "static")
    shutil.copytree(ROOT / "authz", tmp_path / "authz", ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_every_room_keeps_to_its_line(copy):
    answer = lint(copy)

    assert answer.returncode == 0, answer.stdout


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("tokens/end.py", "from authz.consent import withdraw"),
        ("portal/pages.py", "from authz.protocol import endpoints"),
        ("catalogue/asked.py", "from authz.identity import subject"),
        ("consent/withdraw.py", "import flask"),
        ("tokens/values.py", "import cryptography"),
        ("web/setup.py", "import authlib"),
        ("resources/app.py", "from authz.consent import queries"),
        ("a_room_nobody_placed.py", "import json"),
    ],
)
def test_a_broken_contract_is_seen(copy, module, line):
    broken = copy / "authz" / module
    broken.write_text((broken.read_text() if broken.exists() else "") + f"\n{line}\n")

    assert lint(copy).returncode != 0
