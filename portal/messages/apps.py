from django.apps import AppConfig


class MessagesConfig(AppConfig):
    name = "portal.messages"
    label = "correspondence"  # Django's own messages hold the other label
    default_auto_field = "django.db.models.BigAutoField"
