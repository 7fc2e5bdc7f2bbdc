package io.lookalike.evaluate;

import io.lookalike.encoder.Messages;
import io.lookalike.evaluate.QuerySample.Query;
import io.lookalike.task.AsyncSteps;
import io.lookalike.task.ComputePool;
import io.lookalike.task.Documents;
import io.lookalike.task.LongTask;
import io.lookalike.vectors.Hamming;
import io.lookalike.vectors.TiedRanking;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.common.document.DocumentField;

/**
 * Judges the stored codes of an index by labels: ranks all documents that the request can find by the Hamming distance
 * of their codes to that of each query.
 *
 * <p>Documents are read page by page. Of them only counts are kept: for each query and distance, how many documents lie
 * there, and how many of these share a label with the query. Of a nested document the nearest code counts, and all of
 * its labels. Costs {@code documents x queries} distances, on one thread. For one use.
 */
final class CodesByLabel {
    /** About what the name and the labels of a document take in a page. */
    private static final int BYTES_GUESSED = 400;
    /** Queries between two looks whether the task was cancelled. */
    private static final int QUERIES_AT_ONCE = 100;

    private final EvaluationPlan plan;
    private final Searches searches;
    private final ComputePool pool;
    private final LongTask task;
    private final String field;
    private final String codeField;
    private final QuerySample.Maker maker;
    private final List<byte[]> codes = new ArrayList<>();
    /** The queries with each label. */
    private final Map<String, List<Integer>> labels = new HashMap<>();
    /** The number of each query by the name of its document. */
    private final Map<String, Integer> numbers = new HashMap<>();

    private final int bits;
    private int withoutLabel;
    private int withoutCode;
    private long documents;
    private long documentsWithoutCode;
    /** {@code [query][distance]}. */
    private int[][] all;

    private int[][] relevant;

    /** @throws IllegalArgumentException if there are no codes */
    CodesByLabel(EvaluationPlan plan, Searches searches, ComputePool pool, LongTask task) {
        this.plan = plan;
        this.searches = searches;
        this.pool = pool;
        this.task = task;
        this.field = plan.settings.getFirst().fields().getFirst();
        this.codeField = plan.codeFields.get(field);
        this.maker = plan.makers.get(field);
        if (codeField == null) {
            throw new IllegalArgumentException("[by_code] needs codes beside field [" + field
                    + "], and there are none; name their field in [hash_field] of [request], reencode with an encoder "
                    + "that makes codes, or leave [by_code] out");
        }
        for (Query query : plan.queries) {
            add(query);
        }
        if (withoutCode == plan.queries.size()) {
            throw new IllegalArgumentException("[by_code] needs codes, and none of the [" + withoutCode
                    + "] query documents has one in [" + codeField
                    + "]; name their field in [hash_field] of [request], index the documents again through a "
                    + "pipeline, or leave [by_code] out");
        }
        if (codes.isEmpty()) {
            throw new IllegalArgumentException("[by_code] needs labels, and [" + withoutLabel + "] of the ["
                    + plan.queries.size() + "] query documents have none in [label_field] ["
                    + Messages.cut(plan.config.labelField()) + "], the others no code; choose labelled ones by "
                    + "[query], or leave [by_code] out");
        }
        this.bits = codes.getFirst().length * Byte.SIZE;
        codes.forEach(this::requireBits);
    }

    private void add(Query query) {
        if (query.code(field) == null) {
            withoutCode++;
        } else if (query.labels().isEmpty()) {
            withoutLabel++;
        } else {
            int number = codes.size();
            codes.add(HexFormat.of().parseHex(query.code(field)));
            numbers.put(query.document(), number);
            query.labelTexts()
                    .forEach(label -> labels.computeIfAbsent(label, l -> new ArrayList<>())
                            .add(number));
        }
    }

    private void requireBits(byte[] code) {
        if (code.length * Byte.SIZE != bits) {
            throw new IllegalArgumentException("[by_code] needs codes of one length, and field [" + codeField
                    + "] holds some of [" + bits + "] and of [" + code.length * Byte.SIZE
                    + "] bits; evaluate indices whose codes have one length");
        }
    }

