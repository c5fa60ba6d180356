"""What happened, in words that a patient reads: decisions, accesses, additions."""

from datetime import datetime

from authz.portal.words import bp, event_words, lower_first
from authz.web.languages import clock_time
from authz.web.texts import _, ngettext


def own_words(kind: str) -> str:
    """What happened to a consent, to the person who did it if somebody did."""
    return {
        "given": _("You allowed it access"),
        "refused": _("You refused it access"),
        "withdrawn": _("You stopped it"),
        "narrowed": _("You allowed it less"),
        "widened": _("You allowed it more"),
        "renewed": _("You changed its end date"),
        "confirmed": _("You confirmed its new terms"),
        "replaced": _("Your newer answer replaced the older one"),
        "resumed": _("You let it go on"),
    }[kind]


def others_words(kind: str) -> str:
    """The same, done by somebody else, by the service, by the authority or by time."""
    return {
        "given": _("Access was allowed"),
        "refused": _("Access was refused"),
        "withdrawn": _("Its access was stopped"),
        "narrowed": _("Less was allowed"),
        "widened": _("More was allowed"),
        "renewed": _("Its end date was changed"),
        "confirmed": _("Its new terms were confirmed"),
        "replaced": _("A newer answer replaced the older one"),
        "returned": _("It gave up its access"),
        "suspended": _("Its access was paused"),
        "resumed": _("Its access was resumed"),
        "expired": _("Its access came to its end date"),
        "invalidated": _("Its access was ended"),
    }[kind]


@bp.app_template_global()
def deed_words(event: str, *, own: bool, first: bool) -> str:
    """What happened, beside the name of a service: to who did it, and to whoever else reads it."""
    if event == "consent:refused" and not first:
        return _("You did not allow a service more") if own else _("More was asked and refused")
    return event_words(event) if own else others_words(event.partition(":")[2])


@bp.app_template_global()
def reason_words(code: str | None) -> str:
    """Why something happened that nobody at a page did."""
    return {
        "mandate_ended": _("Whoever had allowed it may not decide for you any more."),
        "came_of_age": _("You have come of age: it is for you to answer."),
        "terms_unconfirmed": _("Its terms had changed, and nobody had confirmed them."),
        "nothing_left": _("The service does not ask for this any more."),
        "service_dereferenced": _("The service has left the catalogue."),
        "space_closed": _("The health space was closed."),
        "death": _("The health space was closed."),
    }.get(code or "", "")


@bp.app_template_global()
def decider_words(quality: str, name: str) -> str:
    """Who decided for the person of this name, or who else brought something about."""
    return {
        "self": name,
        "representative": _("A legal representative of %(name)s", name=name),
        "carer": _("A carer of %(name)s", name=name),
        "guardian": _("The guardian of %(name)s", name=name),
        "service": _("The service itself"),
        "system": _("Nobody: it follows from a date or a rule"),
    }[quality]


def access_words(direction: str, category: str, *, mine: bool = False) -> str:
    """``mine``: whoever reads this removed it."""
    if direction == "remove" and mine:
        return _("You removed: %(category)s", category=lower_first(category))
    if direction == "remove":
        return _("Removed: %(category)s", category=lower_first(category))
    if direction == "read":
        return _("Read: %(category)s", category=lower_first(category))
    return _("Added: %(category)s", category=lower_first(category))


@bp.app_template_global()
def times_words(number: int) -> str:
    return ngettext("%(num)d time", "%(num)d times", number)


@bp.app_template_global()
def items_words(number: int) -> str:
    """How much was read or added. Nothing is said too."""
    if number == 0:
        return _("nothing was there")
    return ngettext("%(num)d item", "%(num)d items", number)


@bp.app_template_global()
def more_words(number: int) -> str:
    return ngettext("and %(num)d more before", "and %(num)d more before", number)


@bp.app_template_global()
def span_words(first: datetime, last: datetime) -> str:
    """When it happened, to the minute."""
    start, end = clock_time(first), clock_time(last)
    if start == end:
        return start
    return _("between %(start)s and %(end)s", start=start, end=end)
