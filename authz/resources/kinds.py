"""The kinds of data that are exchanged here, and the FHIR resource that carries each.

The same words as in the authorization server's ``authorization_details``: area and category.
"""

from dataclasses import dataclass

from authz.resources.shapes import Dated


@dataclass(frozen=True)
class Kind:
    """One category of data. ``narrowed`` is the FHIR category that tells two kinds apart.

    ``confidential``: that there is anything of it is told to nobody who may not read it.
    """

    area: str
    category: str
    resource: str
    narrowed: str | None = None
    accepts: type[Dated] | None = None  # the shape of what may be added; none: read only
    confidential: bool = False

    def scope(self, direction: str) -> str:
        """The SMART App Launch v2 scope that asks for this kind."""
        query = f"?category={self.narrowed}" if self.narrowed else ""
        return f"patient/{self.resource}.{'rs' if direction == 'read' else 'c'}{query}"
