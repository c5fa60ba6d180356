"""A logo is a small, still, square PNG and nothing else."""

import base64
import struct
import zlib

import pytest

from authz.catalogue.picture import picture
from tests.builders import sheet_content


def png(width=48, height=48, more=b""):
    def chunk(kind, data):
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    lines = zlib.compress(b"".join(b"\x00" + bytes(width) for _ in range(height)))
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    parts = (header, more, chunk(b"IDAT", lines), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def text(data):
    return base64.b64encode(data).decode()


@pytest.mark.parametrize("side", [48, 512])
def test_a_square_png_is_one(side):
    assert picture(text(png(side, side))) == png(side, side)


@pytest.mark.parametrize(
    "data",
    [
        png(47, 47),
        png(513, 513),
        png(48, 49),
        png() + b"<script>",
        png() + png(),
        png()[:-1],
        png(more=struct.pack(">I", 8) + b"acTL" + bytes(12)),
        png(more=bytes(17_000)),
        b"GIF89a" + bytes(100),
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"",
    ],
)
def test_anything_else_is_none(data):
    with pytest.raises(ValueError, match=r"PNG|square|moves"):
        picture(text(data))


def test_nor_is_what_cannot_be_read():
    with pytest.raises(ValueError, match="base64"):
        picture("é*")


def test_the_catalogue_serves_the_one_of_each_version(http, make):
    service = make.service()

    answer = http.get(f"/catalogue/{service.slug}/1/logo.png")

    assert (answer.status_code, answer.content_type) == (200, "image/png")
    assert answer.data == picture(sheet_content()["logo"])
    assert "immutable" in answer.headers["Cache-Control"]
    assert http.get(f"/catalogue/{service.slug}/2/logo.png").status_code == 404
    page = http.get(f"/catalogue/{service.slug}").text
    assert f'src="/catalogue/{service.slug}/1/logo.png"' in page
