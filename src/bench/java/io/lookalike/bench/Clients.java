package io.lookalike.bench;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.ToDoubleFunction;

/**
 * Clients that search a node at once, each over one persistent connection and one request after the other.
 *
 * <p>They must leave the processors to the node: requests are built beforehand, and of an answer only its status and
 * its length are read. For one thread.
 */
final class Clients implements AutoCloseable {
    private final List<Connection> connections = new ArrayList<>();
    private final ExecutorService threads;

    Clients(URI node, int count) throws IOException {
        threads = Executors.newFixedThreadPool(count);
        for (int i = 0; i < count; i++) {
            connections.add(new Connection(node));
        }
    }

    /**
     * What they measured together.
     *
     * @param share of the time of all processors of the machine that the clients themselves took
     */
    record Figures(double qps, double p50Ms, double p99Ms, double share) {
        static Figures median(List<Figures> rounds) {
            return new Figures(
                    median(rounds, Figures::qps),
                    median(rounds, Figures::p50Ms),
                    median(rounds, Figures::p99Ms),
                    median(rounds, Figures::share));
        }

        private static double median(List<Figures> rounds, ToDoubleFunction<Figures> figure) {
            return Spread.median(rounds.stream().mapToDouble(figure).toArray());
        }
    }

    /** The answers of one client. */
    private static final class Answers {
        long[] nanos = new long[1 << 10];
        int count;
        long cpuNanos;

        void add(long each) {
            if (count == nanos.length) {
                nanos = Arrays.copyOf(nanos, 2 * count);
            }
            nanos[count++] = each;
        }
    }

    /**
     * Sends requests, each client others first, until the time is over.
     *
     * @throws IOException if the node refuses one
     */
    Figures run(List<byte[]> requests, double seconds) throws IOException, InterruptedException {
        long start = System.nanoTime();
        long end = start + (long) (seconds * 1e9);
        List<Future<Answers>> running = new ArrayList<>();
        for (int i = 0; i < connections.size(); i++) {
            Connection connection = connections.get(i);
            int first = i * requests.size() / connections.size();
            running.add(threads.submit(() -> connection.search(requests, first, end)));
        }
        List<Answers> all = new ArrayList<>();
        for (Future<Answers> one : running) {
            try {
                all.add(one.get());
            } catch (ExecutionException e) {
                throw new IOException("a client failed: " + e.getCause().getMessage(), e.getCause());
            }
        }
        double nanos = System.nanoTime() - start;
        double[] times = all.stream()
                .flatMapToDouble(one -> Arrays.stream(one.nanos, 0, one.count).asDoubleStream())
                .sorted()
                .toArray();
        double cpu = all.stream().mapToDouble(one -> one.cpuNanos).sum();
        return new Figures(
                times.length * 1e9 / nanos,
                Spread.median(times) / 1e6,
                times[(int) Math.min(times.length - 1L, Math.round(.99 * times.length))] / 1e6,
                cpu / nanos / Runtime.getRuntime().availableProcessors());
    }

    private static final class Connection {
        private static final byte[] OK = bytes("HTTP/1.1 200");
        private static final byte[] LENGTH = bytes("\r\ncontent-length:");
        private static final byte[] HEAD_END = bytes("\r\n\r\n");
        private static final byte[] LAST_CHUNK = bytes("\r\n0\r\n\r\n");

        private final Socket socket;
        private final InputStream in;
        private final byte[] answer = new byte[1 << 16];

        Connection(URI node) throws IOException {
            socket = new Socket(InetAddress.getByName(node.getHost()), node.getPort());
            socket.setTcpNoDelay(true);
            in = socket.getInputStream();
        }

        private static byte[] bytes(String text) {
            return text.getBytes(StandardCharsets.US_ASCII);
        }

        Answers search(List<byte[]> requests, int first, long end) throws IOException {
            long cpu = ManagementFactory.getThreadMXBean()
                    .getThreadCpuTime(Thread.currentThread().threadId());
            Answers answers = new Answers();
            int at = first;
            long start = System.nanoTime();
            while (start < end) {
                exchange(requests.get(at));
                long now = System.nanoTime();
                answers.add(now - start);
                start = now;
                at = at + 1 == requests.size() ? 0 : at + 1;
            }
            answers.cpuNanos = ManagementFactory.getThreadMXBean()
                            .getThreadCpuTime(Thread.currentThread().threadId())
                    - cpu;
            return answers;
        }

        private void exchange(byte[] request) throws IOException {
            socket.getOutputStream().write(request);
            int read = 0;
            int body = -1;
            while (body < 0) {
                read += more(read);
                body = find(HEAD_END, read);
            }
            if (!Arrays.equals(answer, 0, OK.length, OK, 0, OK.length)) {
                throw new IOException("the node answered ["
                        + new String(answer, 0, Math.min(read, 1000), StandardCharsets.UTF_8) + "]");
            }
            int start = body + HEAD_END.length;
            int header = find(LENGTH, body);
            int end = header < 0 ? -1 : start + number(header + LENGTH.length);
            while (end < 0 ? !endsChunks(start, read) : read < end) {
                read += more(read);
            }
        }

        private int number(int from) {
            int number = 0;
            for (int at = from; answer[at] != '\r'; at++) {
                number = answer[at] == ' ' ? number : 10 * number + answer[at] - '0';
            }
            return number;
        }

        /** Whether the last bytes are those after the last chunk. */
        private boolean endsChunks(int from, int to) {
            return to - LAST_CHUNK.length >= from
                    && Arrays.equals(answer, to - LAST_CHUNK.length, to, LAST_CHUNK, 0, LAST_CHUNK.length);
        }

        private int more(int from) throws IOException {
            int more = in.read(answer, from, answer.length - from);
            if (more <= 0) {
                throw new EOFException("the node closed the connection, or its answer is too long");
            }
            return more;
        }

        /** Where some bytes, in lower case, begin in the answer; -1 if nowhere. */
        private int find(byte[] wanted, int end) {
            for (int at = 0; at + wanted.length <= end; at++) {
                int same = 0;
                while (same < wanted.length && Character.toLowerCase((char) answer[at + same]) == wanted[same]) {
                    same++;
                }
                if (same == wanted.length) {
                    return at;
                }
            }
            return -1;
        }
    }

    @Override
    public void close() throws IOException {
        threads.shutdown();
        for (Connection connection : connections) {
            connection.socket.close();
        }
    }
}
