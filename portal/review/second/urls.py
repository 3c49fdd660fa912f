from django.urls import path

from portal.review.second import views

urlpatterns = [path("<uuid:visit_id>/consensus/", views.consensus, name="consensus")]
