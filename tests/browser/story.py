"""Enough of a life to fill every page: two services, answers of every kind, accesses."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from authz.consent.by import By
from authz.consent.give import refuse
from authz.consent.models import Access
from authz.consent.queries import changes_of
from authz.consent.withdraw import withdraw
from authz.db import db
from authz.ledger.sequence import integrate
from authz.outbox.models import Letter
from authz.settings import Settings
from authz.tokens.values import read
from tests.builders import Make, Party, Site


@dataclass(frozen=True)
class Story:
    client: Party
    consent: UUID
    stopped: UUID
    site: Site
    elsewhere: UUID
    wider: Party  # asks for more than it is allowed
    refused: Party

    @property
    def receipt(self) -> UUID:
        """Of what Camille allowed."""
        return receipt_of(self.consent)


def receipt_of(consent: UUID) -> UUID:
    """Of the last thing that happened to a consent."""
    return changes_of([consent])[consent][-1].id


def tell(make: Make, settings: Settings, callback: str, language: str = "fr") -> Story:
    """Camille allows one service some lines, has stopped another, and there is mail."""
    camille = make.account(language=language)
    client = make.client("parcours")
    client.row.redirect_uris = [callback]
    stopped = make.decision(
        camille, make.client("carnet", make.service("carnet", name="Glyco Carnet")), days=30
    )
    withdraw(stopped.consent.id, by=By(camille), at=make.at)
    db.session.commit()
    given = make.decision(
        camille, client, "pre-admission:record:read:identity", "booking:agenda:write:appointments"
    )
    issued = make.tokens(given, client)
    token = read("at", issued.access_token)
    assert token is not None
    server = make.resource_server()
    for minutes in (*range(12), 300):  # the last one stands on a page of its own
        access = Access(
            patient_id=camille.patient_id,
            consent_id=given.consent.id,
            token_id=token[0],
            resource_server_id=server.row.id,
            area="record",
            direction="read",
            category="identity" if minutes % 4 else "documents",
            outcome="allowed" if minutes % 4 else "denied",
            items=1,
            at=make.at - timedelta(hours=5 * minutes),  # as if its token had lived then
        )
        db.session.add(access)
    integrate(settings.ledger.origin, at=make.at)
    db.session.add(
        Letter(
            recipient="camille@mail.example",
            subject="Vous avez autorisé un service",
            text="Bonjour,\n\nVous avez autorisé Parcours Trois-Rivières.",
            html="<p>Bonjour</p>",
            sent_at=make.at,
        )
    )
    db.session.commit()
    blog = make.sign_in_decision(camille, make.site("blog"), "email").consent
    site = make.site("forum", policy_uri="https://forum.example/privacy")
    wider, refused = (make.client(name, make.service(name)) for name in ("pharmacie", "rayons"))
    make.decision(
        camille, wider, "pre-admission:record:read:identity", scope="openid patient/Patient.rs"
    )
    refuse(make.asking(camille, refused), language=language, at=make.at)
    db.session.commit()
    return Story(client, given.consent.id, stopped.consent.id, site, blog.id, wider, refused)
