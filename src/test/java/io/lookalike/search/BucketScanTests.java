package io.lookalike.search;

import io.lookalike.search.stored.StoredBuckets;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.SortedSetDocValuesField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.Directory;
import org.apache.lucene.util.BytesRef;
import org.elasticsearch.search.internal.ContextIndexSearcher;
import org.elasticsearch.tasks.TaskCancelledException;
import org.elasticsearch.test.ESTestCase;

public class BucketScanTests extends ESTestCase {
    private static final String FIELD = "b";
    private static final int DOCS = 60_000;

    /** Keeps what it is given, and checks the order. */
    private static final class Kept implements CandidateSink {
        private final TreeMap<Integer, Integer> distances = new TreeMap<>();
        private int farthest;

        Kept(int farthest) {
            this.farthest = farthest;
        }

        @Override
        public void accept(int doc, int distance) {
            assertTrue(distances.isEmpty() || doc > distances.lastKey());
            distances.put(doc, distance);
        }

        @Override
        public int farthest() {
            return farthest;
        }
    }

    /** The body of a test. */
    private interface Look {
        void at(List<Set<String>> documents, LeafReader reader, IndexSearcher searcher) throws IOException;
    }

    /** Documents lie in runs with long gaps between them, so that windows are skipped. */
    private static void index(Look look) throws IOException {
        List<Set<String>> documents = new ArrayList<>();
        try (Directory directory = new ByteBuffersDirectory()) {
            try (IndexWriter writer = new IndexWriter(directory, new IndexWriterConfig())) {
                boolean run = false;
                int left = 0;
                for (int i = 0; i < DOCS; i++) {
                    if (left-- == 0) {
                        run = !run;
                        left = randomIntBetween(1, run ? 5_000 : 12_000);
                    }
                    Set<String> terms = new HashSet<>();
                    Document document = new Document();
                    for (int t = 0; t < 4 && run; t++) {
                        String term = t + "_" + randomInt(3);
                        for (int times = randomIntBetween(1, 2); times > 0; times--) {
                            document.add(new StringField(FIELD, term, Field.Store.NO));
                            document.add(new SortedSetDocValuesField(FIELD, new BytesRef(term)));
                        }
                        terms.add(term);
                    }
                    documents.add(terms);
                    writer.addDocument(document);
                }
                writer.forceMerge(1);
            }
            try (DirectoryReader reader = DirectoryReader.open(directory)) {
                look.at(documents, reader.leaves().get(0).reader(), new IndexSearcher(reader));
            }
        }
    }

    private static QueryBuckets query() {
        List<String> terms = new ArrayList<>(List.of("9_0"));
        for (int t = 0; t < 4; t++) {
            terms.add(t + "_" + randomInt(3));
        }
        return new QueryBuckets(FIELD, terms);
    }

    public void testCountsAreThoseOfALoop() throws IOException {
        index((documents, reader, searcher) -> {
            for (int i = 0; i < 10; i++) {
                QueryBuckets query = query();
                int farthest = randomIntBetween(0, 4);
                int modulus = randomIntBetween(1, 3);
                int from = randomBoolean() ? 0 : randomInt(DOCS);
                int to = randomBoolean() ? DOCS : randomIntBetween(from, DOCS);
                TreeMap<Integer, Integer> expected = new TreeMap<>();
                long counted = 0;
                for (int doc = from; doc < to; doc++) {
                    int agreeing = Truth.agreeing(query.terms(), List.copyOf(documents.get(doc)));
                    counted += agreeing;
                    if (agreeing > 0 && 5 - agreeing <= farthest && doc % modulus == 0) {
                        expected.put(doc, 5 - agreeing);
                    }
                }
                Kept kept = new Kept(farthest);
                assertEquals(counted, query.scan(reader).scan(from, to, doc -> doc % modulus == 0, searcher, kept));
                assertEquals(expected, kept.distances);
            }
        });
    }

    public void testRangesGiveWhatTheWholeGives() throws IOException {
        index((documents, reader, searcher) -> {
            QueryBuckets query = query();
            Kept whole = new Kept(4);
            query.scan(reader).scan(0, DOCS, doc -> true, searcher, whole);
            assertFalse(whole.distances.isEmpty());
            Kept parts = new Kept(4);
            BucketScan scan = query.scan(reader);
            int from = 0;
            while (from < DOCS) {
                int to = Math.min(DOCS, from + randomIntBetween(1, 20_000));
                scan.scan(from, to, doc -> true, searcher, parts);
                from = to;
            }
            assertEquals(whole.distances, parts.distances);
        });
    }

    public void testWhatIsTooFarIsNotAskedFor() throws IOException {
        index((documents, reader, searcher) -> {
            QueryBuckets query = query();
            Kept kept = new Kept(4);
            AtomicInteger asked = new AtomicInteger();
            query.scan(reader)
                    .scan(
                            0,
                            DOCS,
                            doc -> {
                                asked.incrementAndGet();
                                kept.farthest = -1; // nothing in the next window is near enough
                                return true;
                            },
                            searcher,
                            kept);
            assertEquals(asked.get(), kept.distances.size());
            assertTrue(
                    "only the first window", kept.distances.lastKey() - kept.distances.firstKey() < BucketScan.WINDOW);
        });
    }

    public void testSegmentWithoutAnyOfTheBuckets() throws IOException {
        index((documents, reader, searcher) -> {
            assertNull(new QueryBuckets(FIELD, List.of("7_7")).scan(reader));
            assertNull(new QueryBuckets("other", List.of("0_0")).scan(reader));
        });
    }

    public void testSingleDocuments() throws IOException {
        index((documents, reader, searcher) -> {
            QueryBuckets query = query();
            StoredBuckets stored = query.stored(reader);
            int doc = randomInt(5);
            while (doc < DOCS) {
                assertEquals(!documents.get(doc).isEmpty(), stored.advanceExact(doc));
                assertEquals(Truth.agreeing(query.terms(), List.copyOf(documents.get(doc))), stored.agreeing());
                doc += randomInt(30);
            }
            assertFalse(new QueryBuckets("other", List.of("0_0")).stored(reader).advanceExact(7));
        });
    }

    public void testCancellation() throws IOException {
        index((documents, reader, searcher) -> {
            ContextIndexSearcher cancelled = new ContextIndexSearcher(
                    searcher.getIndexReader(),
                    IndexSearcher.getDefaultSimilarity(),
                    null,
                    IndexSearcher.getDefaultQueryCachingPolicy(),
                    true);
            AtomicInteger looks = new AtomicInteger();
            cancelled.addQueryCancellation(() -> {
                if (looks.incrementAndGet() == 2) {
                    throw new TaskCancelledException("enough");
                }
            });
            Kept kept = new Kept(4);
            BucketScan scan = query().scan(reader);
            expectThrows(TaskCancelledException.class, () -> scan.scan(0, DOCS, doc -> true, cancelled, kept));
            assertTrue(
                    "only the first window", kept.distances.lastKey() - kept.distances.firstKey() < BucketScan.WINDOW);
        });
    }
}
