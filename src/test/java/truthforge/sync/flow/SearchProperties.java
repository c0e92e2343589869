package truthforge.sync.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import truthforge.sync.contact.Contact;
import truthforge.sync.merge.Write;

/** Promise 7: of a batch that is refused as a whole, all but the bad records arrive. */
class SearchProperties {

  /** What came of a search among records that are told by numbers. */
  private record Found(List<String> arrived, List<String> refused, int calls) {}

  private static Batch batch(List<String> ids) {
    return new Batch(
        "twenty",
        ids.stream()
            .map(id -> new Write(id, "twenty", Contact.blank(id), null, null, Map.of(), 1))
            .toList(),
        false);
  }

  private static Found search(int size, Set<Integer> bad) {
    Set<String> bads = bad.stream().map(i -> "c" + i % size).collect(Collectors.toSet());
    List<String> all = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      all.add("c" + i);
    }
    Search search = new Search();
    List<String> arrived = new ArrayList<>();
    List<String> refused = new ArrayList<>();
    int calls = 0;
    search.refused(batch(all));
    for (Search.Part part = search.next(); part != null; part = search.next()) {
      calls++;
      if (part.contactIds().stream().noneMatch(bads::contains)) {
        arrived.addAll(part.contactIds());
      } else if (part.contactIds().size() == 1) {
        refused.addAll(part.contactIds());
        search.refusedAlone();
      } else {
        search.refused(batch(part.contactIds()));
      }
    }
    return new Found(arrived, refused, calls);
  }

  @Property
  void every_good_record_arrives_once_and_every_bad_one_is_refused_once(
      @ForAll @IntRange(min = 2, max = 300) int size,
      @ForAll @Size(min = 1, max = 12) Set<@IntRange(min = 0, max = 299) Integer> bad) {
    Found found = search(size, bad);

    Set<String> bads = bad.stream().map(i -> "c" + i % size).collect(Collectors.toSet());
    assertThat(new TreeSet<>(found.refused())).isEqualTo(new TreeSet<>(bads));
    assertThat(found.refused()).doesNotHaveDuplicates();
    assertThat(found.arrived()).doesNotHaveDuplicates().hasSize(size - bads.size());
  }

  @Property
  void one_bad_record_costs_two_calls_more_than_the_logarithm_at_most(
      @ForAll @IntRange(min = 2, max = 300) int size,
      @ForAll @IntRange(min = 0, max = 299) int bad) {
    double logarithm = Math.ceil(Math.log(size) / Math.log(2));

    assertThat(search(size, Set.of(bad)).calls()).isLessThanOrEqualTo((int) logarithm + 2);
  }
}
