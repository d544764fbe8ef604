-- Every write to layers_feature leaves a record of what was before, or is refused.
-- The change set in force is the transaction's setting layers.change_set (set by layers/changes.py).
-- What came after needs no copy: it is what the feature's next change found, or what it is now
-- (the view layers_changestate). So an import of a million rows does not write them twice.

CREATE OR REPLACE FUNCTION layers_record_changes() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    recorded_in bigint := nullif(current_setting('layers.change_set', true), '')::bigint;
    its_layer bigint;
    its_type text;
    wanted integer;
    foreign_rows bigint;
    misfit text;
BEGIN
    SELECT l.id, l.geometry_type INTO its_layer, its_type
    FROM layers_changeset s JOIN layers_layer l ON l.id = s.layer_id WHERE s.id = recorded_in
    FOR KEY SHARE OF l;
    IF its_layer IS NULL THEN
        RAISE EXCEPTION 'features are written only inside a change set'
            USING ERRCODE = 'restrict_violation', HINT = 'use layers.changes.recording()';
    END IF;
    wanted := CASE its_type WHEN 'point' THEN 0 WHEN 'line' THEN 1 ELSE 2 END;

    -- A trigger's transition tables exist only in their own branch: keep the branches apart.
    IF TG_OP = 'INSERT' THEN
        SELECT count(*) FILTER (WHERE layer_id <> its_layer),
               min(ST_GeometryType(geom))
                   FILTER (WHERE ST_Dimension(geom) <> wanted OR ST_IsEmpty(geom))
        INTO foreign_rows, misfit FROM new_rows;
        INSERT INTO layers_change (change_set_id, feature_id, key, operation)
        SELECT recorded_in, id, key, 'insert' FROM new_rows;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT count(*) FILTER (WHERE layer_id <> its_layer) INTO foreign_rows FROM old_rows;
        INSERT INTO layers_change (change_set_id, feature_id, key, operation, before, before_geom)
        SELECT recorded_in, id, key, 'delete',
               layers_facts(key, name, name_kana, name_en, address, properties, provenance), geom
        FROM old_rows;
    ELSE
        IF EXISTS (
            SELECT 1 FROM old_rows o FULL JOIN new_rows n USING (id)
            WHERE o.layer_id IS DISTINCT FROM its_layer OR n.layer_id IS DISTINCT FROM its_layer
        ) THEN
            RAISE EXCEPTION 'a feature keeps its id and its layer'
                USING ERRCODE = 'restrict_violation';
        END IF;
        SELECT min(ST_GeometryType(geom))
                   FILTER (WHERE ST_Dimension(geom) <> wanted OR ST_IsEmpty(geom))
        INTO misfit FROM new_rows;
        INSERT INTO layers_change (change_set_id, feature_id, key, operation, before, before_geom)
        SELECT recorded_in, id, n.key, 'update', before, o.geom
        FROM old_rows o JOIN new_rows n USING (id),
             layers_facts(o.key, o.name, o.name_kana, o.name_en, o.address, o.properties,
                          o.provenance) AS before
        WHERE before <> layers_facts(n.key, n.name, n.name_kana, n.name_en, n.address,
                                     n.properties, n.provenance)
           OR ST_AsBinary(o.geom) <> ST_AsBinary(n.geom);
    END IF;

    IF foreign_rows > 0 THEN
        RAISE EXCEPTION 'a change set writes features of its own layer only'
            USING ERRCODE = 'restrict_violation';
    ELSIF misfit IS NOT NULL THEN
        RAISE EXCEPTION 'a % does not fit a layer of % features', misfit, its_type
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

DROP FUNCTION IF EXISTS layers_require_type_of_layer;

-- A change with its other side: what the feature became by it.
CREATE VIEW layers_changestate AS
SELECT c.id, c.change_set_id, c.feature_id, c.key, c.operation, c.before, c.before_geom,
       CASE WHEN c.operation = 'delete' THEN NULL
            WHEN later.id IS NOT NULL THEN later.before
            WHEN f.id IS NOT NULL THEN layers_facts(f.key, f.name, f.name_kana, f.name_en,
                                                    f.address, f.properties, f.provenance)
       END AS after,
       CASE WHEN c.operation = 'delete' THEN NULL
            WHEN later.id IS NOT NULL THEN later.before_geom ELSE f.geom END AS after_geom
FROM layers_change c
LEFT JOIN LATERAL (
    SELECT n.id, n.before, n.before_geom FROM layers_change n
    WHERE n.feature_id = c.feature_id AND n.id > c.id ORDER BY n.id LIMIT 1
) later ON true
LEFT JOIN layers_feature f ON later.id IS NULL AND f.id = c.feature_id;

-- That a feature's layer exists is known here: its rows were just compared with a layer that is
-- locked. A foreign key would ask the same again, row by row (10 s for a million). This is its
-- other half: a layer with features stays.
CREATE FUNCTION layers_keep_filled() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM layers_feature WHERE layer_id = OLD.id) THEN
        RAISE EXCEPTION 'layer % holds features and stays', OLD.slug
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER layers_layer_kept BEFORE DELETE ON layers_layer
    FOR EACH ROW EXECUTE FUNCTION layers_keep_filled();

-- The record goes with nothing: a change set that changed something stays.
CREATE FUNCTION layers_keep_record() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM layers_change WHERE change_set_id = OLD.id) THEN
        RAISE EXCEPTION 'change set % holds changes and stays', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER layers_changeset_kept BEFORE DELETE ON layers_changeset
    FOR EACH ROW EXECUTE FUNCTION layers_keep_record();
