"""Others sign the checkpoints too, and remember what they signed though all of ours is wiped.

The witnesses are processes of their own, on the Go project's code and none of ours.
"""

import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from authz.check import check
from authz.cli import main
from authz.ledger.entry_proof import EntryProof, read_entry_proof
from authz.ledger.errors import LedgerFault, NoteInvalid, QuorumMissing, WouldFork
from authz.ledger.note import Cosigner, cosignatures
from authz.ledger.offline import main as offline
from authz.ledger.policy import Policy, parse_policy
from authz.ledger.witness import council_of
from authz.outbound.outbound import Outbound
from authz.settings import Witness
from tests.ledger.conftest import Ledger
from tests.ledger.test_go import ask, built, checker  # noqa: F401 - a fixture
from tests.listener import LOOPBACK, make_certificate

SOURCE = Path(__file__).parent / "go" / "witness" / "main.go"


@dataclass
class Running:
    """A witness in a process of its own; what it has signed is in the file ``memory``."""

    process: "subprocess.Popen[str]"
    url: str
    key: Cosigner
    memory: Path


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(SOURCE, tmp_path_factory)


@pytest.fixture
def start(program, ledger, tmp_path) -> Iterator[Callable[[str], Running]]:
    running: list[Running] = []
    certificate = make_certificate(tmp_path, ("localhost",))

    def started(name: str) -> Running:
        memory, seed = tmp_path / f"{name[7:]}.memory", (name * 32).encode()[:32].hex()
        command = [program, name, seed, ledger.signer.verifier.encoded, certificate, memory]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ)
        assert process.stdout is not None
        port, _, key = process.stdout.readline().strip().partition(" ")
        running.append(Running(process, f"https://localhost:{port}", Cosigner.parse(key), memory))
        return running[-1]

    yield started
    for one in running:
        one.process.kill()
        one.process.communicate()


@pytest.fixture
def way_out(tmp_path) -> Outbound:
    return Outbound(LOOPBACK, tmp_path / "localhost.pem")


def convene(ledger: Ledger, way_out: Outbound, *witnesses: Running, quorum: int = 1) -> None:
    known = [(one.key.encoded, one.url) for one in witnesses]
    ledger.council = council_of(known, quorum, way_out)


def signed(note: str, *witnesses: Running) -> set[str]:
    return set(cosignatures(note, [one.key for one in witnesses]))


def verified(ledger: Ledger) -> int:
    """By the policy that the log publishes, as somebody would who has compared it."""
    return offline([str(ledger.directory), str(ledger.directory / "policy")])


def test_every_checkpoint_bears_the_witnesses_signatures(ledger, start, way_out, checker):  # noqa: F811
    one, other = start("w.test/one"), start("w.test/other")
    convene(ledger, way_out, one, other, quorum=2)

    for count in (1, 3, 252, 1, 300):
        note = ledger.grow(count).note

        assert signed(note, one, other) == {"w.test/one", "w.test/other"}
        assert (ledger.directory / "checkpoint").read_text() == note
    assert verified(ledger) == 0
    assert ask(checker, ledger, {}).stdout == "558 entries, 0 proofs\n"
    assert ledger.verify().ok


def read(policy: Policy, text: str) -> EntryProof:
    told = policy.read(lambda key: read_entry_proof(text, key))
    policy.check(told.checkpoint.note)
    return told


def test_a_proof_carries_them_and_is_checked_against_a_policy(ledger, start, way_out, tmp_path):
    one = start("w.test/one")
    convene(ledger, way_out, one)
    told = ledger.entry_proof()
    policy = parse_policy((ledger.directory / "policy").read_text())

    assert read(policy, told).index == 3
    cut = told[: told.index("— w.test/one")]
    with pytest.raises(QuorumMissing):
        read(policy, cut)
    path = tmp_path / "proof"
    for text, status in ((told, 0), (cut, 1)):
        path.write_text(text)
        arguments = ["ledger", "receipt", str(path), "--key", str(ledger.directory / "policy")]
        assert CliRunner().invoke(main, arguments).exit_code == status


def test_one_that_is_down_holds_nothing_up_and_signs_when_it_is_back(ledger, start, way_out):
    one, gone = start("w.test/one"), start("w.test/gone")
    convene(ledger, way_out, one, gone, quorum=2)
    gone.process.kill()
    gone.process.wait()

    note = ledger.grow(5).note

    assert signed(note, one, gone) == {"w.test/one"}
    assert not ledger.council.is_met(note)
    assert verified(ledger) == 1  # who asks for two is not content with one
    convene(ledger, way_out, one, start("w.test/gone"), quorum=2)
    note = ledger.publish().note
    assert signed(note, one, gone) == {"w.test/one", "w.test/gone"}
    assert verified(ledger) == 0


def test_who_did_not_answer_is_left_alone_for_a_while(ledger, start, way_out):
    gone = start("w.test/gone")
    gone.process.kill()
    gone.process.wait()
    convene(ledger, way_out, gone)
    asked = []
    answer = ledger.council.ask
    ledger.council.ask = lambda url, body: asked.append(url) or answer(url, body)

    ledger.grow(1)
    ledger.grow(1)

    assert len(asked) == 1


