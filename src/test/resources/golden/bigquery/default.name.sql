MERGE `a-project.identity.contacts` AS t
USING (
  SELECT
    JSON_VALUE(r, '$.row_etag') AS row_etag,
    JSON_VALUE(r, '$.contact_id') AS contact_id,
    JSON_VALUE(r, '$.former_id') AS former_id
  FROM UNNEST(JSON_QUERY_ARRAY(@rows)) AS r
) AS s
ON TO_HEX(MD5(TO_JSON_STRING(t))) = s.row_etag AND t.`contact_id` IS NOT DISTINCT FROM s.former_id
WHEN MATCHED THEN UPDATE SET `contact_id` = s.contact_id, `updated_at` = TIMESTAMP_MICROS(@updated_us)
