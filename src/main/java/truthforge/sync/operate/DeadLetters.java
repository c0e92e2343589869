package truthforge.sync.operate;

import java.io.IOException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import truthforge.sync.flow.Batch;
import truthforge.sync.flow.Delivering;
import truthforge.sync.flow.Pass;
import truthforge.sync.ledger.Ledger;
import truthforge.sync.merge.Write;
import truthforge.sync.systems.BatchRefused;
import truthforge.sync.systems.SystemUnavailable;

/** Decides what becomes of a batch that could not be delivered. */
public final class DeadLetters {

  private static final Logger LOG = LoggerFactory.getLogger("truthforge.sync");

  private final Delivering delivering;
  private final Availability availability;

  public DeadLetters(Delivering delivering, Availability availability) {
    this.delivering = delivering;
    this.availability = availability;
  }

  /**
   * Backs the system off where it is at fault as a whole; has the pass go on with the halves of the
   * batch; or takes care of its one record.
   *
   * @throws Ledger.LedgerUnavailable when the ledger cannot take note: the delivery must stop
   */
  public void sort(Pass pass, Batch batch, Throwable thrown) {
    Throwable cause = Failures.telling(batch.system(), thrown);
    if (cause instanceof Ledger.LedgerUnavailable unavailable) {
      throw unavailable;
    }
    if (cause instanceof SystemUnavailable unavailable
        && unavailable.kind() == SystemUnavailable.Kind.LIMITED
        && pass.maySlowDown()) {
      // What is limited was not looked at. It is derived anew, and sent when calls are granted.
      delivering.putBack(pass, batch);
      return;
    }
    if (isNoAnswer(cause) && delivering.unanswered(pass, batch, noAnswer(batch.system(), cause))) {
      LOG.warn(
          "{} gave no answer to a write of {}; as it takes others, these are tried again last",
          batch.system(),
          batch.size() == 1 ? "one record" : batch.size() + " records");
      return;
    }
    if (cause instanceof SystemUnavailable || cause instanceof IOException) {
      availability.failed(batch.system(), cause);
      return;
    }
    if (batch.size() > 1) {
      delivering.halve(pass, batch);
      return;
    }
    Write write = batch.writes().get(0);
    delivering.refusedAlone(pass);
    String reason = Failures.inPlainWords(batch.system(), cause);
    BatchRefused refused =
        cause instanceof BatchRefused told ? told : new BatchRefused(reason, false);
    delivering.answered(pass, List.of(refused.outcome(write, reason)));
    if (!refused.forGood() && pass.looksLikeTheSystem()) {
      availability.failed(batch.system(), cause);
    }
  }

  /**
   * Neither limits, nor a refused key, nor what is not as configured: those are no one record's.
   */
  private static boolean isNoAnswer(Throwable cause) {
    return cause instanceof IOException
        || cause instanceof SystemUnavailable unavailable
            && (unavailable.kind() == SystemUnavailable.Kind.UNREACHABLE
                || unavailable.kind() == SystemUnavailable.Kind.FAILING);
  }

  private static String noAnswer(String system, Throwable cause) {
    String said = Failures.inPlainWords(system, cause);
    return system
        + " gives no answer to a write of this record, and takes others: see whether a proxy, a"
        + " firewall or a limit there stops it ("
        + said.substring(0, (said + ". ").indexOf(". "))
        + ")";
  }
}
