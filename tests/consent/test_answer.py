"""The algebra of scopes never yields more than was allowed."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from authz.catalogue.sheet import parse_sheet
from authz.consent.answer import Question, exchanges, granted_scope
from authz.consent.models import OFFLINE, Consent
from authz.consent.standing import left
from tests.builders import sheet_content

OFFERS = parse_sheet(sheet_content()).offers
NOW = datetime(2026, 5, 3, tzinfo=UTC)
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


@given(subsets, subsets, subsets, st.booleans(), st.booleans())
def test_only_what_is_new_is_asked(asked, chosen, later, offline, is_remembered):
    given_before = consent(asked, chosen, offline=offline)
    answered = dict.fromkeys([*asked, OFFLINE], NOW)
    since = NOW - timedelta(days=30) if is_remembered else NOW

    new = left(question(later, offline=True), given_before, answered, since)

    known = asked if is_remembered else asked & chosen
    assert {offer.id for offer in new.offers} == later - known
    assert new.offline == (not offline and not is_remembered)
