package io.lookalike.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.node.RealNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * How the time of a search by one client changes on a busy machine: beside stock {@code hnsw} while other processes
 * keep all processors busy, and beside itself while a training runs on half of them.
 *
 * <p>About two minutes of two cores. Stateless.
 */
final class BusyFigures {
    private static final String HEAP = "2g";
    private static final int ROUNDS = 7;
    private static final double SECONDS = 2;
    private static final int SEEDED = 20_000;
    private static final int QUERIES = 200;
    private static final long SEED = 20261130;

    /** Settings that find .99 of the ten nearest of Fashion-MNIST. */
    private static final SearchGrid GRID =
            new SearchGrid(List.of(10), List.of(512), List.of(), 0, List.of(100), List.of(300), List.of(), 1, 1, 1000);

    private BusyFigures() {}

    /**
     * Measures.
     *
     * @param data directory of real data; empty: seeded data
     * @return rows with {@code name}, {@code value}, {@code baseline}, {@code reach} and {@code better}
     */
    static List<ObjectNode> rows(Optional<Path> data, Consumer<String> say) throws IOException, InterruptedException {
        List<ObjectNode> rows = new ArrayList<>();
        rows.add(row("busy_p50_ratio", busy(ConcurrentBenchmark.data(data), say), 1.3));
        try (HeadsSearch search = new HeadsSearch(HeadsData.of(data, SEEDED, QUERIES, SEED))) {
            rows.add(row("training_p50_ratio", search.ratio(), 1.2));
        }
        return rows;
    }

    private static ObjectNode row(String name, double value, double reach) {
        return ReachRows.row(name, value, null, reach, "lower");
    }

    /** The median over all rounds of the ratio of p50 of the plugin to that of stock {@code hnsw}. */
    private static double busy(SearchData data, Consumer<String> say) throws IOException, InterruptedException {
        try (RealNode node = RealNode.builder().heap(HEAP).start();
                SearchClient client = new SearchClient(node.uri());
                Clients one = new Clients(node.uri(), 1)) {
            SearchHttp http = new SearchHttp(node.uri(), client, data, say);
            new SearchCodes(http, client, data, GRID).addOurs();
            new SearchStock(http, data, GRID).addGraph("hnsw", "stock_hnsw");
            List<byte[]> ours = requests(http, SearchWay.OURS, data);
            List<byte[]> stock = requests(http, "stock_hnsw", data);
            one.run(ours, SECONDS);
            one.run(stock, SECONDS);
            double[] ratios = new double[ROUNDS];
            try (BusyProcessors busy = new BusyProcessors()) {
                busy.start();
                one.run(ours, SECONDS / 2);
                for (int round = 0; round < ROUNDS; round++) {
                    Clients.Figures first = one.run(round % 2 == 0 ? ours : stock, SECONDS);
                    Clients.Figures second = one.run(round % 2 == 0 ? stock : ours, SECONDS);
                    double us = (round % 2 == 0 ? first : second).p50Ms();
                    double them = (round % 2 == 0 ? second : first).p50Ms();
                    say.accept(String.format(
                            Locale.ROOT, "               busy: p50 %.2f ms, stock hnsw %.2f ms", us, them));
                    ratios[round] = us / them;
                }
            }
            return Spread.median(ratios);
        }
    }

    private static List<byte[]> requests(SearchHttp http, String name, SearchData data) {
        SearchWay way = http.ways().stream()
                .filter(each -> each.name().equals(name) && !each.setting().equals(SearchTables.ALL))
                .findFirst()
                .orElseThrow();
        return SearchRequests.of(way, 0, data.queries.length);
    }

    /** As many endless loops as there are processors. */
    private static final class BusyProcessors implements AutoCloseable {
        private volatile boolean closed;

        void start() {
            for (int i = 0; i < Runtime.getRuntime().availableProcessors(); i++) {
                Thread loop = new Thread(this::loop, "busy");
                loop.setDaemon(true);
                loop.start();
            }
        }

        private void loop() {
            while (!closed) {
                Thread.onSpinWait();
            }
        }

        @Override
        public void close() {
            closed = true;
        }
    }
}
