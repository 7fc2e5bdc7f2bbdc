package io.lookalike.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** The client of the search benchmark, against a server that answers what it is told to. */
class SearchClientTests {
    @Test
    void readsAnswersOfAllShapesOverOneConnection() throws Exception {
        List<String> answers = List.of(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 7\r\n\r\n{\"a\":1}",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{\"b\"\r\nb\r\n:\"chunks\"}\n\r\n0\r\n\r\n",
                "HTTP/1.1 400 Bad Request\r\nContent-Length: 5\r\n\r\nwrong",
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            CompletableFuture<Void> served = CompletableFuture.runAsync(() -> serve(server, answers));
            URI uri = URI.create("http://127.0.0.1:" + server.getLocalPort());
            try (SearchClient client = new SearchClient(uri)) {
                assertEquals(1, client.send("GET", "/a", null).path("a").asInt());
                assertEquals("chunks", client.send("GET", "/b", null).path("b").asText());
                assertEquals(
                        "the node answered [HTTP/1.1 400 Bad Request]: wrong",
                        assertThrows(IOException.class, () -> client.send("GET", "/c", null))
                                .getMessage());
                assertEquals(0, client.send("GET", "/d", null).size());
            }
            served.get();
        }
    }

    /** Answers each request without a body in turn. */
    private static void serve(ServerSocket server, List<String> answers) {
        try (Socket socket = server.accept()) {
            for (String answer : answers) {
                StringBuilder request = new StringBuilder();
                while (request.indexOf("\r\n\r\n") < 0) {
                    request.append((char) socket.getInputStream().read());
                }
                socket.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aRequestSaysWhatItSends() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            URI uri = URI.create("http://127.0.0.1:" + server.getLocalPort());
            try (SearchClient client = new SearchClient(uri)) {
                assertEquals(
                        "POST /i/_bulk HTTP/1.1\r\nHost: " + uri.getAuthority()
                                + "\r\nContent-Type: application/x-ndjson\r\nContent-Length: 3\r\n\r\n{}\n",
                        new String(
                                client.request("POST", "/i/_bulk", "{}\n".getBytes(StandardCharsets.US_ASCII)),
                                StandardCharsets.US_ASCII));
            }
        }
    }

    @Test
    void idsOfHitsAreReadInTheirOrder() {
        String answer = "{\"took\":1,\"hits\":{\"total\":{\"value\":2},\"max_score\":0.5,\"hits\":["
                + "{\"_index\":\"i\",\"_id\":\"17\",\"_score\":0.5},{\"_index\":\"i\",\"_id\":\"0\","
                + "\"_score\":0.25}]}}";
        assertArrayEquals(new int[] {17, 0}, SearchRequests.ids(answer.getBytes(StandardCharsets.UTF_8)));
        assertArrayEquals(new int[0], SearchRequests.ids("{\"hits\":{\"hits\":[]}}".getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void vectorsAreWrittenShortAndExactly() {
        assertEquals("[0,255,-3]", SearchRequests.json(new float[] {0, 255, -3}));
        assertEquals("[0.1,1.0E-10]", SearchRequests.json(new float[] {.1f, 1e-10f}));
    }
}
