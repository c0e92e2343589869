package truthforge.sync.recordings;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Compares what the stand-in's webhooks deliver with the deliveries that were recorded. */
final class TwentyDeliveries {
  private static final Map<String, String> SEQUENCES =
      Map.of(
          "people-patch-deletedAt-soft-deletes", "webhook-sequence-patch-deletedAt",
          "people-patch-deletedAt-null-restores", "webhook-sequence-patch-deletedAt-null",
          "batch-patch-many-no-filter-small-workspace", "webhook-sequence-patch-everyone");

  /** What differs from one delivery to the next of the same change. */
  private static final List<String> VOLATILE =
      List.of("targetUrl", "workspaceId", "webhookId", "eventDate", "userId", "workspaceMemberId");

  private final WebhookReceiver receiver;

  TwentyDeliveries(WebhookReceiver receiver) {
    this.receiver = receiver;
  }

  /** The recorded deliveries that belong to a request, each with what differs. */
  Map<String, List<String>> recordedFor(String request) {
    Map<String, List<String>> differences = new LinkedHashMap<>();
    Recordings recordings = Recordings.of("twenty");
    Set<String> names = Set.copyOf(recordings.names());
    List<String> deliveries = new ArrayList<>();
    if (SEQUENCES.containsKey(request)) {
      deliveries.add(SEQUENCES.get(request));
    } else if (request.startsWith("webhook-trigger-")) {
      String delivery = request.replace("-trigger-", "-delivery-");
      deliveries.addAll(List.of(delivery, delivery + "-2", delivery + "-3"));
      deliveries.removeIf(
          name ->
              !names.contains(name)
                  || !name.equals(delivery)
                      && names.contains(name.replace("-delivery-", "-trigger-")));
    }
    for (String name : deliveries) {
      differences.put(name, compare(recordings.read(name)));
    }
    return differences;
  }

  List<String> compare(JsonNode recording) {
    List<String> differences = new ArrayList<>();
    if (recording.has("deliveries")) {
      recording.get("deliveries").forEach(one -> differences.addAll(compareOne(one)));
    } else {
      differences.addAll(compareOne(recording.get("request").get("body")));
    }
    return differences;
  }

  private List<String> compareOne(JsonNode recorded) {
    String event = recorded.get("eventName").asText();
    WebhookReceiver.Delivery delivery =
        receiver.find(
            event,
            record ->
                TwentyReplay.id(record).equals(TwentyReplay.id(recorded.get("record")))
                    || event.endsWith(".created")
                        && record.get("emails").equals(recorded.get("record").get("emails")));
    if (delivery == null) {
      return List.of("no delivery of " + event);
    }
    List<String> differences = new ArrayList<>();
    if (!signature(delivery).equals(delivery.headers().getFirst("X-Twenty-Webhook-Signature"))) {
      differences.add("the signature is wrong");
    }
    if (!delivery.headers().containsKey("X-Twenty-Webhook-Nonce")) {
      differences.add("there is no nonce");
    }
    ObjectNode theirs = settled(recorded);
    ObjectNode ours = settled(delivery.body());
    if (!theirs.equals(ours)) {
      differences.add(ours + " instead of " + theirs);
    }
    return differences;
  }

  /** The payload with a mark in the place of everything that no two runs share. */
  private static ObjectNode settled(JsonNode payload) {
    ObjectNode settled = payload.deepCopy();
    VOLATILE.stream().filter(settled::has).forEach(field -> settled.put(field, "*"));
    ((ObjectNode) settled.get("objectMetadata")).put("id", "*");
    ObjectNode record = (ObjectNode) settled.get("record");
    record.put("updatedAt", "*").put("searchVector", "*");
    String event = settled.get("eventName").asText();
    if (event.endsWith(".created")) {
      record.put("id", "*").put("createdAt", "*").put("position", "*");
    }
    if (event.endsWith(".deleted")) {
      record.put("deletedAt", "*");
    }
    ObjectNode updatedBy = (ObjectNode) record.get("updatedBy");
    if (updatedBy.get("workspaceMemberId").isTextual()) {
      updatedBy.put("workspaceMemberId", "*").put("name", "*");
    }
    return settled;
  }

  private static String signature(WebhookReceiver.Delivery delivery) {
    try {
      byte[] secret = WebhookReceiver.SECRET.getBytes(StandardCharsets.UTF_8);
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret, "HmacSHA256"));
      String timestamp = delivery.headers().getFirst("X-Twenty-Webhook-Timestamp");
      String signed = timestamp + ":" + delivery.rawBody();
      return HexFormat.of().formatHex(mac.doFinal(signed.getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
