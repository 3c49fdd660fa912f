import django.db.models.deletion
from django.db import migrations, models

from portal.unchanging import refuse

WORDS = "what was recorded never changes"


def begin_logs(apps, _schema_editor):
    """Of clinics that are there already; later ones begin theirs when they are made."""
    chain, clinic = apps.get_model("audit", "Chain"), apps.get_model("accounts", "Clinic")
    chain.objects.bulk_create(
        chain(clinic_id=pk) for pk in clinic.objects.values_list("pk", flat=True)
    )


def keep_logs(_apps, _schema_editor):
    pass


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0005_second_readings"),
    ]

    operations = [
        migrations.CreateModel(
            name="Chain",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("count", models.PositiveBigIntegerField(default=0)),
                ("head", models.CharField(blank=True, max_length=64)),
                (
                    "clinic",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="accounts.clinic",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Entry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveBigIntegerField(verbose_name="number")),
                ("at", models.DateTimeField(verbose_name="when")),
                ("actor", models.UUIDField(null=True, verbose_name="who")),
                (
                    "actor_role",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("patient", "patient"),
                            ("dermatologist", "dermatologist"),
                            ("administrator", "clinic administrator"),
                            ("operator", "operator"),
                        ],
                        max_length=20,
                        verbose_name="as",
                    ),
                ),
                (
                    "action",
                    models.CharField(
                        choices=[
                            ("photo_read", "photo looked at"),
                            ("heatmap_read", "photo's heatmap looked at"),
                            ("attachment_read", "picture in a message looked at"),
                            ("visit_read", "findings of a visit looked at"),
                            ("course_read", "course of a patient looked at"),
                            ("report_read", "report looked at"),
                            ("report_saved", "report saved as a file"),
                            ("messages_read", "messages read"),
                            ("photo_added", "photo sent"),
                            ("photo_removed", "photo taken out or replaced"),
                            ("photo_analysed", "photo read by the model"),
                            ("analysis_retried", "photo given to the model again"),
                            ("visit_opened", "visit opened"),
                            ("visit_sent", "visit sent"),
                            ("visit_withdrawn", "visit withdrawn"),
                            ("message_sent", "message sent"),
                            ("visit_assigned", "visit assigned"),
                            ("visit_claimed", "visit taken to read"),
                            ("visit_released", "visit given back"),
                            ("finding_corrected", "finding corrected"),
                            ("correction_undone", "correction undone"),
                            ("correction_redone", "correction done again"),
                            ("retake_asked", "new photo asked for"),
                            ("grade_overridden", "grade overridden"),
                            ("reading_given", "reading given"),
                            ("report_signed", "report signed"),
                            ("consensus_recorded", "agreement of two doctors recorded"),
                            ("report_added_to", "report added to"),
                            ("consent_signed", "consent signed"),
                            ("consent_withdrawn", "consent withdrawn"),
                            ("form_drafted", "consent form drafted"),
                            ("form_published", "consent form published"),
                            ("account_made", "account made"),
                            ("account_opened", "account opened again"),
                            ("account_closed", "account closed"),
                            ("account_changed", "account's data changed"),
                            ("password_changed", "password changed"),
                            ("email_changed", "e-mail address changed"),
                            ("sign_in_changed", "way of signing in changed"),
                            ("sessions_ended", "sessions ended"),
                            ("device_added", "device given access"),
                            ("device_revoked", "device signed out"),
                            ("invitation_made", "invitation made"),
                            ("invitation_revoked", "invitation called back"),
                            ("patients_merged", "patients' records merged"),
                            ("patient_handed_over", "patient handed over"),
                            ("clinic_made", "clinic made"),
                            ("clinic_changed", "clinic's settings changed"),
                            ("template_kept", "treatment's words kept"),
                            ("template_dropped", "treatment's words dropped"),
                            ("training_exported", "photo exported for training"),
                            ("export_asked", "copy of everything asked for"),
                            ("export_fetched", "copy of everything fetched"),
                            ("erasure_asked", "erasure asked for"),
                            ("erased", "erased"),
                            ("sealed", "sealed until the end of its retention"),
                        ],
                        max_length=30,
                        verbose_name="what",
                    ),
                ),
                ("kind", models.CharField(max_length=30, verbose_name="kind of thing")),
                ("subject", models.CharField(max_length=36, verbose_name="which")),
                ("patient", models.UUIDField(null=True, verbose_name="whose data")),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("page", "a page"),
                            ("api", "an app"),
                            ("inside", "the system itself"),
                        ],
                        max_length=10,
                        verbose_name="by way of",
                    ),
                ),
                (
                    "address",
                    models.CharField(
                        blank=True,
                        help_text="A keyed hash of the network address: tells one place from another, and no address can be found from it without the site's key.",
                        max_length=16,
                        verbose_name="from",
                    ),
                ),
                (
                    "why",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("treating", "reads or has read this visit"),
                            ("records", "looks into the clinic's records"),
                            ("differs", "differs from what was counted; the report says why"),
                            ("timed_out", "nobody worked on it any more"),
                            ("consent_withdrawn", "consent was withdrawn"),
                            ("account_closed", "the account was closed"),
                            ("asked_by_patient", "the patient asked for it"),
                            ("retention", "its retention period ended"),
                        ],
                        max_length=30,
                        verbose_name="why",
                    ),
                ),
                ("sha256", models.CharField(max_length=64)),
                (
                    "chain",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="audit.chain",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "entries",
                "ordering": ["chain", "-number"],
                "indexes": [
                    models.Index(fields=["chain", "actor", "-number"], name="audit_by_actor"),
                    models.Index(fields=["chain", "patient", "-number"], name="audit_by_patient"),
                    models.Index(fields=["chain", "subject", "-number"], name="audit_by_subject"),
                    models.Index(fields=["chain", "at"], name="audit_by_time"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("chain", "number"), name="audit_number_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "actor_role__in",
                                ("", "patient", "dermatologist", "administrator", "operator"),
                            )
                        ),
                        name="audit_role_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("actor__isnull", True), ("actor_role", "")),
                            models.Q(
                                ("actor__isnull", False),
                                models.Q(("actor_role", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="audit_actor_has_a_role",
                    ),
                ],
            },
        ),
        refuse("UPDATE", "audit_entry", name="audit_entry_never_changes", words=WORDS),
        refuse("DELETE", "audit_entry", name="audit_entry_never_goes", words=WORDS),
        refuse("DELETE", "audit_chain", name="audit_chain_never_goes", words=WORDS),
        refuse(
            "UPDATE",
            "audit_chain",
            name="audit_chain_counts_up",
            words=WORDS,
            when="NEW.count <= OLD.count OR NEW.clinic_id <> OLD.clinic_id",
        ),
        migrations.RunPython(begin_logs, keep_logs),
    ]
