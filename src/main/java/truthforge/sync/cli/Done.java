package truthforge.sync.cli;

/**
 * A command that has nothing to tell but that it did its work.
 *
 * @param done what was done, for example {@code approved 12}
 * @param count of how many
 */
public record Done(String done, long count) implements Report {

  @Override
  public String text() {
    return done + System.lineSeparator();
  }

  @Override
  public Outcome outcome() {
    return Outcome.DONE;
  }
}
