"""Saying no is as easy as saying yes: measured in a real browser, not read in the style sheet."""

import pytest

from authz.settings import Settings
from tests.browser.conftest import NewPerson, Person
from tests.builders import Make

pytestmark = pytest.mark.browser

# Everything a button looks like, but for where it stands.
STYLE = """
id => {
  const styles = getComputedStyle(document.getElementById(id));
  const seen = Object.fromEntries([...styles].map(name => [name, styles.getPropertyValue(name)]));
  for (const place of ["perspective-origin", "transform-origin"]) delete seen[place];
  const { width, height } = document.getElementById(id).getBoundingClientRect();
  return { ...seen, box: [width, height] };
}
"""


@pytest.fixture
def before_the_question(make: Make, callback: str, person: NewPerson):
    """Opens the consent page in a window of a given kind."""
    make.account()
    client = make.client("hospital")
    client.row.redirect_uris = [callback]

    def open_page(*kind: object, **options: object) -> Person:
        request = make.request(client)
        someone = person(*kind, **options)
        someone.sign_in(path=f"/sign-in?request={request.id}")
        return someone

    return open_page


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_equal_weight(before_the_question, language: str, width: int, scheme: str) -> None:
    page = before_the_question(language, width, scheme).page

    assert page.evaluate(STYLE, "refuse") == page.evaluate(STYLE, "allow")


def test_equal_weight_with_forced_colours(before_the_question) -> None:
    page = before_the_question("fr", 1280, "dark", forced_colors="active").page

    assert page.evaluate(STYLE, "refuse") == page.evaluate(STYLE, "allow")


def test_equal_choices_when_something_needed_is_missing(before_the_question) -> None:
    page = before_the_question().page
    page.check("#box-2")
    page.click("#allow")
    page.mouse.move(0, 0)  # or the button that comes under it looks pointed at

    looks = [page.evaluate(STYLE, name) for name in ("back", "refuse", "allow")]

    assert looks[0] == looks[1] == looks[2]


def test_none_ticked_and_nothing_has_the_focus(before_the_question) -> None:
    page = before_the_question().page

    assert page.locator("input[type=checkbox]:checked").count() == 0
    assert page.evaluate("document.activeElement.tagName") == "BODY"


def test_targets_are_large_enough_for_a_thumb(before_the_question) -> None:
    page = before_the_question("fr", 320).page

    small = page.evaluate(
        """() => [...document.querySelectorAll("button.button, .option label, summary")]
            .filter(each => each.getBoundingClientRect().height < 44).map(each => each.outerHTML)"""
    )

    assert small == []


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize(
    ("button", "told"), [("refuse", "error=access_denied"), ("allow", "code=")]
)
def test_both_answers_reach_the_service_of_another_origin(
    before_the_question, button: str, told: str, scripts: bool
) -> None:
    """``form-action`` lets this one origin through, in a browser that applies it to redirects."""
    someone = before_the_question("fr", 320, "light", java_script_enabled=scripts)
    someone.page.check("#box-1")

    someone.page.click(f"#{button}")

    someone.page.wait_for_url("**/callback?*")
    assert told in someone.page.url
    assert not [line for line in someone.complaints if "Content Security Policy" in line]


def test_what_was_answered_goes_straight_through_sign_in(
    make: Make, callback: str, person: NewPerson, settings: Settings
) -> None:
    camille, client = make.account(), make.client("hospital")
    client.row.redirect_uris = [callback]
    make.decision(camille, client)
    request = make.request(client)
    someone = person()

    someone.sign_in(path=f"/sign-in?request={request.id}")

    someone.page.wait_for_url("**/callback?code=*")


def test_refusing_takes_no_more_than_allowing(before_the_question) -> None:
    """Clicks: one to refuse; one for each box and one to allow."""
    page = before_the_question().page

    page.click("#refuse")

    page.wait_for_url("**/callback?error=*")


def test_the_keyboard_alone_is_enough(before_the_question) -> None:
    page = before_the_question().page

    _press_until(page, "box-1", "Tab")
    page.keyboard.press("Space")
    _press_until(page, "days-30", "Tab")
    page.keyboard.press("ArrowDown")
    _press_until(page, "allow", "Tab")
    page.keyboard.press("Enter")

    page.wait_for_url("**/callback?code=*")


def test_enter_in_a_box_decides_nothing(before_the_question) -> None:
    page = before_the_question().page
    page.focus("#box-1")
    page.keyboard.press("Space")

    with page.expect_navigation():
        page.keyboard.press("Enter")

    assert page.locator("html").get_attribute("lang") == "fr"
    assert page.is_checked("#box-1")
    assert page.locator("#allow").count() == 1


def test_switching_the_language_keeps_the_boxes(before_the_question) -> None:
    page = before_the_question("fr").page
    page.check("#box-1")
    page.check("#days-365")

    page.click("button[name=language]")

    assert page.locator("html").get_attribute("lang") == "en"
    assert page.is_checked("#box-1")
    assert page.is_checked("#days-365")
    assert not page.is_checked("#box-2")


def test_the_mistake_leads_to_the_first_box(before_the_question) -> None:
    page = before_the_question().page
    page.click("#allow")
    assert page.evaluate("document.activeElement.id") == "mistakes"

    page.click("#mistakes a")

    assert page.evaluate("document.activeElement.id") == "box-1"


def _press_until(page, wanted: str, key: str) -> None:
    for _ in range(80):
        page.keyboard.press(key)
        if page.evaluate("document.activeElement.id") == wanted:
            return
    pytest.fail(f"{wanted} cannot be reached by {key}")
