"""A change remembers what was before; what came after is the next change's before."""

from pathlib import Path

import django.contrib.gis.db.models.fields
import django.db.models.deletion
from django.db import migrations, models

SQL = Path(__file__).resolve().parent.parent / "sql"


def sql(name: str) -> str:
    return (SQL / name).read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [("layers", "0002_recording")]

    operations = [
        migrations.RemoveField("change", "after"),
        migrations.RemoveField("change", "after_geom"),
        migrations.AlterField(
            "change",
            "change_set",
            models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="changes",
                to="layers.changeset",
            ),
        ),
        migrations.AlterField(
            "change", "feature_id", models.BigIntegerField(verbose_name="feature")
        ),
        migrations.AddIndex(
            "change", models.Index(fields=["feature_id", "id"], name="change_of_feature")
        ),
        migrations.AlterField(
            "feature",
            "layer",
            models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="features",
                to="layers.layer",
            ),
        ),
        migrations.RunSQL(sql("recording.sql"), migrations.RunSQL.noop),
        migrations.RunSQL(sql("undo.sql"), migrations.RunSQL.noop),
        migrations.CreateModel(
            name="ChangeState",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("feature_id", models.BigIntegerField()),
                ("key", models.CharField(max_length=200)),
                ("operation", models.CharField(max_length=10)),
                ("before", models.JSONField(null=True)),
                ("after", models.JSONField(null=True)),
                (
                    "before_geom",
                    django.contrib.gis.db.models.fields.GeometryField(null=True, srid=4326),
                ),
                (
                    "after_geom",
                    django.contrib.gis.db.models.fields.GeometryField(null=True, srid=4326),
                ),
            ],
            options={"db_table": "layers_changestate", "managed": False, "ordering": ["id"]},
        ),
    ]
