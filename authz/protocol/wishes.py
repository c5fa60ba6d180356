"""What a request may wish for beyond access: how the person signs in, and what is said of them.

OIDC Core §3.1.2.1, §5.5. A wish that cannot be read is refused; one that we do not know is left
out, as the specification wants it; one that we cannot grant is answered on the way.
"""

from typing import Any

from authz.identity.attributes import CLAIMS
from authz.identity.levels import REACHABLE, lowest_wanted
from authz.keys import strict_json
from authz.keys.errors import JwtRefused
from authz.keys.own import signed_by_us
from authz.keys.signing import ID_TOKEN
from authz.protocol.asking import Asking
from authz.protocol.errors import (
    ClaimsRefused,
    HintRefused,
    LevelUnreachable,
    MaxAgeRefused,
    PromptRefused,
)
from authz.web.asking import levels_wanted
from authz.web.current import settings

PROMPTS = ("none", "login", "consent", "select_account")
PLACES = ("userinfo", "id_token")


def known_prompt(asking: Asking) -> None:
    """OIDC Core §3.1.2.1: ``none`` stands alone."""
    prompts = asking.parameters.get("prompt", "").split()
    if not set(prompts) <= set(PROMPTS) or ("none" in prompts and len(prompts) > 1):
        raise PromptRefused


def max_age_in_seconds(asking: Asking) -> None:
    value = asking.parameters.get("max_age", "0")
    if not value.isascii() or not value.isdigit() or len(value) > 9:
        raise MaxAgeRefused


def hint_of_ours(asking: Asking) -> None:
    """From here on ``id_token_hint`` is the subject that it names (OIDC Core §3.1.2.1).

    An expired ID token is as good a hint as a fresh one; one of another client is none.
    """
    hint = asking.parameters.get("id_token_hint")
    if hint is None:
        return
    try:
        claims = signed_by_us(hint, ID_TOKEN)
    except JwtRefused as error:
        raise HintRefused(error.detail) from error
    if claims.get("aud") != asking.client.client_id or claims.get("iss") != settings().issuer:
        raise HintRefused("made for another client")
    asking.parameters["id_token_hint"] = claims["sub"]


def readable_claims(asking: Asking) -> None:
    """From here on ``claims`` holds only what we could say (OIDC Core §5.5)."""
    written = asking.parameters.get("claims")
    if written is None:
        return
    try:
        asked = strict_json.parse_object(written)
    except ValueError as error:
        raise ClaimsRefused("not a JSON object") from error
    asking.parameters["claims"] = {
        place: _known(asked[place]) for place in PLACES if asked.get(place) is not None
    }
    _name_subject(asking, (asked.get("id_token") or {}).get("sub") or {})


def reachable_level(asking: Asking) -> None:
    """``acr_values`` is a wish, an essential ``acr`` a demand (OIDC Core §5.5.1.1).

    A wish for a level of ours that nobody can reach is answered as a demand: going on would send
    the person round in circles at a resource that insists (RFC 9470 §5).
    """
    wanted = lowest_wanted(levels_wanted(asking.parameters))
    if wanted is not None and wanted not in REACHABLE:
        raise LevelUnreachable
    acr = asking.parameters.get("claims", {}).get("id_token", {}).get("acr") or {}
    if acr.get("essential") is True and {"value", "values"} & acr.keys() and wanted is None:
        raise LevelUnreachable("an essential acr that we do not know")


def _name_subject(asking: Asking, wish: dict[str, Any]) -> None:
    """A ``sub`` of one value is as good as a hint: nobody else may answer (OIDC Core §3.1.2.2)."""
    named = wish.get("value")
    if named is None:
        return
    if not isinstance(named, str):
        raise ClaimsRefused("sub is not a string")
    if asking.parameters.setdefault("id_token_hint", named) != named:
        raise HintRefused("the claims name somebody else")


def _known(wishes: Any) -> dict[str, Any]:
    if not isinstance(wishes, dict) or not all(
        wish is None or isinstance(wish, dict) for wish in wishes.values()
    ):
        raise ClaimsRefused("not an object of wishes")
    return {name: wish for name, wish in wishes.items() if name in {*CLAIMS, "acr"}}
