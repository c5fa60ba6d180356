"""One person before one question: what is asked, what they have answered before, what they tick."""

from dataclasses import dataclass, replace
from functools import cached_property

from flask import render_template
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from authz.clock import now
from authz.consent.answer import Answer, Question
from authz.consent.give import Asking
from authz.consent.note_change import Shown
from authz.consent.standing import Past
from authz.portal.acting import may_act_for_others
from authz.portal.mould import Mould, kept, mould
from authz.portal.question_page import QuestionPage, question_page, shortest
from authz.portal.who_page import WhoPage, who_page
from authz.web.asking import Asker
from authz.web.current import settings
from authz.web.languages import language


@dataclass(frozen=True)
class Sitting:
    """The answer is there as far as it is filled in.

    ``past``: what they have answered before. A consent that stands is not in question; then only
    what is new is asked. Where the answer takes its place, everything is.
    """

    asking: Asking
    asker: Asker
    answer: Answer
    past: Past

    @property
    def question(self) -> Question:
        return self.past.new if self.past.consent else self.asking.question

    @property
    def restates(self) -> bool:
        """Whether the answer goes into the consent that stands, which keeps its id."""
        return self.past.instead_of is not None and self.asking.grant_id is not None

    @property
    def template(self) -> str:
        return "consent/ask.html" if self.asker.service else "consent/who.html"

    @property
    def whom(self) -> str:
        """For whom the page asks: the mandate, or nothing where the person answers for themselves.

        It says what was on the screen and decides nothing: another tab may have changed the choice.
        """
        return str(self.asking.mandate.id) if self.asking.mandate else ""

    def page(self) -> QuestionPage | WhoPage:
        asking, asker, longest = self.asking, self.asker, settings().longest_consent
        if asker.service is None or asker.sheet is None:
            return who_page(asking, asker.client, self.answer, longest=longest, at=now())
        return question_page(
            replace(asking, question=self.question),
            asker.service,
            asker.sheet,
            self.answer,
            longest=longest,
            at=now(),
            consent=self.past.consent,
            instead_of=self.past.instead_of,
            before=self.past.before,
        )

    @property
    def shown(self) -> Shown:
        """What the page says, word for word, with every box empty."""
        return self._empty.shown

    def rendered(self, *mistakes: tuple[str, str]) -> str:
        page = self.page()
        is_empty = not mistakes and self.answer == blank(self.asking)
        made = self._empty if is_empty else mould(self.template, page, *mistakes)
        words = {
            "request_id": str(page.request_id),
            "shown": self.shown.digest,
            "csrf_token": generate_csrf(),
            "closing": Markup(render_template("parts/closing.html")),  # noqa: S704 - a page of ours
        }
        return made.filled(page.said | words)

    @cached_property
    def _empty(self) -> Mould:
        page = replace(self, answer=blank(self.asking)).page()
        if isinstance(page, WhoPage) or not page.is_for_many:
            return mould(self.template, page)
        key = (page.key, language(), may_act_for_others())
        return kept(key, lambda: mould(self.template, page))


def blank(asking: Asking) -> Answer:
    """Nothing ticked, the shortest time."""
    days = shortest(asking.durations, settings().longest_consent)
    return Answer(frozenset(), days, language())
