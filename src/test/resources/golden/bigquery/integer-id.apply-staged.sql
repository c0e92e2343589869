MERGE `a-project.identity.contacts` AS t
USING (
  SELECT
    CAST(JSON_VALUE(r, '$.contact_id') AS INT64) AS id,
    JSON_VALUE(r, '$.is_new') IS NOT NULL AS is_new,
    JSON_VALUE(r, '$.etag') AS seen_etag,
    JSON_VALUE_ARRAY(r, '$.clear') AS cleared,
    TIMESTAMP_MICROS(CAST(JSON_VALUE(r, '$.expected_us') AS INT64)) AS seen_at,
    TIMESTAMP_MICROS(CAST(JSON_VALUE(r, '$.updated_us') AS INT64)) AS new_updated_at,
    JSON_VALUE(r, '$.set.first_name') AS `set_first_name`,
    JSON_VALUE_ARRAY(r, '$.set.emails') AS `set_emails`
  FROM `a-project.identity.staged_rows` AS staged
) AS s
ON t.`Contact_ID` = s.id
WHEN MATCHED AND NOT s.is_new AND IF(s.seen_etag IS NULL, t.`updated_at` IS NOT DISTINCT FROM s.seen_at, TO_HEX(MD5(TO_JSON_STRING(t))) = s.seen_etag) THEN UPDATE SET
  `first_name` = IF('first_name' IN UNNEST(s.cleared), NULL, COALESCE(s.`set_first_name`, t.`first_name`)),
  `emails` = IF('emails' IN UNNEST(s.cleared), NULL, COALESCE(s.`set_emails`, t.`emails`)),
  `updated_at` = s.new_updated_at
WHEN NOT MATCHED BY TARGET AND s.is_new THEN INSERT (`Contact_ID`, `first_name`, `emails`, `updated_at`)
VALUES (s.id, s.`set_first_name`, s.`set_emails`, s.new_updated_at)
