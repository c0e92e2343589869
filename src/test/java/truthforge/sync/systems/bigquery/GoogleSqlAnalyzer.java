package truthforge.sync.systems.bigquery;

import com.google.cloud.bigquery.Field;
import com.google.cloud.bigquery.Schema;
import com.google.zetasql.Analyzer;
import com.google.zetasql.AnalyzerOptions;
import com.google.zetasql.LanguageOptions;
import com.google.zetasql.SimpleCatalog;
import com.google.zetasql.SimpleTable;
import com.google.zetasql.StructType;
import com.google.zetasql.Type;
import com.google.zetasql.TypeFactory;
import com.google.zetasql.ZetaSQLBuiltinFunctionOptions;
import com.google.zetasql.ZetaSQLOptions.ParameterMode;
import com.google.zetasql.ZetaSQLType.TypeKind;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedStatement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** BigQuery's own analyzer over one table: names, types and signatures, without execution. */
public final class GoogleSqlAnalyzer {

  private final LanguageOptions language = new LanguageOptions();
  private final SimpleCatalog catalog = new SimpleCatalog("bigquery");

  public GoogleSqlAnalyzer(String table, Schema schema) {
    language.enableMaximumLanguageFeatures();
    language.setSupportsAllStatementKinds();
    catalog.addZetaSQLFunctionsAndTypes(new ZetaSQLBuiltinFunctionOptions(language));
    with(table, schema);
  }

  /** One more table. */
  public GoogleSqlAnalyzer with(String table, Schema schema) {
    SimpleTable known = new SimpleTable(table);
    for (Field field : schema.getFields()) {
      known.addSimpleColumn(field.getName(), type(field));
    }
    catalog.addSimpleTable(known);
    return this;
  }

  /**
   * @throws com.google.zetasql.SqlException for what BigQuery would refuse
   */
  ResolvedStatement analyze(BigQueryStatement statement) {
    Map<String, String> types = new LinkedHashMap<>();
    statement
        .parameters()
        .forEach((name, value) -> types.put(name, value instanceof Long ? "INT64" : "STRING"));
    return analyze(statement.sql(), types);
  }

  /**
   * @param types of the parameters, as BigQuery's API names them: STRING or INT64
   * @throws com.google.zetasql.SqlException for what BigQuery would refuse
   */
  public ResolvedStatement analyze(String sql, Map<String, String> types) {
    AnalyzerOptions options = new AnalyzerOptions();
    options.setLanguageOptions(language);
    options.setParameterMode(ParameterMode.PARAMETER_NAMED);
    types.forEach(
        (name, type) ->
            options.addQueryParameter(
                name,
                TypeFactory.createSimpleType(
                    switch (type) {
                      case "INT64" -> TypeKind.TYPE_INT64;
                      case "STRING" -> TypeKind.TYPE_STRING;
                      default -> throw new IllegalArgumentException("Not sent so far: " + type);
                    })));
    return Analyzer.analyzeStatement(sql, options, catalog);
  }

  private static Type type(Field field) {
    Type type =
        switch (field.getType().getStandardType()) {
          case STRING -> TypeFactory.createSimpleType(TypeKind.TYPE_STRING);
          case BOOL -> TypeFactory.createSimpleType(TypeKind.TYPE_BOOL);
          case INT64 -> TypeFactory.createSimpleType(TypeKind.TYPE_INT64);
          case FLOAT64 -> TypeFactory.createSimpleType(TypeKind.TYPE_DOUBLE);
          case NUMERIC -> TypeFactory.createSimpleType(TypeKind.TYPE_NUMERIC);
          case BIGNUMERIC -> TypeFactory.createSimpleType(TypeKind.TYPE_BIGNUMERIC);
          case DATE -> TypeFactory.createSimpleType(TypeKind.TYPE_DATE);
          case DATETIME -> TypeFactory.createSimpleType(TypeKind.TYPE_DATETIME);
          case TIMESTAMP -> TypeFactory.createSimpleType(TypeKind.TYPE_TIMESTAMP);
          case JSON -> TypeFactory.createSimpleType(TypeKind.TYPE_JSON);
          case BYTES -> TypeFactory.createSimpleType(TypeKind.TYPE_BYTES);
          case STRUCT -> struct(field);
          default -> throw new IllegalArgumentException("No analyzer type for " + field);
        };
    return field.getMode() == Field.Mode.REPEATED ? TypeFactory.createArrayType(type) : type;
  }

  private static Type struct(Field field) {
    List<StructType.StructField> fields = new ArrayList<>();
    for (Field member : field.getSubFields()) {
      fields.add(new StructType.StructField(member.getName(), type(member)));
    }
    return TypeFactory.createStructType(fields);
  }
}
