"""PostgreSQL's binary COPY format made from Arrow columns, without a step of Python for each row.

Layout: "COPY", section "Binary Format", of PostgreSQL's documentation: a header, then for each row
the number of fields and for each field its length and its bytes, big-endian, and a trailer.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
_JSONB_VERSION = b"\x01"


def payload(batch: pa.RecordBatch, jsonb: frozenset[str] = frozenset()) -> memoryview:
    """Return the rows of a batch as binary COPY data, without header and trailer.

    Columns are int32 (sent as int4), string (text) or binary (sent as it is, as PostGIS takes EWKB
    for a geometry); ``jsonb`` names string columns that hold JSON. No value may be null.
    """
    parts: list[pa.Scalar | pa.Array] = [_constant(batch.num_columns.to_bytes(2, "big"))]
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if column.null_count:
            raise ValueError(f"column {name} holds nulls")
        if pa.types.is_int32(column.type):
            parts += [_constant((4).to_bytes(4, "big")), _big_endian(column)]
            continue
        value = column.cast(pa.binary())
        if name in jsonb:
            value = pc.binary_join_element_wise(_constant(_JSONB_VERSION), value, _constant(b""))
        parts += [_big_endian(pc.binary_length(value)), value]
    rows = pc.binary_join_element_wise(*parts, _constant(b""))
    _, offsets, data = rows.buffers()
    if data is None:
        return memoryview(b"")
    ends = np.frombuffer(offsets, dtype=np.int32)
    return memoryview(data)[ends[rows.offset] : ends[rows.offset + len(rows)]]


def _constant(value: bytes) -> pa.Scalar:
    return pa.scalar(value, pa.binary())


def _big_endian(numbers: pa.Array) -> pa.Array:
    raw = numbers.to_numpy(zero_copy_only=False).astype(">i4").tobytes()
    fixed = pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(4), len(numbers), [None, pa.py_buffer(raw)]
    )
    return fixed.cast(pa.binary())
