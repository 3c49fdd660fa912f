from django.urls import include, path

from portal.review import views
from portal.review.agreement.views import agreement
from portal.review.statistics.views import statistics

app_name = "review"
urlpatterns = [
    path("", include("portal.review.queue.urls")),
    path("", include("portal.review.treatments.urls")),
    path("", include("portal.review.second.urls")),
    path("", include("portal.review.corrections.urls")),
    path("agreement/", agreement, name="agreement"),
    path("statistics/", statistics, name="statistics"),
    path("<uuid:visit_id>/", views.workstation, name="workstation"),
    path("<uuid:visit_id>/claim/", views.claim, name="claim"),
    path("<uuid:visit_id>/draft/", views.draft, name="draft"),
    path("<uuid:visit_id>/release/", views.release, name="release"),
    path("<uuid:visit_id>/retake/", views.ask_for_retake, name="ask_for_retake"),
    path("<uuid:visit_id>/sign/", views.sign, name="sign"),
]
