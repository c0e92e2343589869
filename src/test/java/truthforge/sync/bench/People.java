package truthforge.sync.bench;

import java.util.List;

/**
 * Contacts of some 500 bytes and 17 fields, all distinct, the same at each run. They carry ids, as
 * after an earlier sync: so nothing has to be written back to where they come from.
 */
final class People {

  /** Column and type, in the order of {@link #insert}. */
  static final List<String[]> COLUMNS =
      List.of(
          column("id", "uuid"),
          column("contact_id", "text"),
          column("first_name", "text"),
          column("last_name", "text"),
          column("canonical_name", "text"),
          column("name_normalized", "text"),
          column("organization", "text"),
          column("job_title", "text"),
          column("department", "text"),
          column("linkedin_url", "text"),
          column("category_code", "text"),
          column("subcategory_code", "text"),
          column("notes", "text"),
          column("birthday", "date"),
          column("is_business", "boolean"),
          column("emails", "jsonb"),
          column("phones", "jsonb"),
          column("llm_context", "jsonb"));

  private static final int COMPANIES = 500;

  private People() {}

  private static String[] column(String name, String type) {
    return new String[] {name, type};
  }

  /** SQL for PostgreSQL that inserts so many. */
  static String insert(int contacts) {
    String first = "initcap(substr(md5('first' || i), 1, 7))";
    String last = "initcap(substr(md5('last' || i), 1, 9))";
    return "insert into "
        + Postgres.TABLE
        + " ("
        + String.join(", ", COLUMNS.stream().map(column -> column[0]).toList())
        + ") select ('01980000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid,"
        + " '01980000-0000-7000-9000-' || lpad(to_hex(i), 12, '0'), "
        + first
        + ", "
        + last
        + ", "
        + first
        + " || ' ' || "
        + last
        + ", lower("
        + first
        + " || ' ' || "
        + last
        + "), 'Company ' || (i % "
        + COMPANIES
        + "), 'Engineer of things ' || (i % 97), 'Department ' || (i % 12),"
        + " 'https://www.linkedin.com/in/person-' || i, 'B', 'B1',"
        + " 'Met at the fair of ' || (1990 + i % 30) || ', ' || md5('note' || i),"
        + " date '1960-01-01' + (i % 15000)::int, false,"
        + " jsonb_build_array('person' || i || '@example.com', 'private' || i || '@example.org'),"
        + " jsonb_build_array('+4930' || lpad(i::text, 7, '0')),"
        + " jsonb_build_object('summary', md5('context' || i), 'topics',"
        + " jsonb_build_array('sync', 'trains'))"
        + " from generate_series(1, "
        + contacts
        + ") as i";
  }
}
