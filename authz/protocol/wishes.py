"""What a request may wish for beyond access: how the person signs in, and what is said of them.

OIDC Core §3.1.2.1, §5.5. A wish that cannot be read is refused; one that we do not know is left
out, as the specification wants it; one that we cannot grant is answered on the way.
"""

from typing import Any

from authz.identity.attributes import CLAIMS
from authz.keys import strict_json
from authz.protocol.asking import Asking
from authz.protocol.errors import ClaimsRefused, HintRefused, MaxAgeRefused, PromptRefused

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


def no_id_token_hint(asking: Asking) -> None:
    # Dropped, it would let a client meet another person than it asked for.
    if "id_token_hint" in asking.parameters:
        raise HintRefused


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


def _known(wishes: Any) -> dict[str, Any]:
    if not isinstance(wishes, dict) or not all(
        wish is None or isinstance(wish, dict) for wish in wishes.values()
    ):
        raise ClaimsRefused("not an object of wishes")
    return {name: wish for name, wish in wishes.items() if name in {*CLAIMS, "acr"}}
