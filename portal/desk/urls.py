from django.urls import path

from portal.desk.views import (
    clinic,
    consent,
    erasure,
    invitations,
    machine,
    overview,
    patients,
    people,
)

app_name = "desk"
urlpatterns = [
    path("", overview.home, name="home"),
    path("figures/", overview.figures, name="figures"),
    path("settings/", clinic.settings, name="settings"),
    path("settings/pictures/", clinic.quality, name="quality"),
    path("people/", people.people, name="people"),
    path("people/add/", people.add_colleague, name="add_colleague"),
    path("people/<uuid:person_id>/", people.person, name="person"),
    path("people/<uuid:person_id>/link/", people.password_link, name="password_link"),
    path("people/<uuid:person_id>/activation/", people.activation, name="activation"),
    path("people/<uuid:person_id>/role/", people.role, name="role"),
    path("people/<uuid:person_id>/second-step/", people.second_step, name="second_step"),
    path("people/<uuid:person_id>/sign-out/", people.sign_out, name="sign_out"),
    path("people/<uuid:person_id>/correct/", patients.correct, name="correct"),
    path("people/<uuid:person_id>/doubles/", patients.doubles, name="doubles"),
    path("people/<uuid:person_id>/doubles/<uuid:double_id>/merge/", patients.merge, name="merge"),
    path("people/<uuid:person_id>/hand-over/", patients.give, name="hand_over"),
    path("people/<uuid:person_id>/erase/", erasure.erase, name="erase"),
    path("invitations/", invitations.invitations, name="invitations"),
    path("invitations/<uuid:invitation_id>/", invitations.invitation, name="invitation"),
    path("invitations/<uuid:invitation_id>/revoke/", invitations.revoke, name="revoke_invitation"),
    path("forms/", consent.forms, name="forms"),
    path("forms/versions/<uuid:form_id>/", consent.form_version, name="form_version"),
    path("forms/<slug:kind>/", consent.edit_form, name="form"),
    path("forms/<slug:kind>/publish/", consent.publish_form, name="publish"),
    path("forms/<slug:kind>/signatures/", consent.signatures, name="signatures"),
    path("forms/<slug:kind>/signatures.csv", consent.export_signatures, name="export_signatures"),
    path("analyses/", machine.analyses, name="analyses"),
    path("analyses/<uuid:analysis_id>/retry/", machine.retry_analysis, name="retry"),
]
