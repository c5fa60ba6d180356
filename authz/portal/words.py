"""Codes in words that a patient reads."""

import re
from collections.abc import Sequence

from flask import Blueprint
from markupsafe import Markup, escape

from authz.catalogue.models import Service
from authz.catalogue.sheet import Offer
from authz.catalogue.text import EMAIL
from authz.clock import now
from authz.consent.standing import Before
from authz.ledger.events import Event
from authz.portal.cards import Card
from authz.web.languages import day
from authz.web.texts import _, ngettext

bp = Blueprint("words", __name__)


@bp.app_template_global()
def area_words(area: str, direction: str) -> str:
    """Where the data are, or where they go."""
    return {
        ("record", "read"): _("in your record"),
        ("record", "write"): _("to your record"),
        ("messaging", "read"): _("in your mailbox"),
        ("messaging", "write"): _("to your mailbox"),
        ("agenda", "read"): _("in your agenda"),
        ("agenda", "write"): _("to your agenda"),
    }[area, direction]


@bp.app_template_global()
def statutory_class(code: str) -> str:
    """The purposes that the law allows (Public Health Code, L. 1111-13-1 III)."""
    return {
        "prevention": _("Purpose recognised by law: preventing illness."),
        "diagnosis": _("Purpose recognised by law: finding what you suffer from."),
        "care": _("Purpose recognised by law: your care."),
        "social-follow-up": _("Purpose recognised by law: your social or medico-social support."),
    }[code]


@bp.app_template_global()
def period_words(offer: Offer) -> str:
    """How far back data are read, in whole days, months or years. Who somebody is has no date."""
    if offer.category.resource == "Patient":
        return ""
    if offer.period is None:
        return _("Period: no date limit.")
    number = int(offer.period[1:-1])
    return {
        "D": ngettext("Period: the last day.", "Period: the last %(num)d days.", number),
        "M": ngettext("Period: the last month.", "Period: the last %(num)d months.", number),
        "Y": ngettext("Period: the last year.", "Period: the last %(num)d years.", number),
    }[offer.period[-1]]


@bp.app_template_global()
def days_words(days: int) -> str:
    return _("1 year") if days == 365 else ngettext("%(num)d day", "%(num)d days", days)


@bp.app_template_global()
def days_left_words(days: int) -> str:
    if days == 0:
        return _("That is today.")
    return ngettext("That is in %(num)d day.", "That is in %(num)d days.", days)


@bp.app_template_global()
def durations_words(durations: Sequence[int]) -> str:
    *shorter, longest = map(days_words, durations)
    if not shorter:
        return longest
    return _("%(shorter)s or %(longest)s", shorter=", ".join(shorter), longest=longest)


@bp.app_template_global()
def accesses_words(number: int) -> str:
    return ngettext(
        "%(num)d access in the last 30 days.", "%(num)d accesses in the last 30 days.", number
    )


@bp.app_template_global()
def economic_model(code: str) -> str:
    return {
        "free": _("Free"),
        "paid": _("Paid"),
        "free-with-purchases": _("Free, with purchases inside"),
    }[code]


@bp.app_template_global()
def device_class(code: str) -> str:
    return {
        "consumer": _("Made for the general public, not a medical device"),
        "medical": _("Medical device"),
    }[code]


@bp.app_template_global()
def language_name(code: str) -> str:
    return {"fr": _("in French"), "en": _("in English")}.get(code, code)


@bp.app_template_global()
def attribute_words(name: str) -> str:
    """What a client may know of somebody, by scope (OIDC Core §5.4)."""
    return {
        "profile": _("Your name, your date of birth and your language"),
        "email": _("Your e-mail address"),
    }[name]


@bp.app_template_global()
def before_words(before: Before) -> str:
    """What became of the last answer, to whoever is asked again."""
    ended = day(before.at)
    return {
        "withdrawn": _("This service was stopped on %(date)s.", date=ended),
        "refused": _("This service was refused on %(date)s.", date=ended),
        "returned": _("It gave up its access on %(date)s.", date=ended),
    }.get(before.state, _("What was allowed before ended on %(date)s.", date=ended))


@bp.app_template_global()
def state_words(card: Card) -> str:
    """Where a consent stands now, in one sentence."""
    ended = card.ended_at
    if card.stands:
        return _("Allowed until %(date)s.", date=day(card.consent.ends_at))
    unconfirmed = card.state == "active" and now() < card.consent.ends_at
    return {
        "active": _("Expired on %(date)s. It has no access any more.", date=day(ended)),
        "refused": _("Access was refused on %(date)s.", date=day(ended)),
        "withdrawn": _("Stopped on %(date)s. It has no access any more.", date=day(ended)),
        "returned": _("It gave up its access on %(date)s.", date=day(ended)),
        "replaced": _("Replaced by a newer answer on %(date)s.", date=day(ended)),
        "suspended": _("Paused. It has no access until you answer."),
        "expired": _("Expired on %(date)s. It has no access any more.", date=day(ended)),
        "invalidated": _("Ended on %(date)s. It has no access any more.", date=day(ended)),
    }["suspended" if unconfirmed else card.state]


