package io.lookalike.bench;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.node.RealNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;

/**
 * Searches of several clients at once over HTTP against one node: the plugin and the graphs of stock Elasticsearch,
 * each at its fastest setting that finds .99 of the ten nearest.
 *
 * <p>One client finds the settings with enough recall and the three fastest of these, and eight clients the fastest of
 * these three. Then all rivals take turns in each round, in another order each time, and the figures are medians over
 * the rounds. Takes 4 GB of memory for the node, and about eight minutes of two cores.
 */
final class ConcurrentBenchmark implements Benchmark {
    static final double LEAST_RECALL = .99;
    private static final String HEAP = "4g";
    private static final int K = 10;
    /** The settings that several clients choose among, and how many clients. */
    private static final int FINALISTS = 3;

    private static final int CHOOSING_CLIENTS = 8;
    /** Before the first number of clients, in rounds of a rival: until then a node still compiles its hot code. */
    private static final int FIRST_WARM_UP = 8;
    /** Before each other number. */
    private static final int WARM_UP = 2;

    private static final int QUERIES = 1000;
    private static final int SEEDED = 20_000;
    private static final int SEEDED_DIMS = 128;
    private static final long SEED = 20261130;

    private static final SearchGrid GRID = new SearchGrid(
            List.of(K),
            List.of(256, 512),
            List.of(),
            0,
            List.of(50, 100, 200, 400),
            List.of(300, 400, 500),
            List.of(
                    new SearchGrid.Chosen(500, 200),
                    new SearchGrid.Chosen(1000, 100),
                    new SearchGrid.Chosen(1000, 200)),
            1,
            1,
            QUERIES);

    private final List<Integer> clients;
    private final int rounds;
    private final double seconds;

    ConcurrentBenchmark() {
        this(List.of(1, 4, 8, 16), 5, 2.5);
    }

    /** @param seconds that a rival is measured in a round */
    ConcurrentBenchmark(List<Integer> clients, int rounds, double seconds) {
        this.clients = clients;
        this.rounds = rounds;
        this.seconds = seconds;
    }

    @Override
    public String name() {
        return "concurrent";
    }

    @Override
    public List<ObjectNode> run(Optional<Path> data, Consumer<String> say) throws IOException, InterruptedException {
        SearchData vectors = data(data);
        say.accept(String.format(
                Locale.ROOT,
                "data           %s: %,d vectors of %d dims, k %d, recall against exact L2",
                data.isPresent() ? "Fashion-MNIST" : "a seeded mixture of Gaussians",
                vectors.base.length,
                vectors.dims(),
                K));
        try (RealNode node = RealNode.builder().heap(HEAP).start();
                SearchClient client = new SearchClient(node.uri())) {
            SearchHttp http = new SearchHttp(node.uri(), client, vectors, say);
            new SearchCodes(http, client, vectors, GRID).addOurs();
            new SearchStock(http, vectors, GRID).addGraphs();
            List<Rival> rivals = new ArrayList<>();
            try (Clients some = new Clients(node.uri(), Math.min(CHOOSING_CLIENTS, Collections.max(clients)))) {
                for (List<Chosen> settings : chosen(http.ways(), vectors, say)) {
                    rivals.add(fastest(settings, some, vectors.queries.length));
                }
            }
            return measure(node, rivals, vectors.base.length, say);
        }
    }

    static SearchData data(Optional<Path> data) throws IOException {
        return data.isPresent()
                ? SearchFormats.fashionMnist(data.get(), QUERIES)
                : SearchData.seeded(SEED, SEEDED, SEEDED_DIMS, QUERIES);
    }

    /** A way to search, and what one client measured. */
    record Chosen(SearchWay way, SearchFigures alone) {}

