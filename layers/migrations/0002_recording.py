"""The triggers that record every change, and undo."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent  # as they stood then; today's are in layers/sql


def sql(name: str) -> str:
    return (SQL / name).read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [("layers", "0001_initial")]

    operations = [
        migrations.RunSQL(
            sql("0002_recording.sql"),
            "DROP FUNCTION layers_record_changes CASCADE;"
            "DROP FUNCTION layers_require_type_of_layer;"
            "DROP FUNCTION layers_facts;",
        ),
        migrations.RunSQL(
            sql("0002_undo.sql"),
            "DROP FUNCTION layers_undo; DROP FUNCTION layers_undo_conflicts;",
        ),
    ]
