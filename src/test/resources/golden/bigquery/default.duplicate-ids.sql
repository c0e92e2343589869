SELECT t.`contact_id` AS contact_id, COUNT(*) AS copies
FROM `a-project.identity.contacts` AS t
WHERE t.`contact_id` IS NOT NULL
GROUP BY 1
HAVING COUNT(*) > 1
ORDER BY 1
