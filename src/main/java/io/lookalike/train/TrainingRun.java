package io.lookalike.train;

import io.lookalike.admin.PutEncoderAction;
import io.lookalike.encoder.Messages;
import io.lookalike.inference.Encoder;
import io.lookalike.inference.Encoders;
import io.lookalike.learning.Clusters;
import io.lookalike.learning.Head;
import io.lookalike.learning.HeadLearner;
import io.lookalike.learning.Itq;
import io.lookalike.learning.ItqChoice;
import io.lookalike.learning.KMeans;
import io.lookalike.learning.LearnedCode;
import io.lookalike.learning.Linear;
import io.lookalike.learning.Pca;
import io.lookalike.learning.Planes;
import io.lookalike.task.AsyncSteps;
import io.lookalike.task.ComputePool;
import io.lookalike.task.LongTask;
import io.lookalike.task.Sampling;
import io.lookalike.task.TaskClient;
import io.lookalike.task.VectorField;
import io.lookalike.vectors.Normalization;
import io.lookalike.work.Progress;
import io.lookalike.work.Workers;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.common.Strings;
import org.elasticsearch.common.xcontent.XContentHelper;
import org.elasticsearch.core.Releasable;
import org.elasticsearch.xcontent.json.JsonXContent;

/**
 * One training, after its turn has come: draws the sample, learns, measures the result, and creates the encoder.
 *
 * <p>Some vectors of the sample are held out to measure the codes. Runs on one thread of {@link ComputePool#executor}
 * at a time, with the others as helpers.
 */
final class TrainingRun {
    private static final int HELD_OUT = 200;
    private static final int LEAST_HELD_OUT = 20;
    private static final int MEASURED = 5000;
    private static final int LEAST_MEASURED = 100;
    private static final int MAX_QUERY = 4096;
    /** An object's header and its reference. */
    private static final int ROW_OVERHEAD = 64;
    /** References to the labels of a vector, for as many as it may have. */
    private static final int LABEL_BYTES = 1024;
    /** A label's text, about, with its counts. */
    private static final int TEXT_BYTES = 512;
    /** For pages of documents, and for the text of the encoder on its way into the cluster state. */
    private static final long FIXED_BYTES = 48L << 20;

    private final Encoders encoders;
    private final ComputePool pool;
    private final LongTask task;
    private final TrainAction.Request request;
    private final Encoder from;
    private final TrainedConfig trained;
    private final VectorField field;
    private final Sampling.Counts counts;
    private final Sampling sampling;
    private final Map<String, Object> seconds = new LinkedHashMap<>();

    TrainingRun(
            Encoders encoders,
            ComputePool pool,
            LongTask task,
            TrainAction.Request request,
            Encoder from,
            TrainedConfig trained,
            VectorField field,
            Sampling.Counts counts,
            Sampling sampling) {
        this.encoders = encoders;
        this.pool = pool;
        this.task = task;
        this.request = request;
        this.from = from;
        this.trained = trained;
        this.field = field;
        this.counts = counts;
        this.sampling = sampling;
    }

    /** Reserves the most heap that this will hold. */
    Releasable reserve() {
        int rows = Math.toIntExact(Sampling.rows(counts, request.sample));
        LearnConfig learn = request.learn;
        int before = from.dims();
        int dims = learn.dims(before);
        int threads = pool.threads();
        long sample = (long) rows * (ROW_OVERHEAD + (long) Float.BYTES * before);
        long learners = 0;
        if (learn.pca() != null) {
            sample += (long) rows
                    * (ROW_OVERHEAD + (long) Float.BYTES * learn.pca().dims());
            learners = Pca.bytes(before, threads);
        }
        if (learn.head() != null) {
            int input = learn.headInput(before);
            sample += (long) rows * (ROW_OVERHEAD + LABEL_BYTES + (long) Float.BYTES * dims);
            // the count is about right, within some percent
            int labels = Math.toIntExact(Math.min(rows, counts.labels() + counts.labels() / 10 + 1));
            sample += (long) labels * TEXT_BYTES;
            learners = Math.max(learners, HeadLearner.bytes(learn.head().settings(input), input, labels, threads));
        }
        LearnConfig.Code code = learn.code();
        if (code != null) {
            learners = Math.max(
                    learners,
                    code.method() == LearnConfig.Method.ITQ
                            ? Itq.bytes(rows, dims, code.bits(), threads)
                            : Planes.bytes(rows, dims, code.bits(), threads));
        }
        if (learn.kmeans() != null) {
            learners =
                    Math.max(learners, KMeans.bytes(rows, dims, learn.kmeans().clusters(), threads));
        }
        return pool.reserve(
                sample + learners + FIXED_BYTES,
                "a sample of [" + rows + "] vectors of [" + before + "] dims is [" + (sample >> 20)
                        + "] MB of it: lower [sample]");
    }

