"""What the protocol refuses, and what it says then.

Texts are fixed: nothing that a caller sent comes back in one, and RFC 6749 §5.2 allows printable
ASCII without quotation mark and backslash (D5 and D8 of Authlib's faults). The reason for the log
is the ``detail``.
"""

from authz.errors import Refusal


class InvalidRequest(Refusal):
    """RFC 6749 §5.2."""

    public = "The request lacks a parameter, repeats one, or holds an invalid value."


class MethodRefused(InvalidRequest):
    status = 405
    public = "This endpoint does not take this HTTP method."


class NotAForm(InvalidRequest):
    public = "Send the parameters as application/x-www-form-urlencoded in the body."


class NotJson(InvalidRequest):
    public = "Send one JSON object in the body, as application/json."


class ParameterInQuery(InvalidRequest):
    """RFC 6749 §3.2: what stands in an address ends up in logs and histories."""

    public = "Send the parameters in the body, none in the query."


class ParameterRepeated(InvalidRequest):
    """RFC 6749 §3.1, §3.2."""

    public = "A parameter is repeated."


class ParameterMalformed(InvalidRequest):
    public = "A parameter holds bytes that are not text."


class ParameterMissing(InvalidRequest):
    public = "A required parameter is missing."


class InvalidClient(Refusal):
    """RFC 6749 §5.2. One text for every cause: it does not say which clients exist."""

    code = "invalid_client"
    status = 401
    public = "Client authentication failed."


class TwoAuthentications(InvalidRequest):
    """RFC 6749 §2.3."""

    public = "Authenticate with one method only."


class UnauthorizedClient(Refusal):
    code = "unauthorized_client"
    public = "This client may not do this."


class ServiceNotReferenced(UnauthorizedClient):
    public = "The service of this client is not referenced in the catalogue."


class UnsupportedGrantType(Refusal):
    code = "unsupported_grant_type"
    public = "This grant type is not supported."


class UnsupportedResponseType(Refusal):
    code = "unsupported_response_type"
    public = "Only the response type code is supported."


class InvalidScope(Refusal):
    code = "invalid_scope"
    public = "The scope is not well-formed."


class DetailsMalformed(Refusal):
    """RFC 9396 §5."""

    code = "invalid_authorization_details"
    public = "authorization_details must be a JSON array of objects of a supported type."


class RedirectUriRefused(InvalidRequest):
    """RFC 9700 §2.1: compared as strings, never parsed."""

    public = "redirect_uri is missing or not registered for this client."


class GrantActionUnsupported(InvalidRequest):
    """Grant Management for OAuth 2.0, §5.4: dropped, it would be half obeyed."""

    public = "grant_id and grant_management_action are for clients of services."


class GrantActionRefused(InvalidRequest):
    """Grant Management for OAuth 2.0, §5.2, §5.4."""

    public = "grant_management_action is create without a grant_id, or merge or replace with one."


class RequestUriInside(InvalidRequest):
    """RFC 9126 §2.1."""

    public = "A pushed request cannot hold a request_uri."


class RequestUriRefused(Refusal):
    """OIDC Core §3.1.2.6: we fetch nothing that only a browser names."""

    code = "request_uri_not_supported"
    public = "Only a pushed request, or one at an address that the client registered, is supported."


class RequestUriInvalid(Refusal):
    """OIDC Core §3.1.2.6."""

    code = "invalid_request_uri"
    public = "The request_uri is not registered, or holds no request object that we can read."


class RequestObjectInvalid(Refusal):
    """RFC 9101 §7: one text for every cause."""

    code = "invalid_request_object"
    public = "The request object is not a JWT signed by the client for this server, and fresh."


class RequestObjectUnsigned(RequestObjectInvalid):
    """OIDC Core §3.1.2.6: such requests exist, and we take none."""

    code = "request_not_supported"
    public = "Only signed request objects are supported."


class SignatureRequired(RequestObjectInvalid):
    public = "This client has registered to sign its requests."


class ResponseModeRefused(InvalidRequest):
    public = "This response mode is not supported."


class ChallengeRefused(InvalidRequest):
    """FAPI 2.0 §5.3.2.2: PKCE with S256, always."""

    public = "code_challenge with code_challenge_method S256 is required."


class DpopKeyRefused(InvalidRequest):
    public = "dpop_jkt must be a SHA-256 thumbprint, and that of the proof if there is one."


class TargetInvalid(Refusal):
    """RFC 8707 §2."""

    code = "invalid_target"
    public = "resource names no resource server that serves all that is asked."


class DevicesOff(InvalidRequest):
    """RFC 8628 is off unless it is configured."""

    status = 404
    public = "Devices cannot sign people in here."


class ExchangeRefused(InvalidRequest):
    """RFC 8693 §2.1."""

    public = "Only an access token is exchanged, for an access token, by whoever acts with it."


class ScopeBeyondSubject(InvalidScope):
    public = "The scope goes beyond what the subject token may do at the target."


class PromptRefused(InvalidRequest):
    public = "prompt holds an unknown value, or none beside another one."


class MaxAgeRefused(InvalidRequest):
    public = "max_age must be a number of seconds."


class ClaimsRefused(InvalidRequest):
    """OIDC Core §5.5."""

    public = "claims must be a JSON object with the members userinfo and id_token."


class HintRefused(InvalidRequest):
    public = "id_token_hint is no ID token of ours for this client."


class LevelUnreachable(Refusal):
    """OIDC Unmet Authentication Requirements §2, RFC 9470 §5."""

    code = "unmet_authentication_requirements"
    public = "Nobody can sign in here at the level that is asked for."


class ValueTooLong(InvalidRequest):
    public = "state or nonce is too long."


class LinkedAccountRefused(InvalidRequest):
    public = "linked_account must be plain text of at most 100 characters."


class ClientUnknown(InvalidRequest):
    """Shown on a page: without a client there is nowhere to redirect to (RFC 6749 §4.1.2.1)."""

    public = "The client is not known."


class PushRequired(InvalidRequest):
    """FAPI 2.0 §5.3.2.2: only a pushed request may come through a browser."""

    code = "pushed_request_required"
    public = "This client must push its authorization request first (PAR, RFC 9126)."


class AccessReportRefused(InvalidRequest):
    public = "An access in the report lacks a member, or holds an invalid one."


class NoToken(Refusal):
    """RFC 6750 §3.1: told how to come back, and nothing else."""

    code = "invalid_request"
    status = 401
    public = "An access token is needed."


class TokenRefused(Refusal):
    """Unknown, expired, ended, of another key: the answer does not tell them apart."""

    code = "invalid_token"
    status = 401
    public = "The access token is not valid, or no longer is."


class TwoTokens(InvalidRequest):
    """RFC 6750 §2."""

    public = "Send the access token once, in one place."


class ScopeInsufficient(Refusal):
    code = "insufficient_scope"
    status = 403
    public = "The access token was not granted the scope that this needs."
