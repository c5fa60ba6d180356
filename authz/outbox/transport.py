"""How a letter leaves: by SMTP, or onto the demonstration's mail page."""

import smtplib
from collections.abc import Callable
from datetime import datetime
from email.message import EmailMessage

from authz.db import db
from authz.outbox.letter import Written
from authz.outbox.models import Letter

Send = Callable[[str, Written, datetime], None]

_PATIENCE = 10.0  # seconds


def smtp(*, host: str, port: int, sender: str) -> Send:
    """Hand letters to a mail server. Raises ``OSError`` when it does not take one."""

    def send(recipient: str, letter: Written, at: datetime) -> None:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = sender, recipient, letter.subject
        message["Date"] = at
        message.set_content(letter.text)
        message.add_alternative(letter.html, subtype="html")
        with smtplib.SMTP(host, port, timeout=_PATIENCE) as server:
            server.send_message(message)

    return send


def mailbox(recipient: str, letter: Written, at: datetime) -> None:
    """Keep letters in the database, for a page that shows them."""
    db.session.add(
        Letter(
            recipient=recipient,
            subject=letter.subject,
            text=letter.text,
            html=letter.html,
            sent_at=at,
        )
    )
    db.session.flush()
