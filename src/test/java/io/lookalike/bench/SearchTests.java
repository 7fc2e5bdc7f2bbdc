package io.lookalike.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lookalike.TestLogging;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Everything that the search benchmark compares in a process finds the same, and is measured alike. */
class SearchTests {
    private static final SearchGrid GENEROUS = new SearchGrid(
            List.of(10, 100),
            List.of(256),
            List.of(256),
            256,
            List.of(800),
            List.of(1000, 1500),
            List.of(new SearchGrid.Chosen(1500, 500)),
            2,
            4,
            4);

    @TempDir
    Path folder;

    @BeforeAll
    static void logging() {
        TestLogging.start();
    }

    @Test
    void withGenerousSettingsAllFindTheNearest() throws IOException, InterruptedException {
        SearchData data = SearchData.seeded(3, 3000, 24, 20);
        data.write(folder);
        boolean faiss = Faiss.find().version().isPresent();
        List<SearchFigures> all = SearchFork.measure(folder, data, GENEROUS, faiss, line -> {});
        Set<String> names = all.stream().map(SearchFigures::name).collect(Collectors.toCollection(TreeSet::new));
        Set<String> expected = new TreeSet<>(Set.of("hash_knn", "lucene_hnsw", "lucene_int8_hnsw"));
        if (faiss) {
            expected.addAll(Set.of("faiss_lsh_refine", "faiss_hnsw"));
        }
        assertEquals(expected, names);
        for (SearchFigures figures : all) {
            boolean rounded = figures.name().equals("lucene_int8_hnsw")
                    && !figures.setting().contains("rescored");
            assertTrue(figures.recall() > (rounded ? .9 : .985), figures::toString);
            assertTrue(figures.qps() > 0 && figures.indexSeconds() > 0 && figures.storeMb() > .2, figures::toString);
            assertTrue(figures.p99Ms() >= figures.p50Ms(), figures::toString);
        }
        assertEquals(
                4,
                all.stream().filter(f -> f.setting().contains("num_exact=500")).count());
        // two threads find what one finds
        for (SearchFigures two : all) {
            if (two.setting().endsWith(" 2 threads")) {
                SearchFigures one = all.stream()
                        .filter(f -> f.k() == two.k() && two.setting().equals(f.setting() + " 2 threads"))
                        .findFirst()
                        .orElseThrow();
                assertEquals(one.recall(), two.recall());
            }
        }
    }

    @Test
    void everyRoundAsksEachOnceAndSlowOnesGoOnWhereTheyWere() throws IOException {
        SearchData data = SearchData.seeded(4, 200, 4, 12);
        List<String> asked = new ArrayList<>();
        List<SearchWay> ways =
                List.of(way("all", 12, data, asked), way("third", 4, data, asked), way("blind", 12, data, asked));
        List<SearchFigures> figures = new SearchRounds(data, 3, line -> {}).measure(ways);
        assertEquals(List.of("all 0 3", "third 0 1", "blind 0 3"), asked.subList(0, 3));
        for (int round = 0; round < 3; round++) {
            Set<String> expected = Set.of("all 0 12", "third " + 4 * round + " 4", "blind 0 12");
            assertEquals(expected, Set.copyOf(asked.subList(3 + 3 * round, 6 + 3 * round)));
        }
        assertEquals(12, asked.size());
        assertEquals(
                List.of("all", "third", "blind"),
                figures.stream().map(SearchFigures::name).toList());
        assertEquals(
                List.of(1., 1., 0.), figures.stream().map(SearchFigures::recall).toList());
        // a query takes a millisecond, the last of a pass two
        assertEquals(12 / .013, figures.getFirst().qps(), 1e-6);
        assertEquals(1, figures.getFirst().p50Ms());
        assertEquals(2, figures.getFirst().p99Ms());
        assertEquals("923 (923..923)", figures.getFirst().qpsSpread());
        assertEquals(4, figures.get(1).queries());
    }

    private static SearchWay way(String name, int queries, SearchData data, List<String> asked) {
        SearchWay.Runner runner = (first, count) -> {
            asked.add(name + " " + first + " " + count);
            long[] nanos = new long[count];
            int[][] found = new int[count][];
            for (int i = 0; i < count; i++) {
                nanos[i] = i == count - 1 ? 2_000_000 : 1_000_000;
                found[i] = name.equals("blind")
                        ? new int[0]
                        : IntStream.of(data.truth[first + i]).limit(10).toArray();
            }
            return new SearchWay.Pass(first, nanos, found);
        };
        return new SearchWay(name, SearchWay.PROCESS, 10, "", queries, new SearchWay.Cost(1, 2), runner);
    }
}
