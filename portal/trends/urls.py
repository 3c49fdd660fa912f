from django.urls import path

from portal.trends import views

app_name = "trends"
urlpatterns = [
    path("", views.mine, name="mine"),
    path("matches/<int:matching_id>/", views.correct_match, name="correct_match"),
    path("<uuid:case_id>/", views.of_case, name="case"),
]
