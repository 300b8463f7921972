import cv2
import numpy as np
import pytest

from posknn.errors import SourceError
from posknn.studio.pictures import picture_of


def jpeg(width: int = 64, height: int = 48) -> bytes:
    image = np.zeros((height, width, 3), np.uint8)
    image[..., 2] = 200  # OpenCV writes BGR: red
    return cv2.imencode(".jpg", image)[1].tobytes()


def test_a_jpeg_becomes_rgb() -> None:
    picture = picture_of(jpeg())
    assert picture.shape == (48, 64, 3)
    assert picture[20, 20, 0] > 150 > picture[20, 20, 2]


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xd8", b"\xff\xd8\xff\xe0\x00\x04ab", b"RIFF....WEBP", b"\x89PNG\r\n\x1a\n"]
)
def test_what_is_no_jpeg_is_refused(content: bytes) -> None:
    with pytest.raises(SourceError, match="no JPEG"):
        picture_of(content)


def test_a_picture_that_claims_gigabytes_is_refused_before_it_is_decoded() -> None:
    small = jpeg()
    at = small.index(b"\xff\xc0") + 5
    with pytest.raises(SourceError, match="65535 x 65535"):
        picture_of(small[:at] + b"\xff\xff\xff\xff" + small[at + 4 :])


def test_a_picture_whose_pixels_are_missing_is_refused() -> None:
    small = jpeg()
    with pytest.raises(SourceError, match="damaged"):
        picture_of(small[: small.index(b"\xff\xda")])