@pytest.mark.parametrize("forgotten", ["by us", "by the witness"])
def test_where_a_witness_stands_is_learned_from_itself(ledger, start, way_out, forgotten):
    """c2sp.org/tlog-witness: 409, with the size that it holds."""
    one = start("w.test/one")
    convene(ledger, way_out, one)
    ledger.grow(5)
    if forgotten == "by us":
        ledger.tamper("DELETE FROM ledger_cosignature")
    else:
        one.memory.unlink()

    assert signed(ledger.grow(300).note, one) == {"w.test/one"}


def wipe(ledger: Ledger, size: int) -> None:
    """An old backup comes back, and with it goes all that we remember of what was signed."""
    ledger.rewind(size)
    ledger.guard.unlink()
    ledger.tamper("DELETE FROM ledger_checkpoint", "DELETE FROM ledger_cosignature")
    ledger.directory.rename(ledger.directory.with_name("past"))


@pytest.mark.parametrize("more", [1, 4, 300], ids=["shorter", "of the same size", "longer"])
def test_another_history_is_refused_by_a_witness_though_our_own_memory_was_wiped(
    ledger, start, way_out, more
):
    """T11 and T14: c2sp.org/tlog-witness answers 409 or 422."""
    one = start("w.test/one")
    convene(ledger, way_out, one)
    ledger.grow(9)
    wipe(ledger, 6)
    ledger.append(more)
    ledger.integrate()

    with pytest.raises(WouldFork, match=r"w\.test/one has cosigned"):
        ledger.publish()

    assert not (ledger.directory / "checkpoint").exists()


def test_a_signature_of_a_witness_that_was_altered_condemns_the_note(ledger, start, way_out):
    one = start("w.test/one")
    convene(ledger, way_out, one)
    note = ledger.grow(2).note
    other = ledger.grow(2).note
    line = other[other.index("— w.test/one") :]
    forged = note[: note.index("— w.test/one")] + line

    with pytest.raises(NoteInvalid, match="wrong"):
        cosignatures(forged, [one.key])


def test_an_answer_of_somebody_else_is_no_signature(ledger, start, way_out):
    one, stranger = start("w.test/one"), start("w.test/stranger")
    ledger.council = council_of([(one.key.encoded, stranger.url)], 1, way_out)

    assert signed(ledger.grow(2).note, one, stranger) == set()


WITNESS = Cosigner("w.test/one", bytes(32)).encoded
OTHER = Cosigner("w.test/other", bytes(31) + b"\x01").encoded


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"witness a {WITNESS}\n",
        "quorum a\n",
        "quorum none\nquorum none\n",
        f"witness none {WITNESS}\nquorum none\n",
        f"witness a {WITNESS}\nwitness a {OTHER}\nquorum a\n",
        f"witness a {WITNESS}\nwitness b {WITNESS}\nquorum a\n",
        f"witness a {WITNESS}\ngroup g 2 a\nquorum g\n",
        f"witness a {WITNESS}\ngroup g 0 a\nquorum g\n",
        f"witness a {WITNESS}\ngroup g any a a\nquorum g\n",
        f"witness a {WITNESS}\ngroup g any a\ngroup h any a\nquorum h\n",
        f"group g any a\nwitness a {WITNESS}\nquorum g\n",
        "log nonsense\nquorum none\n",
        "surprise\nquorum none\n",
        "quorum\n",
    ],
)
def test_a_policy_that_is_none_is_refused(text):
    with pytest.raises(LedgerFault):
        parse_policy(text)


def test_a_policy_of_others_is_read(ledger):
    """c2sp.org/tlog-policy: groups of groups, comments, spaces."""
    text = (
        f"# whom we trust\n\n log\t{ledger.signer.verifier.encoded}  https://log.test\n"
        f"witness a {WITNESS}\nwitness b {OTHER}\n"
        "group g all a b\ngroup h any g\nquorum h\n"
    )

    assert parse_policy(text).log == ledger.signer.verifier
    with pytest.raises(QuorumMissing, match="0 of 2"):
        parse_policy(text).check(ledger.grow(1).note)


@pytest.mark.parametrize(("quorum", "fine"), [(1, True), (2, False)])
def test_the_check_says_when_a_quorum_is_missing(ledger, settings, start, way_out, quorum, fine):
    one, gone = start("w.test/one"), start("w.test/gone")
    gone.process.kill()
    gone.process.wait()
    convene(ledger, way_out, one, gone, quorum=quorum)
    ledger.grow(2)
    where = settings.ledger.model_copy(
        update={
            "origin": ledger.signer.name,
            "directory": ledger.directory,
            "key_file": ledger.directory
            / "none",  # another test may have left one: nothing to verify
            "witnesses": tuple(Witness(key=each.key.encoded, url=each.url) for each in (one, gone)),
            "quorum": quorum,
        }
    )

    found = check(ledger.app, settings.model_copy(update={"ledger": where}))

    (said,) = [result for result in found if result.name == "witnesses"]
    assert (said.fine, said.said.startswith("1 of 2 have signed")) == (fine, True)
