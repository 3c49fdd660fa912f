from __future__ import annotations

import io
import uuid

import pytest
from django.core import mail
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image, ImageStat

from portal.cases.intake import PhotoRefused
from portal.consent.services import withdraw
from portal.messages import services
from portal.messages.models import Attachment, Message
from portal.messages.selectors import messages_for, threads_for, unread_for
from tests import factories, pictures

pytestmark = pytest.mark.django_db

MINE = "/messages/"


@pytest.fixture
def clinic():
    return factories.clinic()


@pytest.fixture
def patient(clinic):
    return factories.consenting_patient(clinic)


@pytest.fixture
def doctor(clinic):
    return factories.doctor(clinic)


def upload(data: bytes, name: str = "face.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def stored() -> list[str]:
    try:
        return default_storage.listdir("letters")[1]
    except FileNotFoundError:
        return []


def post(client, text="", *files, key=None):
    data = {"text": text, "pictures": list(files), "key": str(key or uuid.uuid4())}
    return client.post(MINE, data)


def test_a_patient_writes_and_the_doctor_answers(client, patient, doctor):
    client.force_login(patient)
    assert post(client, "Does it matter what I eat?").status_code == 302

    client.force_login(doctor)
    thread = reverse("messages:thread", args=[Message.objects.get().case.public_id])
    assert "what I eat" in client.get(thread).content.decode()
    client.post(thread, {"text": "Less than people say.", "key": str(uuid.uuid4())})

    client.force_login(patient)
    assert "Less than people say." in client.get(MINE).content.decode()


def test_the_page_says_when_to_expect_an_answer_and_what_is_urgent(client, patient):
    client.force_login(patient)

    page = client.get(MINE).content.decode()

    assert "within 3 days" in page
    assert patient.clinic.urgent_advice_en in page


def test_a_letter_is_unread_until_the_other_side_opens_the_thread(client, patient, doctor):
    letter = factories.letter(patient)
    assert [case.unread for case in threads_for(doctor)] == [1]
    assert unread_for(patient).count() == 0

    client.force_login(patient)
    client.get(MINE)
    assert unread_for(doctor).count() == 1

    client.force_login(doctor)
    assert "1 unread" in client.get(reverse("messages:inbox")).content.decode()
    client.get(reverse("messages:thread", args=[letter.case.public_id]))
    assert unread_for(doctor).count() == 0


def test_the_menu_marks_what_is_unread(client, patient, doctor):
    letter = factories.letter(patient)
    services.write(case=letter.case, author=doctor, text="Come in.", key=uuid.uuid4())
    client.force_login(patient)

    assert '1<span class="visually-hidden"> unread' in client.get("/consent/").content.decode()


def test_a_double_tap_sends_one_letter(client, patient):
    client.force_login(patient)
    key = uuid.uuid4()

    post(client, "Once.", upload(pictures.jpeg()), key=key)
    post(client, "Once.", upload(pictures.jpeg()), key=key)

    assert Message.objects.count() == 1
    assert Attachment.objects.count() == 1


@pytest.mark.parametrize("text", ["", "   \n"])
def test_an_empty_letter_is_not_sent(client, patient, text):
    client.force_login(patient)

    response = post(client, text)

    assert response.status_code == 422
    assert "Write a few words" in response.content.decode()
    assert not Message.objects.exists()


def test_a_picture_is_rebuilt_upright_and_bare_and_the_original_is_not_kept(client, patient):
    picture = pictures.face(400).crop((0, 0, 400, 300))
    exif = Image.Exif()
    exif[0x0112] = 6  # the phone was held upright
    exif[0x010F] = "A phone that tells"
    client.force_login(patient)

    post(client, "Look.", upload(pictures.encoded(picture, exif=exif)))

    attachment = Attachment.objects.get()
    with attachment.file.open("rb") as file:
        sent = file.read()
    with Image.open(io.BytesIO(sent)) as rebuilt:
        assert rebuilt.size == (300, 400) == (attachment.width, attachment.height)
        assert not rebuilt.getexif()
        assert "icc_profile" not in rebuilt.info
    assert b"tells" not in sent


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "I;16", "LA"])
def test_pictures_of_every_mode_arrive(mode):
    grey = pictures.noise(320, 240, "L")
    image = (
        grey.point(lambda v: v * 256, "I").convert("I;16") if mode == "I;16" else grey.convert(mode)
    )

    rebuilt = services.rebuilt(ContentFile(pictures.encoded(image, "PNG")))

    with Image.open(io.BytesIO(rebuilt.data)) as shown:
        assert (shown.mode, shown.size) == ("RGB", (320, 240))
        assert abs(ImageStat.Stat(shown).mean[0] - 127) < 8


