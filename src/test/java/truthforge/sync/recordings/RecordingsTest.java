package truthforge.sync.recordings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import truthforge.sync.sandbox.supabase.SupabaseReplay;

/** The recorded exchanges with the real systems against the stand-ins for them. */
@Tag("recordings")
class RecordingsTest {

  private static final int LEAST_OF_TWENTY = 130;
  private static final int LEAST_OF_SUPABASE = 50;

  @Test
  void the_stand_ins_answer_as_the_real_systems_did() throws Exception {
    Recordings people = Recordings.of("twenty");
    assumeTrue(
        people.present() && SupabaseReplay.present(), "the recordings are not on this machine");
    ReplayTally twenty = AllOfTwenty.replay(people);
    complete(twenty, "twenty", people.names(), LEAST_OF_TWENTY);
    ReplayTally supabase = SupabaseReplay.replay(Recordings.notApplicable("supabase").keySet());
    complete(supabase, "supabase", SupabaseReplay.names(), LEAST_OF_SUPABASE);

    ReplayTally both = new ReplayTally();
    both.add(twenty);
    both.add(supabase);
    System.out.println("recordings: " + both.line());
    assertThat(both.different()).isEmpty();
  }

  /** Each recording is replayed or listed, none is both, and none is listed that is not there. */
  private static void complete(ReplayTally tally, String system, List<String> names, int least) {
    Recordings.notApplicable(system).keySet().forEach(name -> tally.notApplicable(system, name));
    assertThat(names).allMatch(name -> tally.knows(system, name));
    assertThat(tally.replayed() + tally.notApplicable()).isEqualTo(names.size());
    assertThat(tally.replayed()).isGreaterThanOrEqualTo(least);
  }
}
