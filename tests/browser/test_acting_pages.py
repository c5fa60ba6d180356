"""Pages of people who act for others, and of children: every one of them, at both widths."""

from collections.abc import Iterator

import pytest

from authz.db import db
from authz.identity.models import Mandate
from tests.browser.conftest import NewPerson, Person
from tests.browser.test_pages import WIDTHS, look
from tests.builders import Make, Party
from tests.scenarios.confidential import SECRET_SCOPE, clinic_of, lea_of, mother_of_lea

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("width", WIDTHS)
def test_pages_of_those_who_act_for_others(
    make: Make, person: NewPerson, language: str, width: int
) -> None:
    mandate, clinic = mother_of_lea(make, make.at), clinic_of(make)
    for account in (mandate.account, lea_of(mandate)):
        account.language = language
    db.session.commit()
    someone = person(language, width, "light")

    for name in walk(someone, make, mandate, clinic):
        look(someone, f"{language}-{width}-acting-{name}")


def walk(someone: Person, make: Make, mandate: Mandate, clinic: Party) -> Iterator[str]:
    page = someone.page
    request = make.request(clinic)
    someone.sign_in("sophie", path=f"/sign-in?request={request.id}")
    yield "for-whom"
    page.click(f"button[value='{mandate.id}']")
    yield "consent"
    someone.go(f"/consent/{make.request(clinic, scope=f'openid {SECRET_SCOPE}').id}")
    yield "not-yours"
    consent = make.decision(mandate.account, clinic, mandate=mandate).consent
    for name, path in {
        "services": "/services",
        "service": f"/services/{consent.id}",
        "change": f"/services/{consent.id}/change",
        "history": "/history",
        "receipts": "/receipts",
    }.items():
        someone.go(path)
        yield name
    someone.sign_in("lea")
    someone.go(f"/services/{consent.id}/change")
    yield "change-by-the-child"
    someone.go(f"/services/{consent.id}")
    yield "service-by-the-child"
    someone.sign_in("sophie")
    page.click(f"button[value='{mandate.id}']")
    for name, path in {
        "service-of-who-signs-in": f"/services/{consent.id}",
        "receipts-of-who-signs-in": "/receipts",
        "export-of-who-signs-in": "/account/export",
    }.items():
        someone.go(path)
        yield name
    born = make.at.date().replace(year=make.at.year - 12, day=1)
    make.account("tom", birth_date=born, language=mandate.account.language)
    request = make.request(clinic)
    someone.sign_in("tom", path=f"/sign-in?request={request.id}")
    yield "too-young"
