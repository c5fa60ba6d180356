"""OAuth 2.0 and OpenID Connect: one module for each endpoint of the specifications."""
