package truthforge.sync.bench;

import java.util.List;

/** A course of events in which one or more figures are measured. */
interface Scenario {

  List<String> figures();

  /** Whether what it measures stays the same while others are measured, if time is short. */
  default boolean canGoBeside() {
    return false;
  }

  /** Repeats itself as often as the scale says, and adds its values to the results. */
  void measure(Stage stage) throws Exception;
}
