-- Every write to layers_feature leaves a before and an after, or is refused.
-- The change set in force is the transaction's setting layers.change_set (set by layers/changes.py).

-- What a change remembers of a feature besides its geometry. One definition, so that comparing,
-- recording and undoing mean the same facts. A new column of Feature belongs here (a test holds it).
CREATE FUNCTION layers_facts(
    key text, name text, name_kana text, name_en text, address text, properties jsonb,
    provenance text
) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_build_object(
        'key', key, 'name', name, 'name_kana', name_kana, 'name_en', name_en,
        'address', address, 'properties', properties, 'provenance', provenance)
$$;

CREATE FUNCTION layers_require_type_of_layer(geom geometry, geometry_type text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF ST_IsEmpty(geom) OR ST_Dimension(geom)
       <> (CASE geometry_type WHEN 'point' THEN 0 WHEN 'line' THEN 1 ELSE 2 END) THEN
        RAISE EXCEPTION 'a % does not fit a layer of % features', ST_GeometryType(geom), geometry_type
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN true;
END $$;

CREATE FUNCTION layers_record_changes() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    recorded_in bigint := nullif(current_setting('layers.change_set', true), '')::bigint;
    its_layer bigint;
    its_type text;
BEGIN
    SELECT l.id, l.geometry_type INTO its_layer, its_type
    FROM layers_changeset s JOIN layers_layer l ON l.id = s.layer_id WHERE s.id = recorded_in;
    IF its_layer IS NULL THEN
        RAISE EXCEPTION 'features are written only inside a change set'
            USING ERRCODE = 'restrict_violation', HINT = 'use layers.changes.recording()';
    END IF;

    -- A trigger's transition tables exist only in their own branch: keep the branches apart.
    IF TG_OP = 'INSERT' THEN
        IF EXISTS (SELECT 1 FROM new_rows WHERE layer_id <> its_layer) THEN
            RAISE EXCEPTION 'a change set writes features of its own layer only'
                USING ERRCODE = 'restrict_violation';
        END IF;
        PERFORM layers_require_type_of_layer(geom, its_type) FROM new_rows;
        INSERT INTO layers_change (change_set_id, feature_id, key, operation, after, after_geom)
        SELECT recorded_in, id, key, 'insert',
               layers_facts(key, name, name_kana, name_en, address, properties, provenance), geom
        FROM new_rows;
    ELSIF TG_OP = 'DELETE' THEN
        IF EXISTS (SELECT 1 FROM old_rows WHERE layer_id <> its_layer) THEN
            RAISE EXCEPTION 'a change set writes features of its own layer only'
                USING ERRCODE = 'restrict_violation';
        END IF;
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
        PERFORM layers_require_type_of_layer(geom, its_type) FROM new_rows;
        INSERT INTO layers_change
            (change_set_id, feature_id, key, operation, before, before_geom, after, after_geom)
        SELECT recorded_in, id, n.key, 'update', before, o.geom, after, n.geom
        FROM old_rows o JOIN new_rows n USING (id),
             layers_facts(o.key, o.name, o.name_kana, o.name_en, o.address, o.properties,
                          o.provenance) AS before,
             layers_facts(n.key, n.name, n.name_kana, n.name_en, n.address, n.properties,
                          n.provenance) AS after
        WHERE before <> after OR ST_AsBinary(o.geom) <> ST_AsBinary(n.geom);
    END IF;
    RETURN NULL;
END $$;

-- A trigger with transition tables serves one event only.
CREATE TRIGGER layers_feature_inserted AFTER INSERT ON layers_feature
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION layers_record_changes();
CREATE TRIGGER layers_feature_updated AFTER UPDATE ON layers_feature
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION layers_record_changes();
CREATE TRIGGER layers_feature_deleted AFTER DELETE ON layers_feature
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION layers_record_changes();
