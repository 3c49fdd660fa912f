from django.urls import path

from portal.review.queue import views

urlpatterns = [
    path("", views.queue, name="queue"),
    path("search/", views.search, name="search"),
    path("following/", views.following, name="following"),
    path("assign/", views.assign, name="assign"),
    path("filters/", views.keep_filter, name="keep_filter"),
    path("filters/drop/", views.drop_filter, name="drop_filter"),
]
