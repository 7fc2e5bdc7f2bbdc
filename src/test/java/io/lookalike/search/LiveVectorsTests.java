package io.lookalike.search;

import io.lookalike.search.RandomIndex.Kind;
import io.lookalike.search.RandomIndex.Shape;
import java.io.IOException;
import org.apache.lucene.index.FilterLeafReader;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.Directory;
import org.apache.lucene.util.Bits;
import org.elasticsearch.test.ESTestCase;

public class LiveVectorsTests extends ESTestCase {
    private static long sent(RandomIndex index) throws IOException {
        return index.docs(s -> s.vector() != null).stream()
                .filter(Truth.Doc::accepted)
                .count();
    }

    private static long counted(RandomIndex index) throws IOException {
        return LiveVectors.count(index.reader.leaves(), RandomIndex.VECTOR, () -> {});
    }

    public void testCountsWhatIsLiveHoweverSegmentsAreCut() throws IOException {
        for (int times = 0; times < 20; times++) {
            Shape shape = new Shape(randomFrom(Kind.values()), 3, 1, true, true, randomBoolean(), randomFrom(0., .3));
            try (Directory directory = new ByteBuffersDirectory();
                    RandomIndex index = new RandomIndex(random(), directory, null, shape)) {
                assertEquals(0, counted(index));
                for (int s = randomIntBetween(1, 4); s > 0; s--) {
                    index.addSegment(randomIntBetween(1, 120));
                    assertEquals(sent(index), counted(index));
                }
                for (int s = 0; s < 3; s++) {
                    index.deleteSome(randomIntBetween(3, 10));
                    assertEquals(sent(index), counted(index));
                    assertEquals("once more, from memory", sent(index), counted(index));
                }
                long before = counted(index);
                index.forceMerge();
                assertEquals(before, counted(index));
                assertEquals(0, LiveVectors.count(index.reader.leaves(), "missing", () -> {}));
            }
        }
    }

    /** A reader that hides documents from a user, as document level security does. */
    private static LeafReader showingOnly(LeafReader reader, Bits live) {
        return new FilterLeafReader(reader) {
            @Override
            public Bits getLiveDocs() {
                return live;
            }

            @Override
            public int numDocs() {
                int count = 0;
                for (int doc = 0; doc < maxDoc(); doc++) {
                    count += live.get(doc) ? 1 : 0;
                }
                return count;
            }

            @Override
            public IndexReader.CacheHelper getCoreCacheHelper() {
                return in.getCoreCacheHelper();
            }

            @Override
            public IndexReader.CacheHelper getReaderCacheHelper() {
                return in.getReaderCacheHelper();
            }
        };
    }

    public void testUsersDoNotShareCounts() throws IOException {
        Shape shape = new Shape(Kind.FLOATS, 3, 1, true, true, false, .3);
        try (Directory directory = new ByteBuffersDirectory();
                RandomIndex index = new RandomIndex(random(), directory, null, shape)) {
            index.addSegment(200);
            index.deleteSome(5);
            long all = counted(index);
            LeafReaderContext leaf = index.reader.leaves().getFirst();
            LeafReader none = showingOnly(
                    leaf.reader(), new Bits.MatchNoBits(leaf.reader().maxDoc()));
            assertEquals(0, LiveVectors.count(none.getContext().leaves(), RandomIndex.VECTOR, () -> {}));
            assertEquals(all, counted(index));
        }
    }

    public void testIsCancelled() throws IOException {
        Shape shape = new Shape(Kind.FLOATS, 3, 1, true, true, false, .3);
        try (Directory directory = new ByteBuffersDirectory();
                RandomIndex index = new RandomIndex(random(), directory, null, shape)) {
            index.addSegment(10);
            expectThrows(
                    IllegalStateException.class,
                    () -> LiveVectors.count(index.reader.leaves(), RandomIndex.VECTOR, () -> {
                        throw new IllegalStateException("cancelled");
                    }));
        }
    }
}
