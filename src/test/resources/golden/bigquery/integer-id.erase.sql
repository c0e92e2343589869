DELETE FROM `a-project.identity.contacts` AS t
WHERE CAST(t.`Contact_ID` AS STRING) IN UNNEST(JSON_VALUE_ARRAY(@ids))