    LongTask task() {
        return task;
    }

    /** Accepts the request: from now on it is not refused any more. */
    void accept() {
        request.accept();
    }

    void run(TaskClient client, ActionListener<TrainAction.Response> listener) {
        Instant started = Instant.now();
        long start = System.nanoTime();
        task.at("sample", 0, 0);
        sampling.draw(counts, AsyncSteps.after(listener, (next, sample) -> {
            Map<String, Object> training = new LinkedHashMap<>();
            took("sample", start);
            describe(training, sample.vectors().length, started);
            Map<String, Object> body = learn(sample, training);
            String fingerprint = measure(sample.vectors(), body, training);
            List<String> warnings = new ArrayList<>(field.warnings(from.id(), counts.leftOut(), counts.lacking()));
            warnOfLabels(training, warnings);
            warnOfClusters(training, warnings);
            warnOfRecall(training, warnings);
            training.put("seconds", seconds);
            training.put("took_millis", millis(start));
            task.at("put", 0, 1);
            client.execute(
                    PutEncoderAction.INSTANCE,
                    new PutEncoderAction.Request(request.masterTimeout, request.masterTimeout, request.id, body),
                    AsyncSteps.map(
                            next,
                            put -> new TrainAction.Response(
                                    request.id, fingerprint, put.isAcknowledged(), warnings, training)));
        }));
    }

    private void warnOfLabels(Map<String, Object> training, List<String> warnings) {
        HeadConfig head = request.learn.head();
        if (counts.unlabelled() > 0) {
            warnings.add("[" + counts.unlabelled() + "] documents have no label in [" + Messages.cut(head.labelField())
                    + "] and were left out");
        }
        if (head != null
                && training.get(head.key()) instanceof Map<?, ?> figures
                && Integer.valueOf(0).equals(figures.get("epoch"))) {
            warnings.add("every epoch of [" + head.key() + "] was worse on what is held out than the state before "
                    + "training, which was kept: see its [curve], and check the labels");
        }
    }

    /** Warns if there are fewer distinct vectors than clusters, so that each got a cluster of its own. */
    private void warnOfClusters(Map<String, Object> training, List<String> warnings) {
        if (training.get("kmeans") instanceof Map<?, ?> learned
                && learned.get("clusters") instanceof Integer clusters
                && clusters < request.learn.kmeans().clusters()) {
            warnings.add("[" + clusters + "] clusters were learned and not the ["
                    + request.learn.kmeans().clusters()
                    + "] that [learn.kmeans.clusters] asks for, because the sample has no more vectors that differ");
        }
    }

    /** Warns if the new codes have as many bits as the old ones, or more, and find less. */
    private void warnOfRecall(Map<String, Object> training, List<String> warnings) {
        if (training.get("recall_at_" + CodeRecall.NEIGHBOURS) instanceof Map<?, ?> recall
                && recall.get("codes") instanceof Double codes
                && recall.get("codes_before") instanceof Double before
                && recall.get("bits") instanceof Integer bits
                && bits >= from.bits()
                && codes < before) {
            warnings.add(String.format(
                    Locale.ROOT,
                    "the new codes of [%d] bits recall [%.3f] of the nearest of vectors that were held out, but those "
                            + "of [%s], of [%d] bits, recall [%.3f]: keep [%s], or learn from more vectors or other "
                            + "codes",
                    bits,
                    codes,
                    from.id(),
                    from.bits(),
                    before,
                    from.id()));
        }
    }

    private static long millis(long start) {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
    }

    /** Phases of one name add up. */
    private void took(String name, long start) {
        seconds.merge(name, millis(start) / 1000d, (before, more) -> (double) before + (double) more);
    }

