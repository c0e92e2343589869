package truthforge.sync.operate.port;

import java.util.Map;

/** The service in a JMX console. Nothing personal is an attribute. */
public interface OperatorMXBean {

  /** How a system does. */
  interface SystemState {

    /** running, read-only, paused, stopped, held or failing. */
    String getState();

    long getContacts();

    /** Contacts that wait to be sent there. */
    long getDue();

    long getHeld();

    long getParked();

    /** For how long the oldest contact that is due waits. */
    long getLagSeconds();

    /** Seconds since it was last read to the end; -1 if never. */
    long getReadAgeSeconds();

    /** Why it is failing, in plain words; empty where it is not. */
    String getFailure();
  }

  /** Whether the service is at work; false while it starts or ends. */
  boolean isReady();

  boolean isHealthy();

  /** Live contacts. */
  long getContacts();

  /** Conflicts in the list. */
  long getConflicts();

  long getHeld();

  long getParked();

  Map<String, SystemState> getSystems();

  /** As the command of this name tells it. */
  String status();

  /** Begins a cycle at once, or right behind the one under way. */
  void syncNow();

  /** Sends anew what the contact of this dead letter holds now. */
  void replay(long id);

  /**
   * Of all dead letters.
   *
   * @return how many
   */
  long replayAll();

  /**
   * Merges what is held with its contact as it is now.
   *
   * @param contactId for an ambiguous record, the contact that it belongs to; empty makes it a
   *     contact of its own
   */
  void approve(long id, String contactId);

  /** Drops what is held. */
  void refuse(long id);

  /** Neither read nor write the system until resumed, also after a restart. */
  void pause(String system);

  void resume(String system);

  /** Stops the routes of a system until they are started again. */
  void stop(String system);

  void start(String system);
}
