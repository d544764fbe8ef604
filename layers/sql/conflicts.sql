-- What stands in the way of undoing a change set. reason is one of
--   changed    the feature is no longer what the act left behind (detail: the latest act on it)
--   removed    it is no longer there (detail: the same)
--   taken      it would come back under a key that another has by now (detail: the other's id)
--   hanging    it would go, and something hangs on it (detail: the table)
DROP FUNCTION IF EXISTS layers_undo_conflicts(bigint);
CREATE FUNCTION layers_undo_reasons(undone bigint)
RETURNS TABLE (feature_id bigint, key text, reason text, detail text) LANGUAGE sql STABLE AS $$
    WITH target AS MATERIALIZED (
        SELECT t.feature_id, t.key, t.before ->> 'key' AS old_key
        FROM layers_undo_target(undone) t
    ),
    -- Found from the later acts' side: most often there are none, or few against the one undone.
    later AS (
        SELECT DISTINCT ON (n.feature_id) n.feature_id, n.before, n.before_geom
        FROM layers_changeset s JOIN layers_changeset after
            ON after.layer_id = s.layer_id AND after.id > s.id
        JOIN layers_change n ON n.change_set_id = after.id
        WHERE s.id = undone
        ORDER BY n.feature_id, n.id
    )
    SELECT t.feature_id, t.key, CASE WHEN f.id IS NULL THEN 'removed' ELSE 'changed' END,
           (SELECT max(n.change_set_id)::text FROM layers_change n WHERE n.feature_id = t.feature_id)
    FROM later l JOIN target t USING (feature_id)
    LEFT JOIN layers_feature f ON f.id = l.feature_id
    WHERE (f.id IS NULL) <> (l.before IS NULL)
       OR layers_facts(f.key, f.name, f.name_kana, f.name_en, f.address, f.properties,
                       f.provenance) <> l.before
       OR ST_AsBinary(f.geom) <> ST_AsBinary(l.before_geom)
    UNION ALL
    SELECT t.feature_id, t.key, 'taken', other.id::text FROM target t
    JOIN layers_changeset s ON s.id = undone
    JOIN layers_feature other ON other.layer_id = s.layer_id AND other.key = t.old_key
    WHERE other.id <> t.feature_id
      AND NOT EXISTS (SELECT 1 FROM target also WHERE also.feature_id = other.id)
    UNION ALL
    SELECT t.feature_id, t.key, 'hanging', h.relation FROM target t
    JOIN layers_hanging((SELECT array_agg(g.feature_id) FROM target g WHERE g.old_key IS NULL)) h
        ON h.feature_id = t.feature_id
$$;
