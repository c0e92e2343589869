package truthforge.sync.flow;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import truthforge.sync.contact.Contact;
import truthforge.sync.contact.Fields;
import truthforge.sync.contact.Value;
import truthforge.sync.ledger.Held;
import truthforge.sync.ledger.LedgerTransaction;
import truthforge.sync.ledger.Replica;
import truthforge.sync.merge.Linker;
import truthforge.sync.merge.Sighting.Observation;

/**
 * Contacts that are to be erased everywhere and to stay erased. The ledger's own memory of one goes
 * at once, in one transaction that also notes what each system has yet to erase; such a note goes
 * when the system has answered (promise 9). What is left for ever are salted hashes of the ids,
 * emails and phone numbers.
 */
public final class Forgetting {

  /** The export of the history in BigQuery, which can be erased later than the contact there. */
  public static final String HISTORY = "bigquery-history";

  /** BigQuery lets nothing delete a row that was streamed less than 30 minutes ago. */
  private static final Duration STREAMING = Duration.ofMinutes(45);

  private static final String PENDING = "forget.pending";
  private static final String SALT = "forget.salt";
  private static final String KNOWN = "forgotten.";
  private static final int SALT_BYTES = 32;

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final SecureRandom RANDOM = new SecureRandom();

  private final Participants participants;
  private final Clock clock;

  Forgetting(Participants participants, Clock clock) {
    this.participants = participants;
    this.clock = clock;
  }

  /**
   * What is still to be erased.
   *
   * @param contactId of the contact, or the id of a record that came back
   * @param targets ids of records by system; of contacts for {@link #HISTORY}
   * @param notBefore when {@link #HISTORY} can be erased; null where it need not be
   */
  public record Erasure(
      String contactId, Map<String, List<String>> targets, Instant since, Instant notBefore) {}

  /**
   * Erases a contact, and those that were merged into it, from the ledger.
   *
   * @throws IllegalArgumentException where there is no such contact
   */
  public void forget(LedgerTransaction tx, String contactId) {
    Map<String, Contact> all = withMerged(tx, contactId);
    Contact contact = all.get(contactId);
    if (contact == null) {
      throw new IllegalArgumentException("There is no contact " + contactId);
    }
    if (contact.mergedInto() != null) {
      throw new IllegalArgumentException(
          "The contact " + contactId + " is part of " + contact.mergedInto() + ": forget that one");
    }
    String salt = salt(tx);
    Map<String, List<String>> targets = new LinkedHashMap<>();
    tx.replicasOf(all.keySet())
        .values()
        .forEach(
            of ->
                of.values().stream()
                    .filter(Replica::hasRecord)
                    .forEach(replica -> target(targets, replica.system(), replica.externalId())));
    boolean exported = participants.names().contains(Participants.RECORD_OF_TRUTH);
    for (Contact one : all.values()) {
      if (exported) {
        target(targets, Participants.RECORD_OF_TRUTH, one.id());
        target(targets, HISTORY, one.id());
      }
      remember(tx, salt, "contact", one.id());
      items(one, Fields.EMAILS_FIELD).forEach(email -> remember(tx, salt, "email", email));
      items(one, Fields.PHONES_FIELD).forEach(phone -> remember(tx, salt, "phone", phone));
      unname(tx, one.id());
      tx.eraseContact(one.id());
      tx.setSetting(Deciding.MERGED + one.id(), null);
    }
    targets.forEach(
        (system, ids) -> {
          if (!system.equals(HISTORY)) {
            ids.forEach(
                id -> {
                  remember(tx, salt, record(system), id);
                  tx.eraseRecord(system, id);
                  Refusals.drop(tx, system, id);
                });
          }
        });
    Instant now = clock.instant();
    List<Erasure> pending = new ArrayList<>(pending(tx));
    pending.add(new Erasure(contactId, targets, now, exported ? now.plus(STREAMING) : null));
    save(tx, pending);
  }

  private static Map<String, Contact> withMerged(LedgerTransaction tx, String contactId) {
    Map<String, Contact> all = new LinkedHashMap<>();
    Deque<String> ids = new ArrayDeque<>(List.of(contactId));
    while (!ids.isEmpty()) {
      String id = ids.pop();
      Contact contact = tx.contacts(List.of(id)).get(id);
      boolean part =
          contact != null
              && (id.equals(contactId) || all.containsKey(String.valueOf(contact.mergedInto())));
      if (part && all.put(id, contact) == null) {
        ids.addAll(Deciding.mergedInto(tx, id));
      }
    }
    return all;
  }

  private static List<String> items(Contact contact, String field) {
    return contact.value(field) instanceof Value.Items items ? items.items() : List.of();
  }

  private static void target(Map<String, List<String>> targets, String target, String id) {
    List<String> ids = targets.computeIfAbsent(target, t -> new ArrayList<>());
    if (!ids.contains(id)) {
      ids.add(id);
    }
  }

  /** A held record may name it as a candidate. */
  private static void unname(LedgerTransaction tx, String contactId) {
    for (Held held : Candidates.naming(tx, null, contactId)) {
      tx.hold(
          new Held(
              held.id(),
              held.why(),
              held.system(),
              held.externalId(),
              held.contactId(),
              held.candidates().stream().filter(id -> !id.equals(contactId)).toList(),
              held.observation(),
              held.reason(),
              held.at()));
    }
  }

  // What comes back

