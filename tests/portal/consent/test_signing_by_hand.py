from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from portal.consent.drawing import validate_drawing
from portal.consent.models import ConsentKind, ConsentSignature
from tests import factories
from tests.portal.consent.test_pages import PAGE, shown_hash

DRAWN = "M10 100L60 40L120 150L200 90M210 90L260 120"


@pytest.fixture
def patient(client):
    person = factories.patient(factories.clinic(), full_name="Ada Example")
    client.force_login(person)
    return person


def draw(client, **fields):
    shown = shown_hash(client.get(PAGE))
    return client.post(PAGE, {"drawing": DRAWN, "text_sha256": shown, **fields})


@pytest.mark.django_db
def test_a_drawing_signs_in_place_of_the_typed_name(client, patient):
    draw(client)

    signature = ConsentSignature.objects.get()
    assert (signature.drawing, signature.signed_name) == (DRAWN, "Ada Example")


@pytest.mark.django_db
def test_a_wrong_name_beside_a_drawing_is_still_wrong(client, patient):
    assert draw(client, signed_name="Somebody Else").status_code == 422
    assert not ConsentSignature.objects.exists()


@pytest.mark.django_db
def test_the_copy_shows_the_drawing_and_downloads_as_one_file(client, patient):
    draw(client)
    signature = ConsentSignature.objects.get()

    page = client.get(reverse("consent:signature", args=[signature.public_id])).content.decode()
    download = reverse("consent:download", args=[signature.public_id])
    assert download in client.get(reverse("consent:list")).content.decode()  # two taps from home
    file = client.get(download)
    copy = file.content.decode()

    assert f'd="{DRAWN}"' in page
    assert file["Content-Disposition"] == 'attachment; filename="consent-photography.html"'
    assert f'd="{DRAWN}"' in copy
    assert signature.text_sha256 in copy
    assert "What this consent is for" in copy
    assert "/static/" not in copy


@pytest.mark.parametrize(
    "path",
    [
        "M1 1",
        "M0 0L5 5",
        "M0 0L601 10",
        "M0 0L10 201",
        "M0 0L100 100Z",
        'M0 0L100 100"/><script>',
        "M0 0L100 100" * 2000,
        "M0 0L100 100\n",
    ],
)
def test_what_is_no_drawn_signature_is_refused(path):
    with pytest.raises(ValidationError):
        validate_drawing(path)


@pytest.mark.django_db
def test_a_refused_drawing_signs_nothing_and_says_so(client, patient):
    response = draw(client, drawing="M0 0L5 5")

    assert response.status_code == 422
    assert "draw it larger" in response.content.decode()
    assert not ConsentSignature.objects.filter(form__kind=ConsentKind.PHOTOGRAPHY).exists()
