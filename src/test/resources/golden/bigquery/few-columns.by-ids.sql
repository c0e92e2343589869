SELECT
  TO_HEX(MD5(TO_JSON_STRING(t))) AS row_etag,
  t.`contact_id`,
  t.`first_name`,
  t.`last_name`
FROM `a-project.identity.contacts` AS t
WHERE t.`contact_id` IN UNNEST(JSON_VALUE_ARRAY(@ids))
