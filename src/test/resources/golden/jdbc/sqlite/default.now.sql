select strftime('%Y-%m-%dT%H:%M:%fZ', 'now') as "now"
