"""Device authorization: a device without a browser signs somebody in (RFC 8628).

Off unless ``[device]`` is configured, and then for sign-in alone: a client that touches health data
is refused, since whoever talks a patient into typing a code would read their data (§5.4).
"""

from datetime import timedelta

from flask import Response, url_for

from authz.clock import now
from authz.protocol import client_auth
from authz.protocol.asking import Asking
from authz.protocol.checks import ON_DEVICE, check
from authz.protocol.client_auth import authenticate
from authz.protocol.dpop import key_shown
from authz.protocol.edge import answer, blueprint, post
from authz.protocol.engine import server
from authz.protocol.errors import DevicesOff, UnauthorizedClient, UnsupportedGrantType
from authz.protocol.often import DEVICE, not_too_often
from authz.protocol.request import ProtocolRequest
from authz.protocol.standing import conditions
from authz.protocol.token import Grant
from authz.tokens.device import begin, poll
from authz.tokens.issued import Issued
from authz.web.current import settings

bp = blueprint("device_authorization")

GRANT = "urn:ietf:params:oauth:grant-type:device_code"
METADATA = {"device_authorization_endpoint": "device_authorization.device_authorization"}


@post(bp, "/device_authorization", takes={"scope"} | client_auth.PARAMETERS)
def device_authorization(asked: ProtocolRequest) -> Response:
    at, knobs = now(), settings().device
    if knobs is None:
        raise DevicesOff
    client = authenticate(asked)
    if client.profile != "oidc" or GRANT not in client.grant_types:
        raise UnauthorizedClient("not for devices")
    given = {"scope": asked.parameters.get("scope", ""), "response_type": "code"}
    asking = Asking(client, given, jkt=key_shown(asked, at=at))
    check(asking, ON_DEVICE)
    not_too_often(DEVICE, at=at)
    begun = begin(
        client.id,
        asking.parameters,
        at=at,
        lifetime=timedelta(seconds=knobs.lifetime),
        pause=knobs.interval,
    )
    body = {
        "device_code": begun.device_code,
        "user_code": begun.user_code,
        # No verification_uri_complete: a link that carries the code is what a thief would send.
        "verification_uri": settings().issuer + url_for("device.enter"),
        "expires_in": knobs.lifetime,
        "interval": knobs.interval,
    }
    return answer(body)


class DeviceCodeGrant(Grant):
    """RFC 8628 §3.4."""

    GRANT_TYPE = GRANT

    def validate_token_request(self) -> None:
        if settings().device is None:
            raise UnsupportedGrantType
        super().validate_token_request()

    def issue(self) -> Issued:
        conditions().settle()
        return poll(
            self.request.required("device_code"),
            client_id=self.caller.id,
            jkt=self.holder.jkt,
            at=self.at,
            lifetimes=settings().lifetimes,
            algorithm=self.caller.id_token_algorithm,
        )


server().register_grant(DeviceCodeGrant)
