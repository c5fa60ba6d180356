"""Each of the 25 acceptance scenarios has a test, by its number."""

import re
from pathlib import Path

from tests.architecture.specs import shown

SCENARIOS = Path(__file__).parents[1] / "scenarios"


def numbers() -> set[int]:
    """Those in the names of files, and those that a test elsewhere says it shows."""
    named = {
        int(number)
        for path in SCENARIOS.glob("test_*.py")
        for number in re.findall(r"_(\d\d)(?=_)", path.name)
    }
    marked = {int(section) for spec, section, *_ in shown() if spec == "Mission (e)"}
    return named | marked


def test_no_scenario_is_left_out():
    assert set(range(1, 26)) - numbers() == set()


def test_each_of_their_files_has_a_test():
    files = sorted(SCENARIOS.glob("test_*.py"))

    assert [path.name for path in files if "\ndef test_" not in path.read_text("utf-8")] == []
