SELECT TO_JSON_STRING(t) AS row_json, t.`contact_id` IN (
  SELECT d.`contact_id` FROM `a-project.identity.contacts` AS d WHERE d.`contact_id` IS NOT NULL GROUP BY 1 HAVING COUNT(*) > 1
) AS doubled
FROM `a-project.identity.contacts` AS t
ORDER BY t.`contact_id`
