"""The catalogue is public, and every version of a sheet stays readable."""

from authz.catalogue.publish import publish_sheet
from authz.db import db
from tests.builders import sheet_content
from tests.pages import words


def test_anybody_reads_the_catalogue(http, make):
    make.service("hospital")

    assert "Parcours Trois-Rivières" in words(http.get("/catalogue"))
    assert "What it can ask" in words(http.get("/catalogue/hospital"))


def test_an_older_version_stays_and_says_so(http, make):
    service = make.service("hospital")
    publish_sheet(service, sheet_content(name="Parcours Nouveau"), at=make.at)
    db.session.commit()

    old = words(http.get("/catalogue/hospital/1"))
    new = words(http.get("/catalogue/hospital"))

    assert "Parcours Trois-Rivières" in old
    assert "This is an older version of the sheet." in old
    assert "Parcours Nouveau" in new
    assert "older version" not in new


def test_what_was_never_published_is_not_there(http, make):
    make.service("hospital")

    assert http.get("/catalogue/clinic").status_code == 404
    assert http.get("/catalogue/hospital/2").status_code == 404
    assert http.get("/catalogue/hospital/99999999999999999999").status_code == 404
