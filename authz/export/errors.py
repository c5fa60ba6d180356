"""What this room refuses."""

from authz.errors import Refusal


class ExportNotTheirs(Refusal):
    """Somebody acts for the person in a quality that looks after, and does not take away."""

    code = "export_not_theirs"
    status = 403
    public = "Only the person, or the legal representative of a child, can take a copy away."


class ExportTooOften(Refusal):
    """A copy is work for us and a risk for its person; nobody needs many in a day."""

    code = "export_too_often"
    status = 429
    public = "Enough copies were asked for today. Ask again tomorrow."


class ExportNotFound(Refusal):
    """Unknown, somebody else's, not made yet or gone: the answer does not tell them apart."""

    code = "export_not_found"
    status = 404
    public = "There is no such copy."
