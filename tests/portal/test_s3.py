"""With photos in an S3 bucket: the same pages, the same services, nothing left on the disk."""

from __future__ import annotations

import copy
import io
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import pytest
from django.urls import reverse
from PIL import Image

from portal.analysis.engine import decode
from portal.cases.models import Photo
from portal.cases.services import PhotoRefused
from tests import factories
from tests.pictures import jpeg
from tests.portal.conftest import stored

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def bucket(s3_server, settings, tmp_path):
    """Photos go to the bucket, by the settings that the environment would make."""
    storages = copy.deepcopy(settings.STORAGES)
    storages["default"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": s3_server.bucket,
            "endpoint_url": s3_server.endpoint_url,
            "region_name": "us-east-1",
            "access_key": s3_server.access_key,
            "secret_key": s3_server.secret_key,
            "default_acl": None,
            "file_overwrite": False,
            "querystring_auth": True,
            "signature_version": "s3v4",
            "addressing_style": "path",
        },
    }
    settings.STORAGES = storages
    return s3_server.folder / s3_server.bucket


def test_a_photo_goes_to_the_bucket_is_read_from_it_and_shown_from_it(
    client, patient, visit, bucket
):
    sent = jpeg(640)
    photo = factories.photo(visit, data=sent)
    assert (bucket / photo.original.name).read_bytes() == sent

    assert decode(photo).pixels.shape == (640, 640, 3)
    analysis = factories.read(photo)
    photo = Photo.objects.get(pk=photo.pk)
    assert {photo.original.name, photo.display.name, analysis.heatmap.name} <= set(stored(bucket))

    client.force_login(patient)
    shown = client.get(reverse("cases:photo_image", args=[photo.public_id]))
    picture = Image.open(io.BytesIO(b"".join(shown.streaming_content)))
    assert shown.status_code == 200
    assert picture.format == "JPEG"


def test_a_refused_photo_leaves_nothing_in_the_bucket(visit, bucket):
    before = stored(bucket)
    with pytest.raises(PhotoRefused):
        factories.photo(visit, data=b"GIF89a")
    assert stored(bucket) == before


# --- By the proxy: what it is told opens the file for a minute, and nobody else is told -----------


@pytest.fixture
def shown(client, patient, visit, settings):
    """The answer of the site behind a proxy that sends files."""
    settings.X_ACCEL_PREFIX = "/protected/"
    photo = factories.photo(visit)
    factories.read(photo)
    client.force_login(patient)
    return client.get(reverse("cases:photo_image", args=[photo.public_id]))


def signed_path(answer) -> str:
    """Of the bucket's server, as the proxy makes it from the header."""
    prefix, path = answer["X-Accel-Redirect"].split("bucket/", 1)
    assert prefix == "/protected/"
    return f"/{path}"


def fetched(server, path: str) -> tuple[int, bytes]:
    try:
        with urlopen(server.endpoint_url + path) as answer:  # noqa: S310 - our own server
            return answer.status, answer.read()
    except HTTPError as refused:
        return refused.code, b""


def test_the_proxy_fetches_what_the_reader_may_see(shown, s3_server, bucket):
    photo = Photo.objects.get()

    status, picture = fetched(s3_server, signed_path(shown))

    assert status == 200
    assert picture == (bucket / photo.display.name).read_bytes()
    assert shown.content == b""
    assert shown["Content-Type"] == "image/jpeg"


def test_without_its_signature_or_for_another_file_it_opens_nothing(shown, s3_server):
    path = signed_path(shown)
    photo = Photo.objects.get()

    assert fetched(s3_server, path.split("?")[0])[0] in (400, 403)
    assert fetched(s3_server, path.replace(photo.display.name, photo.original.name))[0] == 403


def test_it_opens_for_a_minute(shown):
    assert parse_qs(urlsplit(signed_path(shown)).query)["X-Amz-Expires"] == ["60"]


def test_who_may_not_see_it_is_told_no_signed_address(shown, client):
    client.force_login(factories.consenting_patient(factories.clinic()))

    answer = client.get(reverse("cases:photo_image", args=[Photo.objects.get().public_id]))

    assert answer.status_code == 404
    assert "X-Accel-Redirect" not in answer
