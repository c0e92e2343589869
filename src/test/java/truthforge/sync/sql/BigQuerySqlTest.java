package truthforge.sync.sql;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.cloud.bigquery.Field;
import com.google.cloud.bigquery.StandardTableDefinition;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import truthforge.sync.systems.bigquery.BigQueryTables;

class BigQuerySqlTest {

  @Test
  void the_contacts_by_hand_are_those_of_setup() throws Exception {
    assertThat(inFile("contacts_master")).isEqualTo(ofSetup(BigQueryTables.contacts()));
  }

  @Test
  void the_history_by_hand_is_that_of_setup() throws Exception {
    assertThat(inFile("sync_change_log")).isEqualTo(ofSetup(BigQueryTables.changeLog()));
  }

  @Test
  void the_conflicts_by_hand_are_those_of_setup() throws Exception {
    assertThat(inFile("sync_conflicts")).isEqualTo(ofSetup(BigQueryTables.conflicts()));
  }

  private static List<String> inFile(String table) throws Exception {
    Matcher body =
        Pattern.compile(
                "create table if not exists identity\\." + table + " \\(\\n(.*?)\\n\\)",
                Pattern.DOTALL)
            .matcher(SqlFiles.read("bigquery.sql"));
    assertThat(body.find()).as(table).isTrue();
    return body.group(1)
        .lines()
        .map(line -> line.strip().replaceAll(",$", "").replaceAll(" +", " "))
        .toList();
  }

  private static List<String> ofSetup(StandardTableDefinition definition) {
    List<String> columns = new ArrayList<>();
    for (Field field : definition.getSchema().getFields()) {
      String type = field.getType().getStandardType().name().toLowerCase(Locale.ROOT);
      columns.add(
          field.getName()
              + " "
              + switch (field.getMode()) {
                case REQUIRED -> type + " not null";
                case REPEATED -> "array<" + type + ">";
                case NULLABLE -> type;
              });
    }
    return columns;
  }
}
