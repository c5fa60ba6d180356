"""Who decides, in which quality, how well they have proven who they are, and in which language."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from authz.consent.errors import LedgerBehind
from authz.identity.errors import MandateTooNarrow
from authz.identity.models import Account


@dataclass(frozen=True)
class By:
    """A person at a page. ``patient`` is whose data it is about: their own, unless they act by a
    mandate."""

    account: Account
    acr: str | None = None
    language: str | None = None
    quality: str = "self"
    mandate_id: UUID | None = None
    patient: UUID | None = None
    may_grant: bool = True
    held_up: bool = False  # the ledger is behind: taking back is all that can be done

    def must_grant(self) -> None:
        """Before anything is allowed, or allowed for longer.

        Raises ``MandateTooNarrow``, or ``LedgerBehind``.
        """
        if not self.may_grant:
            raise MandateTooNarrow
        if self.held_up:
            raise LedgerBehind

    @property
    def acts_for_another(self) -> bool:
        return self.quality != "self"

    @property
    def account_id(self) -> UUID:
        return self.account.id

    @property
    def patient_id(self) -> UUID:
        return self.patient or self.account.patient_id


class Decided(Protocol):
    """What says who decided: a person at a page, a consent, one of its changes."""

    @property
    def account_id(self) -> UUID | None: ...
    @property
    def quality(self) -> str | None: ...
    @property
    def mandate_id(self) -> UUID | None: ...
    @property
    def acr(self) -> str | None: ...
    @property
    def language(self) -> str | None: ...
