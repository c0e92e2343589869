package truthforge.sync.cli;

import java.util.List;

/**
 * What was put back.
 *
 * @param asOf the version whose values hold again
 * @param version the contact's version now
 * @param fields those that differed; none where nothing had to be done
 */
public record RevertReport(String contactId, long asOf, long version, List<String> fields)
    implements Report {

  public RevertReport {
    fields = List.copyOf(fields);
  }

  @Override
  public String text() {
    String done =
        fields.isEmpty()
            ? contactId + " is as it was at version " + asOf + " already"
            : "put back as of version " + asOf + ": " + String.join(", ", fields);
    return done + System.lineSeparator();
  }

  @Override
  public Outcome outcome() {
    return Outcome.DONE;
  }
}