def test_a_huge_picture_is_reduced_and_a_heic_is_taken():
    large = services.rebuilt(ContentFile(pictures.encoded(pictures.noise(3000, 2400))))
    heic = services.rebuilt(ContentFile(pictures.heic()))

    assert max(large.width, large.height) == 2048
    assert (heic.width, heic.height) == (512, 512)


def test_one_bad_picture_keeps_the_whole_letter_back(client, patient):
    client.force_login(patient)
    before = stored()

    response = post(client, "Two.", upload(pictures.jpeg()), upload(b"<svg/>", "face.jpg"))

    assert response.status_code == 422
    assert "Two." in response.content.decode()
    assert not Message.objects.exists()
    assert stored() == before


def test_too_many_pictures_are_refused(client, patient):
    client.force_login(patient)

    assert post(client, "", *[upload(pictures.jpeg())] * 5).status_code == 422
    assert not Message.objects.exists()


def test_without_consent_words_go_and_pictures_do_not(client, patient):
    withdraw(signature=patient.consent_signatures.get())
    client.force_login(patient)

    assert post(client, "", upload(pictures.jpeg())).status_code == 422
    assert post(client, "May I ask something?").status_code == 302
    with pytest.raises(PhotoRefused):
        services.write(
            case=Message.objects.get().case,
            author=patient,
            text="",
            pictures=[ContentFile(pictures.jpeg())],
            key=uuid.uuid4(),
        )


def test_administrators_see_no_letter(clinic, patient):
    factories.letter(patient)

    assert not messages_for(factories.administrator(clinic)).exists()


def test_the_mail_says_that_something_came_and_nothing_of_what(patient, doctor):
    patient.language = "zh-hans"
    patient.save()
    asked = factories.letter(patient, "It itches at night.")
    services.write(case=asked.case, author=doctor, text="Use this cream.", key=uuid.uuid4())

    services.notify()

    to_doctor, to_patient = mail.outbox
    assert to_doctor.to == [doctor.email]
    assert to_patient.to == [patient.email]
    assert "有新消息" in to_patient.body
    for sent in mail.outbox:
        text = f"{sent.subject} {sent.body}"
        assert "itches" not in text
        assert "cream" not in text
    assert patient.full_name not in to_doctor.body


def test_several_letters_before_anyone_reads_make_one_mail(patient, doctor):
    for _ in range(3):
        factories.letter(patient)

    services.notify()
    services.notify()

    assert len(mail.outbox) == 1


def test_only_doctors_who_know_the_case_are_told_if_there_are_any(clinic, patient, doctor):
    factories.doctor(clinic)
    factories.report(patient, by=doctor)
    factories.letter(patient)

    services.notify()

    assert [sent.to for sent in mail.outbox] == [[doctor.email]]


def test_a_notice_that_the_mail_server_refuses_is_tried_again(patient, doctor, monkeypatch):
    factories.letter(patient)

    def refuse(*_args, **_kwargs):
        raise ConnectionRefusedError

    with monkeypatch.context() as broken:
        broken.setattr(services, "send_mail", refuse)
        services.notify()
    assert not mail.outbox

    services.notify()
    assert len(mail.outbox) == 1
