"""Parcours Trois-Rivières: an invented hospital's patient portal, outside of authz.

It imports nothing of authz. Copy it, change the scopes, and you have a service that connects to a
health space, lives with a partial yes, and takes a stop politely.
"""

import json
import os
import secrets
import tomllib
from datetime import datetime
from pathlib import Path

import fhir
import httpx2
from babel.dates import format_date
from flask import Blueprint, Flask, current_app, g, redirect, render_template, request, session
from space import OAuthError, Space, Stopped
from store import Store

TEXTS = tomllib.loads((Path(__file__).parent / "texts.toml").read_text(encoding="utf-8"))
ACCOUNT = "patient-26-04817"  # who is in front of the screen, as the hospital knows them
LATER = "The person will decide later."  # how the space tells "not now" from "no"
VITAL_SIGNS = "category=vital-signs"
READS = {
    "identity": ("/fhir/Patient", "patient/Patient.rs"),
    "documents": ("/fhir/DocumentReference", "patient/DocumentReference.rs"),
    "measurements": (f"/fhir/Observation?{VITAL_SIGNS}", f"patient/Observation.rs?{VITAL_SIGNS}"),
}
ADDS = {
    "appointment": ("/fhir/Appointment", "patient/Appointment.c"),
    "measurement": ("/fhir/Observation", f"patient/Observation.c?{VITAL_SIGNS}"),
}

OFFLINE = {"offline": (None, "offline_access")}

bp = Blueprint("parcours", __name__)


@bp.get("/")
def home():
    return page("home")


@bp.post("/connect")
def connect():
    address, g.visit["pending"] = space().ask(session["language"], ACCOUNT)
    return redirect(address, 303)


@bp.get("/callback")
def callback():
    pending = g.visit.pop("pending", None)
    if pending is not None:  # else a page that was reloaded, or a visit of nobody's asking
        keep(space().receive(request.args, pending))
    return redirect("/", 303)


@bp.post("/read/<any(identity, documents, measurements):what>")
def read(what):
    answer = space().call("GET", READS[what][0])
    if answer.status_code == 403:
        return page("not_allowed", what=what)
    found = [entry["resource"] for entry in answer.raise_for_status().json()["entry"]]
    return page("read", what=what, found=found)


@bp.post("/add/<any(appointment, measurement):what>")
def add(what):
    words = TEXTS[session["language"]]
    if what == "appointment":
        body = fhir.appointment(words["consultation"])
    else:
        body = fhir.weight(request.form["weight"], words["weight_name"])
    answer = space().call("POST", ADDS[what][0], json=body)
    if answer.status_code == 403:
        return page("not_allowed", what=what)
    return page("added", what=what, added=answer.raise_for_status().json())


@bp.errorhandler(Stopped)
def stopped(_):
    g.visit.pop("token", None)
    return page("stopped")


@bp.errorhandler(OAuthError)
def refused(error):
    # A no is an ordinary answer: the person goes on without us, or comes back later.
    if error.error != "access_denied":
        return page("trouble")
    return page("later" if error.description == LATER else "refused")


@bp.errorhandler(httpx2.HTTPError)
@bp.errorhandler(ValueError)
def trouble(_):
    return page("trouble"), 503


def space():
    """The space of whoever is in front of the screen, with tokens if it is connected."""
    config, visit = current_app.config["PARCOURS"], g.visit
    g.space = Space(config, token=visit.get("token"), save=keep, journal=visit["journal"])
    return g.space


def keep(token, **_):
    g.visit["token"] = dict(token)


def page(name, **values):
    granted = g.visit.get("token", {}).get("scope", "").split()
    allowed = {what: scope in granted for what, (_, scope) in (READS | ADDS | OFFLINE).items()}
    values |= {"t": TEXTS[session["language"]], "lang": session["language"], "allowed": allowed}
    values |= {"visit": g.visit, "issuer": current_app.config["PARCOURS"]["issuer"]}
    return render_template(f"{name}.html", account=ACCOUNT, **values)


@bp.before_request
def open_visit():
    session.setdefault("id", secrets.token_urlsafe(16))
    g.visit = current_app.extensions["store"].read(session["id"]) or {"journal": []}
    wanted = request.args.get("lang") or session.get("language")
    of_browser = request.accept_languages.best_match(list(TEXTS), default="fr")
    session["language"] = wanted if wanted in TEXTS else of_browser


@bp.after_request
def close_visit(response):
    g.visit["journal"] = g.visit["journal"][-12:]
    current_app.extensions["store"].write(session["id"], g.visit)
    forms = f"form-action 'self' {current_app.config['PARCOURS']['issuer']}"  # to connect
    policy = f"default-src 'none'; style-src 'self'; {forms}; frame-ancestors 'none'"
    response.headers["Content-Security-Policy"] = policy
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@bp.teardown_request
def hang_up(_):
    if "space" in g:
        g.space.close()


@bp.app_template_filter()
def day(value):
    locale = {"fr": "fr", "en": "en_GB"}[session["language"]]
    return format_date(datetime.fromisoformat(value), "long", locale)


@bp.app_template_filter()
def amount(value):
    return str(value).replace(".", ",") if session["language"] == "fr" else str(value)


def create_app(config):
    app = Flask(__name__)
    app.config.update(
        PARCOURS=config,
        SECRET_KEY=config["secret_key"],
        SESSION_COOKIE_NAME="__Host-parcours",
        SESSION_COOKIE_SECURE=True,
        SESSION_COOKIE_SAMESITE="Lax",  # and so no other site can press our buttons
        MAX_CONTENT_LENGTH=16 * 1024,
    )
    app.extensions["store"] = Store(config["store"])
    app.register_blueprint(bp)
    return app


def from_environment():
    """What the WSGI server calls."""
    return create_app(json.loads(Path(os.environ["PARCOURS_CONFIG"]).read_text(encoding="utf-8")))
