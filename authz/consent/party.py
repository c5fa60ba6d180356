"""Who a consent is given to, by the name that the person was shown."""

from authz.catalogue.queries import client, sheet
from authz.consent.models import Consent


def name_of(consent: Consent) -> str:
    if consent.sheet_id is None:
        return client(consent.client_id).name
    name: str = sheet(consent.sheet_id).content["name"]
    return name
