"""The algebra of scopes never yields more than was allowed."""

from hypothesis import given
from hypothesis import strategies as st

from authz.catalogue.sheet import parse_sheet
from authz.consent.answer import Question, answered_by, exchanges, granted_scope
from authz.consent.models import OFFLINE, Consent
from tests.builders import sheet_content

OFFERS = parse_sheet(sheet_content()).offers
IDS = [offer.id for offer in OFFERS]
subsets = st.sets(st.sampled_from(IDS)).map(frozenset)


def question(ids: frozenset[str], *, offline: bool = False) -> Question:
    return Question(tuple(offer for offer in OFFERS if offer.id in ids), offline)


def consent(asked: frozenset[str], chosen: frozenset[str], *, offline: bool) -> Consent:
    answered = exchanges(question(asked), chosen)
    return Consent(exchanges=answered, offline=offline, shared=[], withheld=[])


@given(subsets, subsets, subsets, st.booleans(), st.booleans())
def test_a_code_never_carries_more_than_was_allowed(asked, chosen, later, offline, wanted):
    given_before = consent(asked, chosen, offline=offline)

    scope = set(granted_scope(given_before, question(later, offline=wanted)).split())

    allowed = {offer.scope for offer in OFFERS if offer.id in asked & chosen & later}
    assert scope <= allowed | {"openid", OFFLINE}
    assert (OFFLINE in scope) == (offline and wanted)


@given(subsets, subsets, subsets.filter(bool), st.booleans())
def test_no_page_is_needed_only_when_everything_was_answered(asked, chosen, later, offline):
    given_before = consent(asked, chosen, offline=False)

    if answered_by(given_before, question(later, offline=offline)):
        assert later <= asked
        assert later & chosen
        assert not offline
