package truthforge.sync.sandbox;

import java.util.Locale;

/** The four systems that the sandbox fills, in the order in which the service reads them. */
public enum SampleSystem {
  BIGQUERY,
  TWENTY,
  SUPABASE,
  LOCAL;

  /** As in mappings and reports. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
