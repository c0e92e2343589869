package truthforge.sync.recordings;

import com.fasterxml.jackson.databind.JsonNode;

/** All of Twenty's recorded exchanges against the stand-in for Twenty, in their order. */
final class AllOfTwenty {
  private static final String PERSON = "97eabd8f-e92b-4704-8267-2c31d35a80cf";

  private AllOfTwenty() {}

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
    return tally;
  }
}
