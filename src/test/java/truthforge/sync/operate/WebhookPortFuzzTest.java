package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import truthforge.sync.systems.Mangled;

class WebhookPortFuzzTest {

  private static final int INPUTS = 1_000;

  @Test
  void whatever_is_posted_over_the_port_is_no_fault_of_ours_and_good_events_still_pass(
      @TempDir Path folder) throws Exception {
    try (Listening service = new Listening(folder, "twenty", "supabase", "local")) {
      service.world.engine.runCycle();
      for (int seed = 0; seed < INPUTS; seed++) {
        Mangled mangled = new Mangled(seed);
        byte[] body =
            mangled.bytes(Listening.event("task.updated", "1").getBytes(StandardCharsets.UTF_8));
        HttpRequest request =
            seed % 2 == 0
                ? service
                    .twenty(
                        service.now(),
                        Listening.signature(Listening.SECRET, service.now(), body),
                        body)
                    .build()
                : service
                    .supabase(
                        Listening.SUPABASE_SECRET, new String(body, StandardCharsets.ISO_8859_1))
                    .build();
        HttpResponse<String> answer = service.send(request);
        assertThat(answer.statusCode()).as("seed " + seed).isLessThan(500);
        assertThat(answer.body()).as("seed " + seed).isEmpty();
        if (seed % 100 == 0) {
          assertThat(service.tell("task.created", "seed " + seed)).isEqualTo(204);
        }
      }
    }
  }
}
