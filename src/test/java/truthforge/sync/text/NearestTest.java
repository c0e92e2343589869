package truthforge.sync.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NearestTest {

  private static final List<String> NAMES =
      List.of("job_title", "title", "sync.batch-size", "emails", "id");

  @ParameterizedTest
  @CsvSource({
    "job_titel, job_title",
    "jobTitle, job_title",
    "tilte, title",
    "sync.batchsize, sync.batch-size",
    "email, emails",
    "EMAILS, emails"
  })
  void a_slip_finds_the_name_that_was_meant(String word, String meant) {
    assertThat(Nearest.nearest(word, NAMES)).isEqualTo(meant);
  }

  @ParameterizedTest
  @CsvSource({"shoe_size", "birthday", "xyz"})
  void a_word_that_is_near_no_name_finds_none(String word) {
    assertThat(Nearest.nearest(word, NAMES)).isNull();
  }

  @Test
  void no_names_give_none() {
    assertThat(Nearest.nearest("title", List.of())).isNull();
  }
}
