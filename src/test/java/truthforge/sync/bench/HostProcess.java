package truthforge.sync.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * A stand-in or a sink in a process of its own. One line of JSON answers each line that it is told;
 * it ends when its standard input does, and so never outlives the bench.
 */
final class HostProcess implements AutoCloseable {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Process process;
  private final BufferedReader answers;
  private final Writer questions;
  private final JsonNode hello;

  private HostProcess(Process process) throws IOException {
    this.process = process;
    answers =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    questions = process.outputWriter(StandardCharsets.UTF_8);
    hello = answer();
  }

  static HostProcess start(Class<?> main, String... arguments) throws IOException {
    List<String> command = Machine.java();
    command.add("-Xmx4g");
    command.add("-Dsun.net.httpserver.nodelay=true");
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(main.getName());
    command.addAll(List.of(arguments));
    return new HostProcess(
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
  }

  /** Settings with which the service reaches it. */
  Map<String, String> settings() {
    return JSON.convertValue(
        hello, JSON.getTypeFactory().constructMapType(Map.class, String.class, String.class));
  }

  /** Sets all counts to zero. */
  void reset() throws IOException {
    ask("reset");
  }

  /** All counts since the last reset. */
  JsonNode report() throws IOException {
    return ask("report");
  }

  private synchronized JsonNode ask(String question) throws IOException {
    questions.write(question + "\n");
    questions.flush();
    return answer();
  }

  private JsonNode answer() throws IOException {
    String line = answers.readLine();
    if (line == null) {
      throw new IOException("A stand-in ended");
    }
    return JSON.readTree(line);
  }

  double cpu() {
    return Machine.cpu(process.pid(), true);
  }

  @Override
  public void close() {
    process.destroy();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
