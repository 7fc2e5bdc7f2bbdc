package io.lookalike.task;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.elasticsearch.action.fieldcaps.FieldCapabilities;
import org.elasticsearch.action.fieldcaps.FieldCapabilitiesBuilder;
import org.elasticsearch.action.fieldcaps.FieldCapabilitiesResponse;
import org.elasticsearch.cluster.metadata.IndexMetadata;
import org.elasticsearch.cluster.metadata.ProjectId;
import org.elasticsearch.cluster.metadata.ProjectMetadata;
import org.elasticsearch.index.IndexVersion;
import org.elasticsearch.test.ESTestCase;

public class FieldLookupTests extends ESTestCase {
    private static final FieldAliases NO_ALIASES =
            FieldAliases.of(ProjectMetadata.builder(ProjectId.DEFAULT).build(), new String[0]);

    private final Map<String, Map<String, FieldCapabilities>> fields = new HashMap<>();

    private void dense(String name, String... encoders) {
        fields.put(
                name,
                Map.of(
                        "dense_vector",
                        new FieldCapabilitiesBuilder(name, "dense_vector")
                                .meta(encoders.length == 0 ? Map.of() : Map.of("lookalike_encoder", Set.of(encoders)))
                                .build()));
    }

    private VectorField choose(String name, String encoder) {
        return choose(name, encoder, NO_ALIASES);
    }

    private VectorField choose(String name, String encoder, FieldAliases aliases) {
        return FieldLookup.choose(
                new FieldCapabilitiesResponse(new String[] {"pics"}, fields),
                List.of("pics"),
                name,
                encoder,
                "name one in [field]",
                aliases);
    }

    private String refused(String name, String encoder) {
        return expectThrows(IllegalArgumentException.class, () -> choose(name, encoder))
                .getMessage();
    }

    public void testTheOneThatNamesTheEncoderIsChosen() {
        dense("photo.vector", "photos");
        dense("photo.hash", "photos");
        dense("photo.phash", "photos");
        dense("other.vector", "others", "more");
        dense("plain");
        assertEquals(new VectorField("photo.vector", null), choose(null, "photos"));
        assertEquals("photo.encoder", choose(null, "photos").encoderField());
        assertEquals("other.vector", choose(null, "more").name());
        assertEquals("encoder", choose("plain", "photos").encoderField());
        assertEquals(
                "no field of vectors of [pics] names encoder [nobody] in its mapping; name one in [field], of "
                        + "[other.vector, photo.vector, plain]",
                refused(null, "nobody"));
        dense("second.vector", "photos");
        assertEquals(
                "fields [photo.vector, second.vector] of [pics] name encoder [photos] in their mappings; name one in "
                        + "[field], of [other.vector, photo.vector, plain, second.vector]",
                refused(null, "photos"));
        assertEquals(
                "field [text] of [pics] is missing or no dense_vector; name one in [field], of [other.vector, "
                        + "photo.vector, plain, second.vector]",
                refused("text", "photos"));
    }

    public void testNestedFields() {
        dense("album.photo.vector", "photos");
        fields.put("album", Map.of("object", new FieldCapabilitiesBuilder("album", "object").build()));
        fields.put("album.photo", Map.of("nested", new FieldCapabilitiesBuilder("album.photo", "nested").build()));
        assertEquals(new VectorField("album.photo.vector", "album.photo"), choose(null, "photos"));
        assertTrue(choose(null, "photos").madeBy("abc").toString().contains("\"nested\""));
    }

    public void testVectorsThatCameWithoutAnEncoderAreAskedForNoFingerprint() {
        VectorField field = new VectorField("mine.vector", null, null, false);
        assertEquals(field.exists(), field.madeBy("abc"));
        assertNotEquals(field.exists(), new VectorField("mine.vector", null).madeBy("abc"));
    }

    private static FieldCapabilities terms(String type, boolean docValues) {
        return new FieldCapabilitiesBuilder("field", type)
                .isSearchable(true)
                .isAggregatable(docValues)
                .build();
    }

