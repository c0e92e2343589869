package truthforge.sync.cli;

import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** A command with which people look up or decide something in the ledger. */
abstract class DecisionCommand extends ServiceCommand {

  private DecisionCommand(TruthForgeSync root) {
    super(root, Needs.LEDGER);
  }

  /** The part of a list that is wanted. */
  private static final class Pages {
    @Option(
        names = "--after",
        paramLabel = "ID",
        defaultValue = "0",
        description = "Go on behind this entry.")
    private long after;

    @Option(
        names = "--limit",
        paramLabel = "N",
        defaultValue = "1000",
        converter = FromOne.class,
        description = "At most so many entries (${DEFAULT-VALUE}).")
    private int limit;
  }

  private static final class FromOne implements CommandLine.ITypeConverter<Integer> {
    @Override
    public Integer convert(String text) {
      if (!text.matches("0*[1-9]\\d{0,8}")) {
        throw new CommandLine.TypeConversionException(
            "must be a whole number, 1 or more, not '" + text + "'");
      }
      return Integer.valueOf(text);
    }
  }

  @Command(name = "conflicts", description = "Values that gave way to others.")
  private static final class ConflictsGroup extends Group {}

  static CommandLine conflicts(TruthForgeSync root) {
    return group(
        new ConflictsGroup(),
        new ConflictsList(root),
        new ConflictsShow(root),
        new ConflictsResolve(root));
  }

  @Command(name = "list", description = "Conflicts, newest first, with both values.")
  private static final class ConflictsList extends DecisionCommand {
    @Mixin private Pages pages;

    @Option(names = "--open", description = "Only those that wait for a person.")
    private boolean openOnly;

    ConflictsList(TruthForgeSync root) {
      super(root);
    }

    @Override
    Report perform(Service service, Progress progress) {
      return service.look(d -> d.conflicts(openOnly, pages.after, pages.limit));
    }
  }

  @Command(name = "show", description = "One conflict, whole.")
  private static final class ConflictsShow extends DecisionCommand {
    @Parameters(paramLabel = "ID", description = "As in conflicts list.")
    private long id;

    ConflictsShow(TruthForgeSync root) {
      super(root);
    }

    @Override
    Report perform(Service service, Progress progress) {
      return service.look(d -> d.conflict(id));
    }
  }

  @Command(
      name = "resolve",
      description = "Decide what the field holds; it is sent everywhere, as any edit.")
  private static final class ConflictsResolve extends DecisionCommand {
    @Parameters(paramLabel = "ID", description = "As in conflicts list.")
    private long id;

    @ArgGroup(multiplicity = "1")
    private Value value;

    /** Exactly one of them. */
    private static final class Value {
      @Option(names = "--kept", required = true, description = "The value that was kept.")
      private boolean kept;

      @Option(names = "--lost", required = true, description = "The value that gave way.")
      private boolean lost;

      @Option(
          names = "--value",
          required = true,
          paramLabel = "VALUE",
          description = "Another one: text, or JSON for lists and documents; null clears it.")
      private String other;
    }

    ConflictsResolve(TruthForgeSync root) {
      super(root);
    }

    @Override
    Report perform(Service service, Progress progress) {
      Decisions.Choice choice =
          value.kept
              ? new Decisions.Choice.Kept()
              : value.lost ? new Decisions.Choice.Lost() : new Decisions.Choice.Other(value.other);
      return service.decide(d -> d.resolve(id, choice));
    }
  }

  @Command(name = "dead-letters", description = "Messages that were parked.")
  private static final class DeadLettersGroup extends Group {}

  static CommandLine deadLetters(TruthForgeSync root) {
    return group(
        new DeadLettersGroup(),
        new DeadLettersList(root),
        new DeadLettersShow(root),
        new DeadLettersReplay(root),
        new DeadLettersDiscard(root));
  }

  @Command(name = "list", description = "Dead letters, with target, reason and attempts.")
  private static final class DeadLettersList extends DecisionCommand {
    @Mixin private Pages pages;

    DeadLettersList(TruthForgeSync root) {
      super(root);
    }

    @Override
    Report perform(Service service, Progress progress) {
      return service.look(d -> d.deadLetters(pages.after, pages.limit));
    }
  }

  @Command(name = "show", description = "One dead letter, with its payload.")
  private static final class DeadLettersShow extends DecisionCommand {
    @Parameters(paramLabel = "ID", description = "As in dead-letters list.")
    private long id;

    DeadLettersShow(TruthForgeSync root) {
      super(root);
    }

    @Override
    Report perform(Service service, Progress progress) {
      return service.look(d -> d.deadLetter(id));
    }
  }

  @Command(name = "replay", description = "Try dead letters again, with what their contacts hold.")
  private static final class DeadLettersReplay extends DecisionCommand {
    @Parameters(paramLabel = "ID", arity = "0..*", description = "As in dead-letters list.")
    private List<Long> ids = List.of();

    @Option(names = "--all", description = "All of them.")
    private boolean all;

    @Spec private CommandSpec spec;

    DeadLettersReplay(TruthForgeSync root) {
      super(root);
    }

    @Override
    Report perform(Service service, Progress progress) {
      if (all == !ids.isEmpty()) {
        throw new CommandLine.ParameterException(
            spec.commandLine(), "give either the ids of dead letters or --all");
      }
      long count = service.decide(d -> all ? d.replayAll() : d.replay(ids));
      return new Done("to be tried again: " + count, count);
    }
  }

  @Command(
      name = "discard",
      description = "Take a dead letter off the list; it is tried again when its contact changes.")
  private static final class DeadLettersDiscard extends DecisionCommand {
    @Parameters(paramLabel = "ID", description = "As in dead-letters list.")
    private long id;

