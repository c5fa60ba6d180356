"""What this server refuses. ``issue`` is the FHIR issue type (``OperationOutcome.issue.code``)."""

from typing import ClassVar

from authz.errors import Refusal


class NoConsent(Refusal):
    """The patient did not allow this service to do this with these data, or no longer does."""

    code = "no-consent"
    status = 403
    public = "The patient has not allowed this exchange."
    issue: ClassVar[str] = "forbidden"

    def __init__(self, *, area: str, direction: str, category: str, scope: str) -> None:
        super().__init__(f"{direction} {area}:{category}")
        self.area, self.direction, self.category, self.scope = area, direction, category, scope


class NotOwn(Refusal):
    """A service's token, where only the person's own space may be."""

    code = "not-own"
    status = 403
    public = "Only the person's own health space lists and removes what was added."
    issue: ClassVar[str] = "forbidden"


class NotThere(Refusal):
    """Absent, another patient's, or older than the period that the patient allowed."""

    code = "not-found"
    status = 404
    public = "There is no such resource."
    issue: ClassVar[str] = "not-found"


class Fault(Refusal):
    """Ours, or a method that a path does not know: the status line says which."""

    code = "not-answered"
    public = "The request cannot be answered."
    issue: ClassVar[str] = "processing"


class SearchUnknown(Refusal):
    """A search parameter that we would have to ignore: the answer would not be what was asked."""

    code = "search-not-supported"
    public = "A search parameter or its value is not supported here."
    issue: ClassVar[str] = "not-supported"


class NotJson(Refusal):
    code = "not-json"
    public = "The body is not a JSON object that can be read in one way only."
    issue: ClassVar[str] = "structure"


class NotProcessable(Refusal):
    """JSON, but not a resource that belongs here. ``fields`` say where, never what."""

    code = "not-processable"
    status = 422
    public = "The resource does not have the shape that is expected here."
    issue: ClassVar[str] = "invalid"

    def __init__(self, fields: list[str]) -> None:
        super().__init__(", ".join(fields))
        self.fields = fields
