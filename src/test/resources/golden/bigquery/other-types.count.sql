SELECT COUNT(*) AS contacts, COUNTIF(t.`deleted_at` IS NOT NULL) AS deleted
FROM `a-project.identity.contacts` AS t
