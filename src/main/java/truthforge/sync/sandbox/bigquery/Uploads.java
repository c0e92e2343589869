package truthforge.sync.sandbox.bigquery;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import truthforge.sync.sandbox.StandInAnswer;
import truthforge.sync.sandbox.StandInRequest;

/**
 * The endpoint for uploads to load jobs: in one request of two parts, or resumable, in as many as
 * it takes (cloud.google.com/bigquery/docs/reference/api-uploads).
 */
final class Uploads {

  private static final String BASE = "/upload/bigquery/v2/projects/";
  private static final int CHUNK = 256 << 10;
  private static final Pattern RANGE = Pattern.compile("bytes (?:(\\d+)-(\\d+)|\\*)/(\\d+|\\*)");
  private static final ObjectMapper JSON = new ObjectMapper();

  private final BigQueryStandIn bigquery;
  private final Map<String, Session> sessions = new ConcurrentHashMap<>();

  /** A resumable upload under way; once it has ended, its job's resource. */
  private static final class Session {
    private final JsonNode job;
    private final ByteArrayOutputStream data = new ByteArrayOutputStream();
    private JsonNode ended;

    Session(JsonNode job) {
      this.job = job;
    }
  }

  Uploads(BigQueryStandIn bigquery) {
    this.bigquery = bigquery;
  }

  boolean takes(StandInRequest request) {
    return request.path().startsWith(BASE);
  }

  StandInAnswer answer(StandInRequest request) throws IOException, InterruptedException {
    if (!request.path().endsWith("/jobs")) {
      throw Refusal.notFound("Not found: " + request.path());
    }
    String session = request.query("upload_id");
    if (session != null) {
      return resumed(request, session);
    }
    String type = String.valueOf(request.query("uploadType"));
    return switch (type) {
      case "multipart" -> multipart(request);
      case "resumable" -> begin(request);
      default -> throw Refusal.invalid("Invalid upload type: " + type);
    };
  }

  private StandInAnswer multipart(StandInRequest request) throws IOException, InterruptedException {
    Matcher boundary =
        Pattern.compile("boundary=\"?([^\";]+)")
            .matcher(String.valueOf(request.header("Content-Type")));
    if (!boundary.find()) {
      throw Refusal.invalid("Bad request: no boundary of the parts");
    }
    // Latin 1 keeps every byte.
    String[] parts =
        new String(request.body(), StandardCharsets.ISO_8859_1)
            .split(Pattern.quote("--" + boundary.group(1)));
    if (parts.length < 3) {
      throw Refusal.invalid("Bad request: there must be two parts");
    }
    return ended(bigquery.load(JSON.readTree(content(parts[1])), content(parts[2])));
  }

  private static byte[] content(String part) {
    int begin = part.indexOf("\r\n\r\n");
    int end = part.endsWith("\r\n") ? part.length() - 2 : part.length();
    return part.substring(begin + 4, end).getBytes(StandardCharsets.ISO_8859_1);
  }

  private StandInAnswer begin(StandInRequest request) throws IOException {
    JsonNode job = JSON.readTree(request.body());
    bigquery.checkLoad(job);
    String id = UUID.randomUUID().toString();
    sessions.put(id, new Session(job));
    return StandInAnswer.empty(200)
        .with(
            "Location", bigquery.url() + request.path() + "?uploadType=resumable&upload_id=" + id);
  }

  private StandInAnswer resumed(StandInRequest request, String id)
      throws IOException, InterruptedException {
    Session session = sessions.get(id);
    if (session == null) {
      throw Refusal.notFound("Not found: upload " + id);
    }
    Matcher range = RANGE.matcher(String.valueOf(request.header("Content-Range")));
    if (!range.matches()) {
      throw Refusal.invalid("Invalid Content-Range");
    }
    synchronized (session) {
      if (session.ended != null) {
        return ended(session.ended);
      }
      boolean complete = !range.group(3).equals("*");
      if (range.group(1) != null) {
        take(session, Long.parseLong(range.group(1)), request.body(), complete);
      }
      if (!complete || session.data.size() < Long.parseLong(range.group(3))) {
        StandInAnswer more = StandInAnswer.empty(308);
        return session.data.size() == 0
            ? more
            : more.with("Range", "bytes=0-" + (session.data.size() - 1));
      }
      session.ended = bigquery.load(session.job, session.data.toByteArray());
      return ended(session.ended);
    }
  }

  private static void take(Session session, long first, byte[] body, boolean last) {
    if (!last && body.length % CHUNK != 0) {
      throw Refusal.invalid("A chunk that is not the last must be a multiple of 256 KiB");
    }
    if (first > session.data.size()) {
      throw Refusal.invalid("A chunk is missing before byte " + first);
    }
    int known = (int) (session.data.size() - first);
    if (known < body.length) {
      session.data.write(body, known, body.length - known);
    }
  }

  private static StandInAnswer ended(JsonNode job) throws IOException {
    return StandInAnswer.json(200, JSON.writeValueAsString(job));
  }
}
