package truthforge.sync.operate.port;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import javax.management.StandardMBean;
import truthforge.sync.cli.Decisions;
import truthforge.sync.cli.Problem;

/** Puts the service into the JMX server of this process, beside Camel's routes. */
final class OperatorJmx implements OperatorMXBean, AutoCloseable {

  private static final String NAME = "truthforge.sync:type=Operator";

  private final RunningService service;
  private final Recent<Overview> overview;
  private final MBeanServer server = ManagementFactory.getPlatformMBeanServer();
  private ObjectName name;

  private OperatorJmx(RunningService service) {
    this.service = service;
    overview = new Recent<>(service::overview);
  }

  /** A second service in one process gets a number. */
  static OperatorJmx register(RunningService service) {
    OperatorJmx bean = new OperatorJmx(service);
    try {
      ObjectName free = new ObjectName(NAME);
      for (int i = 2; bean.server.isRegistered(free); i++) {
        free = new ObjectName(NAME + ",instance=" + i);
      }
      bean.server.registerMBean(new StandardMBean(bean, OperatorMXBean.class, true), free);
      bean.name = free;
      return bean;
    } catch (JMException e) {
      throw new IllegalStateException("The service could not be put into JMX", e);
    }
  }

  @Override
  public void close() {
    try {
      server.unregisterMBean(name);
    } catch (JMException e) {
      throw new IllegalStateException("The service could not be taken out of JMX", e);
    }
  }

  @Override
  public boolean isReady() {
    return overview.get().ready();
  }

  @Override
  public boolean isHealthy() {
    return overview.get().status().healthy();
  }

  @Override
  public long getContacts() {
    return overview.get().status().contacts();
  }

  @Override
  public long getConflicts() {
    return overview.get().status().conflicts();
  }

  @Override
  public long getHeld() {
    return overview.get().status().held();
  }

  @Override
  public long getParked() {
    return overview.get().status().parked();
  }

  @Override
  public Map<String, SystemState> getSystems() {
    Overview now = overview.get();
    Map<String, SystemState> systems = new LinkedHashMap<>();
    now.systems().forEach((system, view) -> systems.put(system, new Shown(now, view)));
    return systems;
  }

  private record Shown(Overview now, Overview.SystemView view) implements SystemState {
    @Override
    public String getState() {
      return view.state();
    }

    @Override
    public long getContacts() {
      return view.contacts();
    }

    @Override
    public long getDue() {
      return view.due();
    }

    @Override
    public long getHeld() {
      return view.held();
    }

    @Override
    public long getParked() {
      return view.parked();
    }

    @Override
    public long getLagSeconds() {
      return view.lagSeconds();
    }

    @Override
    public long getReadAgeSeconds() {
      return view.lastRead() == null
          ? -1
          : Math.max(0, Duration.between(view.lastRead(), now.at()).toSeconds());
    }

    @Override
    public String getFailure() {
      return view.failure() == null ? "" : view.failure();
    }
  }

  @Override
  public String status() {
    return service.status().text();
  }

  @Override
  public void syncNow() {
    asked(service::syncNow);
  }

  @Override
  public void replay(long id) {
    answered(() -> service.decide(decisions -> decisions.replay(List.of(id))));
  }

  @Override
  public long replayAll() {
    return answered(() -> service.decide(Decisions::replayAll));
  }

  @Override
  public void approve(long id, String contactId) {
    String contact = contactId == null || contactId.isBlank() ? null : contactId;
    decided(decisions -> decisions.approve(id, contact));
  }

  @Override
  public void refuse(long id) {
    decided(decisions -> decisions.refuse(id));
  }

  @Override
  public void pause(String system) {
    asked(() -> service.pause(system));
  }

  @Override
  public void resume(String system) {
    asked(() -> service.resume(system));
  }

  @Override
  public void stop(String system) {
    asked(() -> service.stop(system));
  }

  @Override
  public void start(String system) {
    asked(() -> service.start(system));
  }

  private void decided(Consumer<Decisions> decision) {
    answered(
        () ->
            service.decide(
                decisions -> {
                  decision.accept(decisions);
                  return null;
                }));
  }

  private static void asked(Runnable work) {
    answered(
        () -> {
          work.run();
          return null;
        });
  }

  /** A console does not have our classes: it gets an exception that every Java has. */
  private static <T> T answered(Supplier<T> work) {
    try {
      return work.get();
    } catch (Problem e) {
      throw new IllegalArgumentException(e.getMessage() + ". " + e.remedy());
    }
  }
}
