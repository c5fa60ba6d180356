"""The first page: what this place is, and in the demonstration the way around it."""

from urllib.parse import urlsplit

from flask import Blueprint, render_template

from authz.catalogue.queries import client_by_client_id
from authz.web.current import settings
from authz.web.session import open_to_all

bp = Blueprint("home", __name__)

_SAMPLE = "parcours-hopital"  # the client that the demonstration's tour starts at


@bp.get("/")
@open_to_all
def home() -> str:
    return render_template("home/home.html", sample=_sample_address())


def _sample_address() -> str | None:
    """Where the sample service is: the origin it has registered."""
    sample = client_by_client_id(_SAMPLE) if settings().demonstration else None
    if sample is None:
        return None
    parts = urlsplit(sample.redirect_uris[0])
    return f"{parts.scheme}://{parts.netloc}/"