@bp.app_template_global()
def status_words(service: Service) -> str:
    """What it means that the authority has stopped a service, and why."""
    why = {
        "security": _("The reason: a danger for your data."),
        "investigation": _("The reason: the authority is checking something."),
        "rules": _("The reason: the service did not keep to the rules."),
        "request": _("The reason: the service itself asked for it."),
        "closed": _("The reason: the service has closed."),
    }[service.reason or ""]
    if service.status == "suspended":
        return _("The authority has paused this service. It has no access for now.") + " " + why
    return _("This service has left the catalogue. It has no access any more.") + " " + why


@bp.app_template_global()
def event_words(type_: str, *, whose: str = "") -> str:
    """``whose``: the name of the person, to somebody who acts for them."""
    if whose and (told := _told_to_another(whose).get(Event(type_))):
        return told
    return {
        Event.CONSENT_GIVEN: _("You allowed a service"),
        Event.CONSENT_REFUSED: _("You refused a service"),
        Event.CONSENT_REPLACED: _("A newer answer replaced an older one"),
        Event.CONSENT_WITHDRAWN: _("You stopped a service"),
        Event.CONSENT_RETURNED: _("A service gave up its access"),
        Event.CONSENT_NARROWED: _("You allowed a service less"),
        Event.CONSENT_WIDENED: _("You allowed a service more"),
        Event.CONSENT_RENEWED: _("You changed the end date for a service"),
        Event.CONSENT_CONFIRMED: _("You confirmed a service’s new terms"),
        Event.CONSENT_SUSPENDED: _("A service’s access was paused"),
        Event.CONSENT_RESUMED: _("A service’s access was resumed"),
        Event.CONSENT_EXPIRED: _("A service’s access came to its end date"),
        Event.CONSENT_INVALIDATED: _("A service’s access was ended"),
        Event.MANDATE_RECORDED: _("Somebody was allowed to act for you"),
        Event.MANDATE_ENDED: _("Somebody stopped acting for you"),
        Event.MANDATE_EXCEEDED: _("Somebody who acts for you tried what they may not do"),
        Event.SPACE_CLOSING: _("You asked to close your health space"),
        Event.SPACE_KEPT: _("You kept your health space"),
        Event.SPACE_CLOSED: _("Your health space was closed"),
        Event.SPACE_REOPENED: _("Your health space was opened again"),
        Event.EXPORT_MADE: _("A copy of everything about you was made"),
        Event.EXPORT_TAKEN: _("A copy of everything about you was taken"),
    }.get(Event(type_), type_)


def _told_to_another(name: str) -> dict[Event, str]:
    return {
        Event.MANDATE_RECORDED: _("Somebody was allowed to act for %(name)s", name=name),
        Event.MANDATE_ENDED: _("Somebody stopped acting for %(name)s", name=name),
        Event.MANDATE_EXCEEDED: _(
            "Somebody who acts for %(name)s tried what they may not do", name=name
        ),
        Event.SPACE_CLOSING: _("%(name)s asked to close their health space", name=name),
        Event.SPACE_KEPT: _("%(name)s kept their health space", name=name),
        Event.EXPORT_MADE: _("A copy of everything about %(name)s was made", name=name),
        Event.EXPORT_TAKEN: _("A copy of everything about %(name)s was taken", name=name),
    }


def capacity_words(quality: str) -> str:
    """In which quality somebody acts for somebody else."""
    return {
        "representative": _("as legal representative"),
        "carer": _("as carer"),
        "guardian": _("as guardian"),
    }[quality]


def too_narrow_words(*, by_mandate: bool) -> str:
    """To somebody who tried to allow what they may not allow."""
    if by_mandate:
        return _(
            "As a carer you cannot allow this. Nothing was allowed. The person sees that you tried."
        )
    return _("You are too young to allow this alone. Nothing was allowed. A parent can allow it.")


@bp.app_template_filter()
def lower_first(words: str) -> str:
    """For words of ours, or of the catalogue, that follow a colon: never for those of a sheet.

    An abbreviation keeps its letters (HbA1c).
    """
    first = words.partition(" ")[0]
    return words if first[1:] != first[1:].lower() else words[:1].lower() + words[1:]


@bp.app_template_filter()
def reachable(words: str, telephone: str | None = None) -> Markup:
    """Text whose e-mail addresses, and this telephone number, can be followed."""
    said = EMAIL.sub(lambda found: _link("mailto", found[0], found[0]), str(escape(words)))
    if telephone:
        shown = str(escape(telephone))
        said = said.replace(shown, _link("tel", re.sub(r"[^+\d]", "", telephone), shown))
    return Markup(said)  # noqa: S704 - escaped above


def _link(scheme: str, target: str, shown: str) -> str:
    return f'<a href="{scheme}:{target}">{shown}</a>'
