SELECT TO_JSON_STRING(t) AS row_json
FROM `a-project.identity.contacts` AS t
ORDER BY t.`contact_id`
