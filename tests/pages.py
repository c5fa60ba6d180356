"""A person with a browser, for tests that walk through pages without one."""

import re
from html import unescape
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urlsplit

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from authz.identity.models import Account
from tests.builders import PASSWORD

ISSUER = "https://authz.test"


class Visitor(FlaskClient):
    """Each request gets an application context of its own, as in a server.

    Without it Flask would reuse the one that the test has pushed, with everything that was cached
    in it for the request before.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.read: dict[str, str] = {}  # by path, the digest of the text that a form was under

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        headers = {"Accept-Language": "en"} | dict(kwargs.pop("headers", {}))
        defaults = {"base_url": ISSUER, "headers": headers, "buffered": True}
        with self.application.app_context():
            answer = super().open(*args, **defaults | kwargs)
        if found := re.search(rb'name="shown" value="([^"]+)"', answer.data):
            self.read[answer.request.path] = found[1].decode()
        return answer

    def token(self) -> str:
        """The token of a form of ours, as any page hands it out."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.get("/").text)
        assert found
        return found[1]

    def submit(self, path: str, /, **fields: Any) -> TestResponse:
        """Send a form with its token, from a page that showed the first version of a sheet.

        A question is read before it is answered: the form says which text was read last.
        """
        if path.startswith("/consent/") and path not in self.read:
            self.get(path)
        shown = {"shown": self.read[path]} if path in self.read else {}
        return self.post(
            path,
            data={"csrf_token": self.token(), "sheet": "1", **shown, **fields},
            headers={"Sec-Fetch-Site": "same-origin"},
        )

    def sign_in(self, account: Account, *, query: str = "") -> TestResponse:
        return self.submit(f"/sign-in{query}", username=account.identifier, password=PASSWORD)


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.silent += tag in {"style", "script"}

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in {"style", "script"}

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.found.append(data)


def words(page: TestResponse) -> str:
    """What a person reads on the page, with every space made equal.

    The end of a link parts nothing: no language has a space before a full stop or a comma.
    """
    parser = _Words()
    parser.feed(page.text)
    return re.sub(r" (?=[.,])", "", " ".join(unescape(" ".join(parser.found)).split()))


def answer_of(response: TestResponse) -> dict[str, str]:
    """The parameters with which the browser is sent back to the client."""
    assert response.status_code == 303, response.text
    return {name: values[0] for name, values in parse_qs(urlsplit(response.location).query).items()}
