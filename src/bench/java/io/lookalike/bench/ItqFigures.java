package io.lookalike.bench;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.hashing.BinaryCode;
import io.lookalike.learning.Itq;
import io.lookalike.learning.ItqChoice;
import io.lookalike.learning.LearnedCode;
import io.lookalike.work.Progress;
import io.lookalike.work.Workers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Compares ITQ with simpler codes on drawn vectors: the ITQ of the paper, random planes through the mean, and ITQ of
 * fewer bits.
 *
 * <p>Codes are learned from the indexed vectors. Recall is the share of the ten nearest by exact L2 distance that are
 * among the nearest hundredth by code.
 */
final class ItqFigures {
    static final double TOLERANCE = .01;

    private static final long SEED = 20260401;
    private static final int INDEXED = 5000;
    private static final int QUERIES = 1000;
    private static final int K = 10;
    /** Random planes are drawn so often. */
    private static final int DRAWS = 3;

    private ItqFigures() {}

    /**
     * Measures one kind.
     *
     * @param kind of {@link VectorKinds#NAMES}
     * @param seed of the vectors
     * @param lengths of codes in bits, ascending
     * @return a row for each length: {@code name} is {@code itq_<kind>_<bits>}, {@code value} the recall of ITQ,
     *     {@code baseline} the best of the others, which have their own recall beside it
     */
    static List<ObjectNode> of(String kind, long seed, List<Integer> lengths, Workers workers) {
        float[][] all = VectorKinds.draw(kind, seed, INDEXED + QUERIES);
        return of(kind, Arrays.copyOf(all, INDEXED), Arrays.copyOfRange(all, INDEXED, all.length), lengths, workers);
    }

    /** The same for vectors of one's own. */
    static List<ObjectNode> of(
            String kind, float[][] indexed, float[][] queries, List<Integer> lengths, Workers workers) {
        SearchData data = new SearchData(indexed, queries, SearchTruth.nearest(indexed, queries, SearchData.NEAREST));
        List<ObjectNode> rows = new ArrayList<>();
        double fewer = 0;
        for (int bits : lengths) {
            LearnedCode learned = Itq.learn(indexed, bits, Itq.ITERATIONS, 1, workers, Progress.NONE);
            LearnedCode paper =
                    Itq.learn(indexed, bits, Itq.ITERATIONS, 1, ItqChoice.paper(bits), workers, Progress.NONE);
            double value = recall(data, LearnBenchmark.planes(learned));
            double plain = recall(data, LearnBenchmark.planes(paper));
            double planes = 0;
            for (int draw = 0; draw < DRAWS; draw++) {
                planes += recall(data, BinaryCode.random(data.dims(), bits, SEED + draw, learned.center())) / DRAWS;
            }
            double baseline = Math.max(Math.max(plain, planes), fewer);
            ItqChoice choice = learned.choices().getFirst();
            rows.add(JsonNodeFactory.instance
                    .objectNode()
                    .put("name", "itq_" + kind + "_" + bits)
                    .put("value", value)
                    .put("baseline", baseline)
                    .put("reach", baseline - TOLERANCE)
                    .put("better", "higher")
                    .put("paper", plain)
                    .put("hyperplane", planes)
                    .put("fewer_bits", fewer)
                    .put("components", choice.components())
                    .put("balanced", choice.balanced())
                    .put("learned", choice.learned())
                    .put("held_out_recall", choice.recall()));
            fewer = Math.max(fewer, value);
        }
        return rows;
    }

    private static double recall(SearchData data, BinaryCode code) {
        return LearnCodes.of(code, data).recall(data, K, data.base.length / 100);
    }
}
