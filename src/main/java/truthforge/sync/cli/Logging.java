package truthforge.sync.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.pattern.ThrowableHandlingConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.StackTraceElementProxy;
import ch.qos.logback.classic.spi.ThrowableProxy;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.SizeAndTimeBasedRollingPolicy;
import ch.qos.logback.core.util.FileSize;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import org.slf4j.LoggerFactory;
import truthforge.sync.config.Configuration;
import truthforge.sync.config.Options;
import truthforge.sync.text.Broken;

/**
 * The service's log: on standard error as {@code logback.xml} says, and in a rolling file that its
 * owner alone can read. Of exceptions it shows kind and place, but messages only where this project
 * wrote them: those of drivers can hold whole rows (promise 10).
 */
final class Logging {

  private static final String OWN = "truthforge.sync";
  private static final String FILE_APPENDER = "file";

  private Logging() {}

  /**
   * @param toFile whether {@code log.file} is written
   * @param debug whether everything of the service is logged, whatever {@code log.level} says
   */
  static void begin(Configuration configuration, boolean toFile, boolean debug) {
    level(debug ? "debug" : configuration.text(Options.LOG_LEVEL));
    if (toFile) {
      toFile(Path.of(configuration.text(Options.LOG_FILE)));
    }
  }

  static void beginWithoutFile(boolean debug) {
    level(debug ? "debug" : Options.LOG_LEVEL.defaultValue());
  }

  private static void level(String level) {
    context().getLogger(OWN).setLevel(Level.toLevel(level.toUpperCase(Locale.ROOT)));
  }

  static void toFile(Path file) {
    Path path = file.toAbsolutePath().normalize();
    try {
      createForOwner(path);
    } catch (IOException e) {
      throw new Problem(
          Outcome.FOUND,
          "the log file " + file + " cannot be written (" + Broken.file(e) + ")",
          "Give another one by log.file or --log-file, or give the service the right to write it",
          e);
    }
    LoggerContext context = context();
    Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.detachAppender(FILE_APPENDER);

    PatternLayoutEncoder encoder = new PatternLayoutEncoder();
    encoder.setContext(context);
    encoder.setPattern(context.getProperty("pattern"));
    encoder.start();
    OwnersFile appender = new OwnersFile();
    appender.setName(FILE_APPENDER);
    appender.setContext(context);
    appender.setFile(path.toString());
    appender.setEncoder(encoder);
    SizeAndTimeBasedRollingPolicy<ILoggingEvent> rolling = new SizeAndTimeBasedRollingPolicy<>();
    rolling.setContext(context);
    rolling.setParent(appender);
    rolling.setFileNamePattern(path + ".%d{yyyy-MM-dd}.%i");
    rolling.setMaxFileSize(FileSize.valueOf("20MB"));
    rolling.setMaxHistory(30);
    rolling.setTotalSizeCap(FileSize.valueOf("400MB"));
    rolling.start();
    appender.setRollingPolicy(rolling);
    appender.start();
    root.addAppender(appender);
  }

  /** Closes the log file, so that a test can use another one. */
  static void endFile() {
    Logger root = context().getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    var appender = root.getAppender(FILE_APPENDER);
    if (appender != null) {
      root.detachAppender(appender);
      appender.stop();
    }
  }

  private static LoggerContext context() {
    return (LoggerContext) LoggerFactory.getILoggerFactory();
  }

  private static void createForOwner(Path file) throws IOException {
    boolean posix = file.getFileSystem().supportedFileAttributeViews().contains("posix");
    Path folder = file.getParent();
    if (!Files.isDirectory(folder)) {
      Files.createDirectories(folder, posix ? rights("rwx------") : new FileAttribute<?>[0]);
    }
    try {
      Files.createFile(file, posix ? rights("rw-------") : new FileAttribute<?>[0]);
    } catch (FileAlreadyExistsException e) {
      if (!Files.isRegularFile(file)) {
        throw e;
      }
      if (posix) {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
      }
    }
  }

  private static FileAttribute<?>[] rights(String rights) {
    return new FileAttribute<?>[] {
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(rights))
    };
  }

  /** Rolling makes new files, which the process's umask alone would open to others. */
  private static final class OwnersFile extends RollingFileAppender<ILoggingEvent> {
    @Override
    public void openFile(String name) throws IOException {
      createForOwner(Path.of(name));
      super.openFile(name);
    }
  }

  /** Kind, place and causes of an exception; its message only where this project wrote it. */
  public static final class SafeTrace extends ThrowableHandlingConverter {

    private static final int FRAMES = 6;
    private static final int CAUSES = 5;

    @Override
    public String convert(ILoggingEvent event) {
      StringBuilder text = new StringBuilder();
      IThrowableProxy p = event.getThrowableProxy();
      for (int depth = 0; p != null && depth < CAUSES; depth++, p = p.getCause()) {
        text.append(depth == 0 ? "  " : "  caused by ").append(name(p)).append('\n');
        StackTraceElementProxy[] frames = p.getStackTraceElementProxyArray();
        for (int i = 0; frames != null && i < Math.min(FRAMES, frames.length); i++) {
          text.append("    ").append(frames[i].getSTEAsString()).append('\n');
        }
      }
      return text.toString();
    }

    private static String name(IThrowableProxy proxy) {
      return proxy instanceof ThrowableProxy real
          ? ExitCodes.named(real.getThrowable())
          : proxy.getClassName();
    }
  }
}
