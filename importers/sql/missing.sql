-- Features that a file does not mention, those with something hanging on them first.
SELECT d.feature_id, d.key, f.name, coalesce(d.hanging, '{{}}')
FROM (SELECT * FROM {diff} d WHERE d.verdict = 'missing'
      ORDER BY d.hanging IS NULL, d.key LIMIT %(limit)s OFFSET %(offset)s) d
JOIN layers_feature f ON f.id = d.feature_id
ORDER BY d.hanging IS NULL, d.key
