package truthforge.sync.sandbox.supabase;

/** The table of {@code config/sql/supabase.sql}. */
final class ContactsMaster {

  private static final String[] TEXTS = {
    "first_name",
    "middle_name",
    "last_name",
    "nickname",
    "name_suffix",
    "title",
    "canonical_name",
    "name_normalized",
    "organization",
    "job_title",
    "department",
    "linkedin_url",
    "category_code",
    "subcategory_code",
    "relationship_category",
    "notes"
  };

  private static final String[] DOCUMENTS = {
    "emails",
    "phones",
    "social_profiles",
    "llm_context",
    "communication_stats",
    "social_network",
    "ai_insights",
    "recommendations",
    "sync_metadata"
  };

  private ContactsMaster() {}

  static TableDefinition table(String name) {
    TableDefinition table =
        TableDefinition.table(name)
            .column("id", SqlType.UUID)
            .byDefaultRandomUuid()
            .column("contact_id", SqlType.TEXT);
    for (String text : TEXTS) {
      table.column(text, SqlType.TEXT);
    }
    table.column("is_business", SqlType.BOOLEAN).column("is_me", SqlType.BOOLEAN);
    for (String document : DOCUMENTS) {
      table.column(document, SqlType.JSONB);
    }
    // The rights that a hosted project gives on every new table, and row-level security without a
    // policy: any key but the service role's sees an empty table.
    return table
        .column("birthday", SqlType.DATE)
        .column("deleted_at", SqlType.TIMESTAMPTZ)
        .column("created_at", SqlType.TIMESTAMPTZ)
        .byDefaultNow()
        .column("updated_at", SqlType.TIMESTAMPTZ)
        .byDefaultNow()
        .unique(name + "_contact_id_key", "contact_id")
        .touch("updated_at")
        .rowLevelSecurity()
        .grantAll("anon", "authenticated", "service_role");
  }
}
