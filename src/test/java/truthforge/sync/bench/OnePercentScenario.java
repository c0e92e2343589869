package truthforge.sync.bench;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import truthforge.sync.ledger.CycleReport.Counters;

/** A running service between two PostgreSQL databases, in one of which 1 % of the rows change. */
final class OnePercentScenario implements Scenario {

  /** An hour of cycles. With 20 rounds one field would change in a fifth of all, which is held. */
  private static final int WARMING = 12;

  private static final int ROUNDS = 7;

  @Override
  public List<String> figures() {
    return List.of("one-percent-cycle");
  }

  @Override
  public void measure(Stage stage) throws Exception {
    int contacts = stage.scale().pair();
    int changed = contacts / 100;
    PairScenario.Pair pair = PairScenario.Pair.of(stage, contacts);
    PairScenario.Initial.run(pair.folder()).mustHaveSent(contacts);
    String bare = pair.empty().bareTable();
    JdbcFloor.copy(pair.full(), pair.empty(), bare);
    List<Double> first = new ArrayList<>();
    long before = ServiceProcess.lastCycle(pair.folder());
    try (ServiceProcess run = ServiceProcess.start(pair.folder(), "run")) {
      run.awaitOpen();
      before = run.awaitCycle(before).id();
      for (int round = 0; round < WARMING + ROUNDS; round++) {
        String mark = "round " + round;
        pair.full()
            .run(
                "update "
                    + Postgres.TABLE
                    + " set notes = '"
                    + mark
                    + "' where id in (select id from "
                    + Postgres.TABLE
                    + " order by md5(id::text || '"
                    + mark
                    + "') limit "
                    + changed
                    + ")");
        String where = "and notes = '" + mark + "'";
        long floorBegan = System.nanoTime();
        JdbcFloor.update(pair.full(), where, pair.empty(), bare);
        double floor = (System.nanoTime() - floorBegan) / 1e9;

        Instant began = Instant.now();
        run.syncNow();
        ServiceProcess.CycleDone cycle = run.awaitCycle(before);
        before = cycle.id();
        long arrived =
            pair.empty()
                .number("select count(*) from " + Postgres.TABLE + " where notes = '" + mark + "'");
        if (arrived != changed || cycle.sum(Counters::sent) != changed) {
          throw new AssertionError(arrived + " of " + changed + " arrived");
        }
        double seconds = Duration.between(began, cycle.report().endedAt()).toNanos() / 1e9;
        stage.say(String.format("1 %% of %,d: %.3f s, floor %.3f s", contacts, seconds, floor));
        if (round >= WARMING) {
          stage.results().add("one-percent-cycle", seconds);
          stage.results().addFloor("one-percent-cycle", floor);
        } else {
          first.add(seconds);
        }
        run.awaitQuiet();
      }
      stage.results().note("one-percent-cycle", "contacts", contacts);
      stage.results().note("one-percent-cycle", "cycles-before", WARMING);
      stage.results().note("one-percent-cycle", "first-" + WARMING, Results.median(first));
    }
    pair.drop();
  }
}
