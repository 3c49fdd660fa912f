"""What is stored of a patient as plain documents, for their copy of everything.

Words of doctors are in it where they were given to be kept; a doctor's unfinished notes are not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from portal.analysis.models import Analysis, LesionType
from portal.audit.selectors import traces_of
from portal.cases.models import RetakeRequest, Visit
from portal.cases.selectors import QUESTIONS, questionnaire_of
from portal.consent.models import ConsentSignature
from portal.messages.models import Message
from portal.reports.models import Report
from portal.reports.selectors import is_intact
from portal.review.models import COMPLETE, Review
from portal.trends.models import MatchCorrection
from portal.trends.selectors import followed_from

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from portal.accounts.models import User
    from portal.audit.models import Entry
    from portal.cases.models import Photo
    from portal.trends.models import VisitMatching

Json = dict[str, Any]


def everything(patient: User, paths: Mapping[str, str]) -> Json:
    """``paths``: of the pictures in the archive, by id and what it is."""
    visits = Visit.objects.filter(case__patient=patient).order_by("number")
    return {
        "account": _account(patient),
        "consents": [_consent(one) for one in _signatures(patient)],
        "visits": [_visit(one, paths) for one in visits],
        "messages": [_message(one, paths) for one in _letters(patient)],
        "log": [_entry(one) for one in traces_of(patient)],
    }


def _account(patient: User) -> Json:
    return {
        "id": patient.public_id,
        "name": patient.full_name,
        "email": patient.email,
        "date_of_birth": patient.date_of_birth,
        "language": patient.language,
        "clinic": str(patient.clinic),
        "joined_at": patient.date_joined,
        "last_sign_in": patient.last_login,
        "devices": list(patient.device_tokens.values("name", "created_at", "last_used_at")),
    }


def _signatures(patient: User) -> Iterable[ConsentSignature]:
    signatures = ConsentSignature.objects.filter(patient=patient).select_related("form")
    return signatures.prefetch_related("form__texts").order_by("signed_at")


def _consent(signature: ConsentSignature) -> Json:
    text = signature.form.text_in(signature.language)
    return {
        "kind": signature.form.kind,
        "version": signature.form.version,
        "signed_as": signature.signed_name,
        "signed_at": signature.signed_at,
        "withdrawn_at": signature.withdrawn_at,
        "drawing": signature.drawing,
        "text_sha256": signature.text_sha256,
        "text": {"title": text.title, "summary": text.summary, "body": text.body},
    }


def _visit(visit: Visit, paths: Mapping[str, str]) -> Json:
    told = questionnaire_of(visit)
    asked = RetakeRequest.objects.filter(visit=visit)
    readings = Review.objects.filter(visit=visit, status__in=COMPLETE).select_related("doctor")
    report = Report.objects.filter(visit=visit).first()
    return {
        "id": visit.public_id,
        "number": visit.number,
        "status": visit.status,
        "opened_at": visit.created_at,
        "sent_at": visit.submitted_at,
        "reported_at": visit.reported_at,
        "answers": {name: getattr(told, name) for name in QUESTIONS} if told else None,
        "photos": [_photo(one, paths) for one in visit.photos.order_by("pk")],
        "machine_reading": visit.machine_reading,
        "retakes": list(asked.values("view", "reason", "asked_at", "answered_at")),
        "readings": [_reading(one) for one in readings],
        "report": _report(report) if report else None,
    }


def _photo(photo: Photo, paths: Mapping[str, str]) -> Json:
    analyses = Analysis.objects.filter(photo=photo).order_by("pk")
    return {
        "id": photo.public_id,
        "view": photo.view,
        "sent_at": photo.uploaded_at,
        "replaced_at": photo.replaced_at,
        "sha256": photo.sha256,
        "original": paths.get(f"{photo.public_id} original"),
        "picture": paths.get(f"{photo.public_id} display"),
        "analyses": [
            {
                "id": one.public_id,
                "status": one.status,
                "finished_at": one.finished_at,
                "model_version": one.model_version,
                "model_sha256": one.model_sha256,
                "result": one.result,
                "heatmap": paths.get(f"{photo.public_id} heatmap-{one.public_id}"),
            }
            for one in analyses
        ],
    }


def _reading(review: Review) -> Json:
    corrections = review.corrections.order_by("number")
    return {
        "id": review.public_id,
        "doctor": str(review.doctor),
        "status": review.status,
        "given_at": review.given_at,
        "signed_at": review.signed_at,
        "diagnosis": review.diagnosis,
        "diagnosis_words": review.diagnosis_words,
        "grade": review.grade,
        "machine_grade": review.machine_grade,
        "counted_grade": review.counted_grade,
        "override_reason": review.override_reason,
        "assessment": review.assessment,
        "advice": review.advice,
        "referral": review.referral,
        "next_visit_on": review.next_visit_on,
        "corrections": list(corrections.values("number", "kind", "status", "target", "change")),
    }


def _report(report: Report) -> Json:
    added = report.addenda.select_related("doctor")
    return {
        "id": report.public_id,
        "signed_at": report.signed_at,
        "seal": report.sha256,
        "is_what_was_signed": is_intact(report),
        "content": report.content,
        "addenda": [
            {"doctor": str(one.doctor), "written_at": one.written_at, "words": one.words}
            for one in added
        ],
        "followed": [_followed(one) for one in followed_from(report)],
    }


def _followed(matching: VisitMatching) -> Json:
    """What the machine says became of each lesion since an earlier visit, and what doctors said."""
    said = MatchCorrection.objects.filter(before__matching=matching).select_related(
        "before", "after", "doctor"
    )
    return {
        "since_report": matching.earlier.public_id,
        "measures": matching.measures,
        "lesions": list(
            matching.matches.values(
                "public_id", "outcome", "confidence", "distance_mm", "before", "after"
            )
        ),
        "corrections": [
            {
                "doctor": str(one.doctor),
                "made_at": one.made_at,
                "before": one.before.public_id,
                "after": one.after.public_id,
                "are_one": one.are_one,
            }
            for one in said
        ],
    }


def _letters(patient: User) -> Iterable[Message]:
    letters = Message.objects.filter(case__patient=patient).select_related("author")
    return letters.prefetch_related("attachments").order_by("sent_at", "pk")


def _message(message: Message, paths: Mapping[str, str]) -> Json:
    return {
        "id": message.public_id,
        "from": str(message.author),
        "from_clinic": message.from_clinic,
        "sent_at": message.sent_at,
        "read_at": message.read_at,
        "text": message.text,
        "pictures": [paths.get(f"{one.public_id} attachment") for one in message.attachments.all()],
    }


def _entry(entry: Entry) -> Json:
    """Who did what with the patient's data; by role, as the page of it names nobody unknown."""
    return {
        "at": entry.at,
        "by": entry.actor_role or "system",
        "is_yourself": entry.actor == entry.patient,
        "action": entry.action,
        "kind": entry.kind,
        "id": entry.subject,
        "why": entry.why,
        "channel": entry.channel,
    }


