"""Pages that few people ever meet: a device, another's end, a form that goes on, no answer."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from flask import Flask

from authz.consent.come_of_age import Majority, come_of_age
from authz.db import db
from authz.identity.models import Account
from authz.settings import Device, Settings
from tests.browser.conftest import NewPerson, Person
from tests.browser.story import Story, tell
from tests.browser.test_pages import WIDTHS, look
from tests.builders import Make
from tests.protocol.wire import secret_of

pytestmark = pytest.mark.browser

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


@pytest.fixture
def user_code(app: Flask, make: Make, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> str:
    """What a television shows that somebody is to sign in on."""
    on = app.extensions["authz"].model_copy(update={"device": Device()})
    monkeypatch.setitem(app.extensions, "authz", on)
    television = make.site("television")
    television.row.grant_types = [DEVICE_GRANT]
    db.session.commit()
    answer = app.test_client().post(
        "/device_authorization",
        base_url=settings.issuer,
        data={"scope": "openid profile"},
        headers=secret_of(television),
    )
    assert answer.status_code == 200, answer.data
    code: str = answer.json["user_code"]
    return code


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("width", WIDTHS)
def test_rare_pages_are_accessible_and_fit(
    make: Make,
    settings: Settings,
    callback: str,
    person: NewPerson,
    user_code: str,
    language: str,
    width: int,
) -> None:
    story = tell(make, settings, callback, language)
    lea = of_age(make, language)
    someone = person(language, width)

    for name in walk(someone, make, story, lea, user_code):
        look(someone, f"{language}-{width}-{name}")


def walk(someone: Person, make: Make, story: Story, lea: Account, user_code: str) -> Iterator[str]:
    yield from device(someone, user_code)
    someone.sign_in()
    someone.go(f"/services/{story.consent}/added")
    yield "added-no-answer"
    someone.go("/account/of-age")
    yield "of-age-none"
    someone.go(f"/consent/{make.visit(story.site, response_mode='form_post').id}")
    someone.page.click("#refuse")
    yield "form-post"
    someone.go("/logout")
    yield "sign-out-asked"
    someone.page.click("#logout")
    someone.sign_in(lea.identifier)
    someone.go("/account/of-age")
    yield "of-age"


def device(someone: Person, user_code: str) -> Iterator[str]:
    page = someone.page
    someone.go("/device")
    yield "device"
    page.fill("#user_code", "WRONGWRO")
    page.click("#next")
    yield "device-unknown"
    page.fill("#user_code", user_code)
    page.click("#next")
    yield "device-confirm"
    page.click("#stop")
    yield "device-done"


def of_age(make: Make, language: str) -> Account:
    """Lea turns 18, and what her mother allowed waits for her answer."""
    birthday = make.at + timedelta(days=5)
    born = date(birthday.year - 18, birthday.month, min(birthday.day, 28))
    lea = make.account("lea", language=language, birth_date=born)
    mandate = make.mandate(make.account("sophie", language=language), lea.patient)
    make.decision(mandate.account, make.client("clinic"), mandate=mandate, days=365)
    come_of_age(Majority(18, (60, 30, 7), 60, 15), at=birthday + timedelta(days=1))
    db.session.commit()
    return lea
