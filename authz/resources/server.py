"""The parts that every route of this server needs, made once at start."""

from dataclasses import dataclass

from authz.resources.authority import Authority
from authz.resources.settings import ResourceSettings
from authz.web.bearer import Guard


@dataclass(frozen=True)
class ResourceServer:
    settings: ResourceSettings
    authority: Authority
    guard: Guard
