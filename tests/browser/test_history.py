"""“Who saw what” in a browser: found, unfolded, filtered, all without a script."""

from datetime import timedelta
from uuid import UUID

import pytest

from authz.cases.answer_case import answer_case
from authz.consent.models import Access, Consent
from authz.db import db, uuid7
from authz.settings import Settings
from tests.browser.conftest import NewPerson
from tests.browser.story import Story, tell
from tests.browser.test_pages import WIDTHS, look
from tests.builders import Make

pytestmark = pytest.mark.browser


def busy(make: Make, story: Story) -> None:
    """A day on which the service read often, and added something through another server."""
    consent = db.session.get_one(Consent, story.consent)
    agenda = make.resource_server("agenda", "agenda", exchanges=True).row
    record = db.session.query(Access).first()
    assert record is not None
    for number in range(42):
        facts = {"area": "record", "direction": "read", "category": "identity"}
        purpose = "pre-admission"
        if number < 2:
            facts = {"area": "agenda", "direction": "write", "category": "appointments"}
            purpose = "booking"
        db.session.add(
            Access(
                patient_id=consent.patient_id,
                consent_id=consent.id,
                token_id=uuid7(),
                resource_server_id=agenda.id if number < 2 else record.resource_server_id,
                actor_id=record.resource_server_id if number == 0 else None,
                purposes=[purpose],
                outcome="allowed",
                items=number % 3 + 1,
                at=make.at - timedelta(days=2, minutes=number),
                **facts,
            )
        )
    db.session.commit()


@pytest.mark.parametrize(("language", "scheme"), [("fr", "light"), ("en", "dark")])
@pytest.mark.parametrize("width", WIDTHS)
def test_a_line_and_a_service_are_reported_and_answered(
    make: Make,
    settings: Settings,
    callback: str,
    person: NewPerson,
    language: str,
    scheme: str,
    width: int,
) -> None:
    story = tell(make, settings, callback, language)
    slug = make.service_of(story.client).slug
    someone = person(language, width, scheme)
    page, where = someone.page, f"{language}-{width}-{scheme}"
    someone.sign_in()
    someone.go("/cases")
    look(someone, f"{where}-cases-none")
    someone.go("/history")
    page.locator("a[href^='/history/unknown']").first.click()
    look(someone, f"{where}-case-unknown")
    page.click("#send")
    look(someone, f"{where}-case-waiting")
    someone.go(f"/catalogue/{slug}/report")
    page.fill("#text", " ")
    page.click("#send")
    look(someone, f"{where}-case-mistake")
    page.fill("#text", "Le service m’écrit la nuit.\nIl ne répond pas.")
    page.click("#send")
    number = UUID(page.url.rpartition("/")[2])
    answer_case(number, "Nous avons demandé au service de cesser.", by="op-1", at=make.at)
    db.session.commit()
    page.reload()
    look(someone, f"{where}-case-answered")
    for name, path in {"cases": "/cases", "sheet-reported": f"/catalogue/{slug}"}.items():
        someone.go(path)
        look(someone, f"{where}-{name}")


@pytest.mark.parametrize(("language", "scheme"), [("fr", "light"), ("en", "dark")])
@pytest.mark.parametrize("width", WIDTHS)
def test_the_history_is_found_unfolded_and_filtered(
    make: Make,
    settings: Settings,
    callback: str,
    person: NewPerson,
    language: str,
    scheme: str,
    width: int,
) -> None:
    story = tell(make, settings, callback, language)
    busy(make, story)
    someone = person(language, width, scheme, java_script_enabled=False)
    page, where = someone.page, f"{language}-{width}-{scheme}"
    someone.sign_in()
    someone.go("/history")

    for each in page.query_selector_all("summary"):
        each.click()
    assert page.locator("details[open] li").count() > 20
    page.select_option("#kind", "additions")
    page.press("#to", "Enter")
    assert "kind=additions" in page.url

    looking = person(language, width, scheme)
    looking.sign_in()
    looking.go("/history")
    for each in looking.page.query_selector_all("summary"):
        each.click()
    look(looking, f"{where}-history-unfolded")
    for name, path in {
        "history-narrowed": "/history?kind=reads",
        "history-mistake": "/history?from=yesterday",
        "history-nothing": "/history?to=2001-01-01",
    }.items():
        looking.go(path)
        look(looking, f"{where}-{name}")
