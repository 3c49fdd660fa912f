from django.urls import path

from portal.review.corrections import views

urlpatterns = [
    path("<uuid:visit_id>/corrections/", views.record, name="record_correction"),
    path("<uuid:visit_id>/corrections/undo/", views.undo, name="undo_correction"),
    path("<uuid:visit_id>/corrections/redo/", views.redo, name="redo_correction"),
    path("<uuid:visit_id>/regrade/", views.regrade, name="regrade"),
    path("photos/<uuid:photo_id>/heatmap/", views.heatmap, name="heatmap"),
]