  /** Whether the record, which belongs to no contact, carries an id that was forgotten. */
  boolean isForgotten(LedgerTransaction tx, Observation record) {
    String salt = tx.setting(SALT);
    return salt != null
        && (knows(tx, salt, record(record.system()), record.externalId())
            || (record.contactId() != null
                && !record.contactId().isEmpty()
                && knows(tx, salt, "contact", record.contactId())));
  }

  /** Whether it has an email or phone number of somebody who was forgotten. */
  boolean mayBeForgotten(LedgerTransaction tx, Observation record) {
    String salt = tx.setting(SALT);
    return salt != null
        && (Linker.emails(record).stream().anyMatch(email -> knows(tx, salt, "email", email))
            || Linker.phones(record).stream().anyMatch(phone -> knows(tx, salt, "phone", phone)));
  }

  /** Has a record that came back erased again. */
  void again(LedgerTransaction tx, Observation record) {
    remember(tx, tx.setting(SALT), record(record.system()), record.externalId());
    List<Erasure> pending = new ArrayList<>(pending(tx));
    boolean noted =
        pending.stream()
            .anyMatch(
                erasure ->
                    erasure
                        .targets()
                        .getOrDefault(record.system(), List.of())
                        .contains(record.externalId()));
    if (!noted) {
      pending.add(
          new Erasure(
              record.externalId(),
              Map.of(record.system(), List.of(record.externalId())),
              clock.instant(),
              null));
      save(tx, pending);
    }
  }

  // What systems have yet to do

  /** Oldest first. */
  public List<Erasure> pending(LedgerTransaction tx) {
    String text = tx.setting(PENDING);
    List<Erasure> pending = new ArrayList<>();
    if (text != null) {
      read(text).forEach(json -> pending.add(erasure(json)));
    }
    return pending;
  }

  /** Takes note that the target has erased these. */
  public void erased(LedgerTransaction tx, String target, Set<String> ids) {
    List<Erasure> left = new ArrayList<>();
    for (Erasure erasure : pending(tx)) {
      Map<String, List<String>> targets = new LinkedHashMap<>(erasure.targets());
      targets.computeIfPresent(
          target,
          (t, all) -> {
            List<String> rest = all.stream().filter(id -> !ids.contains(id)).toList();
            return rest.isEmpty() ? null : rest;
          });
      if (!targets.isEmpty()) {
        left.add(new Erasure(erasure.contactId(), targets, erasure.since(), erasure.notBefore()));
      }
    }
    save(tx, left);
  }

  /** What the target can erase now. */
  public Set<String> toErase(LedgerTransaction tx, String target, int limit) {
    Set<String> ids = new LinkedHashSet<>();
    for (Erasure erasure : pending(tx)) {
      boolean yet =
          !target.equals(HISTORY)
              || erasure.notBefore() == null
              || !erasure.notBefore().isAfter(clock.instant());
      if (yet) {
        erasure.targets().getOrDefault(target, List.of()).stream()
            .limit(limit - (long) ids.size())
            .forEach(ids::add);
      }
    }
    return ids;
  }

  // Notes

  private static String record(String system) {
    return "record/" + system;
  }

  private static String salt(LedgerTransaction tx) {
    String salt = tx.setting(SALT);
    if (salt == null) {
      byte[] bytes = new byte[SALT_BYTES];
      RANDOM.nextBytes(bytes);
      salt = Base64.getEncoder().encodeToString(bytes);
      tx.setSetting(SALT, salt);
    }
    return salt;
  }

  private static void remember(LedgerTransaction tx, String salt, String kind, String id) {
    tx.setSetting(KNOWN + hash(salt, kind, id), "1");
  }

  private static boolean knows(LedgerTransaction tx, String salt, String kind, String id) {
    return tx.setting(KNOWN + hash(salt, kind, id)) != null;
  }

  private static String hash(String salt, String kind, String id) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(Base64.getDecoder().decode(salt), "HmacSHA256"));
      byte[] hash = mac.doFinal((kind + '\0' + id).getBytes(StandardCharsets.UTF_8));
      return Base64.getUrlEncoder().withoutPadding().encodeToString(hash);
    } catch (NoSuchAlgorithmException | InvalidKeyException e) {
      throw new IllegalStateException("Every Java has HMAC with SHA-256", e);
    }
  }

  private static void save(LedgerTransaction tx, List<Erasure> pending) {
    ArrayNode all = JSON.createArrayNode();
    for (Erasure erasure : pending) {
      ObjectNode json = all.addObject();
      json.put("contact", erasure.contactId());
      json.put("since", erasure.since().toString());
      json.put("notBefore", erasure.notBefore() == null ? null : erasure.notBefore().toString());
      ObjectNode targets = json.putObject("targets");
      erasure.targets().forEach((target, ids) -> ids.forEach(targets.withArray(target)::add));
    }
    tx.setSetting(PENDING, all.isEmpty() ? null : all.toString());
  }

  private static Erasure erasure(JsonNode json) {
    Map<String, List<String>> targets = new LinkedHashMap<>();
    json.get("targets")
        .properties()
        .forEach(
            target -> {
              List<String> ids = new ArrayList<>();
              target.getValue().forEach(id -> ids.add(id.textValue()));
              targets.put(target.getKey(), List.copyOf(ids));
            });
    JsonNode notBefore = json.get("notBefore");
    return new Erasure(
        json.get("contact").textValue(),
        targets,
        Instant.parse(json.get("since").textValue()),
        notBefore.isNull() ? null : Instant.parse(notBefore.textValue()));
  }

  private static JsonNode read(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("What is to be erased stands in the ledger as no JSON", e);
    }
  }
}
