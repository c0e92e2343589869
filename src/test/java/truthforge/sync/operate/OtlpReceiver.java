package truthforge.sync.operate;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.zip.GZIPInputStream;

/**
 * A collector that takes OTLP over HTTP, as protobuf: numbers of fields are those of
 * opentelemetry-proto 1.x, trace/v1/trace.proto and common/v1/common.proto.
 */
final class OtlpReceiver implements AutoCloseable {

  /** As they arrived, later ones behind. */
  final List<Span> spans = new CopyOnWriteArrayList<>();

  /** All that was sent, as text, for what must not be in it. */
  final StringBuffer said = new StringBuffer();

  private final HttpServer server;

  /**
   * @param parentId empty for the first of a trace
   * @param attributes a list as its items with spaces between
   */
  record Span(
      String traceId,
      String id,
      String parentId,
      String name,
      long startNanos,
      long endNanos,
      Map<String, String> attributes,
      boolean failed) {}

  OtlpReceiver() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/v1/traces", this::take);
    server.start();
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  private void take(HttpExchange exchange) throws IOException {
    InputStream in = exchange.getRequestBody();
    boolean zipped = "gzip".equals(exchange.getRequestHeaders().getFirst("Content-Encoding"));
    byte[] body = (zipped ? new GZIPInputStream(in) : in).readAllBytes();
    said.append(new String(body, StandardCharsets.ISO_8859_1));
    for (UnknownFieldSet resource : parts(UnknownFieldSet.parseFrom(body), 1)) {
      for (UnknownFieldSet scope : parts(resource, 2)) {
        for (UnknownFieldSet span : parts(scope, 2)) {
          spans.add(span(span));
        }
      }
    }
    exchange.getResponseHeaders().set("Content-Type", "application/x-protobuf");
    exchange.sendResponseHeaders(200, -1);
    exchange.close();
  }

  private static Span span(UnknownFieldSet span) throws InvalidProtocolBufferException {
    Map<String, String> attributes = new LinkedHashMap<>();
    for (UnknownFieldSet attribute : parts(span, 9)) {
      attributes.put(text(attribute, 1), value(parts(attribute, 2).get(0)));
    }
    List<UnknownFieldSet> status = parts(span, 15);
    return new Span(
        hex(span, 1),
        hex(span, 2),
        hex(span, 4),
        text(span, 5),
        span.getField(7).getFixed64List().get(0),
        span.getField(8).getFixed64List().get(0),
        attributes,
        !status.isEmpty() && status.get(0).getField(3).getVarintList().contains(2L));
  }

  private static String value(UnknownFieldSet any) throws InvalidProtocolBufferException {
    if (any.hasField(3)) {
      return String.valueOf(any.getField(3).getVarintList().get(0));
    }
    if (!any.hasField(5)) {
      return text(any, 1);
    }
    List<String> items = new ArrayList<>();
    for (UnknownFieldSet item : parts(parts(any, 5).get(0), 1)) {
      items.add(text(item, 1));
    }
    return String.join(" ", items);
  }

  private static List<UnknownFieldSet> parts(UnknownFieldSet of, int number)
      throws InvalidProtocolBufferException {
    List<UnknownFieldSet> parts = new ArrayList<>();
    for (ByteString bytes : of.getField(number).getLengthDelimitedList()) {
      parts.add(UnknownFieldSet.parseFrom(bytes));
    }
    return parts;
  }

  private static ByteString bytes(UnknownFieldSet of, int number) {
    List<ByteString> found = of.getField(number).getLengthDelimitedList();
    return found.isEmpty() ? ByteString.EMPTY : found.get(0);
  }

  private static String text(UnknownFieldSet of, int number) {
    return bytes(of, number).toStringUtf8();
  }

  private static String hex(UnknownFieldSet of, int number) {
    return HexFormat.of().formatHex(bytes(of, number).toByteArray());
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
