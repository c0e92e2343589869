package truthforge.sync.systems;

/**
 * Where a change feed stood as a reading of it began.
 *
 * @param safe up to here every entry that there will ever be can be read: where a reading that
 *     knows the whole table goes on from
 * @param more whether there are entries beyond the position that the reading began at
 * @param kept whether entries up to that position are still there
 */
public record FeedHead(FeedPosition.Bounds bounds, FeedPosition safe, boolean more, boolean kept) {}
