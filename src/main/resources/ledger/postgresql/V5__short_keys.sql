-- Where there are many, a usual system is one letter, and any other name stands behind "=".
CREATE FUNCTION pg_temp.letter(system text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE system WHEN 'bigquery' THEN 'b' WHEN 'twenty' THEN 't' WHEN 'supabase' THEN 's'
    WHEN 'local' THEN 'l' ELSE '=' || system END
$$;
UPDATE replica SET system = pg_temp.letter(system);
UPDATE history SET changed_by = pg_temp.letter(changed_by);
