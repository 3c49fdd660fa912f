from django.apps import AppConfig


class ReviewConfig(AppConfig):
    name = "portal.review"
    default_auto_field = "django.db.models.BigAutoField"
