"""Services and clients enter the catalogue."""

from datetime import datetime
from hashlib import sha256
from typing import Any

from authz.catalogue.models import Client, Service
from authz.db import db


def register_service(slug: str, *, at: datetime) -> Service:
    """A draft: it may not ask anything of anybody yet."""
    service = Service(slug=slug, status="draft", created_at=at)
    db.session.add(service)
    db.session.flush()
    return service


def register_client(
    service: Service,
    *,
    client_id: str,
    name: str,
    jwks: dict[str, Any],
    redirect_uris: list[str],
    sector: str,
    at: datetime,
    events_uri: str | None = None,
) -> Client:
    """A client of a service, under the FAPI 2.0 profile: it signs, and pushes its requests.

    ``events_uri`` is where it hears of every change of its consents.
    """
    client = Client(
        client_id=client_id,
        kind="service",
        profile="fapi2",
        environment="production",
        service_id=service.id,
        name=name,
        auth_method="private_key_jwt",
        grant_types=["authorization_code", "refresh_token", "client_credentials"],
        registration={"consent_events_uri": events_uri} if events_uri else {},
        jwks=jwks,
        redirect_uris=redirect_uris,
        sector=sector,
        areas=[],
        created_at=at,
    )
    db.session.add(client)
    db.session.flush()
    return client


def register_resource_server(
    *,
    client_id: str,
    name: str,
    secret: str,
    sector: str,
    areas: list[str],
    at: datetime,
    resource: str | None = None,
    exchanges: bool = False,
) -> Client:
    """A resource server that introspects tokens for its areas.

    ``exchanges``: it may call other resource servers with what it was shown (RFC 8693).

    ``resource`` is its address, by which clients may name it (RFC 8707).

    ``secret`` has 256 random bits, so a fast digest is enough to keep (RFC 6749 §10.10).
    """
    client = Client(
        client_id=client_id,
        kind="resource_server",
        profile="fapi2",
        environment="production",
        name=name,
        auth_method="client_secret_basic",
        grant_types=["urn:ietf:params:oauth:grant-type:token-exchange"] if exchanges else [],
        registration={"resource": resource} if resource else {},
        secret_digest=sha256(secret.encode()).digest(),
        redirect_uris=[],
        sector=sector,
        areas=areas,
        created_at=at,
    )
    db.session.add(client)
    db.session.flush()
    return client


def register_relying_party(
    *,
    client_id: str,
    name: str,
    redirect_uris: list[str],
    sector: str,
    at: datetime,
    auth_method: str = "client_secret_basic",
    secret: str | None = None,
    jwks: dict[str, Any] | None = None,
    **registration: Any,
) -> Client:
    """A client that signs people in and sees nothing of their health data (profile ``oidc``).

    ``auth_method`` is ``none`` for one that can keep no secret. ``secret`` has 256 random bits.
    ``registration`` is the rest of its metadata (RFC 7591 §2).
    """
    client = Client(
        client_id=client_id,
        kind="relying_party",
        profile="oidc",
        environment="production",
        name=name,
        auth_method=auth_method,
        grant_types=["authorization_code", "refresh_token"],
        registration=registration,
        jwks=jwks,
        secret_digest=sha256(secret.encode()).digest() if secret else None,
        redirect_uris=redirect_uris,
        sector=sector,
        areas=[],
        created_at=at,
    )
    db.session.add(client)
    db.session.flush()
    return client
