package truthforge.sync.operate;

import java.io.File;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.List;
import java.util.Optional;
import org.apache.camel.main.BaseMainSupport;
import org.apache.camel.main.MainListenerSupport;
import org.apache.camel.support.jsse.KeyManagersParameters;
import org.apache.camel.support.jsse.KeyStoreParameters;
import org.apache.camel.support.jsse.SSLContextParameters;
import org.apache.camel.support.jsse.SecureSocketProtocolsParameters;
import truthforge.sync.config.Configuration;
import truthforge.sync.config.ConfigurationException;
import truthforge.sync.config.Finding;
import truthforge.sync.config.Options;

/**
 * The key that the service's ports show, as Camel's servers take it: they use it where {@code
 * useGlobalSslContextParameters} is set for them. Calls to other systems do not.
 */
public final class Tls extends MainListenerSupport {

  private final SSLContextParameters parameters;

  private Tls(SSLContextParameters parameters) {
    this.parameters = parameters;
  }

  /**
   * None where no keystore is configured.
   *
   * @throws ConfigurationException when the keystore cannot be opened
   */
  static Optional<Tls> of(Configuration configuration) {
    String file = configuration.text(Options.SERVER_TLS_KEYSTORE);
    if (file == null) {
      return Optional.empty();
    }
    KeyStoreParameters store = new KeyStoreParameters();
    store.setResource("file:" + file);
    store.setPassword(password(configuration));
    store.setType(open(configuration).getType());
    KeyManagersParameters keys = new KeyManagersParameters();
    keys.setKeyStore(store);
    keys.setKeyPassword(store.getPassword());
    SecureSocketProtocolsParameters protocols = new SecureSocketProtocolsParameters();
    protocols.setSecureSocketProtocol(List.of("TLSv1.3", "TLSv1.2"));
    SSLContextParameters parameters = new SSLContextParameters();
    parameters.setKeyManagers(keys);
    parameters.setSecureSocketProtocols(protocols);
    return Optional.of(new Tls(parameters));
  }

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

  @Override
  public void beforeInitialize(BaseMainSupport main) {
    main.getCamelContext().setSSLContextParameters(parameters);
  }
}
