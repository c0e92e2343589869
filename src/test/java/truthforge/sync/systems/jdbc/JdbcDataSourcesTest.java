package truthforge.sync.systems.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JdbcDataSourcesTest {

  private static Properties properties(String url) {
    try (HikariDataSource pool = JdbcDataSources.open("supabase", url, "me", "s3cret")) {
      assertThat(pool.getJdbcUrl()).doesNotContain("s3cret");
      return pool.getDataSourceProperties();
    }
  }

  @Test
  void behind_a_transaction_pooler_no_statement_is_prepared_on_the_server() {
    assertThat(properties("jdbc:postgresql://localhost:6543/postgres"))
        .containsEntry("prepareThreshold", "0");
  }

  @Test
  void on_a_direct_connection_statements_are_prepared_as_usual() {
    assertThat(properties("jdbc:postgresql://localhost:5432/postgres"))
        .doesNotContainKey("prepareThreshold");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jdbc:postgresql://localhost:6543/postgres",
        "jdbc:postgresql://a:5432,b:6543/postgres",
        "jdbc:postgresql://localhost:5432/postgres?prepareThreshold=0",
        "jdbc:postgresql://localhost:5432/postgres?sslmode=require&prepareThreshold=0",
        "jdbc:sqlite:contacts.db"
      })
  void where_no_session_is_ones_own_nobody_listens(String url) {
    assertThat(PostgresqlListener.canHear(url)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jdbc:postgresql://localhost/postgres",
        "jdbc:postgresql://localhost:5432/postgres?prepareThreshold=5",
        "jdbc:postgresql://localhost:16543/postgres"
      })
  void on_a_session_of_ones_own_changes_are_listened_for(String url) {
    assertThat(PostgresqlListener.canHear(url)).isTrue();
  }

  @Test
  void a_session_says_whose_it_is_and_waits_for_nothing_for_ever() {
    assertThat(properties("jdbc:postgresql://localhost/postgres"))
        .containsEntry("ApplicationName", "truth-forge-sync supabase")
        .containsKeys("connectTimeout", "socketTimeout");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jdbc:postgresql://localhost/db?user=me&password=s3cret",
        "jdbc:postgresql://localhost/db?ssl=true&Password=s3cret",
        "jdbc:postgresql://me:s3cret@localhost/db"
      })
  void credentials_in_the_url_are_refused_and_not_repeated(String url) {
    assertThatThrownBy(() -> JdbcDataSources.open("supabase", url, null, null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("password")
        .hasMessageNotContaining("s3cret");
  }

  @Test
  void another_kind_of_database_is_refused_with_the_kinds_there_are() {
    assertThatThrownBy(() -> JdbcDataSources.open("local", "jdbc:mysql://localhost/db", null, null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("jdbc:sqlite:");
  }
}