    private void describe(Map<String, Object> training, int sample, Instant started) {
        training.put("from", Map.of("encoder", from.id(), "fingerprint", from.fingerprint()));
        training.put("index", request.indices);
        training.put("field", field.name());
        if (request.query != null) {
            training.put("query", query());
        }
        training.put("documents", counts.made());
        training.put("left_out", counts.leftOut());
        if (request.learn.head() != null) {
            training.put("without_label", counts.unlabelled());
        }
        training.put("sample", sample);
        training.put("seed", request.seed);
        training.put("learn", request.learn.toMap(from.dims()));
        training.put("started", started.truncatedTo(ChronoUnit.SECONDS).toString());
    }

    /** The query for people to read; of a long one, which may hold a vector, only its length. */
    private Object query() {
        String text = Strings.toString(request.query);
        return text.length() > MAX_QUERY
                ? "[" + text.length() + "] characters"
                : XContentHelper.convertToMap(JsonXContent.jsonXContent, text, true);
    }

    /** Number of vectors that are held out to measure with; 0 if all are needed to learn from. */
    private int heldOut(int vectors) {
        // a head chooses for itself what it holds out, and moves neighbours on purpose
        if (request.learn.head() != null) {
            return 0;
        }
        int held = Math.min(HELD_OUT, vectors / 10);
        return held >= LEAST_HELD_OUT && vectors - held >= Math.max(LEAST_MEASURED, request.learn.least(from.dims()))
                ? held
                : 0;
    }

    /** The body of the encoder. */
    private Map<String, Object> learn(Sampling.Sample sample, Map<String, Object> training) {
        LearnConfig learn = request.learn;
        learn.requireVectors(sample.vectors().length, from.dims());
        HeadSample labelled = learn.head() == null ? null : HeadSample.of(learn.head(), sample);
        float[][] rows = labelled == null
                ? Arrays.copyOfRange(sample.vectors(), heldOut(sample.vectors().length), sample.vectors().length)
                : labelled.vectors();
        learn.requireVectors(rows.length, from.dims());
        List<Map<String, Object>> stages = new ArrayList<>();
        LearnedCode code = null;
        try (Workers workers = new Workers(this.pool.threads(), this.pool.executor())) {
            if (learn.pca() != null) {
                float[][] before = rows;
                Linear stage = phase("pca", progress -> pca(before, training, workers, progress));
                stages.add(TrainedConfig.stage(stage, false, trained.isNormalized()));
                rows = phase("project", progress -> images(stage, before, workers, progress));
            }
            if (learn.head() != null) {
                float[][] before = rows;
                HeadTraining head = new HeadTraining(learn.head(), labelled.with(rows));
                Head made = phase(learn.head().key(), progress -> head.learn(workers, progress));
                training.put(learn.head().key(), head.figures(made));
                for (int i = 0; i < made.layers().size(); i++) {
                    boolean last = i == made.layers().size() - 1;
                    stages.add(TrainedConfig.stage(made.layers().get(i), !last, last));
                }
                float[][] units = phase("project", progress -> made.apply(before, workers, progress));
                rows = units;
                if (made.planes() != null) {
                    code = phase("code", progress -> made.code(units, workers, progress));
                }
            }
            return rest(rows, stages, code, training, workers);
        }
    }

    /**
     * Learns what is learned from stored vectors.
     *
     * @param rows those
     * @param stages that made them of the parent's
     * @param headCode null if the head made none
     */
    private Map<String, Object> rest(
            float[][] rows,
            List<Map<String, Object>> stages,
            LearnedCode headCode,
            Map<String, Object> training,
            Workers workers) {
        LearnedCode code = headCode;
        if (request.learn.code() != null) {
            code = phase(request.learn.code().method().key(), progress -> code(rows, workers, progress));
            training.put(code.method(), figures(code));
        }
        LearnConfig.KMeans kmeans = request.learn.kmeans();
        Clusters clusters = kmeans == null
                ? null
                : phase(
                        "kmeans",
                        progress -> KMeans.learn(
                                rows, kmeans.clusters(), kmeans.iterations(), request.seed, workers, progress));
        if (clusters != null) {
            training.put("kmeans", figures(clusters));
        }
        return trained.body(stages, code, clusters, stages.isEmpty() ? null : mean(rows), training);
    }

    private <T> T phase(String name, Function<Progress, T> learner) {
        long start = System.nanoTime();
        task.at(name, 0, 0);
        T made = learner.apply((step, done, of) -> {
            task.figure(LongTask.STEP, step);
            task.at(name, done, of);
        });
        took(name, start);
        return made;
    }

