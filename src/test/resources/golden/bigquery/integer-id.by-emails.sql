SELECT TO_JSON_STRING(t) AS row_json
FROM `a-project.identity.contacts` AS t
WHERE EXISTS(SELECT 1 FROM UNNEST(t.`emails`) AS e WHERE LOWER(TRIM(e)) IN UNNEST(JSON_VALUE_ARRAY(@emails)))
