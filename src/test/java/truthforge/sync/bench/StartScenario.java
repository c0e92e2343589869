package truthforge.sync.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * The container's command, without the container: how soon it is at work, and what it costs then.
 */
final class StartScenario implements Scenario {

  private static final Duration SETTLING = Duration.ofSeconds(3);
  private static final Duration IDLE = Duration.ofSeconds(20);

  @Override
  public List<String> figures() {
    return List.of("start", "idle");
  }

  @Override
  public void measure(Stage stage) throws Exception {
    Results results = stage.results();
    Container container = Container.build();
    Path layout = stage.newFolder("start");
    boolean quick = !stage.scale().isFull();
    int contacts = quick ? 200 : 1_000;
    int idles = quick ? 1 : stage.scale().repetitions();
    try (FourScenario.Four four = new FourScenario.Four(stage, contacts, Map.of())) {
      PairScenario.Initial.run(four.folder).mustHaveSent(3L * contacts);
      for (int i = 0; i < stage.scale().repetitions() + 1; i++) {
        double floor = bareJvm(layout, container);
        four.reset();
        Files.deleteIfExists(four.folder.resolve("data/operator.json"));
        long last = ServiceProcess.lastCycle(four.folder);
        long began = System.currentTimeMillis();
        try (ServiceProcess run = ServiceProcess.startAs(four.folder, container.command("run"))) {
          run.awaitCycle(last);
          double seconds = (firstCall(four) - began) / 1e3;
          stage.say(String.format("start %.3f s, bare JVM %.3f s", seconds, floor));
          // The first start warms the disk's cache.
          if (i > 0) {
            results.add("start", seconds);
            results.addFloor("start", floor);
            results.note("start", "cpu-seconds-with-first-cycle", run.cpu());
          }
          if (i > 0 && i <= idles && results.wants("idle")) {
            run.awaitOpen();
            Machine.pause(SETTLING);
            double before = run.cpu();
            Machine.pause(IDLE);
            double idle = run.cpu() - before;
            results.add("idle", idle);
            stage.say(String.format("idle %.2f CPU s in %s", idle, IDLE));
          }
        }
      }
    }
    Machine.delete(layout);
  }

  private static long firstCall(FourScenario.Four four) throws Exception {
    long first = Long.MAX_VALUE;
    for (HostProcess host : four.hosts.values()) {
      for (var time : host.report().get("times")) {
        first = Math.min(first, time.longValue());
      }
    }
    return first;
  }

  private static double bareJvm(Path folder, Container container) throws Exception {
    long began = System.nanoTime();
    int code =
        new ProcessBuilder(container.bareCommand())
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start()
            .waitFor();
    if (code != 0) {
      throw new AssertionError("A bare JVM ended with " + code);
    }
    return (System.nanoTime() - began) / 1e9;
  }
}
