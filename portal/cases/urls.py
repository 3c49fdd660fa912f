from django.urls import path

from portal.cases import capture, views

app_name = "cases"
urlpatterns = [
    path("visits/", views.home, name="home"),
    path("visits/open/", views.open_visit, name="open_visit"),
    path("visits/<uuid:visit_id>/", views.visit, name="visit"),
    path("visits/<uuid:visit_id>/camera/", capture.capture, name="capture"),
    path("visits/<uuid:visit_id>/photos/", views.upload, name="upload"),
    path("visits/<uuid:visit_id>/uploads/", views.begin_upload, name="begin_upload"),
    path("visits/<uuid:visit_id>/questions/", views.questions, name="questions"),
    path("visits/<uuid:visit_id>/questions/draft/", views.save_answers, name="save_answers"),
    path("visits/<uuid:visit_id>/check/", views.check, name="check"),
    path("visits/<uuid:visit_id>/submit/", views.submit, name="submit"),
    path("uploads/<uuid:upload_id>/", views.upload_piece, name="upload_piece"),
    path("photos/<uuid:photo_id>/status/", views.photo_status, name="photo_status"),
    path("photos/<uuid:photo_id>/remove/", views.remove_photo, name="remove_photo"),
    path("photos/<uuid:photo_id>/image/", views.photo_image, name="photo_image"),
]
