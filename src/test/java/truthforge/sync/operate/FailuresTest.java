package truthforge.sync.operate;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FailuresTest {

  /** Nothing tries again what has ended. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          Twenty is away. It is tried again by itself; if this stays, check it. | Twenty is away. Check it
          Locked (5): it is tried again by itself; if this stays, close that program. | Locked (5): close that program
          The disk is full (13): make room. It is tried again by itself. | The disk is full (13): make room
          The key is refused. | The key is refused
          """)
  void a_command_that_ends_does_not_say_that_it_goes_on(String failure, String told) {
    assertThat(Failures.ofCommand(failure)).isEqualTo(told);
  }
}
