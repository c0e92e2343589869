package truthforge.sync.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import java.util.List;
import java.util.Locale;
import truthforge.sync.sandbox.RecordEdits;
import truthforge.sync.sandbox.SampleSystem;

/** Edits of the sandbox's contacts that were asked for on the operator's page. */
public final class EditsByPage implements SampleEdits {

  private final RecordEdits edits;

  public EditsByPage(RecordEdits edits) {
    this.edits = edits;
  }

  @Override
  public List<String> fields() {
    return RecordEdits.FIELDS;
  }

  @Override
  public void edit(String system, String record, String field, JsonNode value) {
    boolean clears = value.isMissingNode() || value.isTextual() && value.textValue().isBlank();
    if (!fields().contains(field)) {
      throw Problem.usage(
          "this field is not edited here", "One of: " + String.join(", ", fields()));
    }
    try {
      edits.edit(
          SampleSystem.valueOf(system.toUpperCase(Locale.ROOT)),
          record,
          field,
          clears ? NullNode.instance : value);
    } catch (IllegalStateException e) {
      throw new Problem(
          Outcome.FOUND, system + " refused this value", "Try one of another form", e);
    }
  }
}
