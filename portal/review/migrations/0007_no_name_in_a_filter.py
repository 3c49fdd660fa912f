"""A filter kept before searches were posted may hold the name that was searched for."""

from django.db import migrations
from django.http import QueryDict


def forget_names(apps, _schema_editor):
    for kept in apps.get_model("review", "SavedFilter").objects.filter(query__contains="q="):
        stated = QueryDict(kept.query, mutable=True)
        if stated.pop("q", None) is not None:
            kept.query = stated.urlencode()
            kept.save(update_fields=["query"])


class Migration(migrations.Migration):
    dependencies = [("review", "0006_agreement")]

    operations = [migrations.RunPython(forget_names, migrations.RunPython.noop)]
