package truthforge.sync.cli;

import java.util.Map;
import java.util.function.Consumer;
import truthforge.sync.config.Places;
import truthforge.sync.sandbox.StandIn;
import truthforge.sync.sandbox.StandInAnswer;
import truthforge.sync.sandbox.StandInRequest;

/** A sandbox that claims what it was asked for, to look at the command line alone. */
final class FixedSandbox implements SandboxFactory {

  @Override
  public Sandbox open(Sandbox.Settings settings, Places places, Consumer<String> say) {
    say.accept("seeded");
    return new Sandbox() {
      @Override
      public VerifyReport run(Progress progress) {
        return new VerifyReport(settings.contacts(), true, Map.of(), 0, 0, Map.of(), 0.1);
      }

      @Override
      public void stop() {}

      @Override
      public void close() {}
    };
  }

  @Override
  public StandIn standIn(String system, int port, boolean bare) {
    return new Teapot(port);
  }

  private static final class Teapot extends StandIn {
    Teapot(int port) {
      super(port);
      listen();
    }

    @Override
    protected StandInAnswer answer(StandInRequest request) {
      return StandInAnswer.text(418, "");
    }
  }
}
