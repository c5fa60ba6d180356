"""Writes ``docs/specs.md``: which module follows which section, and which test guards it.

Both are read from where they stand: citations in the code, and ``compliance`` marks on tests. What
others demand row by row, the certification suite and those who went wrong before us, lies in
``demands.toml`` with the tests of each row. ``make specs`` writes the page; a test fails when it is
out of date, so the page cannot promise what is not there. What stands on the page above ``WRITTEN``
is written by hand.
"""

import ast
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "specs.md"
DEMANDS = Path(__file__).with_name("demands.toml")
CITATION = re.compile(
    r"(RFC \d+|OIDC Core|OIDC Discovery|FAPI 2\.0|SMART App Launch v2|GDPR)"
    r",? (?:§|art\. ?)(\d+(?:\.\d+)*)((?:,? (?:and )?§\d+(?:\.\d+)*)*)"
)
TITLES = {
    "FAPI 2.0": "FAPI 2.0 Security Profile",
    "GDPR": "General Data Protection Regulation (articles)",
    "OIDC Core": "OpenID Connect Core 1.0",
    "RFC 6749": "The OAuth 2.0 Authorization Framework",
    "RFC 6750": "Bearer Token Usage",
    "RFC 6962": "Certificate Transparency (the tree)",
    "RFC 7009": "Token Revocation",
    "RFC 7523": "JWT Profile for Client Authentication",
    "RFC 7636": "Proof Key for Code Exchange",
    "RFC 7662": "Token Introspection",
    "RFC 8414": "Authorization Server Metadata",
    "RFC 8705": "Mutual-TLS Client Authentication and Certificate-Bound Access Tokens",
    "RFC 8785": "JSON Canonicalization Scheme",
    "RFC 9126": "Pushed Authorization Requests",
    "RFC 9207": "Authorization Server Issuer Identification",
    "RFC 9396": "Rich Authorization Requests",
    "RFC 9449": "Demonstrating Proof of Possession (DPoP)",
    "RFC 9700": "Best Current Practice for OAuth 2.0 Security",
}
WRITTEN = "<!-- From here on: written by `make specs`. -->"
MATRIX = """
## The matrix

Each requirement that a test shows to be met: from the mark `compliance(spec, section, requirement)`
on it. Nothing is claimed without one.

| spec | section | requirement | test |
| --- | --- | --- | --- |
"""
DEMANDED = """
## What others demand

Row by row, in our words: what the certification suite fails or warns about, the faults of the
library below us, and what went wrong in other servers. Beside each the tests that show it is met,
or the reason why it is not.
"""
SECTIONS = """
## Section by section

The module that follows it and the tests that cite it. A section without a test here is followed,
but only guarded through the tests of its module's behaviour.
"""

Place = tuple[str, tuple[int, ...]]


def cited(text: str) -> Iterator[Place]:
    """Every section that a text names, also in lists such as «RFC 7009 §2.1, §2.2»."""
    for match in CITATION.finditer(" ".join(text.split())):
        sections = [match[2], *re.findall(r"§(\d+(?:\.\d+)*)", match[3])]
        for section in sections:
            yield match[1], tuple(int(part) for part in section.split("."))


def modules() -> dict[Place, set[str]]:
    found: dict[Place, set[str]] = defaultdict(set)
    for path in sorted((ROOT / "authz").rglob("*.py")):
        for place in cited(path.read_text(encoding="utf-8").replace("#", " ")):
            found[place].add(str(path.relative_to(ROOT / "authz")))
    return found


def tests() -> dict[Place, set[str]]:
    found: dict[Place, set[str]] = defaultdict(set)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        whole = ast.get_docstring(tree) or ""
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                for place in cited(ast.get_docstring(node) or ""):
                    found[place].add(f"{path.relative_to(ROOT / 'tests')}::{node.name}")
        for place in cited(whole):
            found[place].add(str(path.relative_to(ROOT / "tests")))
    return found


def shown() -> Iterator[tuple[str, str, str, str]]:
    """Every mark: specification, section, requirement, test."""
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                for mark in map(ast.unparse, node.decorator_list):
                    if mark.startswith("pytest.mark.compliance("):
                        arguments = ast.literal_eval(mark.removeprefix("pytest.mark.compliance"))
                        yield *arguments, f"{path.relative_to(ROOT / 'tests')}::{node.name}"


def demands() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every row of every list: the list's title, ``what``, and ``shown`` or ``reason``."""
    for each in tomllib.loads(DEMANDS.read_text(encoding="utf-8"))["list"]:
        for row in each["rows"]:
            yield each["title"], row


@cache
def named_tests() -> set[str]:
    """Every test there is, as the page writes it."""
    return {
        f"{path.relative_to(ROOT / 'tests')}::{node.name}"
        for path in (ROOT / "tests").rglob("test_*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def page() -> str:
    """The whole page."""
    by_hand = PAGE.read_text(encoding="utf-8").partition(WRITTEN)[0]
    return f"{by_hand}{WRITTEN}\n{matrix()}{demanded()}{sections()}"


def matrix() -> str:
    rows = sorted(shown(), key=lambda row: (_natural(row[0]), _numbers(row[1]), row[2:]))
    return MATRIX + "".join(
        f"| {spec} | {section} | {requirement} | `{test}` |\n"
        for spec, section, requirement, test in rows
    )


def demanded() -> str:
    lines, before = [DEMANDED], ""
    for title, row in demands():
        if title != before:
            lines += [f"\n### {title}\n", "| demand | shown by |", "| --- | --- |"]
        shown = " · ".join(f"`{test}`" for test in row.get("shown", ()))
        lines.append(f"| {row['what']} | {shown or row['reason']} |")
        before = title
    return "\n".join(lines) + "\n"


def sections() -> str:
    followed, guarded = modules(), tests()
    lines = [SECTIONS]
    for spec in sorted({spec for spec, _ in followed | guarded}, key=_natural):
        title = TITLES.get(spec)
        lines += [f"\n### {spec}{f': {title}' if title else ''}\n", "| section | module | tests |"]
        lines.append("| --- | --- | --- |")
        for place in sorted(place for place in followed | guarded if place[0] == spec):
            section = ".".join(map(str, place[1]))
            lines.append(f"| {section} | {_listed(followed, place)} | {_listed(guarded, place)} |")
    return "\n".join(lines) + "\n"


def _listed(found: dict[Place, set[str]], place: Place) -> str:
    return " · ".join(f"`{name}`" for name in sorted(found.get(place, ())))


def _numbers(section: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", section)]


def _natural(spec: str) -> tuple[str, int]:
    words = spec.split()
    return (words[0], int(words[1])) if words[0] == "RFC" else ("", 0 - len(spec))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
