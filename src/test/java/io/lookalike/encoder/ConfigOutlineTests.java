package io.lookalike.encoder;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lookalike.TestLogging;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.elasticsearch.common.bytes.BytesReference;
import org.elasticsearch.common.xcontent.XContentHelper;
import org.elasticsearch.xcontent.XContentBuilder;
import org.elasticsearch.xcontent.json.JsonXContent;
import org.junit.jupiter.api.Test;

class ConfigOutlineTests {
    static {
        TestLogging.start();
    }

    private static final String[] LETTERS = {"a", "\"", "\\", "\n", "é", "€", "😀", "{", "]", ",", "\u0001"};

    private static byte[] json(Map<String, Object> map, boolean pretty) throws IOException {
        try (XContentBuilder builder = JsonXContent.contentBuilder()) {
            if (pretty) {
                builder.prettyPrint();
            }
            return BytesReference.toBytes(BytesReference.bytes(builder.map(map)));
        }
    }

    private static Map<String, Object> parsed(byte[] json) {
        return XContentHelper.convertToMap(JsonXContent.jsonXContent, new String(json, StandardCharsets.UTF_8), true);
    }

    private static Object random(Random random, int depth) {
        return switch (random.nextInt(depth > 3 ? 4 : 6)) {
            case 0 -> random.nextInt(2000) - 1000;
            case 1 -> random.nextDouble();
            case 2 -> random.nextInt(3) == 0 ? null : random.nextBoolean();
            case 3 -> text(random);
            case 4 -> {
                List<Object> list = new ArrayList<>();
                for (int i = random.nextInt(12); i > 0; i--) {
                    list.add(random(random, depth + 1));
                }
                yield list;
            }
            default -> map(random, depth + 1);
        };
    }

    private static String text(Random random) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(3) == 0 ? 195 + random.nextInt(12) : random.nextInt(9); i > 0; i--) {
            text.append(LETTERS[random.nextInt(LETTERS.length)]);
        }
        return text.toString();
    }

    private static Map<String, Object> map(Random random, int depth) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = random.nextInt(6); i > 0; i--) {
            map.put("k" + i + (random.nextBoolean() ? "" : "\"é"), random(random, depth));
        }
        return map;
    }

    /** The same in terms of objects. */
    private static Object plain(Object value) {
        if (value instanceof Map<?, ?> map) {
            Map<Object, Object> copy = new LinkedHashMap<>();
            map.forEach((key, each) -> copy.put(key, plain(each)));
            return copy;
        }
        if (value instanceof List<?> list) {
            List<Object> some = new ArrayList<>();
            list.stream().limit(list.size() > 8 ? 7 : 8).forEach(each -> some.add(plain(each)));
            if (list.size() > 8) {
                some.add("… [" + list.size() + "] in all; see ?full=true");
            }
            return some;
        }
        return value instanceof String text && text.length() > 200
                ? "… [" + text.length() + "] letters; see ?full=true"
                : value;
    }

    @Test
    void testRandomJsonIsShortenedAsItsObjectsWouldBe() throws IOException {
        for (int seed = 0; seed < 2000; seed++) {
            Random random = new Random(seed);
            Map<String, Object> map = map(random, 0);
            byte[] json = json(map, seed % 2 == 0);
            assertEquals(plain(parsed(json)), parsed(ConfigOutline.of(json)), "seed " + seed);
            assertEquals(map.size(), ConfigOutline.sizes(json).size(), "seed " + seed);
        }
    }

    @Test
    void testSizesAreThoseOfTheText() {
        byte[] json = "{\"a\":1,\"bc\":[1, 2],\"d\":{\"e\":\"}\"}}".getBytes(StandardCharsets.UTF_8);
        assertEquals(Map.of("a", 5, "bc", 11, "d", 13), ConfigOutline.sizes(json));
        assertEquals(Map.of(), ConfigOutline.sizes("{}".getBytes(StandardCharsets.UTF_8)));
    }
}
