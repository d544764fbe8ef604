"""What stands in the way of an undo is told with its reason."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql" / "conflicts.sql"


class Migration(migrations.Migration):
    dependencies = [("layers", "0003_before_only")]

    operations = [
        migrations.RunSQL(
            SQL.read_text(encoding="utf-8"), "DROP FUNCTION layers_undo_reasons(bigint)"
        )
    ]
