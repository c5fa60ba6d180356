"""Whom one trusts (c2sp.org/tlog-policy): a log's keys, witnesses, how many of them it takes."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from authz.ledger.errors import PolicyInvalid, QuorumMissing, SignedByOthers
from authz.ledger.note import Cosigner, Verifier, cosignatures

_T = TypeVar("_T")
_NONE = "none"
_LONGEST_NAME = 255  # of a file


@dataclass
class Policy:
    """A group holds how many of its members are needed; so does a single witness, in its way."""

    logs: list[Verifier] = field(default_factory=list)
    witnesses: dict[str, Cosigner] = field(default_factory=dict)
    groups: dict[str, tuple[int, list[str]]] = field(default_factory=dict)
    quorum: str = ""

    def read(self, read: Callable[[Verifier], _T]) -> _T:
        """Read with the first of the logs' keys that has signed. Raises ``SignedByOthers``."""
        for key in self.logs:
            try:
                return read(key)
            except SignedByOthers:
                continue
        raise SignedByOthers("not signed by a log of the policy")

    def check(self, note: str) -> dict[str, datetime]:
        """When each witness has signed. Raises ``QuorumMissing``, or ``NoteInvalid``."""
        seen = cosignatures(note, list(self.witnesses.values()))
        signed = {name for name, key in self.witnesses.items() if key.name in seen}
        if self.quorum != _NONE and not self._stands(self.quorum, signed):
            raise QuorumMissing(f"cosigned by {len(signed)} of {len(self.witnesses)} witnesses")
        return seen

    def _stands(self, name: str, signed: set[str]) -> bool:
        if name in self.witnesses:
            return name in signed
        needed, members = self.groups[name]
        return sum(self._stands(member, signed) for member in members) >= needed

    @property
    def log(self) -> Verifier:
        """Raises ``PolicyInvalid`` for one that names no log."""
        if not self.logs:
            raise PolicyInvalid("the policy names no log")
        return self.logs[0]


def policy_in(given: str) -> Policy:
    """A policy by the name of its file, or one key of a log without witnesses.

    Raises ``PolicyInvalid``, ``NoteInvalid``, or ``OSError`` for a file that cannot be read.
    """
    path = Path(given)
    if len(given) < _LONGEST_NAME and path.is_file():
        return parse_policy(path.read_bytes().decode(errors="replace"))
    return Policy([Verifier.parse(given)], quorum=_NONE)


def parse_policy(text: str) -> Policy:
    """Raises ``PolicyInvalid`` or ``NoteInvalid``."""
    policy = Policy()
    for line in text.splitlines():
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        try:
            _READ[words[0]](policy, words[1:])
        except (KeyError, IndexError, ValueError) as error:
            raise PolicyInvalid(f"not a line of a policy: {line.strip()[:80]}") from error
    if not policy.quorum:
        raise PolicyInvalid("the policy says nothing of a quorum")
    return policy


def _read_log(policy: Policy, words: list[str]) -> None:
    policy.logs.append(Verifier.parse(words[0]))


def _read_witness(policy: Policy, words: list[str]) -> None:
    name, key = words[0], Cosigner.parse(words[1])
    _check_new(policy, name)
    if any(key.public == other.public for other in policy.witnesses.values()):
        raise PolicyInvalid(f"{name} has the key of another witness")
    policy.witnesses[name] = key


def _read_group(policy: Policy, words: list[str]) -> None:
    name, threshold, *members = words
    _check_new(policy, name)
    taken = {member for _, others in policy.groups.values() for member in others}
    free = {*policy.witnesses, *policy.groups} - taken
    if not members or set(members) - free or len(members) != len(set(members)):
        raise PolicyInvalid(f"the members of {name} are not each known, and in one group")
    needed = {"all": len(members), "any": 1}.get(threshold) or int(threshold)
    if not 1 <= needed <= len(members):
        raise PolicyInvalid(f"{name} needs {threshold} of {len(members)}")
    policy.groups[name] = needed, members


def _read_quorum(policy: Policy, words: list[str]) -> None:
    (name,) = words
    if policy.quorum or name not in {_NONE, *policy.witnesses, *policy.groups}:
        raise PolicyInvalid("there is one quorum, of what is known")
    policy.quorum = name


_READ = {
    "log": _read_log,
    "witness": _read_witness,
    "group": _read_group,
    "quorum": _read_quorum,
}


def _check_new(policy: Policy, name: str) -> None:
    if name in {_NONE, *policy.witnesses, *policy.groups}:
        raise PolicyInvalid(f"{name} is named twice")


def written(keys: Iterable[Verifier], witnesses: Sequence[tuple[str, str]], quorum: int) -> str:
    """The policy of a log: its keys, and ``quorum`` of the witnesses, each with its address."""
    return "".join(f"{line}\n" for line in _lines(keys, witnesses, quorum))


def _lines(
    keys: Iterable[Verifier], witnesses: Sequence[tuple[str, str]], quorum: int
) -> Iterator[str]:
    yield from (f"log {key.encoded}" for key in keys)
    names = [f"w{number}" for number, _ in enumerate(witnesses, start=1)]
    for name, (key, url) in zip(names, witnesses, strict=True):
        yield f"witness {name} {key} {url}"
    if quorum:
        yield f"group witnesses {quorum} {' '.join(names)}"
    yield f"quorum {'witnesses' if quorum else _NONE}"
