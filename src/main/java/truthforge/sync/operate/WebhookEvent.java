package truthforge.sync.operate;

import java.time.Instant;
import truthforge.sync.ledger.Heard;

/**
 * A webhook that is what it claims to be.
 *
 * @param notice what is to be read again
 * @param signature null where the system signs nothing
 * @param signatureGoodUntil when the signature would be too old to be taken; null without one
 */
record WebhookEvent(Heard notice, String signature, Instant signatureGoodUntil) {}
