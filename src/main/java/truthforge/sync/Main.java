package truthforge.sync;

/** The door: hands the command line to {@code cli}. */
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    System.out.println("not yet");
  }
}
