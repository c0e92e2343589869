package truthforge.sync.cli;

import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** Prints the man page of all commands, in the macros of man(7). */
@Command(
    name = "manual",
    description = "Print the man page.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Read it with:  truth-forge-sync manual | man -l -",
      "Keep it as:    /usr/local/share/man/man1/truth-forge-sync.1"
    })
final class ManualCommand implements Callable<Integer> {

  @CommandLine.Spec private CommandSpec spec;

  private final TruthForgeSync root;

  ManualCommand(TruthForgeSync root) {
    this.root = root;
  }

  @Override
  public Integer call() {
    Terminal terminal = root.door().terminal();
    terminal.out().print(page(spec.parent().commandLine()));
    terminal.out().flush();
    return ExitCodes.DONE;
  }

  private static String page(CommandLine all) {
    CommandSpec top = all.getCommandSpec();
    String name = top.name();
    StringBuilder page = new StringBuilder();
    page.append(".TH ").append(name.toUpperCase(Locale.ROOT).replace("-", "\\-")).append(" 1\n");
    section(page, "NAME");
    text(page, name + " - " + description(top));
    section(page, "SYNOPSIS");
    page.append(".B java -jar ").append(escaped(name)).append(".jar\n");
    text(page, "[command] [options]");
    section(page, "DESCRIPTION");
    for (String line : top.usageMessage().footer()) {
      if (!line.isEmpty()) {
        text(page, line);
      }
    }
    section(page, "OPTIONS");
    arguments(page, top);
    section(page, "COMMANDS");
    for (CommandLine command : all.getSubcommands().values()) {
      command(page, command, "");
    }
    section(page, "FILES");
    entry(page, "config/application.properties", "all settings, each with its default");
    entry(page, "config/mappings/", "which field of a contact is kept where, a file per system");
    entry(page, "routes/", "the routes; without this folder those inside the jar are used");
    return page.toString();
  }

  private static void command(StringBuilder page, CommandLine command, String group) {
    CommandSpec spec = command.getCommandSpec();
    if (spec.usageMessage().hidden()) {
      return;
    }
    String name = group + spec.name();
    if (!command.getSubcommands().isEmpty()) {
      for (CommandLine one : command.getSubcommands().values()) {
        command(page, one, name + " ");
      }
      return;
    }
    StringJoiner head = new StringJoiner(" ").add(name);
    for (PositionalParamSpec parameter : spec.positionalParameters()) {
      head.add(parameter.paramLabel());
    }
    page.append(".SS ").append(escaped(head.toString())).append('\n');
    text(page, description(spec));
    arguments(page, spec);
  }

  private static void arguments(StringBuilder page, CommandSpec spec) {
    for (OptionSpec option : spec.options()) {
      boolean ofTheCommand =
          !option.inherited() && !option.usageHelp() && !option.versionHelp() && !option.hidden();
      if (ofTheCommand) {
        String label = option.arity().max() == 0 ? "" : " " + option.paramLabel();
        entry(page, String.join(", ", option.names()) + label, description(option));
      }
    }
  }

  private static String description(CommandSpec spec) {
    return String.join(" ", spec.usageMessage().description());
  }

  private static String description(ArgSpec argument) {
    return String.join(" ", List.of(argument.description()));
  }

  private static void section(StringBuilder page, String title) {
    page.append(".SH ").append(title).append('\n');
  }

  private static void entry(StringBuilder page, String term, String description) {
    page.append(".TP\n.B ").append(escaped(term)).append('\n');
    text(page, description);
  }

  private static void text(StringBuilder page, String text) {
    page.append(escaped(text)).append('\n');
  }

  /** A line that begins with a dot or an apostrophe would be taken for a macro. */
  private static String escaped(String text) {
    String safe = text.replace("\\", "\\e").replace("-", "\\-");
    return safe.startsWith(".") || safe.startsWith("'") ? "\\&" + safe : safe;
  }
}
