package io.lookalike.search;

import io.lookalike.vectors.Metric;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.lucene.codecs.Codec;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.KnnByteVectorField;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.join.BitSetProducer;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.Directory;
import org.apache.lucene.util.BitSetIterator;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.FixedBitSet;
import org.apache.lucene.util.IOSupplier;
import org.elasticsearch.index.codec.vectors.es93.ES93HnswVectorsFormat;
import org.elasticsearch.index.mapper.vectors.DenseVectorFieldMapper.ElementType;
import org.elasticsearch.search.internal.ContextIndexSearcher;
import org.elasticsearch.tasks.TaskCancelledException;
import org.elasticsearch.test.ESTestCase;

/** Searches a graph that Elasticsearch made for a field of bits. */
public class GraphSearchTests extends ESTestCase {
    private static final int DOCS = 6_000;
    private static final int BYTES = 8;
    private static final int WANTED = 40;
    private static final String VECTOR = RandomIndex.VECTOR;
    private static final String HASH = RandomIndex.HASH;

    private static final Codec CODEC = new Lucene104Codec() {
        @Override
        public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
            return field.equals(HASH)
                    ? new ES93HnswVectorsFormat(16, 100, ElementType.BIT)
                    : super.getKnnVectorsFormatForField(field);
        }
    };

    /** The body of a test: gets one segment, and the codes of its documents, null for none. */
    private interface Look {
        void at(LeafReaderContext leaf, List<byte[]> codes, IndexSearcher searcher) throws IOException;
    }

    /** @param children how many each parent has; 0 for documents that are not nested */
    private static void index(int children, double withoutVector, int deletes, Look look) throws IOException {
        List<byte[]> codes = new ArrayList<>();
        // groups overlap, because a graph misses whole groups that lie far from all others
        byte[] middle = randomByteArrayOfLength(BYTES);
        List<byte[]> centres = new ArrayList<>();
        for (int c = 0; c < 30; c++) {
            centres.add(flipped(middle, 8));
        }
        try (Directory directory = new ByteBuffersDirectory()) {
            try (IndexWriter writer = new IndexWriter(directory, new IndexWriterConfig().setCodec(CODEC))) {
                List<Document> block = new ArrayList<>();
                while (codes.size() < DOCS) {
                    Document document = new Document();
                    if (children > 0 && block.size() == children) {
                        document.add(new StringField("kind", "parent", Field.Store.NO));
                        block.add(document);
                        codes.add(null);
                        writer.addDocuments(block);
                        block.clear();
                        continue;
                    }
                    byte[] code = flipped(randomFrom(centres), randomInt(16));
                    document.add(new KnnByteVectorField(HASH, code, VectorSimilarityFunction.EUCLIDEAN));
                    boolean vector = randomDouble() >= withoutVector;
                    if (vector) {
                        document.add(new KnnFloatVectorField(VECTOR, new float[] {codes.size()}));
                    }
                    document.add(new StringField("key", "" + codes.size() % 100, Field.Store.NO));
                    codes.add(vector ? code : null);
                    if (children > 0) {
                        block.add(document);
                    } else {
                        writer.addDocument(document);
                    }
                }
                if (!block.isEmpty()) {
                    Document parent = new Document();
                    parent.add(new StringField("kind", "parent", Field.Store.NO));
                    block.add(parent);
                    codes.add(null);
                    writer.addDocuments(block);
                }
                writer.forceMerge(1);
                for (int key = 0; key < deletes; key++) {
                    writer.deleteDocuments(new Term("key", "" + key));
                }
            }
            try (DirectoryReader reader = DirectoryReader.open(directory)) {
                assertEquals(1, reader.leaves().size());
                look.at(reader.leaves().get(0), codes, new IndexSearcher(reader));
            }
        }
    }

    private static byte[] flipped(byte[] code, int flips) {
        byte[] flipped = code.clone();
        for (int i = 0; i < flips; i++) {
            int bit = randomInt(BYTES * 8 - 1);
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
        }
        return flipped;
    }

    /** What a search hands out, by document. */
    private static final class Found implements CandidateSink {
        private final TreeMap<Integer, Integer> distances = new TreeMap<>();
        private long visited;

        @Override
        public void accept(int doc, int distance) {
            assertTrue(distances.isEmpty() || doc > distances.lastKey());
            distances.put(doc, distance);
        }

        @Override
        public int farthest() {
            return BYTES * 8;
        }
    }

    public void testGivesUpWhereTooFewOfWhatIsFoundCanBeScored() throws IOException {
        index(0, 0, 0, (leaf, codes, searcher) -> {
            GraphSearch graph = new GraphSearch(leaf, new QueryCode(HASH, codes.get(0)), VECTOR, WANTED, null);
            Found found = new Found();
            assertTrue(graph.search(null, null, doc -> true, searcher, new Found()) >= WANTED);
            assertEquals(GraphSearch.GAVE_UP, graph.search(null, null, doc -> doc % 2 == 0, searcher, found));
            assertEquals(0, found.distances.size());
        });
    }

    private static Found search(
            LeafReaderContext leaf,
            byte[] query,
            int wanted,
            BitSetProducer parents,
            Bits accepted,
            IOSupplier<DocIdSetIterator> filtered,
            IndexSearcher searcher)
            throws IOException {
        Found found = new Found();
        found.visited = new GraphSearch(leaf, new QueryCode(HASH, query), VECTOR, wanted, parents)
                .search(accepted, filtered, doc -> true, searcher, found);
        return found;
    }

    /**
     * Counts the hits that are as near as those of a plain loop; each hit must be accepted and have the right distance.
     */
    private static double recall(Found found, List<byte[]> codes, byte[] query, Bits accepted) {
        assertNotEquals(GraphSearch.GAVE_UP, found.visited);
        assertTrue("visited " + found.visited, found.visited >= WANTED && found.visited < DOCS);
        assertEquals(WANTED, found.distances.size());
        List<Integer> all = new ArrayList<>();
        for (int doc = 0; doc < codes.size(); doc++) {
            if (codes.get(doc) != null && (accepted == null || accepted.get(doc))) {
                all.add(Truth.hamming(query, codes.get(doc)));
            }
        }
        all.sort(null);
        int farthest = all.get(WANTED - 1);
        int near = 0;
        for (var hit : found.distances.entrySet()) {
            int doc = hit.getKey();
            assertTrue(accepted == null || accepted.get(doc));
            assertEquals(Truth.hamming(query, codes.get(doc)), (int) hit.getValue());
            near += hit.getValue() <= farthest ? 1 : 0;
        }
        return near / (double) WANTED;
    }

    private static byte[] near(List<byte[]> codes) {
        byte[] code = null;
        while (code == null) {
            code = randomFrom(codes);
        }
        code = code.clone();
        code[0] ^= 5;
        return code;
    }

    public void testFindsTheNearest() throws IOException {
        index(0, 0, 0, (leaf, codes, searcher) -> {
            double recall = 0;
            for (int q = 0; q < 20; q++) {
                byte[] query = near(codes);
                recall += recall(search(leaf, query, WANTED, null, null, null, searcher), codes, query, null) / 20;
            }
            assertTrue("recall " + recall, recall > 0.8);
        });
    }

    public void testDeletesAndDocumentsWithoutVectorsAreLeftOut() throws IOException {
        index(0, 0.3, 10, (leaf, codes, searcher) -> {
            double recall = 0;
            Bits live = leaf.reader().getLiveDocs();
            assertNotNull(live);
            for (int q = 0; q < 20; q++) {
                byte[] query = near(codes);
                recall += recall(search(leaf, query, WANTED, null, live, null, searcher), codes, query, live) / 20;
            }
            assertTrue("recall " + recall, recall > 0.8);
        });
    }

    public void testFiltersWideAndNarrow() throws IOException {
        for (double withoutVector : new double[] {0, 0.2}) {
            index(0, withoutVector, 0, (leaf, codes, searcher) -> {
                FixedBitSet wide = new FixedBitSet(leaf.reader().maxDoc());
                FixedBitSet narrow = new FixedBitSet(leaf.reader().maxDoc());
                for (int doc = 0; doc < codes.size(); doc++) {
                    if (randomInt(9) > 0) {
                        wide.set(doc);
                    }
                    if (randomInt(200) == 0) {
                        narrow.set(doc);
                    }
                }
                double recall = 0;
                for (int q = 0; q < 20; q++) {
                    byte[] query = near(codes);
                    IOSupplier<DocIdSetIterator> matching = () -> new BitSetIterator(wide, 0);
                    recall += recall(search(leaf, query, WANTED, null, null, matching, searcher), codes, query, wide)
                            / 20;
                    Found none = search(leaf, query, WANTED, null, null, () -> new BitSetIterator(narrow, 0), searcher);
                    assertEquals(GraphSearch.GAVE_UP, none.visited);
                    assertTrue(none.distances.isEmpty());
                }
                assertTrue("recall " + recall, recall > 0.8);
            });
        }
    }

    public void testOfParentsTheNearestChildCounts() throws IOException {
        index(3, 0, 0, (leaf, codes, searcher) -> {
            for (int q = 0; q < 20; q++) {
                byte[] query = near(codes);
                Found found = search(leaf, query, WANTED, RandomIndex.PARENTS, null, null, searcher);
                assertEquals(WANTED, found.distances.size());
                List<Integer> parents =
                        found.distances.keySet().stream().map(doc -> doc / 4).toList();
                assertEquals(WANTED, parents.stream().distinct().count());
            }
            // no more parents than are wanted
            Found all = search(leaf, near(codes), DOCS / 4 + 1, RandomIndex.PARENTS, null, null, searcher);
            assertEquals(GraphSearch.GAVE_UP, all.visited);
        });
    }

    public void testGivesUpWhereAScanIsBetter() throws IOException {
        index(0, 0, 0, (leaf, codes, searcher) -> {
            byte[] query = near(codes);
            for (int wanted : new int[] {1_000, DOCS, 10_000}) {
                assertEquals(GraphSearch.GAVE_UP, search(leaf, query, wanted, null, null, null, searcher).visited);
            }
            FixedBitSet few = new FixedBitSet(leaf.reader().maxDoc());
            few.set(3, 30);
            assertEquals(GraphSearch.GAVE_UP, search(leaf, query, WANTED, null, few, null, searcher).visited);
            Bits unknown = new Bits() {
                @Override
                public boolean get(int doc) {
                    return doc < 30;
                }

                @Override
                public int length() {
                    return few.length();
                }
            };
            assertEquals(GraphSearch.GAVE_UP, search(leaf, query, WANTED, null, unknown, null, searcher).visited);
        });
    }

    public void testCancellationStopsTheSearch() throws IOException {
        index(0, 0, 0, (leaf, codes, searcher) -> {
            for (int left = 0; left < 3; left++) {
                ContextIndexSearcher cancelled = new ContextIndexSearcher(
                        searcher.getIndexReader(),
                        IndexSearcher.getDefaultSimilarity(),
                        null,
                        IndexSearcher.getDefaultQueryCachingPolicy(),
                        true);
                AtomicInteger remaining = new AtomicInteger(left);
                cancelled.addQueryCancellation(() -> {
                    if (remaining.getAndDecrement() == 0) {
                        throw new TaskCancelledException("enough");
                    }
                });
                expectThrows(
                        TaskCancelledException.class,
                        () -> search(
                                cancelled.getIndexReader().leaves().get(0),
                                near(codes),
                                WANTED,
                                null,
                                null,
                                null,
                                cancelled));
            }
        });
    }

    public void testWholeSearch() throws IOException {
        index(0, 0, 5, (leaf, codes, searcher) -> {
            int found = 0;
            int expected = 0;
            for (int q = 0; q < 30; q++) {
                byte[] query = near(codes);
                int maxDistance = randomFrom(0, 3, 6, 64);
                HashKnnQuery knn = TestKnn.query(
                        TestKnn.scoring(VECTOR, new float[] {1}, Metric.HAMMING, code(query)),
                        TestKnn.selection(CandidateMethod.HNSW, code(query)),
                        new SearchLimits(10, WANTED, maxDistance, 0),
                        null);
                ScoreDoc[] hits = searcher.search(knn, 100).scoreDocs;
                for (ScoreDoc hit : hits) {
                    int distance = Truth.hamming(query, codes.get(hit.doc));
                    assertTrue(distance <= maxDistance);
                    assertEquals((64 - distance) / 64f, hit.score, 0);
                    assertTrue(leaf.reader().getLiveDocs().get(hit.doc));
                }
                long able = IntStream.range(0, codes.size())
                        .filter(doc -> leaf.reader().getLiveDocs().get(doc))
                        .filter(doc -> Truth.hamming(query, codes.get(doc)) <= maxDistance)
                        .count();
                found += hits.length;
                expected += (int) Math.min(10, able);
            }
            assertTrue(found + " of " + expected, found <= expected && found >= 0.8 * expected);
        });
    }

    public void testWholeSearchOfNested() throws IOException {
        index(3, 0.1, 0, (leaf, codes, searcher) -> {
            int best = 0;
            for (int q = 0; q < 20; q++) {
                byte[] query = near(codes);
                HashKnnQuery knn = TestKnn.query(
                        TestKnn.scoring(VECTOR, new float[] {1}, Metric.HAMMING, code(query)),
                        TestKnn.selection(CandidateMethod.HNSW, code(query)),
                        new SearchLimits(10, WANTED, 64, 0),
                        RandomIndex.PARENTS);
                ScoreDoc[] hits = searcher.search(knn, 100).scoreDocs;
                assertEquals(10, hits.length);
                assertEquals(
                        10,
                        Arrays.stream(hits)
                                .mapToInt(hit -> hit.doc / 4)
                                .distinct()
                                .count());
                for (ScoreDoc hit : hits) {
                    int parent = hit.doc / 4 * 4;
                    int nearest = IntStream.range(parent, parent + 3)
                            .filter(doc -> codes.get(doc) != null)
                            .map(doc -> Truth.hamming(query, codes.get(doc)))
                            .min()
                            .getAsInt();
                    assertEquals((64 - nearest) / 64f, hit.score, 0);
                }
                int least = codes.stream()
                        .filter(Objects::nonNull)
                        .mapToInt(code -> Truth.hamming(query, code))
                        .min()
                        .getAsInt();
                best += hits[0].score == (64 - least) / 64f ? 1 : 0;
            }
            assertTrue("the nearest came first in " + best + " of 20", best >= 13);
        });
    }

    private static QueryCode code(byte[] query) {
        return new QueryCode(HASH, query);
    }
}
