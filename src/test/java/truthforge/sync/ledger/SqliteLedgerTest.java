package truthforge.sync.ledger;

import java.nio.file.Path;
import java.time.Clock;
import org.junit.jupiter.api.io.TempDir;

final class SqliteLedgerTest extends LedgerContract {

  @TempDir Path folder;

  private LedgerSettings settings() {
    return LedgerSettings.of("jdbc:sqlite:" + folder.resolve("data/ledger.db"), clock);
  }

  @Override
  Ledger openEmpty(Clock time) {
    return JdbcLedger.open(settings());
  }
}
