SELECT COUNT(*) AS contacts, COUNTIF(FALSE) AS deleted
FROM `a-project.identity.contacts` AS t
