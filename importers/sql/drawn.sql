-- Picked geometries as GeoJSON features ({picked}: n, row, key, name, feature_id, state, geom,
-- moved_m, hanging), lines and areas thinned to what a screen can show of the width
-- asked for, else of all that was picked.
WITH picked AS MATERIALIZED ({picked}),
extent AS (SELECT ST_Extent(geom)::geometry AS box FROM picked),
fine AS (
    SELECT coalesce(%(width)s::float8, greatest(ST_XMax(box) - ST_XMin(box),
                                                ST_YMax(box) - ST_YMin(box))) / 4000 AS degrees
    FROM extent
)
SELECT p."row", p.key, p.name, p.feature_id, p.state, p.moved_m, p.hanging,
       ST_AsGeoJSON(ST_Simplify(p.geom, fine.degrees, true), 6)
FROM picked p, fine
ORDER BY p.n
