package truthforge.sync.recordings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Twenty's recorded exchanges against the stand-in for Twenty. */
@Tag("recordings")
class TwentyRecordingsTest {
  private static final String PERSON = "97eabd8f-e92b-4704-8267-2c31d35a80cf";

  @Test
  void the_stand_in_answers_as_twenty_did() {
    Recordings recordings = Recordings.of("twenty");
    assumeTrue(recordings.present(), "the recordings are not on this machine");
    ReplayTally tally = replay(recordings);

    System.out.println("twenty recordings: " + tally.line());
    assertThat(tally.different()).isEmpty();
    assertThat(recordings.names()).allMatch(name -> tally.knows("twenty", name));
    assertThat(tally.replayed() + tally.notApplicable())
        .as("each is replayed or listed, none is both, and none is listed that is not there")
        .isEqualTo(recordings.names().size());
    assertThat(tally.replayed()).isGreaterThanOrEqualTo(130);
  }

  static ReplayTally replay(Recordings recordings) {
    ReplayTally tally = new ReplayTally();
    TwentyReplay replay = null;
    try {
      for (String line : Recordings.lines("/recordings/twenty-order.txt")) {
        if (line.startsWith("= ")) {
          if (replay != null) {
            replay.close();
          }
          replay = TwentyReplay.of(line.substring(2));
          replay.learnObjectId(PERSON);
        } else {
          JsonNode recording = recordings.read(line);
          if (recording.has("response")) {
            tally.replayed("twenty", line, replay.replay(line, recording));
            replay.deliveries().forEach((name, found) -> tally.replayed("twenty", name, found));
          } else {
            tally.replayed("twenty", line, replay.replayDelivery(line, recording));
          }
        }
      }
    } finally {
      if (replay != null) {
        replay.close();
      }
    }
    for (Map.Entry<String, String> entry : Recordings.notApplicable("twenty").entrySet()) {
      tally.notApplicable("twenty", entry.getKey());
    }
    return tally;
  }
}
