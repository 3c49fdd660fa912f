from django.urls import path

from portal.reports import views

app_name = "reports"
urlpatterns = [
    path("<uuid:report_id>/", views.report, name="report"),
    path("<uuid:report_id>/addendum/", views.addendum, name="addendum"),
    path("<uuid:report_id>/fhir/", views.fhir, name="fhir"),
    path("<uuid:report_id>/pdf/", views.pdf, name="pdf"),
]
