"""What of the schema is a person's: the list that erasing goes by, column by column.

Every column that leads to a person, however far, stands in one of the three below, and every table
that none leads to stands in the last. A test walks the schema, so whoever adds a table answers.
"""

BELONGS = frozenset(
    {
        "access.consent_id",
        "access.patient_id",
        "access_token.consent_id",
        "account.patient_id",
        "authorization_code.consent_id",
        "authorization_request.account_id",
        "case_file.patient_id",
        "closing.patient_id",
        "consent.patient_id",
        "consent_change.consent_id",
        "consent_exchange.consent_id",
        "device_authorization.request_id",
        "export.patient_id",
        "mandate.patient_id",
        "notice_plan.account_id",
        "refresh_token.consent_id",
        "session.account_id",
        "space_token.consent_id",
    }
)
"""The row is erased with the row that the column points to."""

_DECIDER = "evidence of somebody else's consent: who decided stays, as a number without a name"
_OF_ONE_PERSON = "both ends are of one person, so they go together"

NAMES = {
    "access.account_id": "somebody else's history: who removed something for them",
    "access_token.code_id": _OF_ONE_PERSON,
    "access_token.subject_id": _OF_ONE_PERSON,
    "authorization_code.mandate_id": _OF_ONE_PERSON,
    "authorization_code.request_id": _DECIDER,
    "authorization_code.session_id": "how the decider had signed in is told with a living token",
    "case_file.account_id": "somebody else's case: who opened it for them",
    "case_file.consent_id": _OF_ONE_PERSON,
    "consent.account_id": _DECIDER,
    "consent.mandate_id": _OF_ONE_PERSON,
    "consent_change.account_id": _DECIDER,
    "consent_change.mandate_id": _OF_ONE_PERSON,
    "consent_change.previous": _OF_ONE_PERSON,
    "export.account_id": "somebody else's data: who took a copy of them",
    "export.mandate_id": _OF_ONE_PERSON,
    "mandate.account_id": "evidence of somebody else's consents: under which mandate",
    "refresh_token.code_id": _OF_ONE_PERSON,
    "space_token.account_id": "somebody else's space: who acted in it, for a day",
}
"""The row is somebody else's. What it names is kept for it, without anything that says who."""

EMPTIED = {
    "session.mandate_id": "whoever acted for the person goes on for themselves",
}
"""The column is emptied."""

APART = {
    "admission": "of clients",
    "client": "of services",
    "enrolment": "of clients",
    "fhir_resource": "erased by its own server, which is told the names it knows the person by",
    "ledger_checkpoint": "public: sizes and roots",
    "ledger_cosignature": "public: what witnesses signed",
    "ledger_entry": "the bare proofs: commitments that nobody can open any more",
    "ledger_event": "forgotten with the key: neither content nor what belonged together is left",
    "ledger_log": "public: one row",
    "ledger_queue": "numbers of events",
    "ledger_tile": "public: hashes",
    "letter": "the demonstration's mail page: erased by address and by name",
    "machine_token": "of clients for themselves",
    "outbox_message": "erased by address, by name and by consent",
    "seen_proof": "hashes, for minutes",
    "service": "of services",
    "service_sheet": "of services",
    "shown_text": "pages as shown to nobody in particular",
    "signing_key": "ours",
    "spent": "hashes, for minutes",
    "subject_key": "destroyed, with whose it was",
    "throttle": "the counter of the name is erased; those of networks are gone in a week",
}
"""No column leads from here to a person. What becomes of what the table holds of one."""
