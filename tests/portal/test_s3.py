"""With photos in an S3 bucket: the same pages, the same services, nothing left on the disk."""

from __future__ import annotations

import copy
import io

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
