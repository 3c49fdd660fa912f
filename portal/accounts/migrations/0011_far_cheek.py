"""A front view is judged by the cheek that turns away, no longer by degrees: a clinic's own limits in
degrees say nothing of it. Uneven light is refused earlier, and a clinic that set its caution beyond
the new limit keeps the old one.
"""

from django.db import migrations

GONE = ("refuse_front_turn_above", "caution_front_turn_above")
COME = ("refuse_far_cheek_below", "caution_far_cheek_below")
CAUTION, REFUSE = "caution_unevenness_above", "refuse_unevenness_above"
EARLIER, NOW = 2.5, 2.0


def take_over(apps, schema_editor):
    def kept(limits):
        left = {name: limit for name, limit in limits.items() if name not in GONE}
        return {REFUSE: EARLIER, **left} if left.get(CAUTION, 0) > NOW else left

    _change(apps, kept)


def give_back(apps, schema_editor):
    _change(apps, lambda limits: {name: one for name, one in limits.items() if name not in COME})


def _change(apps, changed):
    for clinic in apps.get_model("accounts", "Clinic").objects.iterator():
        limits = changed(clinic.quality_limits)
        if limits != clinic.quality_limits:
            clinic.quality_limits = limits
            clinic.save(update_fields=["quality_limits"])


class Migration(migrations.Migration):
    dependencies = [("accounts", "0010_bounds_of_the_rules")]

    operations = [migrations.RunPython(take_over, give_back)]
