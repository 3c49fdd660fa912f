from django.urls import path

from portal.consent import views

app_name = "consent"
urlpatterns = [
    path("", views.consent_list, name="list"),
    path("<slug:kind>/", views.consent_form, name="form"),
    path("signatures/<uuid:signature_id>/", views.signature_copy, name="signature"),
    path("signatures/<uuid:signature_id>/copy/", views.download, name="download"),
    path("signatures/<uuid:signature_id>/withdraw/", views.withdrawal, name="withdraw"),
]
