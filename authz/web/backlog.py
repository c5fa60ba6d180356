"""Whether new consents must wait until the ledger has caught up (DESIGN section 6).

What nobody numbers, nobody can prove. Taking back never waits.
"""

from datetime import timedelta

from authz.clock import now
from authz.ledger.backlog import waited
from authz.web.current import settings


def held_up() -> bool:
    limit = settings().ledger.grants_stop_after
    return limit > 0 and waited(at=now()) > timedelta(seconds=limit)
