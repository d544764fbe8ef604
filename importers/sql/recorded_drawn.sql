-- Geometries that a change set changed (or would change back), as drawn.sql wants them: {both} joins
-- to each change c what was before and after. {sampled} narrows many new and gone ones down before
-- that costs anything; which, is settled by their scrambled numbers: spread, and always the same.
WITH moved AS (
    SELECT c.feature_id, c.key, {old_name} AS old_name, {new_name} AS name,
           {old} AS old, {new} AS geom,
           ST_DistanceSpheroid(ST_Centroid({old}), ST_Centroid({new})) AS moved_m
    FROM layers_change c {both}
    WHERE c.change_set_id = %(change_set)s AND c.operation = 'update' AND NOT {old} = {new}
          {first} {box}
    ORDER BY 7 DESC, c.feature_id LIMIT %(changed)s
), added AS (
    SELECT c.feature_id, c.key, {new_name} AS name, {new} AS geom
    FROM (SELECT * FROM layers_change c
          WHERE c.change_set_id = %(change_set)s AND c.operation = '{added}' {first}
          {sampled_new}) c {both}
    WHERE {new} IS NOT NULL {box}
    ORDER BY hashint8(c.feature_id), c.feature_id LIMIT %(new)s
), gone AS (
    SELECT c.feature_id, c.key, {old_name} AS name, {old} AS geom
    FROM (SELECT * FROM layers_change c
          WHERE c.change_set_id = %(change_set)s AND c.operation = '{gone}' {first}
          {sampled_gone}) c {both}
    WHERE {old} IS NOT NULL {box}
    ORDER BY hashint8(c.feature_id), c.feature_id LIMIT %(missing)s
)
SELECT row_number() OVER (ORDER BY part, moved_m DESC NULLS LAST, feature_id, state DESC) AS n,
       NULL::integer AS "row", NULL::text[] AS hanging, p.*
FROM (
    SELECT 1 AS part, key, name, feature_id, 'new' AS state, geom, moved_m FROM moved
    UNION ALL
    SELECT 1, key, old_name, feature_id, 'old', old, moved_m FROM moved
    UNION ALL
    SELECT 2, key, name, feature_id, 'added', geom, NULL FROM added
    UNION ALL
    SELECT 3, key, name, feature_id, 'removed', geom, NULL FROM gone
) p
