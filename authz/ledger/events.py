"""The names of what the ledger remembers.

``subject:action``. A name is part of the canonical event, hence of the leaf: it is never renamed,
and a retired one is never reused.
"""

from enum import StrEnum


class Event(StrEnum):
    """What happened."""

    LOG_OPENED = "log:opened"
    KEY_ROTATED = "key:rotated"
    SUBJECT_ERASED = "subject:erased"
    AUDIT_OPENED = "audit:opened"
    RETENTION_EXECUTED = "retention:executed"

    SERVICE_REFERENCED = "service:referenced"
    SERVICE_SUSPENDED = "service:suspended"
    SERVICE_RESTORED = "service:restored"
    SERVICE_DEREFERENCED = "service:dereferenced"
    SHEET_PUBLISHED = "sheet:published"

    CLIENT_REGISTERED = "client:registered"
    CLIENT_CHANGED = "client:changed"
    CLIENT_REMOVED = "client:removed"

    CONSENT_GIVEN = "consent:given"
    CONSENT_REFUSED = "consent:refused"
    CONSENT_NARROWED = "consent:narrowed"
    CONSENT_WIDENED = "consent:widened"
    CONSENT_RENEWED = "consent:renewed"
    CONSENT_CONFIRMED = "consent:confirmed"
    CONSENT_SUSPENDED = "consent:suspended"
    CONSENT_RESUMED = "consent:resumed"
    CONSENT_EXPIRED = "consent:expired"
    CONSENT_REPLACED = "consent:replaced"
    CONSENT_WITHDRAWN = "consent:withdrawn"
    CONSENT_RETURNED = "consent:returned"
    CONSENT_INVALIDATED = "consent:invalidated"

    MANDATE_RECORDED = "mandate:recorded"
    MANDATE_ENDED = "mandate:ended"
    MANDATE_EXCEEDED = "mandate:exceeded"

    SPACE_CLOSING = "space:closing"
    SPACE_KEPT = "space:kept"
    SPACE_CLOSED = "space:closed"
    SPACE_REOPENED = "space:reopened"
    EXPORT_MADE = "export:made"
    EXPORT_TAKEN = "export:taken"
