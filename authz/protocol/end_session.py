"""The logout endpoint: a client says that the person wants to be signed out here too.

OpenID Connect RP-Initiated Logout 1.0. Anybody can send a browser here. So the session ends at once
only where an ID token of ours names this very session, and the browser goes back only to an address
that the client of that token has registered. In every other case the person is asked, and stays.
"""

import hmac
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from authz.catalogue.models import Client
from authz.catalogue.queries import client_by_client_id
from authz.clock import now
from authz.db import transaction
from authz.identity.models import Session
from authz.identity.subject import pairwise_session
from authz.keys.errors import JwtRefused
from authz.keys.own import signed_by_us
from authz.keys.signing import ID_TOKEN
from authz.protocol.request import ProtocolRequest, read_form, read_query
from authz.web.current import settings
from authz.web.headers import allow_form_to_end_at
from authz.web.session import current_session, end_present_session, forget

bp = Blueprint("end_session", __name__)

METADATA = {
    "end_session_endpoint": "end_session.end_session",
    "backchannel_logout_supported": True,
    "backchannel_logout_session_supported": True,
}
PARAMETERS = frozenset({"id_token_hint", "client_id", "post_logout_redirect_uri", "state"})


@dataclass(frozen=True)
class Wish:
    """What a request proves. ``client`` is none where nothing, or not all of it, is proven."""

    client: Client | None = None
    sid: str = ""
    address: str | None = None

    def is_of(self, session: Session) -> bool:
        """Whether the client knows this session, and no other, by that name."""
        if self.client is None:
            return False
        salt = settings().pairwise_salt.get_secret_value()
        known = pairwise_session(session.id, self.client.client_id, salt)
        return hmac.compare_digest(known.encode(), self.sid.encode())


@bp.route("/logout", methods=["GET", "POST"])
def end_session() -> Response | str:
    if request.method == "POST":
        # §2 has it too. Browsers bring our cookie along only when another site starts a GET.
        query = urlencode(read_form(PARAMETERS).parameters)
        return redirect(f"{url_for('.end_session')}?{query}", code=303)
    asked = read_query(PARAMETERS)
    with transaction():
        wish, session = _read(asked), current_session()
        if session is None or wish.is_of(session):
            return _ended(wish)
        if wish.address is not None:
            allow_form_to_end_at(wish.address)
        return render_template("end_session/confirm.html", asked=asked.parameters, session=session)


@bp.post("/logout/confirm")
def confirm() -> Response:
    """The person has said yes, on our page. What the request proves is looked at again."""
    asked = read_form(PARAMETERS)
    with transaction():
        return _ended(_read(asked))


def _ended(wish: Wish) -> Response:
    end_present_session(at=now())
    response = redirect(wish.address or url_for("sign_out.signed_out"), code=303)
    forget(response)
    return response


def _read(asked: ProtocolRequest) -> Wish:
    """Nothing is proven by halves: an address that is not registered spoils the hint as well."""
    claims = _claims(asked.parameters.get("id_token_hint", ""))
    client = client_by_client_id(str(claims.get("aud")))
    if client is None or asked.parameters.get("client_id", client.client_id) != client.client_id:
        return Wish()
    address = asked.parameters.get("post_logout_redirect_uri")
    if address is None:
        return Wish(client, claims["sid"])
    if address not in client.registration.get("post_logout_redirect_uris", ()):
        return Wish()
    return Wish(client, claims["sid"], _with_state(address, asked.parameters.get("state")))


def _claims(hint: str) -> dict[str, Any]:
    """What the hint says, if it is an ID token of ours, from whenever; else nothing."""
    try:
        claims = signed_by_us(hint, ID_TOKEN)
    except JwtRefused:
        return {}
    return claims if claims.get("iss") == settings().issuer else {}


def _with_state(address: str, state: str | None) -> str:
    """The address as it was registered, and ``state`` only if it came (§3)."""
    if state is None:
        return address
    return address + ("&" if "?" in address else "?") + urlencode({"state": state})
