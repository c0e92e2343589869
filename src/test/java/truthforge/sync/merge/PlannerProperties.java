package truthforge.sync.merge;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import truthforge.sync.contact.Contact;
import truthforge.sync.contact.Field;
import truthforge.sync.contact.Value;
import truthforge.sync.ledger.Conflict;
import truthforge.sync.ledger.Replica;
import truthforge.sync.simulation.TinySystem;
import truthforge.sync.simulation.TinySystem.Answer;
import truthforge.sync.simulation.TinySystem.Manner;
import truthforge.sync.simulation.TinySystem.Row;

/**
 * The planner alone (merge and due) on generated states: what is here, there, and was last agreed.
 * A state is reached by agreeing on a part of it, editing any records, agreeing on a part again.
 */
class PlannerProperties {

  private static final int STATES = 20_000;
  private static final int ROUNDS = 5;

  @Test
  void from_every_state_the_planner_ends_agrees_and_loses_nothing() {
    for (long seed = 1; seed <= STATES; seed++) {
      new State(seed).settle();
    }
  }

  private static final class State {
    private final long seed;
    private final Random random;
    private final Map<String, TinySystem> systems = new LinkedHashMap<>();
    private final Map<String, Replica> replicas = new HashMap<>();
    private final Map<String, Row> rows = new HashMap<>();
    private final Merge merge = new Merge(TinySystem.FIELDS, Policies.latest());
    private final Due due = new Due(TinySystem.FIELDS, () -> "w");
    private final Set<String> lost = new HashSet<>();
    private final Set<String> typed = new HashSet<>();
    private final Set<String> replacedKnowingly = new HashSet<>();
    private Contact contact = Contact.blank("c");
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private int words;

    State(long seed) {
      this.seed = seed;
      this.random = new Random(seed);
      Manner[] manners = Manner.values();
      List<String> names = Policies.DEFAULT_ORDER;
      for (int i = 0; i < names.size(); i++) {
        String name = names.get(i);
        systems.put(name, new TinySystem(name, manners[i]));
        replicas.put(name, Replica.absent("c", name));
        if (i == 0 || random.nextInt(3) > 0) {
          rows.put(name, systems.get(name).insert("c", now));
        }
      }
      edits();
      rows.keySet().stream().sorted().filter(name -> random.nextBoolean()).forEach(this::observe);
      for (int i = random.nextInt(3); i > 0; i--) {
        round(random.nextInt(2));
        edits();
      }
    }

    private void edits() {
      for (int i = random.nextInt(6); i > 0; i--) {
        List<String> there = rows.keySet().stream().sorted().toList();
        String name = there.get(random.nextInt(there.size()));
        edit(systems.get(name), rows.get(name));
      }
    }

    private void edit(TinySystem system, Row row) {
      now = now.plusSeconds(random.nextInt(3));
      switch (random.nextInt(8)) {
        case 0 -> {
          row.deleted = !row.deleted;
          system.touch(row, now);
        }
        case 1 ->
            system.edit(
                row,
                TinySystem.FLAG,
                random.nextBoolean() ? Value.EMPTY : new Value.Flag(random.nextBoolean()),
                now);
        case 2, 3 -> {
          List<String> tags =
              new ArrayList<>(TinySystem.texts(row.values.get(TinySystem.TAGS)).size());
          if (row.values.get(TinySystem.TAGS) instanceof Value.Items list) {
            tags.addAll(list.items());
          }
          if (!tags.isEmpty() && random.nextInt(3) == 0) {
            replacedKnowingly.add(small(tags.remove(random.nextInt(tags.size()))));
          } else {
            tags.add(random.nextInt(tags.size() + 1), word());
          }
          system.edit(row, TinySystem.TAGS, Value.ofItems(tags), now);
        }
        case 4 -> {
          if (system.reads(TinySystem.DOCUMENT)) {
            var json =
                row.values.get(TinySystem.DOCUMENT) instanceof Value.Document document
                    ? document.json().deepCopy()
                    : JsonNodeFactory.instance.objectNode();
            String key = random.nextBoolean() ? "x" : "y";
            if (json.has(key)) {
              replacedKnowingly.add(small(json.get(key).textValue()));
            }
            json.put(key, word());
            system.edit(row, TinySystem.DOCUMENT, Value.ofDocument(json), now);
          }
        }
        default -> {
          String field = TinySystem.TEXTS.get(random.nextInt(2));
          TinySystem.texts(row.values.get(field)).forEach(replacedKnowingly::add);
          system.edit(row, field, new Value.Text(word()), now);
        }
      }
    }

