package truthforge.sync.cli;

/** The result of a command: a record whose components are its JSON, and which people can read. */
public interface Report {

  /** For people: plain lines and aligned tables. */
  String text();

  /** What the result means for the exit code. */
  Outcome outcome();
}
