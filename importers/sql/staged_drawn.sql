-- Geometries of an import that is not written yet, as drawn.sql wants them. Which of many new and
-- missing ones are drawn is settled by their scrambled numbers: spread, and always the same.
WITH moved AS (
    SELECT * FROM {diff} d WHERE d.verdict = 'changed' AND d.moved_m IS NOT NULL {box}
    ORDER BY d.moved_m DESC, d."row" LIMIT %(changed)s
), added AS (
    SELECT * FROM {diff} d WHERE d.verdict = 'new' {box}
    ORDER BY hashint4(d."row"), d."row" LIMIT %(new)s
), gone AS (
    SELECT * FROM {diff} d WHERE d.verdict = 'missing' {box}
    ORDER BY hashint8(d.feature_id), d.feature_id LIMIT %(missing)s
)
SELECT row_number() OVER (ORDER BY part, moved_m DESC NULLS LAST, "row", feature_id, state DESC)
           AS n, *
FROM (
    SELECT 1 AS part, m."row", m.key, r.name, m.feature_id, 'new' AS state, r.geom, m.moved_m,
           m.hanging
    FROM moved m JOIN {rows} r USING ("row")
    UNION ALL
    SELECT 1, m."row", m.key, f.name, m.feature_id, 'old', f.geom, m.moved_m, m.hanging
    FROM moved m JOIN layers_feature f ON f.id = m.feature_id
    UNION ALL
    SELECT 2, a."row", a.key, r.name, NULL, 'added', r.geom, NULL, NULL
    FROM added a JOIN {rows} r USING ("row")
    UNION ALL
    SELECT 3, NULL, g.key, f.name, g.feature_id, 'removed', f.geom, NULL, g.hanging
    FROM gone g JOIN layers_feature f ON f.id = g.feature_id
) p
