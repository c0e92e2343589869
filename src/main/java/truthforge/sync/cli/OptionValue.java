package truthforge.sync.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine;
import truthforge.sync.config.Option;

/**
 * Values of options that were given on the command line, each checked as the option itself asks.
 */
final class OptionValue {

  private final Map<Option, String> given = new LinkedHashMap<>();

  /**
   * @param value null where it was not given
   * @throws CommandLine.ParameterException when the option does not take it
   */
  void add(CommandLine command, String flag, Option option, String value) {
    if (value == null) {
      return;
    }
    String fault = option.kind().fault(value);
    if (fault != null) {
      throw new CommandLine.ParameterException(command, flag + " " + fault);
    }
    given.put(option, value);
  }

  Map<Option, String> given() {
    return given;
  }
}
