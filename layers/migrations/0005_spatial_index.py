"""The spatial index has a name of its own, so that it can be put aside (layers.spatial_index)."""

import django.contrib.gis.db.models.fields
import django.contrib.postgres.indexes
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("layers", "0004_conflicts")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "ALTER INDEX layers_feature_geom_144a77d7_id RENAME TO feature_geom",
                    "ALTER INDEX feature_geom RENAME TO layers_feature_geom_144a77d7_id",
                )
            ],
            state_operations=[
                migrations.AlterField(
                    "feature",
                    "geom",
                    django.contrib.gis.db.models.fields.GeometryField(
                        spatial_index=False, srid=4326, verbose_name="geometry"
                    ),
                ),
                migrations.AddIndex(
                    "feature",
                    django.contrib.postgres.indexes.GistIndex(fields=["geom"], name="feature_geom"),
                ),
            ],
        )
    ]
