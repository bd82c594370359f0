from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("volunteers", "0002_hour_entry_append_only")]
    operations = [
        migrations.AddConstraint(
            model_name="hourentry",
            constraint=models.UniqueConstraint(
                condition=models.Q(("source", "declared"), models.Q(("subject", ""), _negated=True)),
                fields=("subject",),
                name="hour_entry_declared_once",
                violation_error_message="Cette heure est déjà comptée.",
            ),
        )
    ]
