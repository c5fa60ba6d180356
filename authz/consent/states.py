"""What each event makes of a consent."""

from authz.ledger.events import Event

STATES = {
    Event.CONSENT_GIVEN: "active",
    Event.CONSENT_NARROWED: "active",
    Event.CONSENT_WIDENED: "active",
    Event.CONSENT_RENEWED: "active",
    Event.CONSENT_CONFIRMED: "active",
    Event.CONSENT_SUSPENDED: "suspended",
    Event.CONSENT_RESUMED: "active",
    Event.CONSENT_REFUSED: "refused",
    Event.CONSENT_REPLACED: "replaced",
    Event.CONSENT_WITHDRAWN: "withdrawn",
    Event.CONSENT_RETURNED: "returned",
    Event.CONSENT_EXPIRED: "expired",
    Event.CONSENT_INVALIDATED: "invalidated",
}


def state_after(event: str, before: str) -> str:
    """``before`` is empty for the first event. More that was asked and refused leaves a consent
    that stands as it was."""
    declined = event == Event.CONSENT_REFUSED and before
    return before if declined else STATES[Event(event)]
