"""``docs/specs.md`` says what the code says."""

from tests.architecture.specs import PAGE, demands, named_tests, page


def test_the_page_of_specifications_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == page(), "run: make specs"


def test_each_demand_has_tests_or_a_reason():
    for title, row in demands():
        assert row.keys() in ({"what", "shown"}, {"what", "reason"}), (title, row)
        assert row.get("shown") or row.get("reason"), (title, row)
        assert set(row.get("shown", ())) <= named_tests(), (title, row)