    DeadLettersDiscard(TruthForgeSync root) {
      super(root);
    }

    @Override
    Report perform(Service service, Progress progress) {
      return service.decide(
          d -> {
            d.discard(id);
            return new Done("discarded " + id, 1);
          });
    }
  }

  @Command(name = "held", description = "Observations that wait for a person.")
  private static final class HeldGroup extends Group {}

  static CommandLine held(TruthForgeSync root) {
    return group(
        new HeldGroup(),
        new HeldList(root),
        new HeldShow(root),
        new HeldApprove(root),
        new HeldRefuse(root));
  }

  @Command(name = "list", description = "What is held, oldest first, with the reason.")
  private static final class HeldList extends DecisionCommand {
    @Mixin private Pages pages;

    HeldList(TruthForgeSync root) {
      super(root);
    }

    @Override
    Report perform(Service service, Progress progress) {
      return service.look(d -> d.held(pages.after, pages.limit));
    }
  }

  @Command(name = "show", description = "One held observation, with what was observed.")
  private static final class HeldShow extends DecisionCommand {
    @Parameters(paramLabel = "ID", description = "As in held list.")
    private long id;

    HeldShow(TruthForgeSync root) {
      super(root);
    }

    @Override
    Report perform(Service service, Progress progress) {
      return service.look(d -> d.heldOne(id));
    }
  }

  @Command(name = "approve", description = "Merge what is held with its contact as it is now.")
  private static final class HeldApprove extends DecisionCommand {
    @Parameters(paramLabel = "ID", description = "As in held list.")
    private long id;

    @Option(
        names = "--contact",
        paramLabel = "CONTACT",
        description =
            "For an ambiguous record: the contact that it belongs to. If that one has another"
                + " record there already, this one is a duplicate: its values are merged and it is"
                + " deleted. Without --contact the record becomes a contact of its own.")
    private String contact;

    HeldApprove(TruthForgeSync root) {
      super(root);
    }

    @Override
    Report perform(Service service, Progress progress) {
      return service.decide(
          d -> {
            d.approve(id, contact);
            return new Done("approved " + id, 1);
          });
    }
  }

  @Command(
      name = "refuse",
      description = "Drop what is held; the system gets the contact as it is.")
  private static final class HeldRefuse extends DecisionCommand {
    @Parameters(paramLabel = "ID", description = "As in held list.")
    private long id;

    HeldRefuse(TruthForgeSync root) {
      super(root);
    }

    @Override
    Report perform(Service service, Progress progress) {
      return service.decide(
          d -> {
            d.refuse(id);
            return new Done("refused " + id, 1);
          });
    }
  }

  @Command(
      name = "history",
      description = "Who changed what of a contact, when, and from where; newest first.")
  static final class History extends DecisionCommand {
    @Parameters(paramLabel = "CONTACT", description = "Its contact id.")
    private String contact;

    @Option(
        names = "--limit",
        paramLabel = "N",
        defaultValue = "1000",
        converter = FromOne.class,
        description = "At most so many changes (${DEFAULT-VALUE}).")
    private int limit;

    History(TruthForgeSync root) {
      super(root);
    }

    @Override
    Report perform(Service service, Progress progress) {
      return service.look(d -> d.history(contact, limit));
    }
  }

  @Command(
      name = "revert",
      description = "Put a contact back to what it was at a version, everywhere.")
  static final class Revert extends DecisionCommand {
    @Parameters(index = "0", paramLabel = "CONTACT", description = "Its contact id.")
    private String contact;

    @Parameters(index = "1", paramLabel = "VERSION", description = "As in history.")
    private long version;

    Revert(TruthForgeSync root) {
      super(root);
    }

    @Override
    Report perform(Service service, Progress progress) {
      return service.decide(d -> d.revert(contact, version));
    }
  }

  @Command(
      name = "duplicates",
      description = "Contacts that may be one person: by email, or by phone and name.")
  static final class Duplicates extends DecisionCommand {
    Duplicates(TruthForgeSync root) {
      super(root);
    }

    @Override
    Report perform(Service service, Progress progress) {
      return service.look(Decisions::duplicates);
    }
  }

  @Command(name = "merge", description = "Make two contacts one, everywhere.")
  static final class Merge extends DecisionCommand {
    @Parameters(
        index = "0",
        paramLabel = "STAYS",
        description = "Contact id of the one that stays.")
    private String stays;

    @Parameters(
        index = "1",
        paramLabel = "GOES",
        description = "Contact id of the one that becomes part of it.")
    private String goes;

    Merge(TruthForgeSync root) {
      super(root);
    }

    @Override
    Report perform(Service service, Progress progress) {
      return service.decide(d -> d.merge(stays, goes));
    }
  }

  @Command(
      name = "forget",
      description =
          "Erase a contact everywhere, for good, and keep it erased: records, history, conflicts.")
  static final class Forget extends DecisionCommand {
    @ArgGroup(multiplicity = "1")
    private What what;

    /** Exactly one of them. */
    private static final class What {
      @Parameters(paramLabel = "CONTACT", description = "Its contact id.")
      private String contact;

      @Option(
          names = "--pending",
          required = true,
          description = "Only show what is still to be erased, and where.")
      private boolean pending;
    }

    Forget(TruthForgeSync root) {
      super(root);
    }

    @Override
    Report perform(Service service, Progress progress) {
      return what.pending
          ? service.look(Decisions::forgetting)
          : service.decide(d -> d.forget(what.contact));
    }
  }
}
