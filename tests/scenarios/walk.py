"""What people and services do in the scenarios, each in one line."""

import html
import re
from typing import Any

from werkzeug.test import TestResponse

from authz.identity.models import Account
from tests.builders import Make, Party
from tests.pages import Visitor

IDENTITY = "pre-admission:record:read:identity"
IDENTITY_SCOPE = "patient/Patient.rs"
DOCUMENTS = "pre-admission:record:read:documents"
APPOINTMENTS = "booking:agenda:write:appointments"
APPOINTMENTS_SCOPE = "patient/Appointment.c"
WEIGHTS = "follow-up:record:write:measurements"


def arrive(
    http: Visitor, make: Make, account: Account, client: Party, **asked: Any
) -> tuple[str, TestResponse]:
    """The service sends the person to the portal: the question's address, and what is there."""
    request = make.request(client, **asked)
    http.sign_in(account, query=f"?request={request.id}")
    path = f"/consent/{request.id}"
    return path, http.get(path)


def submit(http: Visitor, path: str, page: TestResponse, /, **fields: Any) -> TestResponse:
    """Send the form of a page as it was read."""
    found = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page.text)
    hidden = {name: html.unescape(value) for name, value in found if name != "csrf_token"}
    return http.submit(path, **{**hidden, **fields})


def boxes(page: TestResponse) -> set[str]:
    return set(re.findall(r'<input type="checkbox"[^>]* name="allow" value="([^"]+)"', page.text))
