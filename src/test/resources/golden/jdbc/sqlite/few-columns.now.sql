select
  strftime('%Y-%m-%dT%H:%M:%fZ', 'now') as "now",
  (select cast(schema_version as text) from pragma_schema_version) as "shape"
