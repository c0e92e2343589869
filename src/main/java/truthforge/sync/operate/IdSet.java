package truthforge.sync.operate;

import java.util.Arrays;

/**
 * Ids that were met, as 64-bit hashes: 16 to 32 bytes each, whatever their length. That two of a
 * million share a hash is as likely as one in 36 million.
 */
final class IdSet {

  private static final int SMALLEST = 1 << 10;

  /** 0 stands for a free place. */
  private long[] hashes = new long[SMALLEST];

  private int size;

  void add(String id) {
    if (4L * (size + 1) > 3L * hashes.length) {
      grow();
    }
    if (put(hash(id))) {
      size++;
    }
  }

  boolean contains(String id) {
    long hash = hash(id);
    int place = place(hash);
    while (hashes[place] != 0) {
      if (hashes[place] == hash) {
        return true;
      }
      place = (place + 1) & (hashes.length - 1);
    }
    return false;
  }

  int size() {
    return size;
  }

  private boolean put(long hash) {
    int place = place(hash);
    while (hashes[place] != 0) {
      if (hashes[place] == hash) {
        return false;
      }
      place = (place + 1) & (hashes.length - 1);
    }
    hashes[place] = hash;
    return true;
  }

  private void grow() {
    long[] all = hashes;
    hashes = new long[all.length * 2];
    Arrays.stream(all).filter(hash -> hash != 0).forEach(this::put);
  }

  private int place(long hash) {
    return (int) (hash >>> 32) & (hashes.length - 1);
  }

  /** FNV-1a, mixed so that all bits count. */
  private static long hash(String id) {
    long hash = 0xcbf29ce484222325L;
    for (int i = 0; i < id.length(); i++) {
      hash = (hash ^ id.charAt(i)) * 0x100000001b3L;
    }
    hash ^= hash >>> 33;
    hash *= 0xff51afd7ed558ccdL;
    hash ^= hash >>> 33;
    hash *= 0xc4ceb9fe1a85ec53L;
    hash ^= hash >>> 33;
    return hash == 0 ? 1 : hash;
  }
}