    private String word() {
      String word = (random.nextBoolean() ? "W" : "w") + seed + "x" + words++;
      typed.add(small(word));
      return word;
    }

    private static String small(String word) {
      return word.toLowerCase(java.util.Locale.ROOT);
    }

    private void observe(String name) {
      Row row = rows.get(name);
      now = now.plusSeconds(1);
      Merged merged =
          merge.observe(
              contact,
              replicas.get(name),
              systems.get(name).observe(row, now),
              systems.get(name),
              now);
      contact = merged.contact();
      replicas.put(name, merged.replica());
      for (Conflict conflict : merged.conflicts()) {
        lost.addAll(TinySystem.texts(conflict.lost()));
      }
    }

    /**
     * @return how many records were written
     */
    private int round(int skipping) {
      int written = 0;
      for (String name : systems.keySet()) {
        if (rows.containsKey(name) && random.nextInt(4) >= skipping) {
          observe(name);
        }
      }
      for (String name : systems.keySet()) {
        if (contact.version() > 0 && random.nextInt(4) >= skipping) {
          written += deliver(name);
        }
      }
      return written;
    }

    private int deliver(String name) {
      TinySystem system = systems.get(name);
      long acknowledged =
          name.equals("bigquery")
              ? contact.version()
              : Math.min(contact.version(), replicas.get("bigquery").sentVersion());
      Replica replica = replicas.get(name);
      if (rows.containsKey(name) && !replica.hasRecord()) {
        return 0;
      }
      Optional<Write> write = due.write(contact, replica, system, acknowledged, Set.of());
      if (write.isEmpty()) {
        replicas.put(name, replica.withSentVersion(Math.max(replica.sentVersion(), acknowledged)));
        return 0;
      }
      if (system.write(write.get(), now) == Answer.CONDITION_FAILED) {
        return 0;
      }
      Row row = system.byContactId("c");
      rows.put(name, row);
      replicas.put(
          name,
          write
              .get()
              .applied(replica, system)
              .withExternalId(row.id)
              .withRevision(Long.toString(row.revision)));
      return 1;
    }

    void settle() {
      int rounds = 0;
      while (round(0) > 0) {
        assertThat(++rounds).as("rounds of seed %d", seed).isLessThanOrEqualTo(ROUNDS);
      }
      assertThat(round(0)).as("written after quiet, seed %d", seed).isZero();
      if (!contact.isDeleted()) {
        systems.values().forEach(this::agrees);
      }
      rows.forEach(
          (name, row) ->
              assertThat(row.deleted)
                  .as("deleted in %s, seed %d", name, seed)
                  .isEqualTo(contact.isDeleted()));
      Set<String> held = new HashSet<>(lost);
      held.addAll(replacedKnowingly);
      contact.fields().values().forEach(state -> held.addAll(TinySystem.texts(state.value())));
      assertThat(held).as("kept of seed %d", seed).containsAll(typed);
    }

    private void agrees(TinySystem system) {
      Row row = rows.get(system.system());
      assertThat(row).as("record in %s, seed %d", system.system(), seed).isNotNull();
      for (Field field : TinySystem.FIELDS.all()) {
        if (system.reads(field.name())) {
          assertThat(row.values.get(field.name()))
              .as("%s in %s, seed %d", field.name(), system.system(), seed)
              .isEqualTo(system.held(field.name(), contact.value(field.name())));
        }
      }
    }
  }
}
