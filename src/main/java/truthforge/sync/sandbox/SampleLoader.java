package truthforge.sync.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/** Gives sample records the shape of their systems and stores them there, a few at a time. */
final class SampleLoader implements AutoCloseable {

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final int ROWS_AT_ONCE = 2_000;

  private static final List<String> LOCAL_COLUMNS =
      List.of(
          "contact_id",
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
          "notes",
          "is_business",
          "is_me",
          "emails",
          "phones",
          "social_profiles",
          "llm_context",
          "communication_stats",
          "social_network",
          "ai_insights",
          "recommendations",
          "birthday",
          "deleted_at",
          "created_at",
          "updated_at");

  private final SampleSystems systems;
  private final SampleFirms firms;
  private final Instant now;
  private final Connection local;
  private final PreparedStatement localInsert;
  private final List<ObjectNode> bigqueryRows = new ArrayList<>();
  private final Set<Integer> loadedFirms = new HashSet<>();
  private int localRows;
  private int people;

  SampleLoader(SampleSystems systems, SampleFirms firms, Instant now) {
    this.systems = systems;
    this.firms = firms;
    this.now = now;
    if (!systems.bigquery().hasTable(SampleSystems.DATASET, SampleSystems.TABLE)) {
      systems.bigquery().execute(sql("bigquery.sql"));
    }
    try {
      local = DriverManager.getConnection(systems.localJdbcUrl());
      try (Statement statement = local.createStatement()) {
        statement.executeUpdate(sql("local-sqlite.sql"));
        statement.executeUpdate(sql("local-sqlite-feed.sql"));
      }
      local.setAutoCommit(false);
      localInsert =
          local.prepareStatement(
              "insert into "
                  + SampleSystems.TABLE
                  + " ("
                  + String.join(", ", LOCAL_COLUMNS)
                  + ") values ("
                  + LOCAL_COLUMNS.stream().map(column -> "?").collect(Collectors.joining(", "))
                  + ")");
    } catch (SQLException e) {
      throw new IllegalStateException("The local database of the sandbox cannot be filled", e);
    }
  }

  private static String sql(String name) {
    try (InputStream in = SampleLoader.class.getResourceAsStream("/defaults/config/sql/" + name)) {
      if (in == null) {
        throw new IllegalStateException("The class path lacks " + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void load(SampleRecord record) {
    switch (record.system()) {
      case BIGQUERY -> {
        bigqueryRows.add(row(record, ChronoUnit.MICROS));
        if (bigqueryRows.size() == ROWS_AT_ONCE) {
          flushBigQuery();
        }
      }
      case TWENTY -> systems.twenty().loadPerson(person(record));
      case SUPABASE -> {
        ObjectNode row = row(record, ChronoUnit.MICROS);
        row.put("id", record.id());
        systems.supabase().load(SampleSystems.TABLE, row);
      }
      case LOCAL -> insertLocally(row(record, ChronoUnit.MILLIS));
    }
  }

  /** Stores what is not yet stored. */
  void finish() {
    flushBigQuery();
    flushLocal();
  }

  @Override
  public void close() {
    try {
      local.close();
    } catch (SQLException e) {
      throw new IllegalStateException("The local database of the sandbox cannot be closed", e);
    }
  }

  // --- rows ----------------------------------------------------------------------------------

  private ObjectNode row(SampleRecord record, ChronoUnit precision) {
    ObjectNode row = JSON.objectNode();
    row.setAll(record.fields());
    if (record.contactId() != null) {
      row.put("contact_id", record.contactId());
    }
    Instant created = now.minus(record.created()).truncatedTo(precision);
    Instant updated = now.minus(record.updated()).truncatedTo(precision);
    row.put("created_at", time(created, precision)).put("updated_at", time(updated, precision));
    if (record.deleted()) {
      row.put("deleted_at", time(updated, precision));
    }
    return row;
  }

  /** With all digits: texts of times compare as the times do. */
  private static String time(Instant time, ChronoUnit precision) {
    int digits = precision == ChronoUnit.MILLIS ? 3 : 6;
    String seconds = time.truncatedTo(ChronoUnit.SECONDS).toString();
    String fraction = String.format("%06d", time.getNano() / 1000).substring(0, digits);
    return seconds.substring(0, seconds.length() - 1) + "." + fraction + "Z";
  }

  private void flushBigQuery() {
    if (!bigqueryRows.isEmpty()) {
      systems.bigquery().load(SampleSystems.DATASET, SampleSystems.TABLE, bigqueryRows);
      bigqueryRows.clear();
    }
  }

  private void insertLocally(ObjectNode row) {
    try {
      for (int i = 0; i < LOCAL_COLUMNS.size(); i++) {
        JsonNode value = row.path(LOCAL_COLUMNS.get(i));
        if (value.isBoolean()) {
          localInsert.setInt(i + 1, value.booleanValue() ? 1 : 0);
        } else if (value.isMissingNode()) {
          localInsert.setString(i + 1, null);
        } else {
          localInsert.setString(i + 1, value.isTextual() ? value.textValue() : value.toString());
        }
      }
      localInsert.addBatch();
    } catch (SQLException e) {
      throw new IllegalStateException("The local database of the sandbox cannot be filled", e);
    }
    localRows++;
    if (localRows % ROWS_AT_ONCE == 0) {
      flushLocal();
    }
  }

  private void flushLocal() {
    try {
      localInsert.executeBatch();
      local.commit();
    } catch (SQLException e) {
      throw new IllegalStateException("The local database of the sandbox cannot be filled", e);
    }
  }

  // --- Twenty --------------------------------------------------------------------------------

  private ObjectNode person(SampleRecord record) {
    ObjectNode row = row(record, ChronoUnit.MILLIS);
    ObjectNode person = JSON.objectNode();
    person.put("id", record.id());
    person.set("createdAt", row.get("created_at"));
    person.set("updatedAt", row.get("updated_at"));
    person.set("deletedAt", row.path("deleted_at").isTextual() ? row.get("deleted_at") : null);
    person.put("position", people++);
    ObjectNode author =
        JSON.objectNode()
            .put("source", record.contactId() == null ? "MANUAL" : "IMPORT")
            .put("workspaceMemberId", systems.twenty().workspaceMemberId())
            .put("name", "A Person");
    author.putObject("context");
    person.set("createdBy", author);
    person.set("updatedBy", author.deepCopy());
    if (row.has("organization")) {
      person.put("companyId", company(row.get("organization").textValue()));
    }
    TwentyShapes.fields(row).properties().forEach(e -> person.set(e.getKey(), e.getValue()));
    return person;
  }

  /** The id of the firm, which is loaded when somebody works for it. */
  private String company(String name) {
    int number = firms.numberOf(name);
    String id = new UUID(0x5a4d0000_0000_4000L, 1L << 63 | number).toString();
    if (loadedFirms.add(number)) {
      ObjectNode company = JSON.objectNode();
      String founded = time(now.minus(90, ChronoUnit.DAYS), ChronoUnit.MILLIS);
      company.put("id", id).put("createdAt", founded).put("updatedAt", founded);
      company.put("name", name).put("position", number);
      ObjectNode domain = company.putObject("domainName");
      domain.put("primaryLinkLabel", "");
      domain.put("primaryLinkUrl", "https://firm" + number + ".example");
      domain.putArray("secondaryLinks");
      systems.twenty().loadCompany(company);
    }
    return id;
  }
}
