"""Who a consent is given to, by the name that the person was shown."""

from authz.catalogue.queries import client, sheet
from authz.consent.models import Consent


def name_of(consent: Consent) -> str:
    if consent.sheet_id is None:
        return client(consent.client_id).name
    name: str = sheet(consent.sheet_id).content["name"]
    return name


_OF_THE_PERSON = {
    "came_of_age": "representation_ended",
    "mandate_ended": "representation_ended",
    "space_closed": "space_closed",
    "death": "space_closed",
}
_OF_THE_SERVICE = frozenset({"terms_unconfirmed", "service_dereferenced", "nothing_left"})


def reason_told(reason: str | None) -> str | None:
    """A reason as the service may know it: an age, a judge or a death is none of its business."""
    if reason is None or reason in _OF_THE_SERVICE:
        return reason
    return _OF_THE_PERSON.get(reason, "other")
