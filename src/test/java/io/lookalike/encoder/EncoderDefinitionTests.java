package io.lookalike.encoder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lookalike.TestLogging;
import io.lookalike.image.Background;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Collections;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.elasticsearch.common.Strings;
import org.elasticsearch.common.xcontent.XContentHelper;
import org.elasticsearch.xcontent.json.JsonXContent;
import org.junit.jupiter.api.Test;

class EncoderDefinitionTests {
    static {
        TestLogging.start();
    }

    private static EncoderDefinition of(String id, Map<String, Object> body, String sha256) {
        return EncoderDefinition.of(id, EncoderConfig.parse(body, new EncoderConfigTests.Facts()), sha256);
    }

    private static String sha256(String text) throws GeneralSecurityException {
        return HexFormat.of()
                .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    }

    /** Fingerprints are stored in documents, so they must never change. */
    @Test
    void testGoldenFingerprints() throws GeneralSecurityException {
        EncoderDefinition vectors = of(
                "a",
                EncoderConfigTests.json("{'model':'none','dims':3,'hash':{'bits':16,'center':[0.1,-2,3e-7]}}"),
                "");
        assertEquals(
                sha256("lookalike 1 2\n\n{\"buckets\":{\"bits\":8,\"seed\":7,\"tables\":10},\"dims\":3,"
                        + "\"hash\":{\"bits\":16,\"center\":[0.1,-2.0,3.0E-7],\"seed\":42,\"type\":\"hyperplane\"},"
                        + "\"model\":\"none\",\"normalize\":\"none\",\"perceptual\":\"none\"}"),
                vectors.fingerprint());
        assertEquals("f4a3eb187b29d3a1b4c8d2372f88800814f1b55c653b78ad3e013d898e05e9bf", vectors.fingerprint());
        assertEquals(
                "a4bbf1017a77a015f2ceadb7cbd03654801d9e51b7ff9ae459fd1f6eb6f0fa73",
                of("a", EncoderConfigTests.json(EncoderConfigTests.FULL), "abc").fingerprint());
    }

    /** Encoders of the first release name no background and use white. */
    @Test
    void testAWhiteBackgroundIsNoPartOfIt() throws IOException {
        Map<String, Object> silent = EncoderConfigTests.json(EncoderConfigTests.FULL);
        EncoderDefinition white = of("a", silent, "abc");
        assertEquals("white", ((Map<?, ?>) white.configMap().get("image")).get("background"));
        assertFalse(white.isSilentOfBackground());
        Map<String, Object> map = white.configMap();
        ((Map<?, ?>) map.get("image")).remove("background");
        EncoderDefinition before = new EncoderDefinition(
                "a", "abc", Strings.toString(JsonXContent.contentBuilder().map(map)), white.fingerprint());
        assertTrue(before.isSilentOfBackground());
        assertEquals("white", ((Map<?, ?>) before.configMap().get("image")).get("background"));
        assertEquals(white, of("a", before.configMap(), "abc"));
        Map<String, Object> body = new HashMap<>(silent);
        EncoderConfig.background(body, Background.CONTRAST);
        assertFalse(((Map<?, ?>) silent.get("image")).containsKey("background"));
        EncoderDefinition contrast = of("a", body, "abc");
        assertEquals("contrast", ((Map<?, ?>) contrast.configMap().get("image")).get("background"));
        assertNotEquals(white.fingerprint(), contrast.fingerprint());
        EncoderConfig.background(body, Background.WHITE);
        assertEquals(contrast, of("a", body, "abc"));
    }

    @Test
    void testTheIdIsNoPartOfIt() {
        Map<String, Object> body = EncoderConfigTests.json(EncoderConfigTests.FULL);
        assertEquals(of("a", body, "abc").fingerprint(), of("b", body, "abc").fingerprint());
    }

