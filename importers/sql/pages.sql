-- Rows with both their sides, in words and figures ({picked}: n, row, key, feature_id, moved_m,
-- before, after: facts as layers_facts makes them, before_geom, after_geom). Cells are
-- [name, text before, text after]; places as importers_place makes them.
WITH picked AS ({picked})
SELECT p."row", p.key, coalesce(p.after ->> 'name', p.before ->> 'name') AS name, p.feature_id,
       (SELECT jsonb_agg(jsonb_build_array(c, p.before -> 'properties' ->> c,
                                           p.after -> 'properties' ->> c))
        FROM unnest(importers_differing(coalesce(p.before -> 'properties', '{{}}'),
                                        coalesce(p.after -> 'properties', '{{}}'))) AS c
       ) AS columns,
       (SELECT jsonb_agg(jsonb_build_array(c, p.before ->> c, p.after ->> c))
        FROM unnest(importers_differing(coalesce(p.before, '{{}}') - 'properties',
                                        coalesce(p.after, '{{}}') - 'properties')) AS c
       ) AS facts,
       CASE WHEN p.before_geom IS DISTINCT FROM p.after_geom
            THEN importers_place(p.before_geom) END AS place_before,
       CASE WHEN p.before_geom IS DISTINCT FROM p.after_geom
            THEN importers_place(p.after_geom) END AS place_after,
       CASE WHEN NOT p.before_geom = p.after_geom
            THEN ST_DistanceSpheroid(ST_Centroid(p.before_geom), ST_Centroid(p.after_geom))
       END AS moved_m
FROM picked p ORDER BY p.n
