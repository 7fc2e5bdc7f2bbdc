package io.lookalike.task;

import io.lookalike.reencode.ReencodeAction;
import io.lookalike.train.TrainAction;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.test.ESTestCase;

/** Checks of the bodies of requests. */
public class RequestsTests extends ESTestCase {
    private static TrainAction.Request train(Map<String, Object> over) {
        Map<String, Object> body =
                new HashMap<>(Map.of("from", "photos", "index", "pics", "learn", Map.of("pca", Map.of("dims", 4))));
        over.forEach((key, value) -> {
            if (value.equals("")) {
                body.remove(key);
            } else {
                body.put(key, value);
            }
        });
        return new TrainAction.Request("made", body, null, TimeValue.MINUS_ONE);
    }

    private static String refusedTraining(Map<String, Object> over) {
        return expectThrows(IllegalArgumentException.class, () -> train(over)).getMessage();
    }

    public void testTraining() {
        TrainAction.Request request = train(Map.of());
        assertEquals(List.of("pics"), request.indices);
        assertEquals(50_000, request.sample);
        assertEquals(1, request.seed);
        assertNull(request.field);
        assertEquals("train encoder [made] from [photos] on [pics]", request.getDescription());
        assertEquals(List.of("a", "b*"), train(Map.of("index", "a, b*")).indices);
        assertEquals(List.of("a", "b"), train(Map.of("index", List.of("a", "b"))).indices);
        assertEquals("photo.vector", train(Map.of("target_field", "photo")).field);
        assertEquals("x", train(Map.of("field", "x")).field);
        assertEquals(Long.MIN_VALUE, train(Map.of("seed", Long.MIN_VALUE)).seed);
    }

    public void testWrongTraining() {
        assertEquals(
                "[from] is missing; name the encoder whose vectors the documents have, such as [default]",
                refusedTraining(Map.of("from", "")));
        assertEquals("[index] is missing; name indices, aliases or patterns", refusedTraining(Map.of("index", "")));
        assertEquals("[index] must be a string or a list of strings; got [7]", refusedTraining(Map.of("index", 7)));
        assertEquals(
                "give one of [field] and [target_field], such as [field] [b.vector]",
                refusedTraining(Map.of("field", "a", "target_field", "b")));
        assertEquals(
                "[sample] must be an integer from [1] to [10000000]; got [0]", refusedTraining(Map.of("sample", 0)));
        assertEquals(
                "unknown field [samples]; _train takes [field, from, index, learn, query, sample, seed, "
                        + "target_field]; did you mean [sample]?",
                refusedTraining(Map.of("samples", 7)));
        String validation = new TrainAction.Request(
                        "No",
                        Map.of("from", "a", "index", "b", "learn", Map.of("pca_sign", Map.of())),
                        null,
                        TimeValue.MINUS_ONE)
                .validate()
                .getMessage();
        assertTrue(validation, validation.contains("encoder id [No] is not allowed"));
    }

    private static ReencodeAction.Request reencode(Map<String, Object> over, float requestsPerSecond) {
        Map<String, Object> body =
                new HashMap<>(Map.of("from", "photos", "to", "photos_itq", "target_field", "photo_itq"));
        over.forEach((key, value) -> {
            if (value.equals("")) {
                body.remove(key);
            } else {
                body.put(key, value);
            }
        });
        return new ReencodeAction.Request(new String[] {"pics"}, body, null, requestsPerSecond, false);
    }

    private static String refusedReencoding(Map<String, Object> over) {
        return expectThrows(IllegalArgumentException.class, () -> reencode(over, 1))
                .getMessage();
    }

    public void testReencoding() {
        ReencodeAction.Request request = reencode(Map.of("batch_size", 10), 5);
        assertEquals(10, request.batch);
        assertEquals("reencode [pics] from [photos] to [photos_itq] in [photo_itq]", request.getDescription());
        assertNull(request.graph);
        assertNull(request.sourceField);
        assertArrayEquals(new String[] {"other"}, request.indices("other").indices());
        assertFalse(request.getShouldStoreResult());
        request.storeResult();
        assertTrue(request.getShouldStoreResult());
    }

    public void testWrongReencoding() {
        assertEquals(
                "[to] is missing; name in [from] the encoder that made the stored vectors, in [to] the one that was "
                        + "trained from it",
                refusedReencoding(Map.of("to", "")));
        assertEquals(
                "[from] and [to] are both [photos]; name another encoder in [to]",
                refusedReencoding(Map.of("to", "photos")));
        assertEquals(
                "[target_field] must be the name of a new field, such as [photo_itq]; got [a..b]",
                refusedReencoding(Map.of("target_field", "a..b")));
        assertEquals(
                "[graph] must be one of [vectors, codes, none]; got [hnsw]",
                refusedReencoding(Map.of("graph", "hnsw")));
        for (float wrong : new float[] {0, -2, Float.NaN}) {
            assertEquals(
                    "[requests_per_second] must be above [0], or [-1] for no limit; got [" + wrong + "]",
                    expectThrows(IllegalArgumentException.class, () -> reencode(Map.of(), wrong))
                            .getMessage());
        }
    }
}
