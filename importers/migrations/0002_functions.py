"""What previews and reports ask of the database besides tables."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql" / "functions.sql"


class Migration(migrations.Migration):
    dependencies = [("importers", "0001_imports")]

    operations = [
        migrations.RunSQL(
            SQL.read_text(encoding="utf-8"),
            "DROP FUNCTION importers_differing(jsonb, jsonb); DROP FUNCTION importers_place(geometry)",
        )
    ]
