package truthforge.sync.cli;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.PropertyAccessor;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import java.io.IOException;
import java.time.Instant;
import truthforge.sync.contact.Value;

/** Reports as one line of JSON: times in ISO 8601, values of contacts as they are. */
public final class Json {

  private static final ObjectMapper MAPPER =
      new ObjectMapper()
          // Questions that a record answers are not among its components.
          .setVisibility(PropertyAccessor.IS_GETTER, JsonAutoDetect.Visibility.NONE)
          .registerModule(
              new SimpleModule()
                  .addSerializer(Instant.class, ToStringSerializer.instance)
                  .addSerializer(Value.class, new OfValue()));

  private Json() {}

  public static String of(Object report) {
    try {
      return MAPPER.writeValueAsString(report);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(
          "A " + report.getClass().getSimpleName() + " cannot be written as JSON", e);
    }
  }

  private static final class OfValue extends JsonSerializer<Value> {
    @Override
    public void serialize(Value value, JsonGenerator out, SerializerProvider provider)
        throws IOException {
      out.writeTree(value.toJson());
    }
  }
}
