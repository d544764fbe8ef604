-- What undoing a change set would do, as pages.sql wants it: before is what a feature is now, after
-- what it was before the act. An act may touch a feature twice; its first change knows that.
SELECT row_number() OVER (ORDER BY {order}) AS n, NULL::integer AS "row", c.key, c.feature_id,
       CASE WHEN f.id IS NOT NULL THEN
           layers_facts(f.key, f.name, f.name_kana, f.name_en, f.address, f.properties,
                        f.provenance) END AS before,
       c.before AS after, f.geom AS before_geom, c.before_geom AS after_geom
FROM (
    SELECT c.* FROM ({net_changes}) c WHERE c.net = %(operation)s
    ORDER BY {order} {part}
) c
LEFT JOIN layers_feature f ON f.id = c.feature_id
