package truthforge.sync.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

final class MemoryLedgerTest extends LedgerContract {

  @Override
  Ledger openEmpty(Clock time) {
    return new MemoryLedger(time);
  }

  private MemoryLedger memory() {
    return (MemoryLedger) ledger;
  }

  @Test
  void a_copy_taken_within_a_transaction_holds_what_was_committed_before() {
    save(contact("a", 1));
    save(linked("a", TWENTY, 1));
    AtomicReference<MemoryLedger> copy = new AtomicReference<>();
    write(
        transaction -> {
          transaction.saveContacts(List.of(contact("a", 2), contact("b", 1)));
          copy.set(memory().copy());
        });
    assertThat(copy.get().<Object>transaction(t -> t.contactsAfter(null, 9)))
        .isEqualTo(List.of(contact("a", 1)));
    assertThat(copy.get().<Object>transaction(t -> t.due(TWENTY, null, NOON, null, 9)))
        .isEqualTo(List.of());
  }

  @Test
  void a_copy_and_its_original_go_their_own_ways() {
    save(contact("a", 1));
    MemoryLedger copy = memory().copy();
    save(contact("b", 1));
    copy.transaction(
        transaction -> {
          transaction.saveContacts(List.of(contact("c", 1)));
          return null;
        });
    assertThat(alone.contactsAfter(null, 9)).containsExactly(contact("a", 1), contact("b", 1));
    assertThat(copy.<Object>transaction(transaction -> transaction.contactsAfter(null, 9)))
        .isEqualTo(List.of(contact("a", 1), contact("c", 1)));
  }

  @Test
  void there_is_no_backup_of_memory() {
    assertThatThrownBy(() -> ledger.backup(Path.of("backup")))
        .isInstanceOf(UnsupportedOperationException.class);
  }
}
