package truthforge.sync.cli;

/** Makes sandboxes that run in this process. */
public final class LocalSandboxes {

  private LocalSandboxes() {}

  /**
   * @param services makes the service that a sandbox runs
   */
  public static SandboxFactory of(ServiceFactory services) {
    return (settings, places, say) -> new LocalSandbox(settings, places, services, say);
  }
}
