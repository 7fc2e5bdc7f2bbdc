package io.lookalike.it;

import static io.lookalike.it.Json.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.encoder.FloatFormat;
import io.lookalike.node.RealNode;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** An encoder with as many learned numbers as one may have, on a small node. */
class LargeEncoderIT {
    private static final String ENCODER = "/_lookalike/encoder/large";
    private static final int DIMS = 1024;
    private static final int BITS = 1024;
    private static final int CLUSTERS = 768;

    private final Random random = new Random(6);

    private String base64(FloatFormat format, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return format.toBase64(values);
    }

    private ObjectNode body(int bits) {
        return json(
                "{model: 'none', dims: ?, hash: {type: 'planes', bits: ?, weights: ?}, clusters: {count: ?, "
                        + "centroids: ?}}",
                DIMS,
                bits,
                base64(FloatFormat.FLOAT32, bits * DIMS),
                CLUSTERS,
                base64(FloatFormat.BFLOAT16, CLUSTERS * DIMS));
    }

    @Test
    void whatIsNearTheLimitSurvivesAKill() {
        try (RealNode node = RealNode.builder().heap("512m").start();
                Http http = new Http(node.uri())) {
            http.ok("PUT", ENCODER, body(BITS));
            JsonNode export = http.ok("GET", ENCODER + "?full=true");
            int letters = export.toString().length();
            assertTrue(letters > 7_500_000 && letters < 8 << 20, "" + letters);
            String shown = http.ok("GET", "/_lookalike/encoder").toString();
            assertTrue(shown.length() < 3_000, shown);
            float[] vector = new float[DIMS];
            vector[3] = 1;
            JsonNode encoded = http.ok("POST", ENCODER + "/_encode", json("{vector: ?}", vector));
            assertEquals(BITS / 4, encoded.path("hash").asText().length());

            Http.Answer answer = http.send("PUT", ENCODER + "r", body(BITS * 3 / 2));
            assertEquals(400, answer.status());
            assertTrue(
                    answer.reasons()
                            .contains("at most [8388608] are allowed; the largest array is [hash.weights] with "
                                    + "[6291456] bytes, a third more in base64: use fewer [bits]"),
                    answer::text);

            node.kill();
            node.restart();

            assertEquals(export, http.ok("GET", ENCODER + "?full=true"));
            assertEquals(encoded, http.ok("POST", ENCODER + "/_encode", json("{vector: ?}", vector)));
        }
    }
}
