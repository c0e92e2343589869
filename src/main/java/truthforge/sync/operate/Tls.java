package truthforge.sync.operate;

import java.io.File;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.List;
import java.util.Optional;
import truthforge.sync.config.Configuration;
import truthforge.sync.config.ConfigurationException;
import truthforge.sync.config.Finding;
import truthforge.sync.config.Options;

/** The key that the service's ports show. Calls to other systems do not use it. */
public final class Tls {

  private Tls() {}

  /**
   * The keystore itself; none where none is configured.
   *
   * @throws ConfigurationException when it cannot be opened
   */
  public static Optional<KeyStore> keystore(Configuration configuration) {
    return configuration.isSet(Options.SERVER_TLS_KEYSTORE)
        ? Optional.of(open(configuration))
        : Optional.empty();
  }

  /** Empty where none is set. */
  public static String password(Configuration configuration) {
    String password = configuration.text(Options.SERVER_TLS_KEYSTORE_PASSWORD);
    return password == null ? "" : password;
  }

  private static KeyStore open(Configuration configuration) {
    File file = new File(configuration.required(Options.SERVER_TLS_KEYSTORE));
    try {
      return KeyStore.getInstance(file, password(configuration).toCharArray());
    } catch (IOException | GeneralSecurityException e) {
      throw new ConfigurationException(
          List.of(
              Finding.error(
                  Options.SERVER_TLS_KEYSTORE.name(),
                  0,
                  "the keystore cannot be opened",
                  "Check the file and server.tls.keystore-password")));
    }
  }
}
