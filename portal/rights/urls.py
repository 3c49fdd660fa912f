from django.urls import path

from portal.rights import views

app_name = "rights"
urlpatterns = [
    path("account/copy/", views.copies, name="copies"),
    path("account/copy/<uuid:export_id>/", views.download, name="download"),
    path("erasure/<str:token>/", views.erasure, name="erasure"),
]
