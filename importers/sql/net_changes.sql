-- The first change of a change set to each of its features, with what all of them come to ("net"):
-- insert, update or delete; NULL where a feature was added and removed again.
SELECT c.*,
       CASE WHEN c.operation <> 'insert' AND l.operation = 'delete' THEN 'delete'
            WHEN c.operation <> 'insert' THEN 'update'
            WHEN l.operation <> 'delete' THEN 'insert' END AS net
FROM layers_change c
JOIN LATERAL (
    SELECT last.operation FROM layers_change last
    WHERE last.feature_id = c.feature_id AND last.change_set_id = c.change_set_id
    ORDER BY last.id DESC LIMIT 1
) l ON true
WHERE c.change_set_id = %(change_set)s
  AND NOT EXISTS (SELECT 1 FROM layers_change e
                  WHERE e.feature_id = c.feature_id AND e.id < c.id
                    AND e.change_set_id = c.change_set_id)
