from django.urls import path

from portal.accounts import views

urlpatterns = [
    path("", views.home, name="home"),
    path("join/<str:token>/", views.join, name="join"),
    path("account/close/", views.close, name="close_account"),
    path("account/sessions/", views.sessions, name="sessions"),
    path("i18n/setlang/", views.set_language, name="set_language"),
]
