"""The database itself refuses to change or delete a line of the ledger.

One exception: detaching a person. A line may lose its volunteer (then also its words and its author), its author
when that account goes, its quartier when the town removes it, and the title of a neighbour's mission once that
neighbour is erased (« Coup de main »). TRUNCATE is left to tests and to a new town.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION volunteers_hourentry_append_only() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'the ledger of hours is append-only: write a correction'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF (NEW.id, NEW.month, NEW.minutes, NEW.source, NEW.subject, NEW.corrects_id, NEW.entered_at)
     IS DISTINCT FROM
     (OLD.id, OLD.month, OLD.minutes, OLD.source, OLD.subject, OLD.corrects_id, OLD.entered_at)
    OR (NEW.quartier_id IS NOT NULL AND NEW.quartier_id IS DISTINCT FROM OLD.quartier_id)
    OR (NEW.entered_by_id IS NOT NULL AND NEW.entered_by_id IS DISTINCT FROM OLD.entered_by_id)
    OR (NEW.volunteer_id IS NOT NULL
        AND ((NEW.volunteer_id, NEW.reason) IS DISTINCT FROM (OLD.volunteer_id, OLD.reason)
             OR NEW.label NOT IN (OLD.label, 'Coup de main')))
    OR (NEW.volunteer_id IS NULL
        AND (NEW.entered_by_id IS NOT NULL OR NEW.label NOT IN ('', 'Coup de main') OR NEW.reason NOT IN ('', 'effacé')))
  THEN
    RAISE EXCEPTION 'the ledger of hours is append-only: write a correction'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END
$body$;
CREATE TRIGGER volunteers_hourentry_append_only
  BEFORE UPDATE OR DELETE ON volunteers_hourentry
  FOR EACH ROW EXECUTE FUNCTION volunteers_hourentry_append_only();
"""
BACKWARD = """
DROP TRIGGER volunteers_hourentry_append_only ON volunteers_hourentry;
DROP FUNCTION volunteers_hourentry_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("volunteers", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
