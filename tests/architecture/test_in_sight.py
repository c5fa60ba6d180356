"""Pages show of a patient's consents what whoever looks may know (``portal/in_sight.py``)."""

import ast
from pathlib import Path

PORTAL = Path(__file__).parents[2] / "authz" / "portal"
WHOLE = {"consents_of_patient", "consent_of_patient", "changes_of", "entries_of_subject"}
DOOR = "in_sight.py"


def names_in(path: Path) -> set[str]:
    """Every name that a module imports or reaches through a module."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imported = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    return imported | {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


def test_pages_ask_what_is_in_sight_and_never_for_all_there_is():
    found = {
        path.name: names_in(path) & WHOLE
        for path in sorted(PORTAL.glob("*.py"))
        if path.name != DOOR
    }

    assert {name: whole for name, whole in found.items() if whole} == {}, (
        "use consents_in_sight, consent_in_sight, reserved_consents or entries_in_sight"
    )


def test_the_door_is_where_it_should_be():
    assert names_in(PORTAL / DOOR) >= WHOLE
