package io.lookalike.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** How the benchmark of concurrent searches chooses settings, and what its clients count. */
class ConcurrentTests {
    private static final String LENGTH = "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{\"took\":1234";
    private static final String CHUNKS =
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + "4\r\n{\"b\"\r\n3\r\n:1}\r\n0\r\n\r\n";
    private static final byte[] REQUEST = "GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    @Test
    void clientsSendAtOnceAndCountWholeAnswers() throws Exception {
        for (String answer : List.of(LENGTH, CHUNKS)) {
            Clients.Figures figures = run(3, answer);
            assertTrue(figures.qps() > 0, figures::toString);
            assertTrue(figures.p50Ms() > 0 && figures.p50Ms() <= figures.p99Ms(), figures::toString);
            assertTrue(figures.share() > 0 && figures.share() <= 1, figures::toString);
        }
    }

    @Test
    void anErrorOfTheNodeIsNoAnswer() {
        IOException e =
                assertThrows(IOException.class, () -> run(2, "HTTP/1.1 429 Too Many\r\nContent-Length: 4\r\n\r\nbusy"));
        assertTrue(
                e.getMessage().startsWith("a client failed: the node answered [HTTP/1.1 429 Too Many\r\n"),
                e.getMessage());
    }

    /** Runs clients against a server that always answers the same, in two pieces. */
    private static Clients.Figures run(int clients, String answer) throws Exception {
        ExecutorService threads = Executors.newCachedThreadPool();
        try (ServerSocket server = new ServerSocket(0, clients, InetAddress.getLoopbackAddress())) {
            for (int i = 0; i < clients; i++) {
                threads.execute(() -> serve(server, answer.getBytes(StandardCharsets.US_ASCII)));
            }
            try (Clients connected = new Clients(URI.create("http://127.0.0.1:" + server.getLocalPort()), clients)) {
                return connected.run(List.of(REQUEST, REQUEST), .3);
            }
        } finally {
            threads.shutdown();
            assertTrue(threads.awaitTermination(60, TimeUnit.SECONDS));
        }
    }

    private static void serve(ServerSocket server, byte[] answer) {
        try (Socket socket = server.accept()) {
            InputStream in = socket.getInputStream();
            while (in.readNBytes(REQUEST.length).length == REQUEST.length) {
                int half = answer.length - 6;
                socket.getOutputStream().write(answer, 0, half);
                socket.getOutputStream().flush();
                socket.getOutputStream().write(answer, half, answer.length - half);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void theFastestSettingsWithEnoughRecallAreChosen() throws IOException {
        SearchData data = SearchData.seeded(4, 200, 4, 12);
        List<SearchWay> ways = List.of(
                way("a", "fast, bad", 1, 5, data),
                way("a", "slow, good", 3, 10, data),
                way("a", "good", 2, 10, data),
                way("b", "bad", 1, 5, data),
                way("b", "better", 9, 8, data),
                way("a", SearchTables.ALL, 1, 10, data));
        assertEquals(
                List.of(List.of("good", "slow, good"), List.of("better")),
                ConcurrentBenchmark.chosen(ways, data, line -> {}).stream()
                        .map(all -> all.stream().map(one -> one.way().setting()).toList())
                        .toList());
    }

    private static SearchWay way(String name, String setting, int millis, int found, SearchData data) {
        return new SearchWay(name, SearchWay.HTTP, 10, setting, 12, new SearchWay.Cost(1, 2), (first, count) -> {
            long[] nanos = new long[count];
            int[][] ids = new int[count][];
            for (int i = 0; i < count; i++) {
                nanos[i] = millis * 1_000_000L;
                ids[i] = IntStream.of(data.truth[first + i]).limit(found).toArray();
            }
            return new SearchWay.Pass(first, nanos, ids);
        });
    }
}
