package io.lookalike.search;

import io.lookalike.inference.PictureBreaker;
import io.lookalike.search.stored.StoredVectors;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.elasticsearch.common.breaker.CircuitBreaker;
import org.elasticsearch.common.breaker.CircuitBreakingException;
import org.elasticsearch.common.breaker.NoopCircuitBreaker;
import org.elasticsearch.test.ESTestCase;

public class FingerprintDocsTests extends ESTestCase {
    private final FingerprintDocsCache cache = new FingerprintDocsCache(1 << 20, new PictureBreaker());

    private static Document doc(String id, boolean vector, String fingerprint) {
        Document document = new Document();
        document.add(new StringField("id", id, Field.Store.NO));
        if (vector) {
            document.add(new KnnFloatVectorField("v", new float[] {1, 2}));
        }
        if (fingerprint != null) {
            document.add(new StringField("e", fingerprint, Field.Store.NO));
        }
        return document;
    }

    private FingerprintDocs docs(LeafReader reader) throws IOException {
        return docs(reader, "mine", cache);
    }

    private static FingerprintDocs docs(LeafReader reader, String value, FingerprintDocsCache cache)
            throws IOException {
        return new FingerprintRule("e", value, null, "[i][0]", cache)
                .docs(reader, "v", StoredVectors.values(reader, "v"), new IndexSearcher(reader));
    }

    public void testOneFingerprintNeedsNoFilter() throws IOException {
        try (ByteBuffersDirectory directory = new ByteBuffersDirectory()) {
            try (IndexWriter writer = new IndexWriter(directory, new IndexWriterConfig())) {
                writer.addDocument(doc("a", true, "mine"));
                writer.addDocument(doc("b", true, "mine"));
            }
            try (DirectoryReader reader = DirectoryReader.open(directory)) {
                FingerprintDocs docs = docs(reader.leaves().get(0).reader());
                assertNull(docs.bits());
                assertEquals(0, docs.leftOut(null));
            }
        }
    }

    /** As many documents with the fingerprint as with a vector, but not the same ones. */
    public void testCountsThatCoincide() throws IOException {
        try (ByteBuffersDirectory directory = new ByteBuffersDirectory()) {
            try (IndexWriter writer = new IndexWriter(directory, new IndexWriterConfig())) {
                writer.addDocument(doc("a", true, null));
                writer.addDocument(doc("b", false, "mine"));
                writer.addDocument(doc("c", true, "mine"));
            }
            try (DirectoryReader reader = DirectoryReader.open(directory)) {
                FingerprintDocs docs = docs(reader.leaves().get(0).reader());
                assertFalse(docs.bits().get(0));
                assertTrue(docs.bits().get(2));
                assertEquals(1, docs.leftOut(null));
            }
        }
    }

    public void testDocumentsWithoutVectorsDoNotCount() throws IOException {
        try (ByteBuffersDirectory directory = new ByteBuffersDirectory()) {
            try (IndexWriter writer = new IndexWriter(directory, new IndexWriterConfig())) {
                writer.addDocument(doc("a", true, "mine"));
                writer.addDocument(doc("b", false, null));
                writer.addDocument(doc("c", false, "other"));
            }
            try (DirectoryReader reader = DirectoryReader.open(directory)) {
                FingerprintDocs docs = docs(reader.leaves().get(0).reader());
                assertNull(docs.bits());
                assertEquals(0, docs.leftOut(null));
            }
        }
    }

    public void testDeletedDocumentsAreNotCountedThoughTheSegmentIsRemembered() throws IOException {
        try (ByteBuffersDirectory directory = new ByteBuffersDirectory();
                IndexWriter writer =
                        new IndexWriter(directory, new IndexWriterConfig().setMergePolicy(NoMergePolicy.INSTANCE))) {
            writer.addDocument(doc("a", true, "mine"));
            writer.addDocument(doc("b", true, "other"));
            writer.addDocument(doc("c", true, null));
            int before = cache.cache.count();
            try (DirectoryReader reader = DirectoryReader.open(writer)) {
                LeafReader leaf = reader.leaves().get(0).reader();
                assertEquals(2, docs(leaf).leftOut(leaf.getLiveDocs()));
                assertEquals(before + 1, cache.cache.count());
                writer.deleteDocuments(new Term("id", "b"));
                try (DirectoryReader newer = DirectoryReader.openIfChanged(reader)) {
                    LeafReader same = newer.leaves().get(0).reader();
                    assertSame(docs(leaf), docs(same));
                    assertEquals(1, docs(same).leftOut(same.getLiveDocs()));
                    assertEquals(2, docs(leaf).leftOut(leaf.getLiveDocs()));
                }
            }
        }
    }

    public void testForgetsClosedSegments() throws IOException {
        int before = cache.cache.count();
        try (ByteBuffersDirectory directory = new ByteBuffersDirectory()) {
            try (IndexWriter writer = new IndexWriter(directory, new IndexWriterConfig())) {
                writer.addDocument(doc("a", true, "mine"));
                writer.addDocument(doc("b", true, null));
            }
            try (DirectoryReader reader = DirectoryReader.open(directory)) {
                assertEquals(1, docs(reader.leaves().get(0).reader()).leftOut(null));
                assertEquals(before + 1, cache.cache.count());
            }
        }
        assertEquals(before, cache.cache.count());
    }

