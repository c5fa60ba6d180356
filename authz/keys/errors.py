"""Refusals of this room. The protocol decides what each one is called on the wire."""

from authz.errors import Refusal


class JwtRefused(Refusal):
    """Not a JWT that we accept: shape, algorithm, key or signature."""

    code = "invalid_request"
    public = "The JWT cannot be accepted."


class ProofRefused(Refusal):
    """A DPoP proof that does not prove anything here and now (RFC 9449 §4.3)."""

    code = "invalid_dpop_proof"
    public = "The DPoP proof cannot be accepted."


class NonceNeeded(ProofRefused):
    """RFC 9449 §8: made without the nonce that we hand out, or with one of long ago."""

    code = "use_dpop_nonce"
    public = "The DPoP proof must hold the nonce of the DPoP-Nonce header."


class CertificateRefused(Refusal):
    """Not a client certificate that can be read."""

    code = "invalid_request"
    public = "The client certificate cannot be accepted."
