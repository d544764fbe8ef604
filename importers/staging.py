"""Staging tables: checked rows in the database, before anything is decided about them.

Each import has unlogged tables of its own, from its reading to its end: what was checked
(``rows``), what it would do to the layer (``diff``), and what lies suspiciously near (``near``).
Confirming writes the first two and nothing else.
"""

from dataclasses import dataclass

from django.db.backends.utils import CursorWrapper

from importers.binary_copy import HEADER, TRAILER

SCHEMA = "import_staging"

_CREATE = """
    CREATE UNLOGGED TABLE {rows} (
        row integer NOT NULL, key text NOT NULL, name text NOT NULL, name_kana text NOT NULL,
        name_en text NOT NULL, address text NOT NULL, provenance text NOT NULL,
        properties jsonb NOT NULL, geom geometry(Geometry, 4326) NOT NULL
    ) WITH (autovacuum_enabled = false)
"""


@dataclass(frozen=True, slots=True)
class Staging:
    """The staging tables of one import."""

    pk: int

    @property
    def rows(self) -> str:
        """The table of checked rows: row, key, name, …, properties, geom (see rows.SCHEMA)."""
        return f"{SCHEMA}.rows_{self.pk:d}"

    @property
    def diff(self) -> str:
        """The table of verdicts: row, key, feature_id, verdict, and more (``diff``).

        The verdict is new or changed; missing for a feature without a row. Rows that are the same
        stand in no line of it.
        """
        return f"{SCHEMA}.diff_{self.pk:d}"

    @property
    def near(self) -> str:
        """The table of new rows with something alike nearby (``duplicates``)."""
        return f"{SCHEMA}.near_{self.pk:d}"

    def create(self, cursor: CursorWrapper) -> None:
        """Make the table of rows, empty, whatever stood there before."""
        self.drop(cursor)
        cursor.execute(_CREATE.format(rows=self.rows))

    def add(self, cursor: CursorWrapper, rows: bytes | memoryview) -> None:
        """Append rows, given as binary COPY data (``binary_copy.payload``)."""
        with cursor.copy(f"COPY {self.rows} FROM STDIN (FORMAT BINARY)") as copy:
            copy.write(HEADER)
            copy.write(rows)
            copy.write(TRAILER)

    def drop(self, cursor: CursorWrapper) -> None:
        """Remove the tables; fine where there are none."""
        cursor.execute(f"DROP TABLE IF EXISTS {self.rows}, {self.diff}, {self.near}")
