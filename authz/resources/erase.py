"""A person is erased: what this server keeps for them goes."""

from collections.abc import Collection

from authz.resources.queries import delete_resources


def erase(subjects: Collection[str]) -> int:
    """Whatever is kept under any of these names. How many resources that were."""
    return delete_resources(subjects)