    private Linear pca(float[][] rows, Map<String, Object> training, Workers workers, Progress progress) {
        Pca pca = Pca.learn(rows, workers, progress);
        int dims = request.learn.pca().dims();
        Linear stage = pca.stage(dims, request.learn.pca().whiten());
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("dims", dims);
        figures.put("dims_before", from.dims());
        figures.put("explained_variance", pca.explained(dims));
        training.put("pca", figures);
        return stage;
    }

    private float[][] images(Linear stage, float[][] rows, Workers workers, Progress progress) {
        float[][] images = stage.apply(rows, workers, progress);
        if (trained.isNormalized()) {
            for (float[] image : images) {
                Normalization.L2.scale(image, image);
            }
        }
        return images;
    }

    private static float[] mean(float[][] rows) {
        double[] sums = new double[rows[0].length];
        for (float[] row : rows) {
            for (int d = 0; d < sums.length; d++) {
                sums[d] += row[d];
            }
        }
        float[] mean = new float[sums.length];
        for (int d = 0; d < mean.length; d++) {
            mean[d] = (float) (sums[d] / rows.length);
        }
        return mean;
    }

    private LearnedCode code(float[][] rows, Workers workers, Progress progress) {
        LearnConfig.Code code = request.learn.code();
        return switch (code.method()) {
            case ITQ -> Itq.learn(rows, code.bits(), code.iterations(), request.seed, workers, progress);
            case PCA_SIGN -> Planes.pcaSign(rows, code.bits(), workers, progress);
            case PCA_PLANES ->
                Planes.pcaPlanes(
                        rows, code.bits(), request.learn.planeDims(from.dims()), code.seed(), workers, progress);
        };
    }

    private static Map<String, Object> figures(LearnedCode code) {
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("bits", code.bits());
        if (code.errors().length > 0) {
            figures.put("quantization_error_before", code.errors()[0]);
            figures.put("quantization_error", code.errors()[code.errors().length - 1]);
        }
        if (!code.choices().isEmpty()) {
            figures.put(
                    "choices", code.choices().stream().map(TrainingRun::figures).toList());
        }
        return figures;
    }

    private static Map<String, Object> figures(ItqChoice choice) {
        Map<String, Object> figures = new LinkedHashMap<>();
        if (choice.components() == 0) {
            figures.put("planes", "random");
        } else {
            figures.put("planes", choice.learned() ? "learned_rotation" : "random_rotation");
            figures.put("components", choice.components());
            figures.put("balanced", choice.balanced());
        }
        // too few vectors to measure it
        if (!Double.isNaN(choice.recall())) {
            figures.put("recall", choice.recall());
        }
        return figures;
    }

    private static Map<String, Object> figures(Clusters clusters) {
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("clusters", clusters.count());
        figures.put("inertia", clusters.inertia());
        int[] sizes = clusters.sizes().clone();
        Arrays.sort(sizes);
        figures.put(
                "sizes", Map.of("min", sizes[0], "median", sizes[sizes.length / 2], "max", sizes[sizes.length - 1]));
        return figures;
    }

    /** Makes the encoder on this node only, measures it, and returns its fingerprint. */
    private String measure(float[][] vectors, Map<String, Object> body, Map<String, Object> training) {
        task.at("measure", 0, 0);
        long start = System.nanoTime();
        Encoder made = encoders.registry().trial(request.id, body);
        if (made.stagesOf(from) != from.stages()) {
            throw new IllegalArgumentException("encoder [" + from.id()
                    + "] cannot be built on: model.json of its model adds to its configuration; put it again from "
                    + "GET /_lookalike/encoder/"
                    + from.id() + "?full=true under another id, index with that, and train from there");
        }
        int held = heldOut(vectors.length);
        if (held > 0 && (request.learn.isProjecting() || request.learn.hasCode())) {
            float[][] queries = Arrays.copyOfRange(vectors, 0, held);
            float[][] documents = Arrays.copyOfRange(vectors, held, Math.min(vectors.length, held + MEASURED));
            training.put(
                    "recall_at_" + CodeRecall.NEIGHBOURS,
                    CodeRecall.of(
                            queries,
                            documents,
                            from,
                            made,
                            done -> task.at("measure", done, (long) queries.length + documents.length)));
        }
        took("measure", start);
        return made.fingerprint();
    }
}
