MERGE `a-project.identity.contacts` AS t
USING (
  SELECT
    JSON_VALUE(r, '$.contact_id') AS id,
    JSON_VALUE(r, '$.is_new') IS NOT NULL AS is_new,
    JSON_VALUE(r, '$.etag') AS seen_etag,
    JSON_VALUE_ARRAY(r, '$.clear') AS cleared,
    JSON_VALUE(r, '$.set.first_name') AS `set_first_name`,
    JSON_VALUE(r, '$.set.last_name') AS `set_last_name`
  FROM `a-project.identity.staged_rows` AS staged
) AS s
ON t.`contact_id` = s.id
WHEN MATCHED AND NOT s.is_new AND TO_HEX(MD5(TO_JSON_STRING(t))) = s.seen_etag THEN UPDATE SET
  `first_name` = IF('first_name' IN UNNEST(s.cleared), NULL, COALESCE(s.`set_first_name`, t.`first_name`)),
  `last_name` = IF('last_name' IN UNNEST(s.cleared), NULL, COALESCE(s.`set_last_name`, t.`last_name`))
WHEN NOT MATCHED BY TARGET AND s.is_new THEN INSERT (`contact_id`, `first_name`, `last_name`)
VALUES (s.id, s.`set_first_name`, s.`set_last_name`)
