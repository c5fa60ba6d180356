"""The published log: immutable tiles, entry bundles, and the ``checkpoint`` that is put in place.

Any web server can serve the directory as it stands (c2sp.org/tlog-tiles, "APIs").
"""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from authz.ledger.errors import FileDiffers
from authz.ledger.tiles import WIDTH, Tile, pack, unpack
from authz.ledger.tree import HASH_SIZE

# "APIs": three digits an element. Nothing else is a name here, so none leads out of the directory.
_SERVED = re.compile(r"tile/(?:entries|[0-9]{1,2})/(?:x[0-9]{3}/){0,6}[0-9]{3}(?:\.p/[0-9]{1,3})?")


class LogFiles:
    """The files below one directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def checkpoint(self) -> str | None:
        return read_text(self._directory / "checkpoint")

    def put_checkpoint(self, note: str) -> None:
        replace(self._directory / "checkpoint", note.encode())

    def keys(self) -> str | None:
        """The log's public keys, the newest first, each in its one-line form."""
        return read_text(self._directory / "key")

    def put_keys(self, keys: str) -> None:
        if self.keys() != keys:
            replace(self._directory / "key", keys.encode())

    def policy(self) -> str | None:
        """Whom to trust about this log, as it says itself (c2sp.org/tlog-policy)."""
        return read_text(self._directory / "policy")

    def put_policy(self, policy: str) -> None:
        if self.policy() != policy:
            replace(self._directory / "policy", policy.encode())

    def served(self, name: str) -> bytes | None:
        """An immutable file by the name under which it is public; ``None`` if there is none."""
        path = self._directory / name
        return path.read_bytes() if _SERVED.fullmatch(name) and path.is_file() else None

    def tile(self, tile: Tile) -> bytes:
        """The hashes of a tile. Raises ``FileNotFoundError``."""
        return self._read(tile.path, Tile(tile.level, tile.index).path)[: tile.width * HASH_SIZE]

    def entries(self, tile: Tile) -> list[bytes]:
        """The entries under a tile of level 0. Raises ``FileNotFoundError`` or ``TreeDamaged``."""
        full = Tile(0, tile.index).bundle_path
        return unpack(self._read(tile.bundle_path, full))[: tile.width]

    def every_entry(self, holding: bytes) -> Iterator[tuple[int, bytes]]:
        """The published entries, number and bytes, of the bundles that hold these bytes.

        As far as there are files: nothing says yet how many there must be.
        """
        for index in count():
            path = self._bundle(index)
            data = path.read_bytes() if path else b""
            if holding in data:
                yield from enumerate(unpack(data), start=index * WIDTH)
            if path is None or path.parent.name.endswith(".p"):
                return

    def _bundle(self, index: int) -> Path | None:
        full = self._directory / Tile(0, index).bundle_path
        if full.is_file():
            return full
        widths = full.with_name(f"{full.name}.p").glob("[0-9]*")
        return max(widths, key=lambda path: int(path.name), default=None)

    def add(self, tile: Tile, hashes: bytes, entries: list[bytes]) -> None:
        """Write a tile and, under level 0, its entries. Raises ``FileDiffers``."""
        if tile.level == 0:
            self._write_once(tile.bundle_path, pack(entries))
        self._write_once(tile.path, hashes)

    def drop_partials(self, tile: Tile) -> None:
        """Once a tile is full its partial forms MAY go ("Partial Tiles"), and do."""
        paths = [tile.path, tile.bundle_path] if tile.level == 0 else [tile.path]
        for path in paths:
            shutil.rmtree(self._directory / f"{path}.p", ignore_errors=True)

    def _read(self, path: str, full: str) -> bytes:
        # "Partial Tiles": the full tile stands in for a partial one that has been deleted.
        try:
            return (self._directory / path).read_bytes()
        except FileNotFoundError:
            return (self._directory / full).read_bytes()

    def _write_once(self, name: str, data: bytes) -> None:
        path = self._directory / name
        try:
            existing = path.read_bytes()
        except FileNotFoundError:
            replace(path, data)
            return
        if existing != data:
            raise FileDiffers(f"{name} was published with other bytes")


def read_text(path: Path) -> str | None:
    """The content of a small file that may not exist yet."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


def replace(path: Path, data: bytes) -> None:
    """Put a file in place, whole and on disk, so that no crash leaves half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=".draft-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, 0o644)
            file.write(data)
            file.flush()
            os.fsync(descriptor)
        Path(draft).rename(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
    _sync_directory(path.parent)


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def whole_tiles(size: int) -> list[Tile]:
    """The tiles of level 0 that cover a tree of ``size`` leaves, the last one perhaps partial."""
    full = [Tile(0, index) for index in range(size // WIDTH)]
    return [*full, Tile(0, size // WIDTH, size % WIDTH)] if size % WIDTH else full
