SELECT TO_JSON_STRING(t) AS row_json, t.`Contact_ID` IN (
  SELECT d.`Contact_ID` FROM `a-project.identity.contacts` AS d WHERE d.`Contact_ID` IS NOT NULL GROUP BY 1 HAVING COUNT(*) > 1
) AS doubled
FROM `a-project.identity.contacts` AS t
ORDER BY t.`Contact_ID`
