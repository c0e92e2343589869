MERGE `a-project.identity.contacts` AS t
USING (
  SELECT
    JSON_VALUE(r, '$.contact_id') AS id,
    JSON_VALUE(r, '$.is_new') IS NOT NULL AS is_new,
    JSON_VALUE(r, '$.etag') AS seen_etag,
    JSON_VALUE_ARRAY(r, '$.clear') AS cleared,
    JSON_VALUE(r, '$.set.order') AS `set_order`,
    PARSE_JSON(JSON_QUERY(r, '$.set.emails'), wide_number_mode=>'round') AS `set_emails`,
    JSON_VALUE(r, '$.set.phones') AS `set_phones`,
    CAST(JSON_VALUE(r, '$.set.birthday') AS DATETIME) AS `set_birthday`,
    CAST(JSON_VALUE(r, '$.set.score') AS FLOAT64) AS `set_score`,
    CAST(JSON_VALUE(r, '$.set.worth') AS NUMERIC) AS `set_worth`,
    CAST(JSON_VALUE(r, '$.set.exact_worth') AS BIGNUMERIC) AS `set_exact_worth`,
    CAST(JSON_VALUE(r, '$.set.is_me') AS INT64) AS `set_is_me`,
    CAST(JSON_VALUE(r, '$.set.deleted_at') AS TIMESTAMP) AS `set_deleted_at`
  FROM `a-project.identity.staged_rows` AS staged
) AS s
ON t.`contact_id` = s.id
WHEN MATCHED AND NOT s.is_new AND TO_HEX(MD5(TO_JSON_STRING(t))) = s.seen_etag THEN UPDATE SET
  `order` = IF('order' IN UNNEST(s.cleared), NULL, COALESCE(s.`set_order`, t.`order`)),
  `emails` = IF('emails' IN UNNEST(s.cleared), NULL, COALESCE(s.`set_emails`, t.`emails`)),
  `phones` = IF('phones' IN UNNEST(s.cleared), NULL, COALESCE(s.`set_phones`, t.`phones`)),
  `birthday` = IF('birthday' IN UNNEST(s.cleared), NULL, COALESCE(s.`set_birthday`, t.`birthday`)),
  `score` = IF('score' IN UNNEST(s.cleared), NULL, COALESCE(s.`set_score`, t.`score`)),
  `worth` = IF('worth' IN UNNEST(s.cleared), NULL, COALESCE(s.`set_worth`, t.`worth`)),
  `exact_worth` = IF('exact_worth' IN UNNEST(s.cleared), NULL, COALESCE(s.`set_exact_worth`, t.`exact_worth`)),
  `is_me` = IF('is_me' IN UNNEST(s.cleared), NULL, COALESCE(s.`set_is_me`, t.`is_me`)),
  `deleted_at` = IF('deleted_at' IN UNNEST(s.cleared), NULL, COALESCE(s.`set_deleted_at`, t.`deleted_at`))
WHEN NOT MATCHED BY TARGET AND s.is_new THEN INSERT (`contact_id`, `order`, `emails`, `phones`, `birthday`, `score`, `worth`, `exact_worth`, `is_me`, `deleted_at`)
VALUES (s.id, s.`set_order`, s.`set_emails`, s.`set_phones`, s.`set_birthday`, s.`set_score`, s.`set_worth`, s.`set_exact_worth`, s.`set_is_me`, s.`set_deleted_at`)
