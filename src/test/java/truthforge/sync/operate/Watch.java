package truthforge.sync.operate;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import truthforge.sync.systems.Elapsed;

/** A clock that shows a world's time, and can be set wrong. */
final class Watch extends Clock implements Elapsed {

  private final BigQueryWorld.Time time;
  private volatile Duration off = Duration.ZERO;

  Watch(BigQueryWorld.Time time) {
    this.time = time;
  }

  /** From now on it is so far ahead of the time. */
  void setAhead(Duration ahead) {
    off = ahead;
  }

  @Override
  public Instant instant() {
    return time.instant().plus(off);
  }

  @Override
  public long nanos() {
    return time.nanos();
  }

  @Override
  public void sleep(long nanos) {
    time.sleep(nanos);
  }

  @Override
  public ZoneId getZone() {
    return time.getZone();
  }

  @Override
  public Clock withZone(ZoneId zone) {
    return time.withZone(zone);
  }
}
