"""``docs/specs.md`` says what the code says."""

from tests.architecture.specs import PAGE, page


def test_the_page_of_specifications_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == page(), "run: make specs"
