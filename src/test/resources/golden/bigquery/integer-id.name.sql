MERGE `a-project.identity.contacts` AS t
USING (
  SELECT
    JSON_VALUE(r, '$.row_etag') AS row_etag,
    CAST(JSON_VALUE(r, '$.contact_id') AS INT64) AS contact_id,
    CAST(JSON_VALUE(r, '$.former_id') AS INT64) AS former_id
  FROM UNNEST(JSON_QUERY_ARRAY(@rows)) AS r
) AS s
ON TO_HEX(MD5(TO_JSON_STRING(t))) = s.row_etag AND t.`Contact_ID` IS NOT DISTINCT FROM s.former_id
WHEN MATCHED THEN UPDATE SET `Contact_ID` = s.contact_id, `updated_at` = TIMESTAMP_MICROS(@updated_us)
