package truthforge.sync.cli;

/** How a command ended. */
public enum Outcome {
  /** All is done and in order. */
  DONE,
  /** Something was found that a person should look at: drift, a fault in the configuration. */
  FOUND,
  /** The command, as given, cannot be carried out. */
  USAGE,
  /** A system could not be reached. */
  UNREACHABLE
}
