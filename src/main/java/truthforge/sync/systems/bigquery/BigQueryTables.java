package truthforge.sync.systems.bigquery;

import com.google.cloud.bigquery.Clustering;
import com.google.cloud.bigquery.Field;
import com.google.cloud.bigquery.Schema;
import com.google.cloud.bigquery.StandardSQLTypeName;
import com.google.cloud.bigquery.StandardTableDefinition;
import com.google.cloud.bigquery.TimePartitioning;
import java.util.List;

/** The tables that {@code setup} creates where they are missing. */
public final class BigQueryTables {

  private BigQueryTables() {}

  /** The contacts: the record of truth. */
  public static StandardTableDefinition contacts() {
    return StandardTableDefinition.newBuilder()
        .setSchema(
            Schema.of(
                required("contact_id", StandardSQLTypeName.STRING),
                text("first_name"),
                text("middle_name"),
                text("last_name"),
                text("nickname"),
                text("name_suffix"),
                text("title"),
                text("canonical_name"),
                text("name_normalized"),
                text("organization"),
                text("job_title"),
                text("department"),
                field("is_business", StandardSQLTypeName.BOOL),
                texts("emails"),
                texts("phones"),
                text("linkedin_url"),
                field("social_profiles", StandardSQLTypeName.JSON),
                text("category_code"),
                text("subcategory_code"),
                text("relationship_category"),
                text("notes"),
                field("birthday", StandardSQLTypeName.DATE),
                field("is_me", StandardSQLTypeName.BOOL),
                field("llm_context", StandardSQLTypeName.JSON),
                field("communication_stats", StandardSQLTypeName.JSON),
                field("social_network", StandardSQLTypeName.JSON),
                field("ai_insights", StandardSQLTypeName.JSON),
                field("recommendations", StandardSQLTypeName.JSON),
                field("sync_metadata", StandardSQLTypeName.JSON),
                field("deleted_at", StandardSQLTypeName.TIMESTAMP),
                field("created_at", StandardSQLTypeName.TIMESTAMP),
                field("updated_at", StandardSQLTypeName.TIMESTAMP)))
        .build();
  }

  /** The history, appended to and never changed: one row for each field of each change. */
  public static StandardTableDefinition changeLog() {
    return StandardTableDefinition.newBuilder()
        .setSchema(
            Schema.of(
                required("change_id", StandardSQLTypeName.STRING),
                required("contact_id", StandardSQLTypeName.STRING),
                required("version", StandardSQLTypeName.INT64),
                required("changed_at", StandardSQLTypeName.TIMESTAMP),
                required("origin", StandardSQLTypeName.STRING),
                required("field", StandardSQLTypeName.STRING),
                field("old_value", StandardSQLTypeName.JSON),
                field("new_value", StandardSQLTypeName.JSON)))
        .setTimePartitioning(monthly("changed_at"))
        .setClustering(Clustering.newBuilder().setFields(List.of("contact_id")).build())
        .build();
  }

  /** The conflicts, appended to: one row when one is found, one more when it is settled. */
  public static StandardTableDefinition conflicts() {
    return StandardTableDefinition.newBuilder()
        .setSchema(
            Schema.of(
                required("conflict_id", StandardSQLTypeName.STRING),
                required("contact_id", StandardSQLTypeName.STRING),
                required("field", StandardSQLTypeName.STRING),
                required("kind", StandardSQLTypeName.STRING),
                required("recorded_at", StandardSQLTypeName.TIMESTAMP),
                field("winner_system", StandardSQLTypeName.STRING),
                field("winner_value", StandardSQLTypeName.JSON),
                field("loser_system", StandardSQLTypeName.STRING),
                field("loser_value", StandardSQLTypeName.JSON),
                required("status", StandardSQLTypeName.STRING)))
        .setTimePartitioning(monthly("recorded_at"))
        .setClustering(Clustering.newBuilder().setFields(List.of("contact_id")).build())
        .build();
  }

  private static TimePartitioning monthly(String column) {
    return TimePartitioning.newBuilder(TimePartitioning.Type.MONTH).setField(column).build();
  }

  private static Field text(String name) {
    return field(name, StandardSQLTypeName.STRING);
  }

  private static Field texts(String name) {
    return Field.newBuilder(name, StandardSQLTypeName.STRING).setMode(Field.Mode.REPEATED).build();
  }

  private static Field field(String name, StandardSQLTypeName type) {
    return Field.newBuilder(name, type).setMode(Field.Mode.NULLABLE).build();
  }

  private static Field required(String name, StandardSQLTypeName type) {
    return Field.newBuilder(name, type).setMode(Field.Mode.REQUIRED).build();
  }
}
