DELETE FROM `a-project.identity.contacts` AS t
WHERE t.`contact_id` IN UNNEST(JSON_VALUE_ARRAY(@ids))
