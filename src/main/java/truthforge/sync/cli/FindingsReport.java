package truthforge.sync.cli;

import java.util.List;
import java.util.stream.Collectors;
import truthforge.sync.config.Finding;

/**
 * What {@code doctor} or {@code validate} found.
 *
 * @param ok whether nothing needs to be put right; warnings do not count
 */
public record FindingsReport(boolean ok, List<Finding> findings) implements Report {

  public FindingsReport {
    findings = List.copyOf(findings);
  }

  public static FindingsReport of(List<Finding> findings) {
    return new FindingsReport(findings.stream().noneMatch(Finding::isFault), findings);
  }

  @Override
  public String text() {
    String lines =
        findings.stream()
            .map(f -> mark(f.level()) + f.text() + System.lineSeparator())
            .collect(Collectors.joining());
    long faults = findings.stream().filter(Finding::isFault).count();
    return lines
        + (faults == 0 ? "All in order" : faults == 1 ? "1 fault" : faults + " faults")
        + System.lineSeparator();
  }

  private static String mark(Finding.Level level) {
    return switch (level) {
      case OK -> "ok       ";
      case NOTE -> "note     ";
      case WARNING -> "warning  ";
      case ERROR -> "error    ";
      case UNREACHABLE -> "no reply ";
    };
  }

  @Override
  public Outcome outcome() {
    if (findings.stream().anyMatch(f -> f.level() == Finding.Level.UNREACHABLE)) {
      return Outcome.UNREACHABLE;
    }
    return ok ? Outcome.DONE : Outcome.FOUND;
  }
}
