package truthforge.sync.operate;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Where secrets come from besides the configuration itself: a vault that answers as HashiCorp's
 * (key/value engine, version 2), Google's exchange of a service account's key for an access token,
 * and an address for alerts that is itself a secret and takes none.
 */
final class SecretSources implements AutoCloseable {

  final AtomicInteger readFromVault = new AtomicInteger();
  final AtomicInteger tokensGiven = new AtomicInteger();
  final AtomicInteger alerts = new AtomicInteger();

  /** Of the service account, as it stands in its file. */
  final String privateKey;

  private final String mark;
  private final HttpServer server;

  /**
   * @param mark begins every secret
   */
  SecretSources(String mark) throws IOException, NoSuchAlgorithmException {
    this.mark = mark;
    KeyPairGenerator keys = KeyPairGenerator.getInstance("RSA");
    keys.initialize(2048);
    privateKey =
        Base64.getEncoder().encodeToString(keys.generateKeyPair().getPrivate().getEncoded());
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/v1/secret/data/crm", this::vault);
    server.createContext("/token", this::token);
    server.createContext("/" + mark + "-alert", this::alert);
    server.start();
  }

  int port() {
    return server.getAddress().getPort();
  }

  String url(String path) {
    return "http://127.0.0.1:" + port() + path;
  }

  String vaultToken() {
    return mark + "-vault-token";
  }

  String alertUrl() {
    return url("/" + mark + "-alert");
  }

  /** A service account's key, as Google hands it out, with this as the place of the exchange. */
  Path serviceAccount(Path file) throws IOException {
    return Files.writeString(
        file,
        "{\"type\":\"service_account\",\"project_id\":\"test\",\"private_key_id\":\""
            + mark
            + "-key-id\",\"private_key\":\"-----BEGIN PRIVATE KEY-----\\n"
            + privateKey
            + "\\n-----END PRIVATE KEY-----\\n\",\"client_email\":\"sync@test.iam.example\","
            + "\"client_id\":\"1\",\"token_uri\":\""
            + url("/token")
            + "\"}");
  }

  private void vault(HttpExchange call) throws IOException {
    if (vaultToken().equals(call.getRequestHeaders().getFirst("X-Vault-Token"))) {
      readFromVault.incrementAndGet();
      answer(
          call,
          200,
          "{\"request_id\":\"1\",\"data\":{\"data\":{\"api-key\":\""
              + mark
              + "-twenty\"},\"metadata\":{\"version\":1}}}");
    } else {
      answer(call, 403, "{\"errors\":[\"permission denied\"]}");
    }
  }

  private void token(HttpExchange call) throws IOException {
    tokensGiven.incrementAndGet();
    answer(
        call,
        200,
        "{\"access_token\":\""
            + mark
            + "-access-token\",\"expires_in\":3600,\"token_type\":\"Bearer\"}");
  }

  private void alert(HttpExchange call) throws IOException {
    alerts.incrementAndGet();
    answer(call, 500, "cannot take " + call.getRequestURI());
  }

  private static void answer(HttpExchange call, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    call.getRequestBody().readAllBytes();
    call.getResponseHeaders().add("Content-Type", "application/json");
    call.sendResponseHeaders(status, bytes.length);
    call.getResponseBody().write(bytes);
    call.close();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
