package truthforge.sync.sandbox.twenty;

import static truthforge.sync.sandbox.twenty.FieldSpec.standard;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * One kind of record with its fields, in the order in which answers show them. Fields can be added
 * while the stand-in runs.
 */
final class ObjectType {
  private final String id = UUID.randomUUID().toString();
  private final String nameSingular;
  private final String namePlural;
  private final List<String> lookups;
  private volatile Map<String, FieldSpec> fields;

  /**
   * @param lookups paths by which records are often looked for, besides the unique ones
   */
  private ObjectType(
      String nameSingular, String namePlural, List<String> lookups, List<FieldSpec> fields) {
    this.nameSingular = nameSingular;
    this.namePlural = namePlural;
    this.lookups = lookups;
    this.fields = Map.of();
    fields.forEach(this::add);
  }

  static ObjectType person() {
    List<FieldSpec> fields = new ArrayList<>(head());
    fields.add(standard("name", "Name", FieldType.FULL_NAME));
    fields.add(new FieldSpec("emails", "Emails", FieldType.EMAILS, true, false, List.of(), null));
    fields.add(standard("linkedinLink", "Linkedin", FieldType.LINKS));
    fields.add(standard("jobTitle", "Job Title", FieldType.TEXT));
    fields.add(standard("phones", "Phones", FieldType.PHONES));
    fields.add(standard("avatarUrl", "Avatar", FieldType.TEXT));
    fields.add(standard("avatarFile", "Avatar File", FieldType.FILES));
    fields.addAll(tail());
    fields.add(standard("companyId", "Company", FieldType.RELATION));
    return new ObjectType("person", "people", List.of("companyId"), fields);
  }

  static ObjectType company() {
    List<FieldSpec> fields = new ArrayList<>(head());
    fields.add(standard("name", "Name", FieldType.TEXT));
    fields.add(
        new FieldSpec("domainName", "Domain Name", FieldType.LINKS, true, false, List.of(), null));
    fields.add(standard("address", "Address", FieldType.ADDRESS));
    fields.add(standard("linkedinLink", "Linkedin", FieldType.LINKS));
    fields.add(standard("annualRevenue", "Annual Revenue", FieldType.CURRENCY));
    fields.addAll(tail());
    fields.add(standard("accountOwnerId", "Account Owner", FieldType.RELATION));
    return new ObjectType("company", "companies", List.of("name"), fields);
  }

  static ObjectType timelineActivity() {
    List<FieldSpec> fields = new ArrayList<>(head());
    fields.add(standard("createdBy", "Created by", FieldType.ACTOR));
    fields.add(standard("updatedBy", "Updated by", FieldType.ACTOR));
    fields.add(standard("position", "Position", FieldType.POSITION));
    fields.add(standard("happensAt", "Happens at", FieldType.DATE_TIME));
    fields.add(standard("name", "Event name", FieldType.TEXT));
    fields.add(standard("properties", "Event details", FieldType.RAW_JSON));
    fields.add(standard("linkedRecordCachedName", "Linked record", FieldType.TEXT));
    fields.add(standard("linkedRecordId", "Linked record id", FieldType.UUID));
    fields.add(standard("linkedObjectMetadataId", "Linked object", FieldType.UUID));
    fields.add(standard("searchVector", "Search vector", FieldType.TS_VECTOR));
    for (String target :
        List.of(
            "targetCompanyId",
            "targetDashboardId",
            "targetMessageCampaignId",
            "targetMessageListId",
            "targetNoteId",
            "targetOpportunityId",
            "targetPersonId",
            "targetTaskId",
            "workspaceMemberId",
            "targetWorkflowId",
            "targetWorkflowVersionId",
            "targetWorkflowRunId")) {
      fields.add(standard(target, target, FieldType.RELATION));
    }
    return new ObjectType(
        "timelineActivity", "timelineActivities", List.of("targetPersonId"), fields);
  }

  private static List<FieldSpec> head() {
    return List.of(
        standard("id", "Id", FieldType.UUID),
        standard("createdAt", "Creation date", FieldType.DATE_TIME),
        standard("updatedAt", "Last update", FieldType.DATE_TIME),
        standard("deletedAt", "Deleted at", FieldType.DATE_TIME));
  }

  private static List<FieldSpec> tail() {
    return List.of(
        standard("position", "Position", FieldType.POSITION),
        standard("createdBy", "Created by", FieldType.ACTOR),
        standard("updatedBy", "Updated by", FieldType.ACTOR),
        standard("searchVector", "Search vector", FieldType.TS_VECTOR));
  }

  String id() {
    return id;
  }

  String nameSingular() {
    return nameSingular;
  }

  String namePlural() {
    return namePlural;
  }

  /** In the order in which answers show them. */
  Iterable<FieldSpec> fields() {
    return fields.values();
  }

  /** The field of this name, or null. */
  FieldSpec field(String name) {
    return fields.get(name);
  }

  void add(FieldSpec field) {
    Map<String, FieldSpec> more = new LinkedHashMap<>(fields);
    if (more.put(field.name(), field) != null) {
      throw new IllegalArgumentException(
          "Field " + field.name() + " of " + nameSingular + " exists already");
    }
    fields = more;
  }

  /** The paths whose values are unique, without {@code id}, in the order of the fields. */
  List<String> uniquePaths() {
    List<String> paths = new ArrayList<>();
    for (FieldSpec field : fields.values()) {
      if (field.unique()) {
        paths.add(
            switch (field.type()) {
              case EMAILS -> field.name() + ".primaryEmail";
              case LINKS -> field.name() + ".primaryLinkUrl";
              default -> field.name();
            });
      }
    }
    return paths;
  }

  /** The paths by which records are found without reading all of them, unique ones included. */
  List<String> indexedPaths() {
    List<String> paths = uniquePaths();
    paths.addAll(lookups);
    return paths;
  }

  String title() {
    return Character.toUpperCase(nameSingular.charAt(0)) + nameSingular.substring(1);
  }

  String titlePlural() {
    return Character.toUpperCase(namePlural.charAt(0)) + namePlural.substring(1);
  }
}
