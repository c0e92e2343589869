package truthforge.sync;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import truthforge.sync.cli.Door;
import truthforge.sync.cli.LocalSandboxes;
import truthforge.sync.cli.Terminal;
import truthforge.sync.cli.TruthForgeSync;
import truthforge.sync.operate.MappingCheck;
import truthforge.sync.operate.SyncService;
import truthforge.sync.validate.RouteCheck;

/** Hands the command line to {@code cli}. */
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    // Whatever is written here is read by machines or in English: digits too.
    Locale.setDefault(Locale.ROOT);
    Door door =
        new Door(
            Terminal.ofTheProcess(),
            SyncService::open,
            LocalSandboxes.of(SyncService::open),
            List.of(RouteCheck::new, MappingCheck::new),
            System.getenv(),
            Path.of(""));
    System.exit(TruthForgeSync.execute(door, args));
  }
}
