package io.lookalike.encoder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.lookalike.TestLogging;
import java.io.IOException;
import org.elasticsearch.common.io.stream.BytesStreamOutput;
import org.junit.jupiter.api.Test;

class WireVersionTests {
    static {
        TestLogging.start();
    }

    private static final WireVersion THIRD = new WireVersion("query [x]", 3);

    @Test
    void testReadsItsOwnAndOlderVersions() throws IOException {
        for (int version : new int[] {1, 2, 3}) {
            BytesStreamOutput out = new BytesStreamOutput();
            new WireVersion("query [x]", version).writeTo(out);
            assertEquals(version, THIRD.readFrom(out.bytes().streamInput()));
            assertEquals(version, THIRD.ofStored(version));
        }
        assertEquals(0, THIRD.ofStored(null));
    }

    @Test
    void testRefusesALaterVersion() throws IOException {
        BytesStreamOutput out = new BytesStreamOutput();
        new WireVersion("query [x]", 4).writeTo(out);
        String message =
                "query [x] has version [4] but the plugin lookalike on this node reads versions [1] to [3]; run"
                        + " the same release of the plugin on all nodes, and none older than before";
        assertEquals(
                message,
                assertThrows(
                                IllegalStateException.class,
                                () -> THIRD.readFrom(out.bytes().streamInput()))
                        .getMessage());
        for (Object stored : new Object[] {4, 0, "1", 1.0}) {
            assertThrows(IllegalStateException.class, () -> THIRD.ofStored(stored));
        }
    }
}
