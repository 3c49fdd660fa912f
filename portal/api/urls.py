from django.urls import path, re_path

from portal.api.views import consent, messages, people, photos, review, visits

app_name = "api"
urlpatterns = [
    path("tokens/", people.sign_in, name="sign_in"),
    path("devices/", people.devices, name="devices"),
    path("devices/<uuid:token_id>/", people.device, name="device"),
    path("me/", people.me, name="me"),
    path("consents/", consent.forms, name="consents"),
    path("consents/<slug:kind>/signature/", consent.signing, name="consent_signing"),
    path("signatures/", consent.signatures, name="signatures"),
    path("signatures/<uuid:signature_id>/withdrawal/", consent.withdrawal, name="withdrawal"),
    path("visits/", visits.visits, name="visits"),
    path("visits/<uuid:visit_id>/", visits.visit, name="visit"),
    path("visits/<uuid:visit_id>/answers/", visits.answers, name="answers"),
    path("visits/<uuid:visit_id>/photos/", photos.photos, name="photos"),
    path("visits/<uuid:visit_id>/uploads/", photos.uploads, name="uploads"),
    path("visits/<uuid:visit_id>/submission/", visits.submission, name="submission"),
    path("uploads/<uuid:upload_id>/", photos.upload, name="upload"),
    path("photos/<uuid:photo_id>/", photos.photo, name="photo"),
    path("photos/<uuid:photo_id>/image/", photos.photo_image, name="photo_image"),
    path("reports/", review.reports, name="reports"),
    path("reports/<uuid:report_id>/", review.report, name="report"),
    path("messages/", messages.mine, name="messages"),
    path("threads/", messages.threads, name="threads"),
    path("threads/<uuid:case_id>/", messages.thread, name="thread"),
    path(
        "attachments/<uuid:attachment_id>/image/",
        messages.attachment_image,
        name="attachment_image",
    ),
    path("queue/", review.queue, name="queue"),
    path("queue/<uuid:visit_id>/", review.findings, name="findings"),
    path("queue/<uuid:visit_id>/claim/", review.claim, name="claim"),
    path("queue/<uuid:visit_id>/release/", review.release, name="release"),
    path("queue/<uuid:visit_id>/report/", review.signing, name="review_signing"),
    re_path(r"", people.nothing, name="nothing"),
]
