"""The first page: what this place is, and in the demonstration the way around it."""

from flask import Blueprint, render_template

from authz.db import transaction

bp = Blueprint("home", __name__)


@bp.get("/")
def home() -> str:
    with transaction():
        return render_template("home/home.html")
