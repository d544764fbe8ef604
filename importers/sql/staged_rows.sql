-- Rows of an import that is not written yet, as pages.sql wants them; {of} are those of one verdict.
SELECT row_number() OVER (ORDER BY {order}) AS n, d."row", d.key, d.feature_id,
       CASE WHEN f.id IS NOT NULL THEN
           layers_facts(f.key, f.name, f.name_kana, f.name_en, f.address, f.properties,
                        f.provenance) END AS before,
       CASE WHEN r."row" IS NOT NULL THEN
           layers_facts(r.key, r.name, r.name_kana, r.name_en, r.address, r.properties,
                        r.provenance) END AS after,
       f.geom AS before_geom, r.geom AS after_geom
FROM (SELECT d."row", d.key, d.feature_id, d.moved_m FROM ({of}) d ORDER BY {order} {part}) d
LEFT JOIN {rows} r ON r."row" = d."row"
LEFT JOIN layers_feature f ON f.id = d.feature_id
