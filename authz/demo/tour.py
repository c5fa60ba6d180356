"""What the person at the terminal reads: the links and the tour."""

import sys
from pathlib import Path

from authz.demo.home import Home
from authz.demo.people import PASSWORD

_TOUR = """
authz demonstration: invented people, invented data, this machine only

  Sample service   {service}   start here
  Health space     {portal}   sign in as  camille  /  {password}
  Outgoing mail    {portal}/demo/mail
  Resource server  {resources}

The tour, about two minutes; pages are in the browser's language, French or English
  1  At the sample service, choose "Connect my health space"
     ("Relier mon espace santé").
  2  Sign in as camille. Read the question: who asks, why, which data, for how long.
  3  Tick some lines, not all, and choose "Allow my selection"
     ("Autoriser ma sélection").
  4  Back at the service: read your measurements; then try what you did not allow.
  5  In the health space: "Who saw what" ("Qui a vu quoi") shows each access; in
     "My services" ("Mes services"), stop the service.
  6  At the service, read again: it fails at once, and politely. Then, in another terminal:
       {ledger}

Afterwards, sign in as nadia and act for her daughter Léa, 16: one of Léa's
documents is hidden from her parents, and the service does not list it. Connect
as lea: under "Change what it may do" ("Changer ce qu’il peut faire") she, and
nobody else, can allow the rest.

Data are kept in {directory} (authz demo --reset forgets them). Ctrl-C stops everything.
"""


def tour(home: Home) -> str:
    portal, service, resources = home.ports.origins
    command = sys.argv[0] if Path(sys.argv[0]).name == "authz" else "authz"
    named = "" if home.is_default else f" {home.directory}"
    return _TOUR.format(
        portal=portal,
        service=service,
        resources=resources,
        password=PASSWORD,
        directory=home.directory,
        ledger=f"{command} ledger verify --demo{named}",
    )
