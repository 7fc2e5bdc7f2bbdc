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
 * Caches the {@link FingerprintDocs} of the segments of a node.
 *
 * <p>The size is bounded and counted on the breaker {@code lookalike}. The least recently used entries are evicted
 * first, and all entries of a segment when it is closed. An entry larger than the cache is not kept. Thread-safe.
 */
public final class FingerprintDocsCache {
    /** What does not fit is computed by every search again, in a walk over all vectors of a segment. */
    public static final Setting<ByteSizeValue> SIZE =
            Setting.memorySizeSetting("lookalike.search.cache_size", "5%", Property.NodeScope);

    private static final String HOLDER = "documents that carry a fingerprint";

    /** An entry without its bits: the key, whose strings are mostly shared, and the nodes of both maps. */
    private static final long ENTRY_BYTES = 512;

    private final PictureBreaker breaker;
    private final long maxBytes;
    /** Package-private for tests. */
    final Cache<Key, FingerprintDocs> cache;
    /** The keys in the cache, by open segment. */
    private final Map<IndexReader.CacheKey, Set<Asked>> segments = new ConcurrentHashMap<>();

    /** Which documents are wanted: those with a value in {@code vectors}, by {@code value} in {@code field}. */
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

    /** Returns what is cached, else computes it and caches it until the segment is closed. */
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
