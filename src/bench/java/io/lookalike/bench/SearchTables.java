package io.lookalike.bench;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The tables of the search benchmark: every setting, and then ours compared with each rival at the relevant recalls.
 * Stateless.
 */
final class SearchTables {
    /** Setting of ours that scores every document. */
    static final String ALL = "candidates=all";

    static final String THREADS = " threads";

    private SearchTables() {}

    /**
     * A rival at a recall.
     *
     * @param ours our setting to compare with; empty for the fastest with at least the recall of the rival
     */
    private record Level(String name, String where, int k, double recall, Optional<String> ours) {
        Level(String name, String where, int k, double recall) {
            this(name, where, k, recall, Optional.empty());
        }
    }

    private static final List<Level> LEVELS = List.of(
            new Level("lucene_hnsw", SearchWay.PROCESS, 10, .99),
            new Level("lucene_int8_hnsw", SearchWay.PROCESS, 10, .99),
            new Level(SearchFaiss.LSH, SearchWay.PROCESS, 10, .971),
            new Level(SearchFaiss.LSH, SearchWay.PROCESS, 10, .985),
            new Level(SearchFaiss.LSH, SearchWay.PROCESS, 10, .995),
            new Level(SearchFaiss.HNSW, SearchWay.PROCESS, 10, .99),
            new Level("lucene_hnsw", SearchWay.PROCESS, 100, .99),
            new Level(SearchFaiss.LSH, SearchWay.PROCESS, 100, .985),
            new Level(SearchFaiss.HNSW, SearchWay.PROCESS, 100, .99),
            new Level("stock_knn_filtered_by_knn", SearchWay.HTTP, 10, .968),
            new Level("stock_knn_filtered_by_knn", SearchWay.HTTP, 10, .986),
            new Level("stock_knn_filtered_by_knn", SearchWay.HTTP, 10, .994),
            new Level("stock_hnsw", SearchWay.HTTP, 10, .981),
            new Level("stock_hnsw", SearchWay.HTTP, 10, .99),
            new Level("stock_hnsw", SearchWay.HTTP, 10, .995),
            new Level("stock_int8_hnsw", SearchWay.HTTP, 10, .983),
            new Level("stock_bbq_hnsw", SearchWay.HTTP, 10, .974),
            new Level("stock_hnsw", SearchWay.HTTP, 100, .99),
            new Level("stock_int8_hnsw", SearchWay.HTTP, 100, .983),
            new Level("stock_bbq_hnsw", SearchWay.HTTP, 100, .974),
            new Level("stock_flat", SearchWay.HTTP, 10, 1, Optional.of(ALL)),
            new Level("stock_flat", SearchWay.HTTP, 100, 1, Optional.of(ALL)));

    /** Every setting, one table for each place and k. */
    static String all(List<SearchFigures> figures) {
        StringBuilder text = new StringBuilder();
        for (String where : List.of(SearchWay.PROCESS, SearchWay.HTTP)) {
            figures.stream()
                    .filter(f -> f.where().equals(where))
                    .mapToInt(SearchFigures::k)
                    .distinct()
                    .sorted()
                    .forEach(k -> text.append(one(
                            where,
                            k,
                            figures.stream()
                                    .filter(f -> f.where().equals(where) && f.k() == k)
                                    .sorted(Comparator.comparing(SearchFigures::name)
                                            .thenComparingDouble(SearchFigures::recall))
                                    .toList())));
        }
        return text.toString();
    }

    private static String one(String where, int k, List<SearchFigures> figures) {
        boolean floor = !Double.isNaN(figures.getFirst().floorMs());
        StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT,
                "%n%s, k %d%n%-26s%-42s%8s%8s%22s%9s%9s%9s%9s%9s%n",
                where.equals(SearchWay.HTTP) ? "over HTTP" : "in process",
                k,
                "",
                "setting",
                "recall",
                "queries",
                "queries/s (spread)",
                "p50 ms",
                floor ? "- floor" : "",
                "p99 ms",
                "index s",
                "store MB"));
        for (SearchFigures f : figures) {
            text.append(String.format(
                    Locale.ROOT,
                    "%-26s%-42s%8.4f%8d%22s%9.3f%9s%9.3f%9.1f%9.0f%n",
                    f.name(),
                    f.setting(),
                    f.recall(),
                    f.queries(),
                    f.qpsSpread(),
                    f.p50Ms(),
                    floor ? String.format(Locale.ROOT, "%.3f", f.p50LessFloorMs()) : "",
                    f.p99Ms(),
                    f.indexSeconds(),
                    f.storeMb()));
        }
        return text.toString();
    }

    /**
     * For each rival and recall its fastest setting that reaches it, and our fastest that recalls no less than that
     * does.
     */
    static String atRecall(List<SearchFigures> figures) {
        StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT,
                "%nat recall, the rival's fastest setting and ours that recalls no less, one thread "
                        + "each%n%-28s%-8s%4s%8s   %-50s%-50s%s%n",
                "",
                "",
                "k",
                "recall",
                "rival",
                "hash_knn",
                "ours / rival"));
        for (Level level : LEVELS) {
            text.append(String.format(
                    Locale.ROOT,
                    "%-28s%-8s%4d%8s   %s%n",
                    level.name,
                    level.where,
                    level.k,
                    ">=" + String.format(Locale.ROOT, "%.3f", level.recall).replaceFirst("^0", ""),
                    compared(figures, level)));
        }
        return text.toString();
    }

    private static String compared(List<SearchFigures> figures, Level level) {
        Optional<SearchFigures> rival = fastest(figures, level, level.name, level.recall, Optional.empty());
        if (rival.isEmpty()) {
            return "not reached or not measured";
        }
        Optional<SearchFigures> ours =
                fastest(figures, level, SearchWay.OURS, rival.get().recall(), level.ours);
        return String.format(
                Locale.ROOT,
                "%-50s%-50s%s",
                text(rival.get()),
                ours.map(SearchTables::text).orElse("recalls less"),
                ours.map(o -> String.format(
                                Locale.ROOT, "%.2f", o.qps() / rival.get().qps()))
                        .orElse("-"));
    }

    private static String text(SearchFigures f) {
        return String.format(Locale.ROOT, "%.4f %6.0f/s %s", f.recall(), f.qps(), f.setting());
    }

    /** @param setting empty: any, but only those with one thread */
    private static Optional<SearchFigures> fastest(
            List<SearchFigures> figures, Level level, String name, double recall, Optional<String> setting) {
        List<SearchFigures> reaching = new ArrayList<>();
        for (SearchFigures f : figures) {
            boolean meant = setting.map(f.setting()::equals)
                    .orElse(!f.setting().endsWith(THREADS) && !f.setting().equals(ALL));
            if (f.name().equals(name)
                    && f.where().equals(level.where)
                    && f.k() == level.k
                    && f.recall() >= recall
                    && meant) {
                reaching.add(f);
            }
        }
        return reaching.stream().max(Comparator.comparingDouble(SearchFigures::qps));
    }
}
