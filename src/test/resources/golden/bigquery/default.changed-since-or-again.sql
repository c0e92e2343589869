SELECT TO_JSON_STRING(t) AS row_json, t.`contact_id` IN (
  SELECT d.`contact_id` FROM `a-project.identity.contacts` AS d WHERE d.`contact_id` IS NOT NULL GROUP BY 1 HAVING COUNT(*) > 1
) AS doubled
FROM `a-project.identity.contacts` AS t
WHERE t.`updated_at` >= TIMESTAMP_MICROS(@since_us) OR t.`updated_at` IS NULL OR t.`contact_id` IS NULL OR t.`contact_id` IN UNNEST(JSON_VALUE_ARRAY(@again))
ORDER BY t.`updated_at`, t.`contact_id`
