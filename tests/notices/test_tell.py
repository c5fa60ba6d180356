"""Reminders leave once, together, in the person's language, to whoever wants them."""

import threading
from datetime import timedelta

import pytest

from authz.clock import day_of, morning_of
from authz.consent.by import By
from authz.consent.change import Wish, change
from authz.consent.suspend import suspend
from authz.consent.withdraw import withdraw
from authz.db import db, transaction
from authz.identity.models import NoticePlan
from authz.notices.tell import tell_some
from authz.outbox.letter import long_day, write
from authz.outbox.models import Message

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
IDENTITY = "pre-admission:record:read:identity"


@pytest.fixture
def camille(make):
    return make.account(language="en")


@pytest.fixture
def hospital(make):
    return make.client("hospital")


def look(at):
    """The worker, at that moment, until nothing is due."""
    while True:
        with transaction():
            if not tell_some(at=at):
                return


def plan_of(account, **changed):
    db.session.expire_all()
    plan = db.session.get(NoticePlan, account.id)
    for name, value in changed.items():
        setattr(plan, name, value)
    db.session.commit()
    return plan


def news():
    db.session.expire_all()
    return [row for row in db.session.query(Message).order_by(Message.id) if row.kind == "news"]


def sections(message):
    """What the mail is about: person, section and services."""
    return {
        (person["name"], section): [line["service"] for line in person[section]]
        for person in message.parameters["people"]
        for section in ("ends", "unused", "services", "used")
        if person[section]
    }


def morning(moment, days):
    """The morning so many days after the day of a moment, or before it."""
    return morning_of(day_of(moment) + days * DAY)


def told_at(due):
    """How many mails there are a second before a moment, at it, and a second after."""
    look(due - DAY)
    before, counted = len(news()), []
    for moment in (due - SECOND, due, due + SECOND):
        look(moment)
        counted.append(len(news()) - before)
    return counted


@pytest.mark.parametrize("before", [30, 7])
def test_before_the_end_one_mail_at_its_moment(make, camille, hospital, before):
    ends_at = make.decision(camille, hospital, days=90).consent.ends_at
    look(make.at)

    assert told_at(morning(ends_at, -before)) == [0, 1, 1]

    assert sections(news()[-1]) == {("", "ends"): ["Parcours Trois-Rivières"]}


def test_both_notices_of_one_end_are_sent_and_none_after_it(make, camille, hospital):
    ends_at = make.decision(camille, hospital, days=365).consent.ends_at
    look(morning(ends_at, -41))  # the list of every 90 days is not due again before the end
    before = len(news())

    for days in range(-40, 5):
        look(morning(ends_at, days))

    assert [list(sections(message)) for message in news()[before:]] == [[("", "ends")]] * 2


@pytest.mark.compliance(
    "Mission (b)", "P13", "every 90 days people are told which services may act"
)
def test_the_list_comes_after_90_days_and_again_after_90_more(make, camille, hospital):
    decided = make.decision(camille, hospital, days=365).consent.decided_at

    assert told_at(morning(decided, 90)) == [0, 1, 1]
    assert told_at(morning(decided, 180)) == [0, 1, 1]

    assert sections(news()[0]) == {("", "services"): ["Parcours Trois-Rivières"]}


def test_half_a_year_without_use_is_told_once(make, camille, hospital):
    decided = make.decision(camille, hospital, days=365).consent.decided_at
    plan_of(camille, every_90_days=False)

    assert told_at(morning(decided, 182)) == [0, 1, 1]
    look(morning(decided, 300))

    assert [sections(message) for message in news()] == [
        {("", "unused"): ["Parcours Trois-Rivières"]}
    ]


@pytest.mark.parametrize(
    ("switch", "days"), [("every_90_days", 90), ("before_end", 335), ("unused", 182)]
)
def test_what_is_switched_off_is_not_sent(make, camille, hospital, switch, days):
    decided = make.decision(camille, hospital, days=365).consent.decided_at
    others = {"every_90_days", "before_end", "unused"} - {switch}
    plan_of(camille, **dict.fromkeys(others, False))
    look(morning(decided, days))
    assert len(news()) == 1

    plan_of(camille, listed_at=None, look_at=make.at, looked_at=make.at, **{switch: False})
    look(morning(decided, days))

    assert len(news()) == 1


@pytest.mark.compliance("Mission (d)", "13", "reminders of one day are one message")
def test_what_is_due_together_is_one_mail(make, camille, hospital):
    """Notification fatigue (mission (d) 13): never two reminders in a day."""
    decided = make.decision(camille, hospital, days=365).consent.decided_at
    diary = make.client("diary", make.service("diary", name="Diary"))
    later = make.decision(camille, diary, days=365).consent
    later.ends_at = decided + timedelta(days=182 + 30)
    db.session.commit()
    plan_of(camille, listed_at=morning(decided, 92))

    for hour in range(24):
        look(morning(decided, 182) + timedelta(hours=hour))

    both = ["Diary", "Parcours Trois-Rivières"]
    assert [sections(message) for message in news()] == [
        {("", "ends"): ["Diary"], ("", "unused"): both, ("", "services"): both}
    ]


def test_a_worker_that_slept_for_days_writes_one_mail(make, camille, hospital):
    ends_at = make.decision(camille, hospital, days=90).consent.ends_at
    make.decision(camille, make.client("diary", make.service("diary", name="Diary")), days=90)

    look(ends_at - DAY)

    (mail,) = news()
    assert sections(mail)["", "ends"] == ["Diary", "Parcours Trois-Rivières"]


