package truthforge.sync.flow;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import truthforge.sync.merge.Write;

/**
 * The search for the records that have a batch refused as a whole. Of a refused batch the first
 * half is tried: if it is refused too, the other half is set aside, for all that is set aside to go
 * in one call at the end; if it is taken, the bad record is in the other half, which is halved
 * without being tried. So one bad record among n costs about log2(n) calls more, and one.
 */
final class Search {

  /** Contacts of a batch that was refused: nothing of what was sent of them has arrived. */
  record Part(Batch of, List<String> contactIds) {}

  /** The half beside the one that is tried; null where there is none. */
  private Part other;

  private final List<Write> asideWrites = new ArrayList<>();
  private final List<String> aside = new ArrayList<>();
  private final Deque<Part> toTry = new ArrayDeque<>();

  /** Takes note that this batch, of more than one record, was refused. */
  void refused(Batch batch) {
    halve(new Part(batch, batch.writes().stream().map(Write::contactId).toList()));
  }

  /** Takes note that a single record was refused: the half beside it need not be the bad one. */
  void refusedAlone() {
    setOtherAside();
  }

  /** To be sent again as it is: it was refused for another reason than what is in it. */
  void again(Batch batch) {
    toTry.push(new Part(batch, batch.writes().stream().map(Write::contactId).toList()));
  }

  private void setOtherAside() {
    if (other != null) {
      asideWrites.addAll(other.of().writes());
      aside.addAll(other.contactIds());
      other = null;
    }
  }

  private void halve(Part part) {
    setOtherAside();
    int half = part.contactIds().size() / 2;
    toTry.push(new Part(part.of(), part.contactIds().subList(0, half)));
    other = new Part(part.of(), part.contactIds().subList(half, part.contactIds().size()));
  }

  /** What to try next; null where the search is at its end. */
  Part next() {
    if (!toTry.isEmpty()) {
      return toTry.poll();
    }
    if (other != null) {
      Part bad = other;
      other = null;
      if (bad.contactIds().size() > 1) {
        halve(bad);
        return toTry.poll();
      }
      return bad;
    }
    if (aside.isEmpty()) {
      return null;
    }
    Part rest =
        new Part(new Batch(asideWrites.get(0).system(), asideWrites, false), List.copyOf(aside));
    asideWrites.clear();
    aside.clear();
    return rest;
  }
}
