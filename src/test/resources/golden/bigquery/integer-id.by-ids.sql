SELECT
  TO_HEX(MD5(TO_JSON_STRING(t))) AS row_etag,
  t.`Contact_ID`,
  t.`first_name`,
  t.`emails`,
  UNIX_MICROS(t.`updated_at`) AS `updated_at`,
  TO_JSON_STRING(t.`sync_metadata`) AS `sync_metadata`
FROM `a-project.identity.contacts` AS t
WHERE CAST(t.`Contact_ID` AS STRING) IN UNNEST(JSON_VALUE_ARRAY(@ids))