def test_what_may_not_act_is_not_in_the_list(make, camille):
    decisions = {
        name: make.decision(camille, make.client(name, make.service(name, name=name)), days=365)
        for name in ("stands", "stopped", "paused", "held", "gone", "over")
    }
    withdraw(decisions["stopped"].consent.id, by=By(camille), at=make.at)
    suspend(decisions["paused"].consent, "terms_unconfirmed", at=make.at)
    make.suspend(make.service_by_id(decisions["held"].consent.service_id))
    make.dereference(make.service_by_id(decisions["gone"].consent.service_id))
    decisions["over"].consent.ends_at = morning(make.at, 90)
    db.session.commit()

    look(morning(make.at, 90))

    assert sections(news()[0]) == {("", "services"): ["stands"]}


def test_a_stopped_service_is_reminded_of_no_more(make, camille, hospital):
    consent = make.decision(camille, hospital, days=90).consent
    withdraw(consent.id, by=By(camille), at=make.at)
    db.session.commit()

    for days in range(95):
        look(morning(make.at, days))

    assert news() == []


def test_a_refusal_is_reminded_of_never(make, camille, hospital):
    make.decision(camille, hospital, days=90).consent.end("refused", make.at)
    db.session.commit()

    look(morning(make.at, 60))

    assert news() == []


def test_a_disabled_account_is_not_written_to(make, camille, hospital):
    make.decision(camille, hospital, days=90)
    camille.disabled_at = make.at
    db.session.commit()

    look(morning(make.at, 60))

    assert news() == []


def test_a_later_end_is_told_anew_and_the_old_one_not_at_all(make, camille, hospital):
    consent = make.decision(camille, hospital, days=90).consent
    wish = Wish(consent.boxes_on, 90, consent.revision)
    later = make.at + 50 * DAY
    change(consent.id, wish, by=By(camille), at=later, durations=(90,), longest=365)
    db.session.commit()

    look(morning(make.at, 60))
    assert news() == []

    assert told_at(morning(make.at, 110)) == [0, 1, 1]


def test_signing_in_elsewhere_is_in_the_list_and_in_nothing_else(make, camille):
    make.sign_in_decision(camille, make.site(), "email", days=365)

    for days in range(1, 365):
        look(morning(make.at, days))

    assert {section for mail in news() for _, section in sections(mail)} == {"services"}
    assert "Forum, only to sign you in" in written(news()[0]).text


def test_the_mail_speaks_the_language_of_the_account(make, hospital):
    make.decision(make.account("louis", language="fr"), hospital, days=90)

    look(morning(make.at, 60))

    (mail,) = news()
    until = long_day(day_of(make.at + 90 * DAY), "fr")
    assert mail.language == "fr"
    assert f"Parcours Trois-Rivières, jusqu’au {until}." in written(mail).text


def test_the_mail_names_services_and_nothing_of_health(make, camille, hospital):
    make.decision(camille, hospital, IDENTITY, days=365)

    look(morning(make.at, 90))

    text = written(news()[0]).text.lower()
    assert "parcours trois-rivières" in text
    for telling in ("identity", "record", "pre-admission", "camille", "martin"):
        assert telling not in text


def test_both_parents_hear_about_the_child_and_a_carer_does_not(make, hospital):
    leo, sophie, marc = make.patient(), make.account("sophie"), make.account("marc")
    mandate = make.mandate(sophie, leo)
    make.mandate(marc, leo)
    make.mandate(make.account("carer"), leo, "carer", ends_at=make.at + 300 * DAY)
    decide_for(make, sophie, hospital, mandate)

    look(morning(make.at, 60))

    assert sorted(message.recipient for message in news()) == [
        "marc@mail.example",
        "sophie@mail.example",
    ]
    assert sections(news()[0]) == {("Léo", "ends"): ["Parcours Trois-Rivières"]}
    assert "Pour Léo." in written(news()[0]).text


def test_ones_own_and_the_childs_are_one_mail(make, hospital):
    leo, sophie = make.patient(), make.account("sophie")
    decide_for(make, sophie, hospital, make.mandate(sophie, leo))
    make.decision(sophie, hospital, days=90)

    look(morning(make.at, 60))

    (mail,) = news()
    assert set(sections(mail)) == {("", "ends"), ("Léo", "ends")}


def test_whoever_represents_no_more_hears_no_more(make, hospital):
    leo, sophie, marc = make.patient(), make.account("sophie"), make.account("marc")
    decide_for(make, sophie, hospital, make.mandate(sophie, leo))
    make.mandate(marc, leo, ends_at=make.at + 60 * DAY)

    look(morning(make.at, 60) + DAY)

    assert [message.recipient for message in news()] == ["sophie@mail.example"]


def test_a_look_that_is_undone_has_said_nothing(make, camille, hospital):
    make.decision(camille, hospital, days=90)
    tell_some(at=morning(make.at, 60))
    db.session.rollback()
    assert news() == []

    look(morning(make.at, 60))

    assert len(news()) == 1


def test_many_workers_say_it_once(app, make, hospital):
    accounts = [make.account(f"p{number}") for number in range(24)]
    for account in accounts:
        make.decision(account, hospital, days=90)
    gate = threading.Barrier(4)

    def work():
        gate.wait()
        with app.app_context():
            look(morning(make.at, 60))

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    told = [message.recipient for message in news()]
    assert sorted(told) == sorted(account.email for account in accounts)


def written(message):
    return write(
        message.kind, language=message.language, parameters=message.parameters, address="https://a"
    )


def decide_for(make, account, client, mandate, days=90):
    """A consent that somebody gives for whom they represent."""
    consent = make.decision(account, client, mandate=mandate, days=days).consent
    assert consent.patient_id == mandate.patient_id
    return consent
