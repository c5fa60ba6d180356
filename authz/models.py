"""Every table of the schema, for whoever must see them all at once: migrations and their tests."""

from authz.cases import models as cases
from authz.catalogue import models as catalogue
from authz.closing import models as closing
from authz.consent import models as consent
from authz.export import models as export
from authz.identity import models as identity
from authz.keys import models as keys
from authz.ledger import models as ledger
from authz.outbox import models as outbox
from authz.resources import models as resources
from authz.tokens import models as tokens

ROOMS = (
    cases,
    catalogue,
    closing,
    consent,
    export,
    identity,
    keys,
    ledger,
    outbox,
    resources,
    tokens,
)
