"""Who hears of what becomes of a consent that nobody changed: time, its service, the authority.

Who allowed it for themselves. Where somebody acted for the person it is the person, and whoever may
decide for them now: whoever's mandate has ended learns nothing more. Of one that allows only what
is confidential nobody hears but the person: for others it has ended (``seen.py``).
"""

from datetime import datetime

from authz.consent.hidden import rests_on_secrets
from authz.consent.models import Consent
from authz.identity.models import Account
from authz.identity.queries import concerned, mandate


def hear(consent: Consent, account: Account, *, at: datetime) -> list[Account]:
    """``account`` is the one that gave the consent."""
    if consent.mandate_id is None:
        return [account]
    found, by = concerned(consent.patient_id, at), mandate(consent.mandate_id)
    if rests_on_secrets(consent):
        return [each for each in found if each.patient_id == consent.patient_id]
    still = by is not None and by.is_live(at)
    return [account, *found] if still and account not in found else found
