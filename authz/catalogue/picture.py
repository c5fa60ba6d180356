"""A service's logo: a small picture that is kept with the sheet which people were shown."""

import base64

_LARGEST = 16 * 1024  # bytes
_SIDES = range(48, 513)  # pixels
_BEGINS = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
_ENDS = b"\x00\x00\x00\x00IEND\xaeB`\x82"


def picture(text: str) -> bytes:
    """The bytes of a square PNG (ISO/IEC 15948) that is given in base64.

    Raises ``ValueError``, also for one that moves or is more than a picture.
    """
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise ValueError("not base64") from error
    if not data.startswith(_BEGINS) or not data.endswith(_ENDS) or len(data) > _LARGEST:
        raise ValueError(f"not a PNG of at most {_LARGEST} bytes")
    if b"acTL" in data or data.count(b"IEND") != 1:
        raise ValueError("a picture that moves, or holds something else, too")
    width, height = (int.from_bytes(data[at : at + 4], "big") for at in (16, 20))
    if width != height or width not in _SIDES:
        raise ValueError(f"not a square of {_SIDES.start} to {_SIDES.stop - 1} pixels")
    return data
