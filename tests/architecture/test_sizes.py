"""Small things can be read (STYLE, section 4)."""

import ast
from collections.abc import Iterator
from pathlib import Path
from statistics import median

HOUSE = Path(__file__).parents[2]
AUTHZ = HOUSE / "authz"
BESIDE = ("tests", "bench", "examples", "migrations")
LONGEST_FUNCTION = 60
LONGEST_MODULE = 400


def modules() -> Iterator[tuple[Path, str]]:
    for path in sorted(AUTHZ.rglob("*.py")):
        yield path, path.read_text(encoding="utf-8")


def functions() -> Iterator[tuple[str, int]]:
    for path, text in modules():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert node.end_lineno is not None
                yield f"{path.name}:{node.name}", node.end_lineno - node.lineno + 1


def test_no_function_is_over_sixty_lines():
    assert [name for name, lines in functions() if lines > LONGEST_FUNCTION] == []


def test_half_of_the_functions_have_at_most_ten_lines():
    assert median(lines for _, lines in functions()) <= 10


def test_nine_of_ten_functions_have_at_most_thirty_lines():
    lengths = sorted(lines for _, lines in functions())

    assert lengths[len(lengths) * 9 // 10] <= 30


def test_no_module_is_over_four_hundred_lines():
    others = [path for room in BESIDE for path in (HOUSE / room).rglob("*.py")]
    ours = [path for path, _ in modules()] + [
        path for path in others if "node_modules" not in path.parts
    ]
    lengths = {path: path.read_text(encoding="utf-8").count("\n") for path in ours}

    assert [str(path) for path, lines in lengths.items() if lines > LONGEST_MODULE] == []


def test_sql_lives_in_queries():
    """Questions to the database stand in a room's ``queries.py``; three rooms have more."""
    words = ("import select", "select,", " select\n", "import text\n")
    homes = {
        "queries.py",
        "hot_queries.py",
        "access_queries.py",
        "decision_queries.py",
        "log_queries.py",
        "models.py",
        "db.py",
    }
    elsewhere = [
        str(path.relative_to(AUTHZ))
        for path, source in modules()
        if path.name not in homes
        and any(
            line.startswith("from sqlalchemy") and any(word in line + "\n" for word in words)
            for line in source.splitlines()
        )
    ]

    assert elsewhere == []


def test_the_time_of_day_is_read_in_one_place():
    assert [
        p.name for p, text in modules() if "datetime.now(" in text and p.name != "clock.py"
    ] == []


def test_the_map_names_every_room():
    told = (AUTHZ.parent / "docs" / "map.md").read_text(encoding="utf-8")
    rooms = {path.name if path.is_dir() else path.stem for path in AUTHZ.iterdir()}
    rooms -= {"__init__", "__pycache__", "translations", "py"}

    assert [room for room in sorted(rooms) if f"`{room}`" not in told] == []
