package truthforge.sync.systems.supabase;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import truthforge.sync.systems.BatchRefused;
import truthforge.sync.systems.SystemUnavailable;
import truthforge.sync.systems.http.HttpAnswer;
import truthforge.sync.systems.http.HttpCall;

class PostgrestFailuresTest {

  private final PostgrestFailures failures = new PostgrestFailures("supabase", "contacts_master");

  private static HttpAnswer answer(int status, String code, String message) {
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    body.put("code", code);
    body.put("message", message);
    body.put("details", "Failing row contains (secret@example.com)");
    HttpCall call = HttpCall.post("/contacts_master", null, "[]", null);
    return new HttpAnswer(call, status, body, null, null);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "23505|duplicate key value violates unique constraint \"people_email\"|constraint people_email",
        "23502|null value in column \"age\" of relation \"p\" violates not-null constraint|column age",
        "22P02|invalid input syntax for type integer: \"secret\"|type integer",
        "22001|value too long for type character varying(10)|type character varying(10)",
      })
  void a_reason_names_the_code_and_the_place(String code, String message, String place) {
    assertThat(failures.refusal(answer(400, code, message)).getMessage())
        .contains(place)
        .contains(code);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "22P02|invalid input syntax for type date: \"secret@example.com\"",
        "22P02|invalid input syntax for type date: \"constraint \"secret\"\"",
        "22007|column \"secret\" constraint \"secret\"",
        "P0001|the trigger does not like secret@example.com",
        "XX000|secret@example.com",
      })
  void a_reason_holds_no_value(String code, String message) {
    assertThat(failures.refusal(answer(400, code, message)).getMessage()).doesNotContain("secret");
  }

  @ParameterizedTest
  @CsvSource({
    "500,57014,false",
    "500,40P01,false",
    "500,21000,true",
    "409,23505,true",
    "400,22P02,true",
    "400,PGRST102,true",
    "500,XX000,false"
  })
  void a_refusal_is_for_good_where_the_same_again_cannot_help(
      int status, String code, boolean forGood) {
    BatchRefused refused = failures.refusal(answer(status, code, "m"));

    assertThat(refused.forGood()).isEqualTo(forGood);
  }

  @ParameterizedTest
  @CsvSource({
    "401,PGRST301,KEY_REFUSED",
    "403,42501,KEY_REFUSED",
    "401,22023,KEY_REFUSED",
    "404,PGRST205,MISCONFIGURED",
    "400,42P10,MISCONFIGURED",
    "400,PGRST204,FAILING",
    "503,PGRST002,UNREACHABLE",
    "504,PGRST003,UNREACHABLE",
    "503,57P01,UNREACHABLE",
    "503,53300,LIMITED",
    "429,'',LIMITED"
  })
  void what_concerns_the_whole_system_blames_no_record(
      int status, String code, SystemUnavailable.Kind kind) {
    assertThatThrownBy(() -> failures.refusal(answer(status, code, "m")))
        .asInstanceOf(type(SystemUnavailable.class))
        .extracting(SystemUnavailable::kind)
        .isEqualTo(kind);
  }

  @Test
  void an_answer_without_a_body_is_understood_by_its_status() {
    HttpCall call = HttpCall.get("/contacts_master", null, null);

    assertThat(failures.refusal(new HttpAnswer(call, 413, null, null, null)).forGood()).isTrue();
  }
}
