"""A server on loopback, under TLS, that counts who reaches it."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from authz.outbound.outbound import Outbound

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
Respond = Callable[[Any], None]


@dataclass
class Listener:
    """``respond`` writes an answer through the standard library's request handler."""

    port: int
    authority: Path
    respond: Respond
    hits: list[str] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"

    def outbound(self, **changed: Any) -> Outbound:
        """A way out that may reach this listener."""
        return Outbound(**{"allowed": LOOPBACK, "authorities": self.authority} | changed)


def json(body: bytes, status: int = 200, **headers: str) -> Respond:
    def respond(handler: Any) -> None:
        handler.send_response(status)
        sent = {"Content-Type": "application/json", "Content-Length": str(len(body))} | headers
        for name, value in sent.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return respond


@contextmanager
def listening(
    home: Path,
    *,
    names: tuple[str, ...] = ("localhost",),
    newest: ssl.TLSVersion = ssl.TLSVersion.MAXIMUM_SUPPORTED,
) -> Iterator[Listener]:
    """A listener whose certificate is valid for ``names`` and 127.0.0.1."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            listener.hits.append(f"{self.command} {self.path}")
            listener.respond(self)

        do_POST = do_GET  # noqa: N815 - the standard library looks for this name

        def log_message(self, *_: Any) -> None:
            pass

    class Counting(ThreadingHTTPServer):
        def verify_request(self, *_: Any) -> bool:
            listener.connections += 1
            return True

        def handle_error(self, *_: Any) -> None:
            """A client that hangs up is what some tests are about."""

    certificate = make_certificate(home, names)
    server = Counting(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    if newest != ssl.TLSVersion.MAXIMUM_SUPPORTED:
        context.set_ciphers("ALL:@SECLEVEL=0")  # as old servers are
        context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, newest
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    listener = Listener(server.server_port, certificate, json(b"{}"))
    threading.Thread(
        target=server.serve_forever, daemon=True, kwargs={"poll_interval": 0.02}
    ).start()
    try:
        yield listener
    finally:
        server.shutdown()
        server.server_close()


def make_certificate(home: Path, names: tuple[str, ...]) -> Path:
    """One PEM file with a certificate that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, names[0])])
    others = [x509.DNSName(each) for each in names] + [x509.IPAddress(ip_address("127.0.0.1"))]
    moment = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - timedelta(days=1))
        .not_valid_after(moment + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(others), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = home / f"{names[0]}.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + certificate.public_bytes(Encoding.PEM))
    return path
