package io.lookalike.query;

import java.io.IOException;
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
import org.apache.lucene.store.ByteBuffersDirectory;
import org.elasticsearch.test.ESTestCase;

public class CarriersTests extends ESTestCase {
    private static final Fingerprint MINE = new Fingerprint("e", "mine", null, "[i][0]", QueryInput.NOT_COUNTED);

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

    private static Carriers carriers(LeafReader reader) throws IOException {
        return MINE.carriers(reader, "v", StoredVectors.values(reader, "v"));
    }

    public void testOneFingerprintNeedsNoFilter() throws IOException {
        try (ByteBuffersDirectory directory = new ByteBuffersDirectory()) {
            try (IndexWriter writer = new IndexWriter(directory, new IndexWriterConfig())) {
                writer.addDocument(doc("a", true, "mine"));
                writer.addDocument(doc("b", true, "mine"));
            }
            try (DirectoryReader reader = DirectoryReader.open(directory)) {
                Carriers carriers = carriers(reader.leaves().get(0).reader());
                assertNull(carriers.bits());
                assertEquals(0, carriers.leftOut(null));
            }
        }
    }

    /** As many carriers as vectors, but on other documents. */
    public void testCountsThatCoincide() throws IOException {
        try (ByteBuffersDirectory directory = new ByteBuffersDirectory()) {
            try (IndexWriter writer = new IndexWriter(directory, new IndexWriterConfig())) {
                writer.addDocument(doc("a", true, null));
                writer.addDocument(doc("b", false, "mine"));
                writer.addDocument(doc("c", true, "mine"));
            }
            try (DirectoryReader reader = DirectoryReader.open(directory)) {
                Carriers carriers = carriers(reader.leaves().get(0).reader());
                assertFalse(carriers.bits().get(0));
                assertTrue(carriers.bits().get(2));
                assertEquals(1, carriers.leftOut(null));
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
                Carriers carriers = carriers(reader.leaves().get(0).reader());
                assertNull(carriers.bits());
                assertEquals(0, carriers.leftOut(null));
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
            int before = Carriers.remembered();
            try (DirectoryReader reader = DirectoryReader.open(writer)) {
                LeafReader leaf = reader.leaves().get(0).reader();
                assertEquals(2, carriers(leaf).leftOut(leaf.getLiveDocs()));
                assertEquals(before + 1, Carriers.remembered());
                writer.deleteDocuments(new Term("id", "b"));
                try (DirectoryReader newer = DirectoryReader.openIfChanged(reader)) {
                    LeafReader same = newer.leaves().get(0).reader();
                    assertSame(carriers(leaf), carriers(same));
                    assertEquals(1, carriers(same).leftOut(same.getLiveDocs()));
                    assertEquals(2, carriers(leaf).leftOut(leaf.getLiveDocs()));
                }
            }
        }
    }

    public void testForgetsClosedSegments() throws IOException {
        int before = Carriers.remembered();
        try (ByteBuffersDirectory directory = new ByteBuffersDirectory()) {
            try (IndexWriter writer = new IndexWriter(directory, new IndexWriterConfig())) {
                writer.addDocument(doc("a", true, "mine"));
                writer.addDocument(doc("b", true, null));
            }
            try (DirectoryReader reader = DirectoryReader.open(directory)) {
                assertEquals(1, carriers(reader.leaves().get(0).reader()).leftOut(null));
                assertEquals(before + 1, Carriers.remembered());
            }
        }
        assertEquals(before, Carriers.remembered());
    }

    /** A user who may not see the field must not decide what others find. */
    public void testNothingIsRememberedWithoutTerms() throws IOException {
        try (ByteBuffersDirectory directory = new ByteBuffersDirectory()) {
            try (IndexWriter writer = new IndexWriter(directory, new IndexWriterConfig())) {
                writer.addDocument(doc("a", true, null));
            }
            try (DirectoryReader reader = DirectoryReader.open(directory)) {
                int before = Carriers.remembered();
                assertEquals(1, carriers(reader.leaves().get(0).reader()).leftOut(null));
                assertEquals(before, Carriers.remembered());
            }
        }
    }
}
