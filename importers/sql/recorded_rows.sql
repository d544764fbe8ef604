-- What a change set did to its features, as pages.sql wants it: of one operation.
SELECT row_number() OVER (ORDER BY {order}) AS n, NULL::integer AS "row", c.key, c.feature_id,
       s.before, s.after, s.before_geom, s.after_geom
FROM (SELECT c.id, c.key, c.feature_id FROM layers_change c
      WHERE c.change_set_id = %(change_set)s AND c.operation = %(operation)s
      ORDER BY {order} {part}) c
JOIN layers_changestate s ON s.id = c.id