def coco(reports: Iterable[Report], paths: Mapping[str, str]) -> Json:
    """The lesions of all signed reports, as drawn on the pictures of the archive."""
    kinds = {kind: number for number, kind in enumerate(LesionType.values, start=1)}
    images: list[Json] = []
    annotations: list[Json] = []
    for report in reports:
        for photo in report.content["photos"]:
            number = len(images) + 1
            images.append(_image(photo, number, paths))
            annotations += [
                _annotation(lesion, len(annotations) + place, number, kinds)
                for place, lesion in enumerate(photo["lesions"], start=1)
            ]
    categories = [{"id": number, "name": kind} for kind, number in kinds.items()]
    return {"images": images, "annotations": annotations, "categories": categories}


def _image(photo: Json, number: int, paths: Mapping[str, str]) -> Json:
    return {
        "id": number,
        "file_name": paths.get(f"{photo['id']} display", ""),
        "width": photo["width"],
        "height": photo["height"],
        "view": photo["view"],
    }


def _annotation(lesion: Json, number: int, image: int, kinds: Mapping[str, int]) -> Json:
    x, y, width, height = lesion["box"]
    outline = [value for point in lesion["polygon"] or () for value in point]
    return {
        "id": number,
        "image_id": image,
        "category_id": kinds[lesion["type"]],
        "bbox": [x, y, width, height],
        "area": width * height,
        "iscrowd": 0,
        "segmentation": [outline] if outline else [],
        "score": lesion["score"],
        "region": lesion["region"],
    }