    /** A search of a user who may not see the field must not change what others find. */
    public void testNothingIsRememberedWithoutTerms() throws IOException {
        try (ByteBuffersDirectory directory = new ByteBuffersDirectory()) {
            try (IndexWriter writer = new IndexWriter(directory, new IndexWriterConfig())) {
                writer.addDocument(doc("a", true, null));
            }
            try (DirectoryReader reader = DirectoryReader.open(directory)) {
                int before = cache.cache.count();
                assertEquals(1, docs(reader.leaves().get(0).reader()).leftOut(null));
                assertEquals(before, cache.cache.count());
            }
        }
    }

    /**
     * Each by another fingerprint, of a segment of 64,000 documents, of which one entry takes 8 KB and the cache 1 MB.
     */
    public void testWhatIsRememberedIsBoundedAndOnTheBreaker() throws IOException {
        PictureBreaker breaker = new PictureBreaker();
        AtomicLong held = new AtomicLong();
        breaker.set(new NoopCircuitBreaker("test") {
            @Override
            public void addEstimateBytesAndMaybeBreak(long bytes, String label) {
                held.addAndGet(bytes);
            }

            @Override
            public void addWithoutBreaking(long bytes) {
                held.addAndGet(bytes);
            }
        });
        FingerprintDocsCache small = new FingerprintDocsCache(40_000, breaker);
        int documents = 64_000;
        try (ByteBuffersDirectory directory = new ByteBuffersDirectory()) {
            try (IndexWriter writer = new IndexWriter(directory, new IndexWriterConfig())) {
                writer.addDocument(doc("a", true, "mine"));
                writer.addDocument(doc("b", true, "other"));
                for (int i = 2; i < documents; i++) {
                    writer.addDocument(new Document());
                }
                writer.forceMerge(1);
            }
            try (DirectoryReader reader = DirectoryReader.open(directory)) {
                LeafReader leaf = reader.leaves().get(0).reader();
                for (int i = 0; i < 100; i++) {
                    String value = "f" + i;
                    assertEquals(2, docs(leaf, value, small).leftOut(null));
                    assertSame(docs(leaf, value, small), docs(leaf, value, small));
                    assertTrue(small.cache.weight() <= 40_000);
                    assertEquals(small.cache.weight(), held.get());
                }
                assertEquals(4, small.cache.count());
                FingerprintDocsCache tiny = new FingerprintDocsCache(4_000, breaker);
                long before = held.get();
                assertEquals(2, docs(leaf, "f1", tiny).leftOut(null));
                assertEquals(0, tiny.cache.count());
                assertEquals(before, held.get());
            }
        }
        assertEquals(0, small.cache.count());
        assertEquals(0, held.get());
    }

    public void testAFullBreakerRefusesBeforeAnythingIsHeld() throws IOException {
        PictureBreaker breaker = new PictureBreaker();
        breaker.set(new NoopCircuitBreaker("test") {
            @Override
            public void addEstimateBytesAndMaybeBreak(long bytes, String label) {
                throw new CircuitBreakingException("full", CircuitBreaker.Durability.TRANSIENT);
            }
        });
        FingerprintDocsCache full = new FingerprintDocsCache(1 << 20, breaker);
        try (ByteBuffersDirectory directory = new ByteBuffersDirectory()) {
            try (IndexWriter writer = new IndexWriter(directory, new IndexWriterConfig())) {
                writer.addDocument(doc("a", true, "mine"));
                writer.addDocument(doc("b", true, "other"));
            }
            try (DirectoryReader reader = DirectoryReader.open(directory)) {
                LeafReader leaf = reader.leaves().get(0).reader();
                expectThrows(CircuitBreakingException.class, () -> docs(leaf, "mine", full));
                assertEquals(0, full.cache.count());
            }
        }
    }

    /** Iterates over the documents that are left out, from every place in the segment. */
    public void testTheOthersOfARandomSegment() throws IOException {
        try (ByteBuffersDirectory directory = new ByteBuffersDirectory()) {
            List<Integer> others = new ArrayList<>();
            int documents = randomIntBetween(1, 300);
            try (IndexWriter writer = new IndexWriter(directory, new IndexWriterConfig())) {
                for (int i = 0; i < documents; i++) {
                    boolean vector = randomBoolean();
                    String fingerprint = randomFrom("mine", "other", null);
                    writer.addDocument(doc("d" + i, vector, fingerprint));
                    if (vector && !"mine".equals(fingerprint)) {
                        others.add(i);
                    }
                }
                writer.forceMerge(1);
            }
            try (DirectoryReader reader = DirectoryReader.open(directory)) {
                LeafReader leaf = reader.leaves().get(0).reader();
                if (StoredVectors.values(leaf, "v") == null) {
                    return;
                }
                FingerprintDocs marked = docs(leaf);
                assertEquals(others.size(), marked.leftOut(null));
                assertEquals(others.isEmpty(), marked.others() == null);
                for (int from = 0; from < documents && !others.isEmpty(); from++) {
                    DocIdSetIterator docs = marked.others();
                    List<Integer> found = new ArrayList<>();
                    for (int at = docs.advance(from); at != DocIdSetIterator.NO_MORE_DOCS; at = docs.nextDoc()) {
                        found.add(at);
                    }
                    int least = from;
                    assertEquals(others.stream().filter(doc -> doc >= least).toList(), found);
                }
            }
        }
    }
}
