package io.lookalike.search;

import io.lookalike.inference.PictureBreaker;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.util.IOSupplier;
import org.elasticsearch.common.cache.Cache;
import org.elasticsearch.common.cache.CacheBuilder;
import org.elasticsearch.common.cache.RemovalNotification;
import org.elasticsearch.common.settings.Setting;
import org.elasticsearch.common.settings.Setting.Property;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.common.unit.ByteSizeValue;

/**
 * Remembers the {@link FingerprintDocs} of the segments of a node.
 *
 * <p>What it holds is on the breaker {@code lookalike} and bounded: the least recently used goes first, and all of a
 * segment when that is closed. What takes more than the whole cache is not kept. Thread-safe.
 */
public final class FingerprintDocsCache {
    /** A search finds out again, in a walk over all vectors of a segment, what does not fit. */
    public static final Setting<ByteSizeValue> SIZE =
            Setting.memorySizeSetting("lookalike.search.cache_size", "5%", Property.NodeScope);

    private static final String HOLDER = "documents that carry a fingerprint";

    /** An entry without its bits: the key with its strings, most of which entries share, and both maps' nodes. */
    private static final long ENTRY_BYTES = 512;

    private final PictureBreaker breaker;
    private final long maxBytes;
    /** What is kept, by segment and question. */
    final Cache<Key, FingerprintDocs> cache;
    /** What is asked of each open segment that was ever asked about. */
    private final Map<IndexReader.CacheKey, Set<Asked>> segments = new ConcurrentHashMap<>();

    /** What is asked about a segment: its documents with vectors, their field of fingerprints, and one of these. */
    record Asked(String vectors, String field, String value) {}

    record Key(IndexReader.CacheKey segment, Asked asked) {}

    public FingerprintDocsCache(Settings settings, PictureBreaker breaker) {
        this(SIZE.get(settings).getBytes(), breaker);
    }

    FingerprintDocsCache(long maxBytes, PictureBreaker breaker) {
        this.maxBytes = maxBytes;
        this.breaker = breaker;
        this.cache = CacheBuilder.<Key, FingerprintDocs>builder()
                .setMaximumWeight(maxBytes)
                .weigher((key, docs) -> bytes(docs))
                .removalListener(this::removed)
                .build();
    }

    private static long bytes(FingerprintDocs docs) {
        return ENTRY_BYTES + docs.ramBytesUsed();
    }

    private void removed(RemovalNotification<Key, FingerprintDocs> removal) {
        breaker.release(bytes(removal.getValue()));
        if (removal.getRemovalReason() == RemovalNotification.RemovalReason.EVICTED) {
            Set<Asked> asked = segments.get(removal.getKey().segment);
            if (asked != null) {
                asked.remove(removal.getKey().asked);
            }
        }
    }

    /** What is remembered, else what is found, which then is remembered until the segment closes. */
    FingerprintDocs get(LeafReader reader, Asked asked, IOSupplier<FingerprintDocs> find) throws IOException {
        IndexReader.CacheHelper segment = reader.getCoreCacheHelper();
        Key key = new Key(segment.getKey(), asked);
        FingerprintDocs known = cache.get(key);
        if (known != null) {
            return known;
        }
        long most = ENTRY_BYTES + FingerprintDocs.mostBytes(reader.maxDoc());
        breaker.hold(most, HOLDER);
        long held = most;
        try {
            FingerprintDocs found = find.get();
            long bytes = bytes(found);
            if (bytes <= maxBytes) {
                breaker.release(most - bytes);
                held = 0;
                remember(segment, key, found);
            }
            return found;
        } finally {
            breaker.release(held);
        }
    }

    private void remember(IndexReader.CacheHelper segment, Key key, FingerprintDocs found) {
        Set<Asked> asked = segments.computeIfAbsent(key.segment, s -> {
            segment.addClosedListener(this::forget);
            return ConcurrentHashMap.newKeySet();
        });
        asked.add(key.asked);
        cache.put(key, found);
        if (!segments.containsKey(key.segment)) {
            cache.invalidate(key); // the segment has been closed meanwhile
        }
    }

    private void forget(IndexReader.CacheKey segment) {
        Set<Asked> all = segments.remove(segment);
        if (all != null) {
            all.forEach(asked -> cache.invalidate(new Key(segment, asked)));
        }
    }
}
