from django.urls import path

from portal.trends import views

app_name = "trends"
urlpatterns = [
    path("", views.mine, name="mine"),
    path("<uuid:case_id>/", views.of_case, name="case"),
]
