"""What this room refuses."""

from authz.errors import Refusal


class ExportNotTheirs(Refusal):
    """Somebody acts for the person in a quality that looks after, and does not take away."""

    code = "export_not_theirs"
    status = 403
    public = "Only the person, or the legal representative of a child, can take a copy away."
