SELECT TO_JSON_STRING(t) AS row_json
FROM `a-project.identity.contacts` AS t
WHERE t.`updated_at` >= TIMESTAMP_MICROS(@since_us) OR t.`updated_at` IS NULL
ORDER BY t.`updated_at`, t.`Contact_ID`
