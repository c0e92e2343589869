package truthforge.sync.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class NearestTest {

  private static final List<String> NAMES = List.of("twenty.api-key", "twenty.url", "local.table");

  @Test
  void a_swapped_pair_of_letters_is_near() {
    assertThat(Nearest.nearest("twenty.api-kye", NAMES)).isEqualTo("twenty.api-key");
  }

  @Test
  void letter_case_does_not_matter() {
    assertThat(Nearest.nearest("Twenty.URL", NAMES)).isEqualTo("twenty.url");
  }

  @Test
  void a_word_that_is_like_none_has_no_nearest() {
    assertThat(Nearest.nearest("colour", NAMES)).isNull();
  }

  @Test
  void a_short_name_is_not_near_to_a_word_that_shares_no_letter() {
    assertThat(Nearest.nearest("xy", List.of("me"))).isNull();
  }
}
