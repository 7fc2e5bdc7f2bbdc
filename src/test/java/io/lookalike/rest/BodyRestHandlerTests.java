package io.lookalike.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lookalike.TestLogging;
import io.lookalike.inference.CountingBreaker;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.common.breaker.CircuitBreakingException;
import org.elasticsearch.common.bytes.BytesArray;
import org.elasticsearch.core.Releasable;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.test.rest.FakeRestChannel;
import org.elasticsearch.test.rest.FakeRestRequest;
import org.elasticsearch.xcontent.NamedXContentRegistry;
import org.elasticsearch.xcontent.XContentType;
import org.junit.jupiter.api.Test;

class BodyRestHandlerTests {
    static {
        TestLogging.start();
    }

    private final CountingBreaker breaker = new CountingBreaker(4_000_000);
    private final List<Releasable> kept = new ArrayList<>();
    private final Keeping handler = new Keeping();

    /** Holds on to its body until the test releases it. */
    private final class Keeping extends BodyRestHandler {
        private int numbers;

        Keeping() {
            super(breaker.asPictureBreaker(), "keeping", new Route(RestRequest.Method.POST, "/keeping"));
        }

        @Override
        protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client)
                throws java.io.IOException {
            return withBody(request, (body, counted) -> {
                if (!(body.get("a") instanceof List<?> list)) {
                    throw new IllegalArgumentException("no list");
                }
                numbers = list.size();
                return channel -> kept.add(counted.acquire());
            });
        }
    }

    private void handle(String body, Map<String, String> parameters) throws Exception {
        FakeRestRequest request = new FakeRestRequest.Builder(NamedXContentRegistry.EMPTY)
                .withPath("/keeping")
                .withMethod(RestRequest.Method.POST)
                .withParams(new java.util.HashMap<>(parameters))
                .withContent(new BytesArray(body), XContentType.JSON)
                .build();
        handler.handleRequest(request, new FakeRestChannel(request, true), null);
    }

    private static String numbers(int count) {
        return "{\"a\":[" + "1,".repeat(count - 1) + "1]}";
    }

    @Test
    void testABodyIsCountedUntilItIsReleased() throws Exception {
        handle(numbers(50_000), Map.of());
        assertEquals(50_000, handler.numbers);
        assertTrue(breaker.getUsed() > 1_600_000, "" + breaker.getUsed());
        assertEquals(1, kept.size());
        kept.getFirst().close();
        assertEquals(0, breaker.getUsed());
    }

    @Test
    void testARefusedRequestHoldsNothing() {
        String unknown = assertThrows(
                        IllegalArgumentException.class, () -> handle(numbers(10_000), Map.of("unknown", "x")))
                .getMessage();
        assertTrue(unknown.contains("unrecognized parameter: [unknown]"), unknown);
        assertEquals(0, breaker.getUsed());
        assertTrue(breaker.most() > 320_000);
        for (String body : Set.of("{\"a\":1}", "{\"a\":[1,", "[]", "{\"a\":[1]} {}")) {
            assertThrows(Exception.class, () -> handle(body, Map.of()));
            assertEquals(0, breaker.getUsed(), body);
        }
        assertEquals(List.of(), kept);
    }

    @Test
    void testWhatDoesNotFitIsNotParsed() {
        assertThrows(CircuitBreakingException.class, () -> handle(numbers(1_000_000), Map.of()));
        assertEquals(0, handler.numbers);
        assertEquals(0, breaker.getUsed());
    }
}
