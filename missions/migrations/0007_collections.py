"""Collections, their drop-off points and tallies.

The database itself refuses to change or delete a tally: a mistake gets a counter-entry. One exception: its
author may go (erased, or moved to the row a person was merged into), and an erased author takes the words along.
"""

import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models


FORWARD = """
CREATE FUNCTION missions_tally_append_only() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  IF TG_OP = 'DELETE'
    OR (NEW.id, NEW.point_id, NEW.kind, NEW.count, NEW.at, NEW.corrects_id, NEW.token)
       IS DISTINCT FROM
       (OLD.id, OLD.point_id, OLD.kind, OLD.count, OLD.at, OLD.corrects_id, OLD.token)
    OR (NEW.by_id IS NOT NULL AND (NEW.note, NEW.reason) IS DISTINCT FROM (OLD.note, OLD.reason))
    OR (NEW.by_id IS NULL AND (NEW.note NOT IN ('', OLD.note) OR NEW.reason NOT IN ('', OLD.reason)))
    OR (OLD.by_id IS NULL AND NEW.by_id IS NOT NULL)
  THEN
    RAISE EXCEPTION 'tallies are append-only: write a correction'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END
$body$;
CREATE TRIGGER missions_tally_append_only
  BEFORE UPDATE OR DELETE ON missions_tally
  FOR EACH ROW EXECUTE FUNCTION missions_tally_append_only();
"""
BACKWARD = """
DROP TRIGGER missions_tally_append_only ON missions_tally;
DROP FUNCTION missions_tally_append_only();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('missions', '0006_calendar_sequence'),
        ('quartiers', '0006_stories'),
        ('volunteers', '0003_hour_entry_declared_once'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CollectionStateChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('from_state', models.CharField(blank=True, max_length=20, verbose_name='de')),
                ('to_state', models.CharField(max_length=20, verbose_name='à')),
                ('at', models.DateTimeField(verbose_name='le')),
                ('reason', models.CharField(blank=True, max_length=500, verbose_name='motif')),
            ],
            options={
                'verbose_name': 'changement d’état de collecte',
                'verbose_name_plural': 'changements d’état de collectes',
                'ordering': ['at', 'id'],
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='DropOffPoint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_place', models.CharField(help_text='Un lieu que tout le monde connaît : jamais l’adresse d’une personne.', max_length=160, verbose_name='lieu public')),
                ('is_accessible', models.BooleanField(default=False, verbose_name='accessible en fauteuil')),
                ('is_active', models.BooleanField(default=True, verbose_name='ouvert aux dépôts')),
            ],
            options={
                'verbose_name': 'point de dépôt',
                'verbose_name_plural': 'points de dépôt',
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='HistoricalCollection',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('state', models.CharField(choices=[('draft', 'Brouillon'), ('published', 'Publiée'), ('done', 'Terminée'), ('cancelled', 'Annulée')], default='draft', editable=False, max_length=20, verbose_name='état')),
                ('title', models.CharField(help_text='Par exemple : « Noël solidaire 2026 ».', max_length=90, verbose_name='titre')),
                ('slug', models.SlugField(error_messages={'unique': 'Une autre collecte a déjà cette adresse.'}, help_text='Ce qui suit /collectes/, sans espace ni accent. Ne la changez plus une fois imprimée.', max_length=60, verbose_name='adresse de la page')),
                ('public_text', models.TextField(max_length=2000, verbose_name='texte public')),
                ('what_to_bring', models.TextField(blank=True, help_text='Une chose par ligne.', max_length=1000, verbose_name='ce qu’on peut apporter')),
                ('what_not_to_bring', models.TextField(blank=True, help_text='Une chose par ligne.', max_length=1000, verbose_name='ce qu’on ne peut pas prendre')),
                ('unit_one', models.CharField(help_text='Par exemple : boîte.', max_length=30, verbose_name='unité, au singulier')),
                ('unit_many', models.CharField(help_text='Par exemple : boîtes.', max_length=30, verbose_name='unité, au pluriel')),
                ('goal', models.PositiveIntegerField(verbose_name='objectif')),
                ('starts_on', models.DateField(verbose_name='premier jour')),
                ('ends_on', models.DateField(verbose_name='dernier jour')),
                ('organiser', models.CharField(choices=[('mairie', 'La mairie'), ('resident', 'Un habitant'), ('association', 'Une association')], default='mairie', max_length=20, verbose_name='organisée par')),
                ('public_reason', models.CharField(blank=True, editable=False, max_length=500, verbose_name='message public')),
                ('created_at', models.DateTimeField(blank=True, editable=False, verbose_name='créée le')),
                ('published_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='publiée le')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'version de collecte',
                'verbose_name_plural': 'versions de collectes',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='OpeningHours',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('first_day', models.PositiveSmallIntegerField(choices=[(0, 'lundi'), (1, 'mardi'), (2, 'mercredi'), (3, 'jeudi'), (4, 'vendredi'), (5, 'samedi'), (6, 'dimanche')], verbose_name='du')),
                ('last_day', models.PositiveSmallIntegerField(choices=[(0, 'lundi'), (1, 'mardi'), (2, 'mercredi'), (3, 'jeudi'), (4, 'vendredi'), (5, 'samedi'), (6, 'dimanche')], verbose_name='au')),
                ('opens_at', models.TimeField(verbose_name='ouvre à')),
                ('closes_at', models.TimeField(verbose_name='ferme à')),
            ],
            options={
                'verbose_name': 'horaire',
                'verbose_name_plural': 'horaires',
                'ordering': ['first_day', 'opens_at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Tally',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('received', 'Reçu'), ('handed_out', 'Remis')], max_length=12, verbose_name='quoi')),
                ('count', models.IntegerField(verbose_name='nombre')),
                ('at', models.DateTimeField(verbose_name='le')),
                ('note', models.CharField(blank=True, max_length=140, verbose_name='note')),
                ('reason', models.CharField(blank=True, max_length=200, verbose_name='motif de la correction')),
                ('token', models.UUIDField(editable=False, unique=True, verbose_name='jeton')),
            ],
            options={
                'verbose_name': 'comptage',
                'verbose_name_plural': 'comptages',
                'ordering': ['-at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='Collection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('draft', 'Brouillon'), ('published', 'Publiée'), ('done', 'Terminée'), ('cancelled', 'Annulée')], default='draft', editable=False, max_length=20, verbose_name='état')),
                ('title', models.CharField(help_text='Par exemple : « Noël solidaire 2026 ».', max_length=90, verbose_name='titre')),
                ('slug', models.SlugField(error_messages={'unique': 'Une autre collecte a déjà cette adresse.'}, help_text='Ce qui suit /collectes/, sans espace ni accent. Ne la changez plus une fois imprimée.', max_length=60, unique=True, verbose_name='adresse de la page')),
                ('public_text', models.TextField(max_length=2000, verbose_name='texte public')),
                ('what_to_bring', models.TextField(blank=True, help_text='Une chose par ligne.', max_length=1000, verbose_name='ce qu’on peut apporter')),
                ('what_not_to_bring', models.TextField(blank=True, help_text='Une chose par ligne.', max_length=1000, verbose_name='ce qu’on ne peut pas prendre')),
                ('unit_one', models.CharField(help_text='Par exemple : boîte.', max_length=30, verbose_name='unité, au singulier')),
                ('unit_many', models.CharField(help_text='Par exemple : boîtes.', max_length=30, verbose_name='unité, au pluriel')),
                ('goal', models.PositiveIntegerField(verbose_name='objectif')),
                ('starts_on', models.DateField(verbose_name='premier jour')),
                ('ends_on', models.DateField(verbose_name='dernier jour')),
                ('organiser', models.CharField(choices=[('mairie', 'La mairie'), ('resident', 'Un habitant'), ('association', 'Une association')], default='mairie', max_length=20, verbose_name='organisée par')),
                ('public_reason', models.CharField(blank=True, editable=False, max_length=500, verbose_name='message public')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='créée le')),
                ('published_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='publiée le')),
                ('sequence', models.PositiveIntegerField(default=0, editable=False, verbose_name='version pour les agendas')),
                ('association', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='collections', to='missions.association', verbose_name='association')),
                ('created_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='créée par')),
            ],
            options={
                'verbose_name': 'collecte',
                'verbose_name_plural': 'collectes',
                'ordering': ['-starts_on', '-id'],
            },
        ),
        migrations.AddField(
            model_name='historicalmission',
            name='collection',
            field=models.ForeignKey(blank=True, db_constraint=False, help_text='Tenir le point de dépôt, trier, distribuer : on la verra sur la page de la collecte.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='missions.collection', verbose_name='collecte'),
        ),
        migrations.AddField(
            model_name='mission',
            name='collection',
            field=models.ForeignKey(blank=True, help_text='Tenir le point de dépôt, trier, distribuer : on la verra sur la page de la collecte.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='missions', to='missions.collection', verbose_name='collecte'),
        ),
        migrations.AddConstraint(
            model_name='mission',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'interpersonal'), _negated=True), ('collection__isnull', True), _connector='OR'), name='mission_collection_is_public', violation_error_message='Un coup de main entre voisins ne fait pas partie d’une collecte.'),
        ),
        migrations.AddField(
            model_name='collectionstatechange',
            name='by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='par'),
        ),
        migrations.AddField(
            model_name='collectionstatechange',
            name='row',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='state_changes', to='missions.collection'),
        ),
        migrations.AddField(
            model_name='dropoffpoint',
            name='collection',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='points', to='missions.collection', verbose_name='collecte'),
        ),
        migrations.AddField(
            model_name='dropoffpoint',
            name='quartier',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='drop_off_points', to='quartiers.quartier', verbose_name='quartier'),
        ),
        migrations.AddField(
            model_name='historicalcollection',
            name='association',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='missions.association', verbose_name='association'),
        ),
        migrations.AddField(
            model_name='historicalcollection',
            name='created_by',
            field=models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='créée par'),
        ),
        migrations.AddField(
            model_name='historicalcollection',
            name='history_user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='openinghours',
            name='point',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='hours', to='missions.dropoffpoint'),
        ),
        migrations.AddField(
            model_name='tally',
            name='by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='tallies', to=settings.AUTH_USER_MODEL, verbose_name='par'),
        ),
        migrations.AddField(
            model_name='tally',
            name='corrects',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='corrections', to='missions.tally', verbose_name='corrige'),
        ),
        migrations.AddField(
            model_name='tally',
            name='point',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tallies', to='missions.dropoffpoint', verbose_name='point de dépôt'),
        ),
        migrations.AddIndex(
            model_name='collection',
            index=models.Index(fields=['state', 'ends_on'], name='missions_co_state_936121_idx'),
        ),
        migrations.AddConstraint(
            model_name='collection',
            constraint=models.CheckConstraint(condition=models.Q(('goal__gte', 1), ('goal__lte', 100000)), name='collection_goal_sensible', violation_error_message='Donnez un objectif entre 1 et 100 000.'),
        ),
        migrations.AddConstraint(
            model_name='collection',
            constraint=models.CheckConstraint(condition=models.Q(('ends_on__gte', models.F('starts_on'))), name='collection_ends_after_start', violation_error_message='Le dernier jour ne peut pas venir avant le premier.'),
        ),
        migrations.AddConstraint(
            model_name='collection',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('organiser', 'association'), _negated=True), ('association__isnull', False), _connector='OR'), name='collection_association_named', violation_error_message='Choisissez l’association qui organise la collecte.'),
        ),
        migrations.AddConstraint(
            model_name='dropoffpoint',
            constraint=models.UniqueConstraint(fields=('collection', 'public_place'), name='drop_off_point_once', violation_error_message='Ce lieu est déjà un point de dépôt de la collecte.'),
        ),
        migrations.AddConstraint(
            model_name='openinghours',
            constraint=models.CheckConstraint(condition=models.Q(('first_day__lte', models.F('last_day')), ('last_day__lte', 6)), name='opening_hours_days_in_order', violation_error_message='Le dernier jour vient après le premier, dans la même semaine.'),
        ),
        migrations.AddConstraint(
            model_name='openinghours',
            constraint=models.CheckConstraint(condition=models.Q(('closes_at__gt', models.F('opens_at'))), name='opening_hours_close_after_opening', violation_error_message='L’heure de fermeture doit venir après l’ouverture.'),
        ),
        migrations.AddConstraint(
            model_name='openinghours',
            constraint=models.UniqueConstraint(fields=('point', 'first_day', 'last_day', 'opens_at'), name='opening_hours_once', violation_error_message='Cet horaire est déjà écrit.'),
        ),
        migrations.AddIndex(
            model_name='tally',
            index=models.Index(fields=['by', 'at'], name='tally_by_at'),
        ),
        migrations.AddIndex(
            model_name='tally',
            index=models.Index(fields=['point', 'kind'], name='tally_point_kind'),
        ),
        migrations.AddConstraint(
            model_name='tally',
            constraint=models.CheckConstraint(condition=models.Q(('corrects__isnull', False), ('count__gte', 1), _connector='OR'), name='tally_counts_something', violation_error_message='Indiquez au moins 1.'),
        ),
        migrations.AddConstraint(
            model_name='tally',
            constraint=models.CheckConstraint(condition=models.Q(('count__gte', -500), ('count__lte', 500), models.Q(('count', 0), _negated=True)), name='tally_count_sensible', violation_error_message='Indiquez 500 au plus à la fois.'),
        ),
        migrations.AddConstraint(
            model_name='tally',
            constraint=models.CheckConstraint(condition=models.Q(('corrects__isnull', True), models.Q(('reason', ''), _negated=True), ('by__isnull', True), _connector='OR'), name='tally_correction_says_why', violation_error_message='Dites pourquoi vous corrigez.'),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
