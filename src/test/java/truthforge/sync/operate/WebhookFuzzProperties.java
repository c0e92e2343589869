package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.Tag;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import truthforge.sync.ledger.Heard;
import truthforge.sync.ledger.MemoryLedger;
import truthforge.sync.systems.Mangled;

/**
 * Whatever is posted, signed or not: a status of ours, no exception, and good events still pass.
 */
class WebhookFuzzProperties {

  private static final String ID = "6f0a6a3e-0000-4000-8000-00000000000a";
  private static final String TWENTY =
      "{\"eventName\":\"person.updated\",\"objectMetadata\":{\"nameSingular\":\"person\"},"
          + "\"record\":{\"id\":\""
          + ID
          + "\",\"name\":{\"firstName\":\"Ada\"},\"emails\":{\"additionalEmails\":[]}},"
          + "\"updatedFields\":[\"name\"]}";
  private static final String SUPABASE =
      "{\"type\":\"UPDATE\",\"table\":\"contacts_master\",\"schema\":\"public\",\"record\":{\"id\":\""
          + ID
          + "\",\"emails\":[\"a@example.com\"]},\"old_record\":{\"id\":\""
          + ID
          + "\"}}";
  private static final Set<Integer> OURS = Set.of(204, 400, 401);

  private final CamelContext context = new DefaultCamelContext();
  private final WebhookCounts counts = new WebhookCounts(new SimpleMeterRegistry());
  private final MemoryLedger ledger = new MemoryLedger(Clock.systemUTC());
  private final Webhooks webhooks =
      new Webhooks("secret", "secret", "contacts_master", "id", counts, Clock.systemUTC());
  private final Inbox inbox =
      new Inbox(
          ledger,
          new Availability(List.of("twenty", "supabase"), Set.of(), Clock.systemUTC()),
          counts,
          system -> 100,
          Clock.systemUTC());

  @Property(tries = 2_500, shrinking = ShrinkingMode.OFF)
  void twenty_gets_a_status_of_ours(@ForAll long seed) {
    twenty(seed);
  }

  @Property(tries = 50_000, shrinking = ShrinkingMode.OFF)
  @Tag("long")
  void twenty_gets_a_status_of_ours_for_long(@ForAll long seed) {
    twenty(seed);
  }

  @Property(tries = 2_500, shrinking = ShrinkingMode.OFF)
  void supabase_gets_a_status_of_ours(@ForAll long seed) {
    supabase(seed);
  }

  @Property(tries = 50_000, shrinking = ShrinkingMode.OFF)
  @Tag("long")
  void supabase_gets_a_status_of_ours_for_long(@ForAll long seed) {
    supabase(seed);
  }

  private static byte[] mangled(Mangled mangled, String good) {
    return mangled.below(2) == 0
        ? mangled.tree(Mangled.read(good)).toString().getBytes(StandardCharsets.UTF_8)
        : mangled.bytes(good.getBytes(StandardCharsets.UTF_8));
  }

  private void twenty(long seed) {
    Mangled mangled = new Mangled(seed);
    byte[] body = mangled(mangled, TWENTY);
    String timestamp =
        mangled.below(4) == 0 ? mangled.text() : String.valueOf(System.currentTimeMillis());
    String signature =
        mangled.below(4) == 0 ? mangled.text() : Listening.signature("secret", timestamp, body);
    postedToTwenty(timestamp, signature, body, mangled);
    assertThat(ledger.<Long>transaction(tx -> tx.countInbox("twenty"))).isLessThan(50);

    byte[] good = (TWENTY.replace("Ada", "Ada" + seed)).getBytes(StandardCharsets.UTF_8);
    String now = String.valueOf(System.currentTimeMillis());
    assertThat(postedToTwenty(now, Listening.signature("secret", now, good), good, null))
        .isEqualTo(204);
    assertThatItIsHeard("twenty");
  }

  private void supabase(long seed) {
    Mangled mangled = new Mangled(seed);
    String secret = mangled.below(4) == 0 ? mangled.text() : "secret";
    postedToSupabase(secret, mangled(mangled, SUPABASE), mangled);

    byte[] good = SUPABASE.getBytes(StandardCharsets.UTF_8);
    assertThat(postedToSupabase("secret", good, null)).isEqualTo(204);
    assertThatItIsHeard("supabase");
  }

  private int postedToTwenty(String timestamp, String signature, byte[] body, Mangled mangled) {
    Exchange exchange = exchange(body, mangled);
    exchange.getMessage().setHeader("X-Twenty-Webhook-Timestamp", timestamp);
    exchange.getMessage().setHeader("X-Twenty-Webhook-Signature", signature);
    webhooks.twenty(exchange);
    return answered(exchange);
  }

  private int postedToSupabase(String secret, byte[] body, Mangled mangled) {
    Exchange exchange = exchange(body, mangled);
    exchange.getMessage().setHeader(Webhooks.SUPABASE_HEADER, secret);
    webhooks.supabase(exchange);
    return answered(exchange);
  }

  private Exchange exchange(byte[] body, Mangled mangled) {
    Exchange exchange = new DefaultExchange(context);
    exchange.getMessage().setBody(body);
    if (mangled != null) {
      exchange.getMessage().setHeader("CamelHttpUri", mangled.text());
      exchange.getMessage().setHeader("X-" + mangled.below(9), mangled.text());
    }
    return exchange;
  }

  /** As the routes go on. */
  private int answered(Exchange exchange) {
    if (exchange.getProperty(Webhooks.EVENT) != null) {
      inbox.note(exchange);
    }
    assertThat(exchange.getException()).isNull();
    assertThat(exchange.getMessage().getBody()).isNull();
    assertThat(exchange.getMessage().getHeaders()).containsOnlyKeys(Exchange.HTTP_RESPONSE_CODE);
    int status = exchange.getMessage().getHeader(Exchange.HTTP_RESPONSE_CODE, Integer.class);
    assertThat(OURS).contains(status);
    return status;
  }

  private void assertThatItIsHeard(String system) {
    List<Heard> heard = ledger.transaction(tx -> tx.inbox(system, 1000));
    assertThat(heard).extracting(Heard::externalId).contains(ID);
    ledger.transaction(
        tx -> {
          tx.removeFromInbox(heard.stream().map(Heard::id).toList());
          tx.forgetSignatures(Instant.MAX);
          return null;
        });
  }
}
