SELECT CAST(t.`Contact_ID` AS STRING) AS contact_id, COUNT(*) AS copies
FROM `a-project.identity.contacts` AS t
WHERE t.`Contact_ID` IS NOT NULL
GROUP BY 1
HAVING COUNT(*) > 1
ORDER BY 1
