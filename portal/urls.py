from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

from portal import health, webapp
from portal.api.views import pages

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("app-<slug:language>.webmanifest", webapp.manifest, name="manifest"),
    path("service-worker.js", webapp.service_worker, name="service_worker"),
    path("offline/", webapp.offline, name="offline"),
    path("", include("portal.accounts.urls")),
    path("", include("portal.cases.urls")),
    path("accounts/", include("allauth.urls")),
    path("consent/", include("portal.consent.urls")),
    path("review/", include("portal.review.urls")),
    path("reports/", include("portal.reports.urls")),
    path("trends/", include("portal.trends.urls")),
    path("messages/", include("portal.messages.urls")),
    path("desk/", include("portal.desk.urls")),
    path("audit/", include("portal.audit.urls")),
    path("account/devices/", pages.devices, name="devices"),
    path("account/devices/<uuid:token_id>/revoke/", pages.revoke, name="revoke_device"),
    path("api/schema/", SpectacularAPIView.as_view(), name="api_schema"),
    path("api/v1/", include("portal.api.urls")),
    path("operator/", admin.site.urls),
]

handler400 = "portal.errors.bad_request"
handler500 = "portal.errors.server_error"
