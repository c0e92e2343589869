package truthforge.sync.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.util.List;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;

class BrokenTest {

  @Test
  void what_keeps_a_system_from_being_reached_is_told_without_a_name_of_java() {
    Throwable unresolved = new ConnectException().initCause(new UnresolvedAddressException());

    assertThat(
            List.of(
                Broken.connection(new UnknownHostException("crm")),
                Broken.connection(unresolved),
                Broken.connection(new ConnectException("Connection refused")),
                Broken.connection(new IOException(new SocketTimeoutException())),
                Broken.connection(new SSLHandshakeException("PKIX path building failed")),
                Broken.connection(new SocketException("Connection reset")),
                Broken.connection(new EOFException())))
        .containsExactly(
            "the name of its host is not known",
            "the name of its host is not known",
            "nothing answers at its address",
            "no answer in time",
            "no TLS connection that can be trusted",
            "the connection broke off without an answer",
            "the connection broke off without an answer");
  }

  @Test
  void what_keeps_a_file_from_being_used_is_told_without_a_name_of_java() {
    assertThat(
            List.of(
                Broken.file(new FileAlreadyExistsException("logs")),
                Broken.file(new AccessDeniedException("logs")),
                Broken.file(new IOException("x"))))
        .containsExactly(
            "something else stands in its place, or in that of its folder",
            "this user has no right to it",
            "the disk does not let it be used");
  }
}
