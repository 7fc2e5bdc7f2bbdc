package io.lookalike.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lookalike.GoldenStream;
import io.lookalike.TestLogging;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.elasticsearch.cluster.node.DiscoveryNodeUtils;
import org.elasticsearch.common.io.stream.NamedWriteableRegistry;
import org.elasticsearch.common.transport.TransportAddress;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.env.BuildVersion;
import org.elasticsearch.index.IndexVersion;
import org.junit.jupiter.api.Test;

/** Every version of the requests and answers that nodes send each other, against its golden file. */
class AdminStreamsTests {
    static {
        TestLogging.start();
    }

    private static final NamedWriteableRegistry NONE = new NamedWriteableRegistry(List.of());
    private static final TimeValue MINUTE = TimeValue.timeValueMinutes(1);

    @Test
    void testPut() throws IOException {
        PutEncoderAction.Request request = new PutEncoderAction.Request(
                MINUTE, TimeValue.timeValueSeconds(30), "products", Map.of("model", "builtin-1"));
        PutEncoderAction.Request read =
                GoldenStream.current(getClass(), "put-1.stream", request).read(NONE, PutEncoderAction.Request::new);
        assertEquals("products", read.id);
        assertEquals(Map.of("model", "builtin-1"), read.body);
        assertEquals(MINUTE, read.masterNodeTimeout());
    }

    @Test
    void testDelete() throws IOException {
        DeleteEncoderAction.Request request =
                new DeleteEncoderAction.Request(MINUTE, TimeValue.timeValueSeconds(30), "products", true);
        DeleteEncoderAction.Request read = GoldenStream.current(getClass(), "delete-1.stream", request)
                .read(NONE, DeleteEncoderAction.Request::new);
        assertEquals("products", read.id);
        assertEquals(true, read.force);
    }

    @Test
    void testRequestToANode() throws IOException {
        assertEquals(
                "builtin-1",
                GoldenStream.current(getClass(), "node-request-1.stream", new NodesAction.NodeRequest("builtin-1"))
                        .read(NONE, NodesAction.NodeRequest::new)
                        .argument);
    }

    @Test
    void testAnswerOfANode() throws IOException {
        Map<String, Object> fields = Map.of("models", List.of(Map.of("id", "builtin-1")));
        NodesAction.NodeFields answer = new NodesAction.NodeFields(
                DiscoveryNodeUtils.builder("id")
                        .name("one")
                        .ephemeralId("start")
                        .address("localhost", "127.0.0.1", new TransportAddress(InetAddress.getLoopbackAddress(), 9300))
                        .roles(Set.of())
                        .version(
                                BuildVersion.fromString("9.5.3"),
                                IndexVersion.fromId(8000099),
                                IndexVersion.fromId(8000099),
                                IndexVersion.fromId(9000000))
                        .build(),
                fields);
        assertEquals(
                fields,
                GoldenStream.current(getClass(), "node-answer-1.stream", answer)
                        .read(NONE, NodesAction.NodeFields::new)
                        .fields());
    }
}