    /** Waits for the task's turn, because threads of the pool take the pages, and measures. */
    Map<String, Object> run() {
        long bytes = 2L * Integer.BYTES * (bits + 1) * codes.size();
        return searches.await(listener -> pool.inTurn(
                task,
                listener,
                turn -> AsyncSteps.holding(
                        pool.reserve(bytes, "lower [queries], or leave [by_code] out"),
                        turn,
                        next -> read(AsyncSteps.after(
                                next,
                                (l, count) -> AsyncSteps.run(
                                        pool.executor(), l, figures -> figures.onResponse(figures())))))));
    }

    private void read(ActionListener<Long> listener) {
        all = new int[codes.size()][bits + 1];
        relevant = new int[codes.size()][bits + 1];
        List<String> values = new ArrayList<>(List.of(codeField, plan.labelField.name()));
        if (maker != null) {
            values.add(maker.mark());
        }
        searches.read(
                Map.of(
                        "bool",
                        Map.of(
                                "filter",
                                List.of(
                                        plan.searchable(plan.settings.getFirst())
                                                .all(),
                                        plan.documentsWith(Set.of(field), null)))),
                values,
                Documents.pageSize(bits / Byte.SIZE + BYTES_GUESSED),
                pool.executor(),
                (page, total, more) -> {
                    count(page, total);
                    more.onResponse(true);
                },
                listener);
    }

    private void count(List<Documents.Document> page, long total) {
        List<List<byte[]>> pageCodes = new ArrayList<>();
        List<BitSet> pageRelevant = new ArrayList<>();
        Map<Integer, Integer> own = new HashMap<>();
        for (Documents.Document document : page) {
            List<byte[]> found = codes(document);
            if (found.isEmpty()) {
                documentsWithoutCode++;
                continue;
            }
            Integer query = numbers.get(document.index() + "/" + document.id());
            if (query != null) {
                own.put(query, pageCodes.size());
            }
            BitSet queries = new BitSet();
            plan.labelField
                    .of(document, null, 0)
                    .forEach(label -> labels.getOrDefault(label, List.of()).forEach(queries::set));
            pageCodes.add(found);
            pageRelevant.add(queries);
        }
        for (int q = 0; q < codes.size(); q++) {
            if (q % QUERIES_AT_ONCE == 0) {
                task.at("by_code", documents, total);
            }
            int itself = own.getOrDefault(q, -1);
            for (int d = 0; d < pageCodes.size(); d++) {
                if (d != itself) {
                    int distance = distance(codes.get(q), pageCodes.get(d));
                    all[q][distance]++;
                    relevant[q][distance] += pageRelevant.get(d).get(q) ? 1 : 0;
                }
            }
        }
        documents += pageCodes.size();
    }

    /** The codes of a document that the encoder made which is searched with. */
    private List<byte[]> codes(Documents.Document document) {
        List<byte[]> found = new ArrayList<>();
        DocumentField stored = document.values().get(codeField);
        for (int entry = 0; stored != null && entry < stored.getValues().size(); entry++) {
            if (stored.getValues().get(entry) instanceof byte[] code
                    && (maker == null || maker.made(document.values(), entry))) {
                requireBits(code);
                found.add(code);
            }
        }
        return found;
    }

    private static int distance(byte[] query, List<byte[]> codes) {
        int least = Integer.MAX_VALUE;
        for (byte[] code : codes) {
            least = Math.min(least, Hamming.distance(query, code));
        }
        return least;
    }

    private Map<String, Object> figures() {
        double precisions = 0;
        double averagePrecisions = 0;
        int judged = 0;
        for (int q = 0; q < all.length; q++) {
            task.at("by_code: precision", q, all.length);
            double averagePrecision = TiedRanking.averagePrecision(all[q], relevant[q]);
            if (averagePrecision > 0) {
                averagePrecisions += averagePrecision;
                precisions += TiedRanking.precision(all[q], relevant[q], plan.config.k());
                judged++;
            }
        }
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("field", codeField);
        figures.put("bits", bits);
        figures.put("documents", documents);
        figures.put("documents_without_code", documentsWithoutCode);
        figures.put("queries", judged);
        figures.put("queries_without_label", withoutLabel);
        figures.put("queries_without_code", withoutCode);
        figures.put("queries_without_relevant", codes.size() - judged);
        EvaluateReport.put(figures, "map", averagePrecisions / judged, 5);
        EvaluateReport.put(figures, "precision_at_k", precisions / judged, 5);
        return figures;
    }
}
