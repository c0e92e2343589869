package truthforge.sync.validate;

import java.util.List;

/** The beans that routes may name: those that the service binds when all systems take part. */
public final class RouteBeans {

  public static final List<String> NAMES =
      List.of(
          "alerts",
          "availability",
          "bigquery",
          "bigqueryConnection",
          "bigqueryHistory",
          "cycle",
          "deadLetters",
          "delivering",
          "erasing",
          "flatten",
          "inbox",
          "json",
          "local",
          "localDatabase",
          "localDoor",
          "localErase",
          "noResending",
          "queueFailures",
          "reconciling",
          "supabase",
          "supabaseDatabase",
          "supabaseDoor",
          "supabaseErase",
          "twenty",
          "twentyCount",
          "twentyDoor",
          "twentyErase",
          "twentyLimits",
          "twentyWitness",
          "webhooks");

  private RouteBeans() {}
}
