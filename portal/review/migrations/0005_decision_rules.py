from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """On its own: PostgreSQL alters no table whose rows were changed in the same transaction."""

    dependencies = [("review", "0004_decision")]

    operations = [
        migrations.AddConstraint(
            model_name="review",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["open", "released", "given", "signed"])),
                name="review_status_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("signed_at__isnull", False), ("status", "signed")),
                    models.Q(
                        models.Q(("status", "signed"), _negated=True), ("signed_at__isnull", True)
                    ),
                    _connector="OR",
                ),
                name="review_signed_has_its_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("given_at__isnull", False), ("status__in", ("given", "signed"))),
                    models.Q(
                        models.Q(("status__in", ("given", "signed")), _negated=True),
                        ("given_at__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="review_complete_has_its_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "diagnosis__in",
                        [
                            "acne",
                            "conglobata",
                            "fulminans",
                            "folliculitis",
                            "rosacea",
                            "other",
                            "cannot_tell",
                        ],
                    )
                ),
                name="review_diagnosis_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status__in", ("given", "signed")), _negated=True),
                    models.Q(("diagnosis", "acne"), models.Q(("grade", ""), _negated=True)),
                    models.Q(models.Q(("diagnosis", "acne"), _negated=True), ("grade", "")),
                    _connector="OR",
                ),
                name="review_complete_is_graded_exactly_if_acne",
            ),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status__in", ("given", "signed")), _negated=True),
                    ("counted_grade", ""),
                    ("grade", ""),
                    ("counted_grade", models.F("grade")),
                    models.Q(("override_reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="review_override_has_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="consensus",
            constraint=models.CheckConstraint(
                condition=models.Q(("note", ""), _negated=True), name="consensus_has_a_note"
            ),
        ),
        migrations.AddConstraint(
            model_name="consensus",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("diagnosis", "acne"), models.Q(("grade", ""), _negated=True)),
                    models.Q(models.Q(("diagnosis", "acne"), _negated=True), ("grade", "")),
                    _connector="OR",
                ),
                name="consensus_grades_acne_only",
            ),
        ),
        migrations.AddConstraint(
            model_name="treatmenttemplate",
            constraint=models.UniqueConstraint(
                fields=("clinic", "grade", "name"), name="treatment_template_name_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="treatmenttemplate",
            constraint=models.CheckConstraint(
                condition=models.Q(("grade__in", ("", "none", "I", "II", "III", "IV"))),
                name="treatment_template_grade_is_known",
            ),
        ),
    ]
