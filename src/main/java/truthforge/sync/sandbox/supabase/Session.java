package truthforge.sync.sandbox.supabase;

/**
 * Who asks.
 *
 * @param role the database role that the request runs as
 * @param anonymous whether it came without a token
 * @param origin the header {@code x-sync-origin}, which the change log keeps; may be null
 */
record Session(String role, boolean anonymous, String origin) {}
