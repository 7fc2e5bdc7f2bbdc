package io.lookalike.bench;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.TopDocs;

/**
 * The part of the filter benchmark that runs in a Java process of its own: no filter and every filter in turn, in
 * several rounds.
 *
 * <p>Writes one JSON object to standard output: for each filter how many documents it keeps and whether the hits are
 * those of brute force, and for every round the medians of the searches with it.
 */
public final class FilterFork {
    static final String UNFILTERED = "unfiltered";
    private static final int THREADS = 2;
    private static final int WARM_UP = 3;
    private static final int CHECKED = 2;

    private FilterFork() {}

    /** Arguments: folder of the index, rounds, searches in each. */
    public static void main(String[] args) throws IOException {
        System.out.println(measure(Path.of(args[0]), Integer.parseInt(args[1]), Integer.parseInt(args[2])));
    }

    static ObjectNode measure(Path folder, int rounds, int searches) throws IOException {
        Probe[] probes = Probe.of(new Mixture(), searches);
        ObjectNode result = JsonNodeFactory.instance.objectNode();
        try (DirectoryReader reader = MixtureIndex.open(folder);
                // two with the caller's thread
                ExecutorService executor = Executors.newFixedThreadPool(THREADS - 1)) {
            StagedSearcher searcher = new StagedSearcher(reader, executor);
            ArrayNode all = result.putArray("rounds");
            for (int round = -WARM_UP; round < rounds; round++) {
                ObjectNode medians = round < 0 ? JsonNodeFactory.instance.objectNode() : all.addObject();
                for (Double share : filters()) {
                    medians.set(name(share), searcher.round(probes, share, search -> {}));
                }
            }
            ObjectNode kept = result.putObject("kept");
            ObjectNode same = result.putObject("same");
            for (Double share : filters()) {
                if (share != null) {
                    kept.put(name(share), reader.docFreq(new Term(MixtureIndex.KEPT, name(share))));
                }
                same.put(name(share), sameAsBruteForce(searcher, probes, share));
            }
        }
        return result;
    }

    /** Null for no filter. */
    private static List<Double> filters() {
        List<Double> filters = new ArrayList<>();
        filters.add(null);
        for (double share : FilterBenchmark.SHARES) {
            filters.add(share);
        }
        return filters;
    }

    private static String name(Double share) {
        return share == null ? UNFILTERED : MixtureIndex.term(share);
    }

    private static boolean sameAsBruteForce(StagedSearcher searcher, Probe[] probes, Double share) throws IOException {
        for (int i = 0; i < Math.min(CHECKED, probes.length); i++) {
            TopDocs hits = searcher.search(probes[i].query(searcher.knn(), share), Probe.K);
            Map<Integer, Float> scores = new TreeMap<>();
            for (var hit : hits.scoreDocs) {
                scores.put(hit.doc, hit.score);
            }
            if (!BruteForce.search(searcher.getIndexReader(), probes[i], share).agrees(scores)) {
                return false;
            }
        }
        return true;
    }
}
