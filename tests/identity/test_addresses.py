"""An account's address is one address: mails go to its person and to nobody else."""

import pytest

from authz.identity.addresses import check_address
from authz.identity.errors import AddressUnusable

GOOD = [
    "camille@mail.example",
    "camille.martin+space@mail.example",
    "o'brien_1@a-b.mail.example",
    "root@localhost",
    "a@xn--e1afmkfd.example",
]
BAD = [
    "",
    "camille",
    "@mail.example",
    "a@",
    '"',
    '"a b"@mail.example',
    "a b@mail.example",
    "a..b@mail.example",
    "a@b@mail.example",
    "a@b.example, c@d.example",
    "a@b.example\nBcc: c@d.example",
    "a@b.example\n",
    "a@b.example\u2028",
    "a@[127.0.0.1]",
    "a@-b.example",
    "a:;",
    "<a@b.example>",
    "é@mail.example",
    "a@é.example",
    "a" * 65 + "@mail.example",
    "a@" + ".".join(["b" * 60] * 5),
]


@pytest.mark.parametrize("email", GOOD)
def test_plain_addresses_are_taken(email):
    check_address(email)


@pytest.mark.parametrize("email", BAD)
def test_anything_else_is_refused(email):
    with pytest.raises(AddressUnusable):
        check_address(email)


def test_no_account_without_an_address_that_works(make):
    with pytest.raises(AddressUnusable):
        make.account(email="a@b.example\nBcc: c@d.example")