    /** For each rival the fastest settings with enough recall, or the one with the most; the fastest first. */
    static List<List<Chosen>> chosen(List<SearchWay> ways, SearchData data, Consumer<String> say) throws IOException {
        List<SearchWay> approximate = ways.stream()
                .filter(way -> !way.setting().equals(SearchTables.ALL))
                .toList();
        List<SearchFigures> figures = new SearchRounds(data, 1, say).measure(approximate);
        Map<String, List<Chosen>> byRival = new LinkedHashMap<>();
        for (int i = 0; i < figures.size(); i++) {
            SearchFigures one = figures.get(i);
            byRival.computeIfAbsent(one.name(), name -> new ArrayList<>()).add(new Chosen(approximate.get(i), one));
        }
        List<List<Chosen>> chosen = new ArrayList<>();
        for (List<Chosen> all : byRival.values()) {
            List<Chosen> enough = all.stream()
                    .filter(one -> one.alone.recall() >= LEAST_RECALL)
                    .sorted(Comparator.comparingDouble((Chosen one) -> -one.alone.qps()))
                    .limit(FINALISTS)
                    .toList();
            Chosen most = Collections.max(all, Comparator.comparingDouble(one -> one.alone.recall()));
            chosen.add(enough.isEmpty() ? List.of(most) : enough);
        }
        return chosen;
    }

    /** Of the settings of one rival that which answers most searches of some clients at once. */
    private Rival fastest(List<Chosen> settings, Clients some, int queries) throws IOException, InterruptedException {
        Rival fastest = null;
        double most = -1;
        for (Chosen one : settings) {
            Rival rival = new Rival(one, queries);
            if (settings.size() > 1) {
                some.run(rival.requests, seconds / 2);
            }
            double qps = settings.size() > 1 ? some.run(rival.requests, seconds).qps() : 0;
            if (qps > most) {
                fastest = rival;
                most = qps;
            }
        }
        return fastest;
    }

    /** One rival with its requests. */
    private static final class Rival {
        final Chosen chosen;
        final List<byte[]> requests;

        Rival(Chosen chosen, int queries) {
            this.chosen = chosen;
            this.requests = SearchRequests.of(chosen.way, 0, queries);
        }
    }

    private List<ObjectNode> measure(RealNode node, List<Rival> rivals, int documents, Consumer<String> say)
            throws IOException, InterruptedException {
        List<ObjectNode> rows = new ArrayList<>();
        say.accept(String.format(
                Locale.ROOT,
                "%nmedians of %d rounds of %.1f s; the clients' share of all processors%n"
                        + "%-18s %-38s %8s %6s %8s %8s %8s "
                        + "%8s",
                rounds,
                seconds,
                "rival",
                "setting",
                "clients",
                "recall",
                "qps",
                "p50 ms",
                "p99 ms",
                "share"));
        Random random = new Random(SEED);
        for (int count : clients) {
            List<List<Clients.Figures>> all = new ArrayList<>();
            rivals.forEach(rival -> all.add(new ArrayList<>()));
            try (Clients connected = new Clients(node.uri(), count)) {
                for (Rival rival : rivals) {
                    connected.run(rival.requests, (rows.isEmpty() ? FIRST_WARM_UP : WARM_UP) * seconds);
                }
                for (int round = 0; round < rounds; round++) {
                    List<Integer> order = new ArrayList<>();
                    for (int i = 0; i < rivals.size(); i++) {
                        order.add(i);
                    }
                    Collections.shuffle(order, random);
                    for (int i : order) {
                        all.get(i).add(connected.run(rivals.get(i).requests, seconds));
                    }
                }
            }
            for (int i = 0; i < rivals.size(); i++) {
                rows.add(row(rivals.get(i).chosen, documents, count, Clients.Figures.median(all.get(i)), say));
            }
        }
        return rows;
    }

    private static ObjectNode row(
            Chosen chosen, int documents, int clients, Clients.Figures figures, Consumer<String> say) {
        SearchFigures alone = chosen.alone;
        say.accept(String.format(
                Locale.ROOT,
                "%-18s %-38s %8d %6.3f %8.0f %8.2f %8.2f %8.2f",
                alone.name(),
                alone.setting(),
                clients,
                alone.recall(),
                figures.qps(),
                figures.p50Ms(),
                figures.p99Ms(),
                figures.share()));
        return JsonNodeFactory.instance
                .objectNode()
                .put("name", "concurrent")
                .put("rival", alone.name())
                .put("documents", documents)
                .put("clients", clients)
                .put("setting", alone.setting())
                .put("recall", SearchFigures.rounded(alone.recall(), 5))
                .put("qps", SearchFigures.rounded(figures.qps(), 1))
                .put("p50_ms", SearchFigures.rounded(figures.p50Ms(), 4))
                .put("p99_ms", SearchFigures.rounded(figures.p99Ms(), 4));
    }
}
