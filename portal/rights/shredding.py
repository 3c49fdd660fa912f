"""Take a patient's rows out of the database; the caller destroys the files that they named.

All of it runs in the caller's transaction, children before their parents.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import CASCADE
from django.utils import timezone

from portal.accounts.models import User
from portal.analysis.models import Analysis
from portal.cases.models import Case, Notice, Photo, Upload, UploadPiece, Visit
from portal.cases.orphans import file_fields
from portal.consent.models import ConsentSignature
from portal.messages.models import Attachment, Message
from portal.reports.models import Addendum, Report
from portal.review.models import Consensus, Review
from portal.rights.models import Export

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from portal.rights.inventory import Keeping

Names = list[str]


def shred(patient: User, kept: Keeping) -> Names:
    """Erase what may go and seal what must stay; the names of the files that must go now."""
    visits = Visit.objects.filter(case__patient=patient)
    gone = shred_visits(visits.exclude(pk__in=kept.ends))
    gone += _strip(visits.filter(pk__in=kept.ends))
    gone += shred_exports(patient)
    if not kept.with_letters:
        gone += _shred_messages(patient)
    if kept.ends:
        _seal(patient, kept)
    else:
        _shred_person(patient)
    return gone


def shred_visits(visits: QuerySet[Visit]) -> Names:
    """Visits with everything that hangs on them, their reports too."""
    keys = list(visits.values_list("pk", flat=True))
    photos = Photo.objects.filter(visit__in=keys)
    uploads = Upload.objects.filter(visit__in=keys)
    Addendum.objects.filter(report__visit__in=keys).delete()
    Consensus.objects.filter(visit__in=keys).delete()
    Report.objects.filter(visit__in=keys).delete()
    Review.objects.filter(visit__in=keys).delete()
    names = _shred_photos(photos) + _shred_uploads(uploads)
    Visit.objects.filter(pk__in=keys).delete()
    return names


def _strip(visits: QuerySet[Visit]) -> Names:
    """Of visits that stay: whatever the report does not rest on."""
    keys = list(visits.values_list("pk", flat=True))
    Notice.objects.filter(visit__in=keys).delete()
    names = _shred_uploads(Upload.objects.filter(visit__in=keys))
    names += _shred_photos(Photo.objects.filter(visit__in=keys, replaced_at__isnull=False))
    drawn = Analysis.objects.filter(photo__visit__in=keys).exclude(heatmap="")
    names += drawn.values_list("heatmap", flat=True)
    drawn.update(heatmap="")
    return names


def _shred_photos(photos: QuerySet[Photo]) -> Names:
    keys = list(photos.values_list("pk", flat=True))
    analyses = Analysis.objects.filter(photo__in=keys)
    names = _files_of(photos) + _files_of(analyses)
    analyses.delete()
    Photo.objects.filter(pk__in=keys).delete()
    return names


def _files_of(rows: QuerySet[Any]) -> Names:
    """Whatever files the rows name, and whatever fields are added for more of them."""
    fields = [attname for model, attname in file_fields() if model is rows.model]
    return [name for named in rows.values_list(*fields) for name in named if name]


def _shred_uploads(uploads: QuerySet[Upload]) -> Names:
    names = list(UploadPiece.objects.filter(upload__in=uploads).values_list("file", flat=True))
    uploads.delete()
    return names


def shred_exports(patient: User) -> Names:
    """Those too that are being made: whoever makes one commits it before these are held, and its
    file is known here, or finds its row gone, and removes its file.
    """
    exports = Export.objects.filter(patient=patient)
    names = [name for name in exports.select_for_update().values_list("file", flat=True) if name]
    exports.delete()
    return names


def _shred_messages(patient: User) -> Names:
    pictures = Attachment.objects.filter(message__case__patient=patient)
    names = list(pictures.values_list("file", flat=True))
    pictures.delete()
    Message.objects.filter(case__patient=patient).delete()
    return names


def _seal(patient: User, kept: Keeping) -> None:
    """Out of everybody's sight; of the account only the number is left that records hang on.

    The days are fixed here: whatever becomes the clinic's rule, they are what the patient is told.
    """
    Case.objects.filter(patient=patient).update(sealed_until=kept.until)
    for visit, until in kept.ends.items():
        Visit.objects.filter(pk=visit).update(sealed_until=until)
    _shred_ways_in(patient)
    nobody = User(pk=patient.pk, email=f"{patient.public_id.hex}@erased.invalid")
    nobody.set_unusable_password()
    User.objects.filter(pk=patient.pk).update(
        email=nobody.email,
        password=nobody.password,
        full_name="",
        date_of_birth=None,
        last_login=None,
        is_active=False,
        erased_at=timezone.now(),
    )


def _shred_ways_in(patient: User) -> None:
    """Addresses, passkeys, devices, sessions: all that would go with the account."""
    for relation in User._meta.related_objects:  # noqa: SLF001 - Django's own way to relations
        if relation.on_delete is CASCADE:
            own = {relation.field.name: patient}
            relation.related_model._base_manager.filter(**own).delete()  # noqa: SLF001


def _shred_person(patient: User) -> None:
    ConsentSignature.objects.filter(patient=patient).delete()
    Case.objects.filter(patient=patient).delete()
    User.objects.get(pk=patient.pk).delete()


def shred_sealed(case: Case) -> Names:
    """The end of the last retention period: nothing of the patient is left."""
    patient = case.patient
    names = shred_visits(Visit.objects.filter(case=case))
    names += _shred_messages(patient)
    _shred_person(patient)
    return names
