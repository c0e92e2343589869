SELECT t.`contact_id` AS contact_id, FALSE AS deleted, TO_HEX(MD5(TO_JSON_STRING(t))) AS row_etag
FROM `a-project.identity.contacts` AS t
ORDER BY 1
