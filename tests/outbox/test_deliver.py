"""What is to be sent leaves at least once, in the person's language, and never gets lost."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from authz.consent.by import By
from authz.consent.withdraw import withdraw
from authz.db import db
from authz.outbox.deliver import deliver
from authz.outbox.enqueue import enqueue
from authz.outbox.letter import write
from authz.outbox.models import Letter, Message
from authz.outbox.queries import waiting_since
from authz.outbox.transport import mailbox, smtp
from authz.worker import Job, attempt

ADDRESS = "https://authz.test"
PARAMETERS = {
    "service": "Parcours",
    "consent": "0190-0000",
    "help_desk": "help@space.example",
}
KINDS = ["consent_given", "consent_refused", "consent_withdrawn"]


@pytest.fixture
def message(app, at):
    message = enqueue(
        "consent_given",
        recipient="camille@mail.example",
        language="fr",
        parameters=PARAMETERS,
        at=at,
    )
    db.session.commit()
    return message


def broken(recipient, letter, at):
    raise ConnectionRefusedError


def letters():
    return list(db.session.query(Letter))


def test_a_message_leaves_once(message, at):
    assert deliver(mailbox, address=ADDRESS, at=at) == 1
    assert deliver(mailbox, address=ADDRESS, at=at) == 0

    (letter,) = letters()
    assert letter.recipient == "camille@mail.example"
    assert letter.subject == "Vous avez autorisé Parcours"
    assert f"{ADDRESS}/services/0190-0000" in letter.text
    assert waiting_since() is None


def test_a_message_that_fails_is_tried_again_later(message, at):
    assert deliver(broken, address=ADDRESS, at=at) == 0
    assert deliver(mailbox, address=ADDRESS, at=at) == 0
    assert waiting_since() == message.created_at

    assert deliver(mailbox, address=ADDRESS, at=at + timedelta(seconds=31)) == 1


def test_patience_grows_and_never_ends(message, at):
    waits = []
    for _ in range(20):
        assert deliver(broken, address=ADDRESS, at=at) == 0
        waits.append(message.due_at - at)
        at = message.due_at

    assert waits[:3] == [timedelta(seconds=30), timedelta(minutes=1), timedelta(minutes=2)]
    assert waits[-1] == timedelta(hours=6)
    assert deliver(mailbox, address=ADDRESS, at=at) == 1


def test_one_that_cannot_be_written_does_not_hold_up_the_others(message, at):
    enqueue("no_such_mail", recipient="a@b.example", language="fr", parameters={}, at=at)

    assert deliver(mailbox, address=ADDRESS, at=at) == 1


POISON = [
    {"recipient": "a@b.example\nBcc: everybody@mail.example"},
    {"recipient": "é@mail.example"},
    {"recipient": "a@["},
    {"language": "de"},
    {"kind": "no_such_mail"},
    {"parameters": {}},
]


@pytest.mark.parametrize("poison", POISON)
def test_one_that_breaks_neither_repeats_nor_holds_up_the_others(
    app, at, free_smtp, caplog, poison
):
    host, port, received = free_smtp
    good = {"kind": "consent_given", "language": "fr", "parameters": PARAMETERS}
    for number, changed in enumerate([{}, poison, {}]):
        enqueue(
            at=at + timedelta(seconds=number),
            **good | {"recipient": f"{number}@b.example"} | changed,
        )
    db.session.commit()
    job = Job(
        "outbox",
        lambda _: deliver(
            smtp(host=host, port=port, sender="us@mail.example"),
            address=ADDRESS,
            at=at + timedelta(seconds=9),
        ),
    )

    for _ in range(3):
        attempt(app, job)

    assert [mail["To"] for mail in received] == ["0@b.example", "2@b.example"]
    (left,) = db.session.query(Message).filter(Message.sent_at.is_(None))
    assert left.attempts == 1
    assert left.due_at > at + timedelta(seconds=30)
    assert left.recipient not in caplog.text


def test_what_one_breaks_in_the_database_is_its_own(message, at):
    enqueue(
        "consent_given",
        recipient="a@b.example",
        language="fr",
        parameters=PARAMETERS | {"service": "x" * 10},
        at=at,
    )

    def send(recipient, letter, at):
        mailbox(recipient, letter, at)
        if "xxxxxxxxxx" in letter.subject:
            db.session.execute(text("SELECT 1 / 0"))

    assert deliver(send, address=ADDRESS, at=at) == 1
    db.session.commit()
    assert [letter.recipient for letter in letters()] == ["camille@mail.example"]


def test_a_message_that_another_worker_holds_is_passed_over(message, app, at):
    with db.engine.connect() as other:
        other.execute(db.select(Message.id).with_for_update())

        assert deliver(mailbox, address=ADDRESS, at=at) == 0
        other.rollback()

    assert deliver(mailbox, address=ADDRESS, at=at) == 1


def test_a_crash_after_sending_sends_again_rather_than_never(message, at):
    deliver(mailbox, address=ADDRESS, at=at)
    db.session.rollback()

    assert deliver(mailbox, address=ADDRESS, at=at) == 1


def test_no_message_without_its_decision(app, at):
    enqueue("consent_given", recipient="a@b.example", language="fr", parameters=PARAMETERS, at=at)
    db.session.rollback()

    assert deliver(mailbox, address=ADDRESS, at=at) == 0


def test_decisions_tell_the_person_who_made_them(make, at):
    camille = make.account()
    decision = make.decision(camille, make.client())
    withdraw(decision.consent.id, by=By(camille), at=at)
    db.session.commit()

    deliver(mailbox, address=ADDRESS, at=at)

    assert sorted(letter.subject for letter in letters()) == [
        "Vous avez arrêté Parcours Trois-Rivières",
        "Vous avez autorisé Parcours Trois-Rivières",
    ]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_mail_exists_in_both_languages_and_both_forms(kind, language):
    letter = write(kind, language=language, parameters=PARAMETERS, address=ADDRESS)

    assert "Parcours" in letter.subject
    assert "\n" not in letter.subject
    assert f'<html lang="{language}">' in letter.html
    assert "{" not in letter.subject + letter.text + letter.html


def test_the_mail_of_a_yes_says_how_to_reach_the_help_desk():
    letter = write("consent_given", language="en", parameters=PARAMETERS, address=ADDRESS)

    assert "tell the help desk: help@space.example." in letter.text


@pytest.mark.parametrize("kind", ["password_changed", "sign_in_allowed"])
@pytest.mark.parametrize(("language", "said"), [("en", "help desk"), ("fr", "assistance")])
def test_a_mail_that_sends_to_the_help_desk_says_where_that_is(kind, language, said):
    letter = write(
        kind,
        language=language,
        parameters={"service": "Parcours", "consent": "0190-0000"},
        address=ADDRESS,
        help_desk="help@space.example",
    )

    assert f"{said} (help@space.example)" in letter.text
    assert 'href="mailto:help@space.example"' in letter.html


def test_a_name_cannot_bring_markup_into_a_mail():
    letter = write(
        "consent_given",
        language="en",
        parameters=PARAMETERS | {"service": "<img src=x>"},
        address=ADDRESS,
    )

    assert "<img" not in letter.html
    assert "&lt;img" in letter.html


def test_a_mail_server_gets_both_forms(free_smtp, at):
    host, port, received = free_smtp
    letter = write("consent_given", language="fr", parameters=PARAMETERS, address=ADDRESS)

    smtp(host=host, port=port, sender="space@mail.example")("camille@mail.example", letter, at)

    (mail,) = received
    assert mail["From"] == "space@mail.example"
    assert mail["Subject"] == "Vous avez autorisé Parcours"
    kinds = [part.get_content_type() for part in mail.walk()]
    assert kinds == ["multipart/alternative", "text/plain", "text/html"]


def test_a_name_cannot_bring_a_header_into_a_mail(free_smtp, at):
    host, port, received = free_smtp
    named = PARAMETERS | {"service": "X\r\nBcc: everybody@mail.example"}
    letter = write("consent_given", language="fr", parameters=named, address=ADDRESS)

    smtp(host=host, port=port, sender="space@mail.example")("camille@mail.example", letter, at)

    assert received[0]["Bcc"] is None


@pytest.mark.parametrize("mark", ["\u2028", "\x85", "\x0b", "\r"])
def test_a_name_with_an_end_of_line_in_it_is_still_one_subject(free_smtp, at, mark):
    host, port, received = free_smtp
    named = PARAMETERS | {"service": f"Nice{mark}Name"}
    letter = write("consent_given", language="en", parameters=named, address=ADDRESS)

    smtp(host=host, port=port, sender="space@mail.example")("camille@mail.example", letter, at)

    assert received[0]["Subject"].endswith("Nice Name")
