package truthforge.sync.bench;

import java.util.List;

/** A course of events in which one or more figures are measured. */
interface Scenario {

  List<String> figures();

  /** Repeats itself as often as the scale says, and adds its values to the results. */
  void measure(Stage stage) throws Exception;
}