    private String encoderField(boolean named) {
        return FieldLookup.encoderField(
                new FieldCapabilitiesResponse(new String[] {"pics"}, fields), "photo.encoder", named);
    }

    private void assertNoEncoderField(String types) {
        for (boolean named : new boolean[] {true, false}) {
            assertEquals(
                    "field [photo.encoder] is of type " + types
                            + ", and cannot hold the fingerprints of encoders; it must be a [keyword] with doc values "
                            + "in all indices, as GET /_lookalike/encoder/{id}/_mapping answers it: _reindex "
                            + "into an index with that mapping",
                    expectThrows(IllegalArgumentException.class, () -> encoderField(named))
                            .getMessage());
        }
    }

    public void testFingerprintsAreReadFromKeywords() {
        assertNull(encoderField(false));
        assertEquals("photo.encoder", encoderField(true));
        fields.put("photo.encoder", Map.of("keyword", terms("keyword", true)));
        assertEquals("photo.encoder", encoderField(false));
        fields.put("photo.encoder", Map.of("keyword", terms("keyword", false)));
        assertNoEncoderField("[keyword], in some index without doc values");
        fields.put("photo.encoder", Map.of("text", terms("text", false)));
        assertNoEncoderField("[text]");
        fields.put("photo.encoder.keyword", Map.of("keyword", terms("keyword", true)));
        assertEquals("photo.encoder.keyword", encoderField(false));
        fields.put("photo.encoder", Map.of("text", terms("text", false), "keyword", terms("keyword", true)));
        assertNoEncoderField("[keyword, text]");
        fields.put("photo.encoder", Map.of("integer", terms("integer", true)));
        assertNull(encoderField(false));
        expectThrows(IllegalArgumentException.class, () -> encoderField(true));
    }

    public void testAnAliasIsTheFieldThatItPointsTo() {
        dense("photo.vector", "photos");
        dense("look.vector", "photos");
        dense("v", "photos");
        FieldAliases aliases = FieldAliases.of(
                ProjectMetadata.builder(ProjectId.DEFAULT)
                        .put(IndexMetadata.builder("pics")
                                .settings(indexSettings(IndexVersion.current(), 1, 0))
                                .putMapping("{\"_doc\":{\"properties\":{\"photo\":{\"properties\":"
                                        + "{\"vector\":{\"type\":\"dense_vector\"}}},"
                                        + "\"look\":{\"properties\":{\"vector\":{\"type\":\"alias\","
                                        + "\"path\":\"photo.vector\"}}},"
                                        + "\"v\":{\"type\":\"alias\",\"path\":\"photo.vector\"}}}}"))
                        .build(),
                new String[] {"pics", "remote:pics"});
        for (String name : new String[] {null, "v", "look.vector", "photo.vector"}) {
            assertEquals(new VectorField("photo.vector", null), choose(name, "photos", aliases));
        }
        assertEquals("w", aliases.target("w"));
    }

    public void testHashesOfPixelsAreNoVectorsWhateverTheyAreCalled() {
        dense("photo.vector", "photos");
        fields.put(
                "pixels.vector",
                Map.of(
                        "dense_vector",
                        new FieldCapabilitiesBuilder("pixels.vector", "dense_vector")
                                .meta(Map.of("lookalike_encoder", Set.of("photos"), "lookalike_kind", Set.of("phash")))
                                .build()));
        assertEquals("photo.vector", choose(null, "photos").name());
        assertTrue(refused(null, "nobody").endsWith("of [photo.vector]"));
    }

    public void testNoIndex() {
        assertEquals(
                "no index matches [pics*]; name one that exists in [index]",
                expectThrows(
                                IllegalArgumentException.class,
                                () -> FieldLookup.choose(
                                        new FieldCapabilitiesResponse(new String[0], Map.of()),
                                        List.of("pics*"),
                                        null,
                                        "photos",
                                        "name one in [field]",
                                        NO_ALIASES))
                        .getMessage());
    }
}
