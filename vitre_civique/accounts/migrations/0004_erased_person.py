from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_role_changes")]
    operations = [
        migrations.CreateModel(
            name="ErasedPerson",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("old_user_id", models.BigIntegerField(unique=True, verbose_name="ancien numéro")),
                ("erased_at", models.DateTimeField(verbose_name="effacée le")),
                (
                    "asked",
                    models.CharField(
                        choices=[
                            ("person", "par la personne"),
                            ("mairie", "par la mairie"),
                            ("retention", "fin de la durée de conservation"),
                        ],
                        max_length=10,
                        verbose_name="demandé",
                    ),
                ),
            ],
            options={
                "verbose_name": "personne effacée",
                "verbose_name_plural": "registre des effacements",
                "ordering": ["-erased_at", "-id"],
            },
        ),
    ]
