-- Undo a change set: bring every feature it touched back to what it was before.
-- Refuses (returns the keys, writes nothing) where a feature is no longer what the act left behind.

CREATE FUNCTION layers_undo_conflicts(undone bigint) RETURNS SETOF text LANGUAGE sql STABLE AS $$
    SELECT c.key
    FROM layers_change c LEFT JOIN layers_feature f ON f.id = c.feature_id
    WHERE c.change_set_id = undone
      AND CASE
          WHEN c.operation = 'delete' THEN f.id IS NOT NULL
              OR EXISTS (
                  SELECT 1 FROM layers_feature other
                  JOIN layers_changeset s ON s.id = undone AND other.layer_id = s.layer_id
                  WHERE other.key = c.key)
          ELSE f.id IS NULL
              OR layers_facts(f.key, f.name, f.name_kana, f.name_en, f.address, f.properties,
                              f.provenance) <> c.after
              OR ST_AsBinary(f.geom) <> ST_AsBinary(c.after_geom)
          END
    ORDER BY c.id
$$;

CREATE FUNCTION layers_undo(undone bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM layers_feature f USING layers_change c
    WHERE c.change_set_id = undone AND c.operation = 'insert' AND f.id = c.feature_id;

    UPDATE layers_feature f
    SET key = b.key, name = b.name, name_kana = b.name_kana, name_en = b.name_en,
        address = b.address, properties = b.properties, provenance = b.provenance,
        geom = c.before_geom, updated_at = now()
    FROM layers_change c, jsonb_populate_record(NULL::layers_feature, c.before) b
    WHERE c.change_set_id = undone AND c.operation = 'update' AND f.id = c.feature_id;

    -- The old id comes back with the feature: what hung on it, and its page's address, still hold.
    INSERT INTO layers_feature (id, layer_id, key, name, name_kana, name_en, address, properties,
                                provenance, geom, updated_at)
    SELECT c.feature_id, s.layer_id, b.key, b.name, b.name_kana, b.name_en, b.address,
           b.properties, b.provenance, c.before_geom, now()
    FROM layers_change c JOIN layers_changeset s ON s.id = c.change_set_id,
         jsonb_populate_record(NULL::layers_feature, c.before) b
    WHERE c.change_set_id = undone AND c.operation = 'delete';
END $$;
