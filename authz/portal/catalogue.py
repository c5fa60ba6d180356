"""The public catalogue: who is referenced, and every version of every sheet, for ever."""

from dataclasses import dataclass

from flask import Blueprint, Response, abort, render_template

from authz.cases.queries import last_report
from authz.catalogue.models import Service, ServiceSheet
from authz.catalogue.picture import picture
from authz.catalogue.queries import (
    current_sheet,
    referenced_services,
    service_by_slug,
    sheet_by_number,
)
from authz.catalogue.sheet import Sheet, sheet_of
from authz.portal.difference_page import difference_page
from authz.portal.question_page import by_purpose, unseen
from authz.web.session import open_to_all

bp = Blueprint("catalogue", __name__)


@dataclass(frozen=True)
class Listed:
    service: Service
    row: ServiceSheet

    @property
    def sheet(self) -> Sheet:
        return sheet_of(self.row)


@bp.get("/catalogue")
@open_to_all
def services() -> str:
    listed = [Listed(service, current_sheet(service.id)) for service in referenced_services()]
    return render_template("catalogue/services.html", services=listed)


@bp.get("/catalogue/<slug>")
@bp.get("/catalogue/<slug>/<int(max=1000000):number>")
@open_to_all
def service_sheet(slug: str, number: int | None = None) -> str:
    service = service_by_slug(slug)
    newest = current_sheet(service.id)
    row = newest if number is None else sheet_by_number(service.id, number)
    sheet = sheet_of(row)
    return render_template(
        "catalogue/service_sheet.html",
        service=service,
        row=row,
        sheet=sheet,
        newest=row.number == newest.number,
        last_report=last_report(service.id),
        purposes=by_purpose((offer, offer) for offer in sheet.offers),
        unseen=unseen(sheet.offers),
    )


@bp.get("/catalogue/<slug>/<int(max=1000000):number>/logo.png")
@open_to_all
def logo(slug: str, number: int) -> Response:
    """A version never changes, so whoever has its picture need not ask again."""
    sheet = sheet_of(sheet_by_number(service_by_slug(slug).id, number))
    if sheet.logo is None:
        abort(404)
    kept = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(picture(sheet.logo), content_type="image/png", headers=kept)


@bp.get("/catalogue/<slug>/<int(max=1000000):number>/since/<int(max=1000000):before>")
@open_to_all
def compare(slug: str, number: int, before: int) -> str:
    service = service_by_slug(slug)
    old, new = (sheet_by_number(service.id, each) for each in (before, number))
    return render_template(
        "catalogue/compare.html",
        service=service,
        sheet=sheet_of(new),
        old=old,
        new=new,
        page=difference_page(sheet_of(old), sheet_of(new)),
    )
