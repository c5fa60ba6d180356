"""Every endpoint of the protocol, for the application to register."""

from flask import Blueprint

from authz.protocol import accesses, device, discovery, exchange, machine, smart

GRANTS = (
    machine.ClientCredentialsGrant,
    exchange.TokenExchangeGrant,
    device.DeviceCodeGrant,
)  # beside those of the token endpoint itself

ENDPOINTS: tuple[Blueprint, ...] = (
    *(module.bp for module in discovery.ADVERTISED),
    accesses.bp,
    device.bp,
    discovery.bp,
    smart.bp,
)

# Asked so often that they are answered by the short way (``web/shortcut.py``).
SHORT = (
    "introspect.introspect",
    "token.token",
    "par.par",
    "jwks.jwks",
    "userinfo.userinfo",
    "discovery.openid",
    "discovery.oauth",
)
