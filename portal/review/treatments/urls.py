from django.urls import path

from portal.review.treatments import views

urlpatterns = [
    path("templates/", views.templates, name="templates"),
    path("templates/add/", views.add_template, name="add_template"),
    path("templates/<uuid:template_id>/", views.template, name="template"),
    path("templates/<uuid:template_id>/drop/", views.drop_template, name="drop_template"),
]