    @Test
    void testEveryFieldIsPartOfIt() {
        Map<String, String> seen = new HashMap<>();
        seen.put(
                of("a", EncoderConfigTests.json(EncoderConfigTests.FULL), "abc").fingerprint(), "nothing");
        seen.put(
                of("a", EncoderConfigTests.json(EncoderConfigTests.FULL), "abd").fingerprint(), "model bytes");
        String full = EncoderConfigTests.FULL;
        for (String[] change : new String[][] {
            {"\"m\"", "\"n\""},
            {"\"output\":\"embedding\"", "\"output\":\"other\""},
            {"\"width\":256", "\"width\":257"},
            {"\"height\":256", "\"height\":257"},
            {"cover", "stretch"},
            {"bicubic", "lanczos"},
            {"\"kernel\":9", "\"kernel\":7"},
            {"1.5", "1.25"},
            {"bgr", "rgb"},
            {"\"channels\":", "\"background\":\"contrast\",\"channels\":"},
            {"0.00392157", "0.00392158"},
            {"0.456", "0.457"},
            {"0.224", "0.223"},
            {"\"normalize\":\"none\"", "\"normalize\":\"l2\""},
            {"\"bits\":64", "\"bits\":72"},
            {"\"seed\":-5", "\"seed\":-6"},
            {"\"tables\":3", "\"tables\":4"},
            {"\"bits\":62", "\"bits\":61"},
            {"9223372036854775807", "9223372036854775806"},
            {"dhash", "ahash"},
            {"dhash", "none"}
        }) {
            String changed = full.replace(change[0], change[1]);
            String fingerprint =
                    of("a", EncoderConfigTests.json(changed), "abc").fingerprint();
            assertNull(seen.put(fingerprint, changed), change[1]);
        }
        Map<String, Object> centred = new HashMap<>(EncoderConfigTests.json(full));
        centred.put("hash", Map.of("bits", 64, "seed", -5, "center", Collections.nCopies(1280, 0.5)));
        assertNull(seen.put(of("a", centred, "abc").fingerprint(), "center"));
        assertEquals(24, seen.size());
    }

    @Test
    void testTheConfigurationIsReadBack() {
        EncoderDefinition definition = of("a", EncoderConfigTests.json(EncoderConfigTests.FULL), "abc");
        assertEquals(definition, of("a", definition.configMap(), "abc"));
        assertEquals("m", definition.model());
        assertEquals(
                List.of("model", "dims", "output", "pooling", "image", "normalize", "hash", "buckets", "perceptual"),
                List.copyOf(definition.configMap().keySet()));
    }

    @Test
    void testSizeIsBounded() {
        Map<String, Object> body = new HashMap<>(EncoderConfigTests.json(EncoderConfigTests.FULL));
        body.put("output", "x".repeat(EncoderDefinition.MAX_BYTES));
        String message = assertThrows(IllegalArgumentException.class, () -> of("a", body, "abc"))
                .getMessage();
        assertEquals(
                "encoder [a] takes [N] bytes; at most [8388608] are allowed",
                message.replaceFirst("\\[\\d+\\]", "[N]"));
    }

    @Test
    void testAListingShowsLengthsAndAnExportEverything() throws java.io.IOException {
        Map<String, Object> body = new HashMap<>(EncoderConfigTests.json("{'model':'none','dims':1280}"));
        body.put("hash", Map.of("bits", 64, "center", Collections.nCopies(1280, 0.5)));
        body.put("training", Map.of("from", "x", "list", Collections.nCopies(20, 1)));
        EncoderDefinition definition = of("a", body, "");
        Map<String, Object> listed = XContentHelper.convertToMap(
                JsonXContent.jsonXContent, new String(definition.listed(), StandardCharsets.UTF_8), true);
        assertEquals(definition.fingerprint(), listed.get("fingerprint"));
        assertEquals(
                List.of(0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, "… [1280] in all; see ?full=true"),
                ((Map<?, ?>) listed.get("hash")).get("center"));
        Map<String, Object> exported = XContentHelper.convertToMap(
                JsonXContent.jsonXContent,
                new String(definition.exported().readAllBytes(), StandardCharsets.UTF_8),
                true);
        Map<String, Object> whole = definition.configMap();
        whole.put("fingerprint", definition.fingerprint());
        assertEquals(whole, exported);
        assertEquals(Collections.nCopies(20, 1), definition.training().get("list"));
        assertNull(of("a", EncoderConfigTests.json("{'model':'none','dims':3}"), "")
                .training());
        assertEquals("encoder [a] with fingerprint [" + definition.fingerprint() + "]", definition.toString());
    }

    @Test
    void testWhatIsToldOfTheTrainingIsBounded() {
        Map<String, Object> body = new HashMap<>(EncoderConfigTests.json("{'model':'none','dims':3}"));
        body.put("training", Map.of("x", "y".repeat(EncoderDefinition.MAX_TRAINING_BYTES)));
        assertEquals(
                "[training] of encoder [a] takes [262163] bytes; at most [262144] are allowed, because every listing "
                        + "shows it; make it shorter, or leave it out",
                assertThrows(IllegalArgumentException.class, () -> of("a", body, ""))
                        .getMessage());
    }
}
