package truthforge.sync.operate.setup;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SqlScriptTest {

  @Test
  void semicolons_in_texts_comments_functions_and_triggers_end_no_statement() {
    SqlScript script =
        new SqlScript(
            """
            -- first; and more
            select 'a;b', "c;d"; -- trailing; comment
            create function f() returns int language sql as $x$ select 1; $x$;
            create trigger if not exists t after update on u
            begin
              select 1;
              select 2;
            end;
            select 3
            """,
            null);

    assertThat(script.statements())
        .containsExactly(
            "select 'a;b', \"c;d\"",
            "create function f() returns int language sql as $x$ select 1; $x$",
            "create trigger if not exists t after update on u\nbegin\n  select 1;\n  select 2;\nend",
            "select 3");
  }

  @Test
  void a_table_whose_name_begins_with_the_default_one_is_named_once() {
    SqlScript script =
        new SqlScript(
            "create table public.contacts_master (x);"
                + " create trigger contacts_master_touch; select 'contacts_master'",
            null);

    assertThat(script.forTable("crm", "contacts_master_v2").text())
        .isEqualTo(
            "create table \"crm\".\"contacts_master_v2\" (x);"
                + " create trigger \"contacts_master_v2_touch\"; select 'contacts_master_v2'");
  }
}
