"""The pages on which a person meets changed terms and stopped services, in a browser."""

import pytest

from authz.consent.terms import ask_some
from authz.db import db
from authz.settings import Settings
from tests.browser.conftest import NewPerson
from tests.browser.story import tell
from tests.browser.test_pages import WIDTHS, look
from tests.builders import Make, sheet_content

pytestmark = pytest.mark.browser

RECIPIENTS = {
    "fr": "Les soignants qui s’occupent de vous à l’hôpital, et votre assurance.",
    "en": "The professionals who care for you in the hospital, and your insurer.",
}


def wider() -> dict[str, object]:
    """One recipient and one exchange more, one period shorter, one purpose less."""
    purposes = sheet_content()["purposes"][:2]
    exchanges = purposes[0]["exchanges"]
    exchanges[1]["period"] = "P6M"
    exchanges.append(exchanges[2] | {"category": "treatments"})
    return {"recipients": RECIPIENTS, "purposes": purposes}


@pytest.mark.parametrize(("language", "scheme"), [("fr", "light"), ("en", "dark")])
@pytest.mark.parametrize("width", WIDTHS)
def test_terms_are_compared_and_confirmed(
    make: Make,
    settings: Settings,
    callback: str,
    person: NewPerson,
    language: str,
    scheme: str,
    width: int,
) -> None:
    story = tell(make, settings, callback, language)
    service = make.service_of(story.client)
    make.new_sheet(service.id, **wider())
    ask_some(at=make.at)
    db.session.commit()
    someone = person(language, width, scheme)
    where = f"{language}-{width}-{scheme}"

    someone.sign_in()
    for name, path in {
        "terms-services": "/services",
        "terms": f"/services/{story.consent}/terms",
        "terms-catalogue": f"/catalogue/{service.slug}/2/since/1",
    }.items():
        someone.go(path)
        look(someone, f"{where}-{name}")
    someone.go(f"/services/{story.consent}/terms")
    someone.page.press("#confirm", "Enter")
    assert someone.page.url.endswith(f"/services/{story.consent}")
    make.suspend(service)
    someone.go(f"/services/{story.consent}")
    look(someone, f"{where}-suspended")
