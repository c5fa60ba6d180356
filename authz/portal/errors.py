"""What the pages refuse."""

from authz.errors import Refusal


class ServiceClosed(Refusal):
    """Not referenced (any more), or its client is disabled: no question is put."""

    code = "service_unavailable"
    status = 403
    public = "This service cannot connect at this moment."
