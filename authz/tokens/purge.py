"""What has run out is swept, in small batches, by the worker."""

from datetime import datetime, timedelta

from authz.tokens import queries

# A consumed code is kept while its replay can still matter: as long as its tokens may live.
_KEEP_REQUESTS = timedelta(days=1)
# A request that read its clock a moment earlier must still find the value spent.
_SLACK = timedelta(minutes=1)


def purge(*, at: datetime) -> int:
    """Delete what can no longer be presented: spent values, requests, tokens without refresh."""
    queries.delete_devices(at - _KEEP_REQUESTS)  # before the requests that they point to
    old = queries.delete_requests_without_code(at - _KEEP_REQUESTS)
    old += queries.delete_space_tokens(at - _KEEP_REQUESTS)
    return old + queries.delete_spent(at - _SLACK) + queries.delete_machine_tokens(at)
