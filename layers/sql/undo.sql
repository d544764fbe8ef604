-- Undo a change set: bring every feature it touched back to what it was before.
-- What stands in the way of that is found by layers_undo_reasons (conflicts.sql).

-- What each feature of a change set is to be again; before IS NULL: it was not there. An act may
-- touch a feature twice; its first change knows what was before the act.
CREATE FUNCTION layers_undo_target(undone bigint)
RETURNS TABLE (feature_id bigint, key text, before jsonb, before_geom geometry)
LANGUAGE sql STABLE AS $$
    SELECT DISTINCT ON (c.feature_id) c.feature_id, c.key, c.before, c.before_geom
    FROM layers_change c WHERE c.change_set_id = undone ORDER BY c.feature_id, c.id
$$;

-- Rows of other tables that refer to features, found by their foreign keys: what a citizen booked
-- or asked hangs on the place, whichever app keeps it. Such a feature is not removed.
CREATE FUNCTION layers_hanging(ids bigint[])
RETURNS TABLE (feature_id bigint, relation text) LANGUAGE plpgsql STABLE AS $$
DECLARE
    reference record;
BEGIN
    FOR reference IN
        SELECT c.conrelid::regclass AS relation, a.attname AS attribute
        FROM pg_constraint c JOIN pg_attribute a
            ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
        WHERE c.contype = 'f' AND c.confrelid = 'layers_feature'::regclass
    LOOP
        RETURN QUERY EXECUTE format(
            'SELECT DISTINCT %I::bigint, %L::text FROM %s WHERE %I = ANY ($1)',
            reference.attribute, reference.relation, reference.relation, reference.attribute
        ) USING ids;
    END LOOP;
END $$;

CREATE OR REPLACE FUNCTION layers_undo(undone bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM layers_feature f USING layers_undo_target(undone) t
    WHERE t.before IS NULL AND f.id = t.feature_id;

    UPDATE layers_feature f
    SET key = b.key, name = b.name, name_kana = b.name_kana, name_en = b.name_en,
        address = b.address, properties = b.properties, provenance = b.provenance,
        geom = t.before_geom, updated_at = now()
    FROM layers_undo_target(undone) t, jsonb_populate_record(NULL::layers_feature, t.before) b
    WHERE t.before IS NOT NULL AND f.id = t.feature_id;

    -- The old id comes back with the feature: what hung on it, and its page's address, still hold.
    INSERT INTO layers_feature (id, layer_id, key, name, name_kana, name_en, address, properties,
                                provenance, geom, updated_at)
    SELECT t.feature_id, s.layer_id, b.key, b.name, b.name_kana, b.name_en, b.address,
           b.properties, b.provenance, t.before_geom, now()
    FROM layers_undo_target(undone) t JOIN layers_changeset s ON s.id = undone,
         jsonb_populate_record(NULL::layers_feature, t.before) b
    WHERE t.before IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM layers_feature f WHERE f.id = t.feature_id);
END $$;
