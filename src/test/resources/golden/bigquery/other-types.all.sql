SELECT
  TO_HEX(MD5(TO_JSON_STRING(t))) AS row_etag,
  t.`contact_id`,
  t.`order`,
  TO_JSON_STRING(t.`emails`) AS `emails`,
  t.`phones`,
  CAST(t.`birthday` AS STRING) AS `birthday`,
  t.`score`,
  CAST(t.`worth` AS STRING) AS `worth`,
  CAST(t.`exact_worth` AS STRING) AS `exact_worth`,
  TO_JSON_STRING(t.`photo`) AS `photo`,
  TO_JSON_STRING(t.`ages`) AS `ages`,
  t.`is_me`,
  UNIX_MICROS(t.`deleted_at`) AS `deleted_at`,
  CAST(t.`updated_at` AS STRING) AS `updated_at`
FROM `a-project.identity.contacts` AS t
ORDER BY t.`contact_id`
