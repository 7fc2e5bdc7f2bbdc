package io.lookalike.reencode;

import io.lookalike.inference.Encoder;
import io.lookalike.inference.TestEncoders;
import io.lookalike.task.Documents;
import io.lookalike.task.VectorField;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.elasticsearch.common.document.DocumentField;
import org.elasticsearch.test.ESTestCase;

/** The partial documents of updates. */
public class DocumentReencoderTests extends ESTestCase {
    private TestEncoders encoders;
    private Encoder from;
    private Encoder to;

    @Override
    public void setUp() throws Exception {
        super.setUp();
        encoders = new TestEncoders(createTempDir(), Runnable::run);
        encoders.put("from", Map.of("model", "none", "dims", 4, "hash", Map.of("bits", 16)));
        encoders.put(
                "to",
                Map.of(
                        "model",
                        "none",
                        "dims",
                        4,
                        "project",
                        List.of(Map.of("dims", 2, "weights", List.of(1, 0, 0, 0, 0, 2, 0, 0))),
                        "hash",
                        Map.of("bits", 16)));
        from = encoders.encoders().registry().encoder("from");
        to = encoders.encoders().registry().encoder("to");
    }

    @Override
    public void tearDown() throws Exception {
        encoders.close();
        super.tearDown();
    }

    private DocumentReencoder reencoder(String field, String nested, String target) {
        return new DocumentReencoder(from, to, to.stagesOf(from), new VectorField(field, nested), target);
    }

    private static DocumentField field(String name, Object... values) {
        return new DocumentField(name, Arrays.asList(values));
    }

    private static Documents.Document document(Map<String, Object> source, DocumentField... values) {
        Map<String, DocumentField> map = new HashMap<>();
        for (DocumentField value : values) {
            map.put(value.getName(), value);
        }
        return new Documents.Document("pics", "7", null, 1, 1, map, source);
    }

    public void testOnePicture() {
        Map<String, Object> update = reencoder("a.photo.vector", null, "a.other")
                .update(document(
                        Map.of("a", Map.of("photo", Map.of("width", 30, "format", "png", "quality", 77))),
                        field("a.photo.vector", new float[] {3, 5, 7, 9}),
                        field("a.photo.encoder", List.of(from.fingerprint())),
                        field("a.photo.phash", new byte[] {1, 2, 3, 4, 5, 6, 7, (byte) 255}),
                        field("a.photo.detail", new byte[] {16, 32})));
        Map<?, ?> other = (Map<?, ?>) ((Map<?, ?>) update.get("a")).get("other");
        assertEquals(List.of(3f, 10f), other.get("vector"));
        assertEquals(to.fingerprint(), other.get("encoder"));
        assertEquals("01020304050607ff", other.get("phash"));
        assertEquals("1020", other.get("detail"));
        assertEquals(30, other.get("width"));
        assertEquals("png", other.get("format"));
        assertEquals(77, other.get("quality"));
        assertFalse(other.containsKey("region"));
        assertEquals(to.encodeVector("it", new float[] {3, 5, 7, 9}).toMap().get("hash"), other.get("hash"));
    }

    public void testNestedPicturesKeepTheirOrder() {
        Map<String, Object> update = reencoder("photo.vector", "photo", "other")
                .update(document(
                        Map.of(
                                "photo",
                                List.of(
                                        Map.of("encoder", "x", "picture", 0),
                                        Map.of("note", "not a picture"),
                                        Map.of("encoder", "x", "picture", 1, "region", Map.of("x", 2)))),
                        field("photo.vector", new float[] {1, 1, 0, 0}, new float[] {2, 2, 0, 0}),
                        field("photo.encoder", List.of(from.fingerprint()), List.of(from.fingerprint()))));
        List<?> entries = (List<?>) update.get("other");
        assertEquals(2, entries.size());
        assertEquals(List.of(1f, 2f), ((Map<?, ?>) entries.get(0)).get("vector"));
        assertEquals(0, ((Map<?, ?>) entries.get(0)).get("picture"));
        assertEquals(List.of(2f, 4f), ((Map<?, ?>) entries.get(1)).get("vector"));
        assertEquals(Map.of("x", 2), ((Map<?, ?>) entries.get(1)).get("region"));
    }

    public void testWhatAnotherEncoderLeftIsTakenAway() {
        Map<String, Object> update = reencoder("photo.vector", null, "other")
                .update(document(
                        Map.of(),
                        field("photo.vector", new float[] {1, 1, 0, 0}),
                        field("photo.encoder", List.of(from.fingerprint())),
                        field("other.encoder", List.of("before"))));
        Map<?, ?> other = (Map<?, ?>) update.get("other");
        assertTrue(other.containsKey("cluster"));
        assertNull(other.get("cluster"));
        assertEquals(to.fingerprint(), other.get("encoder"));
    }

    private String refused(DocumentReencoder reencoder, Documents.Document document) {
        return expectThrows(IllegalArgumentException.class, () -> reencoder.update(document))
                .getMessage();
    }

    public void testDocumentsThatDoNotFit() {
        DocumentField vectors = field("photo.vector", new float[] {1, 0, 0, 0}, new float[] {0, 1, 0, 0});
        assertEquals(
                "the vector of field [photo.vector] for encoder [to] is all zeros, and has no direction to compare; "
                        + "leave it out, or send a vector that is not",
                refused(
                        reencoder("photo.vector", null, "other"),
                        document(
                                Map.of(),
                                field("photo.vector", new float[4]),
                                field("photo.encoder", List.of(from.fingerprint())))));
        assertEquals(
                "entry [1] of field [photo] was made by another encoder than [from]; index the document again",
                refused(
                        reencoder("photo.vector", "photo", "other"),
                        document(
                                Map.of("photo", List.of(Map.of("encoder", "x"), Map.of("encoder", "y"))),
                                vectors,
                                field("photo.encoder", List.of(from.fingerprint()), List.of("y")))));
        assertEquals(
                "field [photo] has [2] vectors but its source has [1] entries with [encoder]; index the document again",
                refused(
                        reencoder("photo.vector", "photo", "other"),
                        document(
                                Map.of("photo", Map.of("encoder", "x")),
                                vectors,
                                field(
                                        "photo.encoder",
                                        Collections.nCopies(2, List.of(from.fingerprint()))
                                                .toArray()))));
        assertEquals(
                "field [a] is an array, and an update of what lies within would replace all of it; name a "
                        + "[target_field] outside of it",
                refused(
                        reencoder("a.photo.vector", null, "a.other"),
                        document(
                                Map.of("a", List.of(Map.of("photo", Map.of()))),
                                field("a.photo.vector", new float[] {1, 0, 0, 0}),
                                field("a.photo.encoder", List.of(from.fingerprint())))));
    }
}
