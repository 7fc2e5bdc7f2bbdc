package io.lookalike.encoder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lookalike.TestLogging;
import java.io.IOException;
import org.elasticsearch.common.xcontent.XContentHelper;
import org.elasticsearch.xcontent.XContentParser;
import org.elasticsearch.xcontent.XContentParserConfiguration;
import org.elasticsearch.xcontent.json.JsonXContent;
import org.junit.jupiter.api.Test;

class BodyMemoryTests {
    static {
        TestLogging.start();
    }

    private static long of(String json) throws IOException {
        try (XContentParser parser = JsonXContent.jsonXContent.createParser(XContentParserConfiguration.EMPTY, json)) {
            return BodyMemory.of(parser, json.length());
        }
    }

    @Test
    void testTextsCountOnceAndNumbersAndContainersManyTimes() throws IOException {
        String text = "{\"image\":\"" + "A".repeat(1_000_000) + "\"}";
        assertTrue(of(text) < 1_001_000, "" + of(text));
        String numbers = "{\"a\":[" + "1,".repeat(100_000) + "1]}";
        assertTrue(of(numbers) > 3_200_000, "" + of(numbers));
        String objects = "{\"a\":[" + "{},".repeat(100_000) + "{}]}";
        assertTrue(of(objects) > 13_600_000, "" + of(objects));
    }

    @Test
    void testAParsedBodyCountsNoMoreThanItsText() throws IOException {
        for (String json : new String[] {
            "{}", "{'a':[1,2.5,null,true,'x'],'b':{'c':'d','e':[[],{}]}}", "{'a':'" + "x".repeat(999) + "'}"
        }) {
            String quoted = json.replace('\'', '"');
            long parsed = BodyMemory.of(XContentHelper.convertToMap(JsonXContent.jsonXContent, quoted, true));
            assertTrue(parsed <= 2 * of(quoted) && parsed > 0, quoted);
        }
    }

    @Test
    void testNestingIsBounded() throws IOException {
        of("{\"a\":" + "[".repeat(199) + "]".repeat(199) + "}");
        assertEquals(
                "the body is nested deeper than [200] levels; send one that is nested less",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> of("{\"a\":" + "[".repeat(200) + "]".repeat(200) + "}"))
                        .getMessage());
    }
}
