-- The columns in which two rows' properties differ, in alphabetical order.
CREATE FUNCTION importers_differing(before jsonb, after jsonb) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(array_agg(name ORDER BY name), '{}')
    FROM jsonb_object_keys(before || after) AS name
    WHERE before -> name IS DISTINCT FROM after -> name
$$;

-- Where and how large: [0, latitude, longitude] of a point (of several, their middle), [1, metres]
-- of a line, [2, square metres] of an area, on the ellipsoid.
CREATE FUNCTION importers_place(geom geometry) RETURNS double precision[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE ST_Dimension(geom)
        WHEN 0 THEN ARRAY[0, ST_Y(ST_Centroid(geom)), ST_X(ST_Centroid(geom))]
        WHEN 1 THEN ARRAY[1, ST_Length(geom::geography)]
        WHEN 2 THEN ARRAY[2, ST_Area(geom::geography)] END
$$;
