package truthforge.sync.systems.bigquery;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.auth.oauth2.UserCredentials;
import com.google.cloud.NoCredentials;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/** On a machine that has Google credentials of its own. */
@Isolated
class BigQueryCredentialsTest {

  @TempDir Path home;
  private String before;

  @BeforeEach
  void give_the_machine_credentials() throws Exception {
    before = System.getProperty("user.home");
    Path folder = Files.createDirectories(home.resolve(".config/gcloud"));
    Files.writeString(
        folder.resolve("application_default_credentials.json"),
        "{\"type\":\"authorized_user\",\"client_id\":\"c\",\"client_secret\":\"s\","
            + "\"refresh_token\":\"r\"}");
    System.setProperty("user.home", home.toString());
  }

  @AfterEach
  void take_them_away() {
    System.setProperty("user.home", before);
  }

  @Test
  void another_host_is_never_sent_the_machines_credentials() throws Exception {
    assertThat(
            BigQueryClients.client("a-project", URI.create("http://127.0.0.1:1"), null)
                .getOptions()
                .getCredentials())
        .isSameAs(NoCredentials.getInstance());
  }

  @Test
  void googles_own_host_is_sent_them() throws Exception {
    assertThat(BigQueryClients.client("a-project", null, null).getOptions().getCredentials())
        .isInstanceOf(UserCredentials.class);
  }
}
