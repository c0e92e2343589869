package truthforge.sync.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import truthforge.sync.mapping.Mapping;
import truthforge.sync.mapping.MappingFiles;
import truthforge.sync.merge.Sighting.Observation;
import truthforge.sync.sandbox.bigquery.BigQueryStandIn;
import truthforge.sync.sandbox.supabase.SupabaseStandIn;
import truthforge.sync.sandbox.twenty.TwentyStandIn;
import truthforge.sync.systems.AgreedClock;
import truthforge.sync.systems.Records;

/** The stand-ins and a local database, read as the service would, by the shipped mappings. */
final class SampleWorld implements AutoCloseable {

  static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");

  /** Each look at it finds a second gone, so that no limit on what happens within ten is met. */
  final Clock clock =
      new Clock() {
        private final AtomicLong looks = new AtomicLong();

        @Override
        public ZoneId getZone() {
          return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
          throw new UnsupportedOperationException();
        }

        @Override
        public Instant instant() {
          return NOW.plusSeconds(looks.incrementAndGet());
        }
      };

  final SampleSystems systems;
  private final Map<SampleSystem, Mapping> mappings = new HashMap<>();

  SampleWorld(Path folder) {
    systems =
        new SampleSystems(
            new BigQueryStandIn(new BigQueryStandIn.Options(0, "sandbox", clock, null)),
            "sandbox",
            TwentyStandIn.start(TwentyStandIn.Options.afterSetup().withClock(clock)),
            SupabaseStandIn.builder().clock(clock).start(),
            "jdbc:sqlite:" + folder.resolve("local.db"));
    for (SampleSystem system : SampleSystem.values()) {
      mappings.put(system, MappingFiles.shipped(system.label()));
    }
  }

  static SampleWorld with(Path folder, Samples samples) {
    SampleWorld world = new SampleWorld(folder);
    samples.load(world.systems, NOW);
    return world;
  }

  Mapping mapping(SampleSystem system) {
    return mappings.get(system);
  }

  /** The records as the systems keep them, by their ids there. */
  List<ObjectNode> records(SampleSystem system) {
    return switch (system) {
      case BIGQUERY -> systems.bigquery().rows("identity", "contacts_master");
      case TWENTY -> people();
      case SUPABASE ->
          systems.supabase().rows("contacts_master").stream().map(ObjectNode.class::cast).toList();
      case LOCAL -> localRows();
    };
  }

  private List<ObjectNode> people() {
    Map<String, ObjectNode> companies = new HashMap<>();
    systems.twenty().companies().forEach(c -> companies.put(c.get("id").textValue(), c));
    List<ObjectNode> people = systems.twenty().people();
    for (ObjectNode person : people) {
      person.set("company", companies.get(person.path("companyId").asText()));
    }
    return people;
  }

  private List<ObjectNode> localRows() {
    List<ObjectNode> rows = new ArrayList<>();
    try (Connection connection = DriverManager.getConnection(systems.localJdbcUrl());
        Statement statement = connection.createStatement();
        ResultSet found = statement.executeQuery("select * from contacts_master order by id")) {
      while (found.next()) {
        ObjectNode row = JsonNodeFactory.instance.objectNode();
        for (int i = 1; i <= found.getMetaData().getColumnCount(); i++) {
          row.put(found.getMetaData().getColumnName(i), found.getString(i));
        }
        rows.add(row);
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
    return rows;
  }

  static String idOf(SampleSystem system, JsonNode record) {
    return record.get(system == SampleSystem.BIGQUERY ? "contact_id" : "id").asText();
  }

  Observation observation(SampleSystem system, ObjectNode record) {
    return Records.observation(
        mapping(system),
        idOf(system, record),
        null,
        record,
        AgreedClock.of(Clock.fixed(NOW.plusSeconds(100_000_000), ZoneOffset.UTC)));
  }

  List<Observation> observations(SampleSystem system) {
    return records(system).stream().map(record -> observation(system, record)).toList();
  }

  @Override
  public void close() {
    systems.bigquery().close();
    systems.twenty().close();
    systems.supabase().close();
  }
}
