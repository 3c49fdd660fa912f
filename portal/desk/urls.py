from django.urls import path

from portal.desk import views

app_name = "desk"
urlpatterns = [
    path("", views.home, name="home"),
    path("people/", views.people, name="people"),
    path("people/add/", views.add_doctor, name="add_doctor"),
    path("people/<uuid:person_id>/link/", views.password_link, name="password_link"),
    path("people/<uuid:person_id>/activation/", views.activation, name="activation"),
    path("invitations/", views.invitations, name="invitations"),
    path("invitations/<uuid:invitation_id>/", views.invitation, name="invitation"),
    path("invitations/<uuid:invitation_id>/revoke/", views.revoke, name="revoke_invitation"),
    path("forms/", views.forms, name="forms"),
    path("forms/versions/<uuid:form_id>/", views.form_version, name="form_version"),
    path("forms/<slug:kind>/", views.edit_form, name="form"),
    path("forms/<slug:kind>/publish/", views.publish_form, name="publish"),
    path("reading/", views.reading_rules, name="reading_rules"),
    path("analyses/", views.analyses, name="analyses"),
    path("analyses/<uuid:analysis_id>/retry/", views.retry_analysis, name="retry"),
]
