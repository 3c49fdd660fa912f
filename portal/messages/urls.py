from django.urls import path

from portal.messages import views

app_name = "messages"
urlpatterns = [
    path("", views.mine, name="mine"),
    path("inbox/", views.inbox, name="inbox"),
    path("cases/<uuid:case_id>/", views.thread, name="thread"),
    path("attachments/<uuid:attachment_id>/", views.attachment, name="attachment"),
]
