"""The first page: what this place is, and in the demonstration the way around it."""

from flask import Blueprint, render_template

from authz.web.session import open_to_all

bp = Blueprint("home", __name__)


@bp.get("/")
@open_to_all
def home() -> str:
    return render_template("home/home.html")
