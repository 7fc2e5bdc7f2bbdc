package io.lookalike.bench;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.node.RealNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/**
 * Pictures a second through the ingest processor of a node, over HTTP, against a bare loop in this process on the same
 * cores.
 *
 * <p>The loop gets the best of a grid of batches and threads, and the faster decoder. Loop, node, and node without
 * batches take turns in three rounds; ratios are computed within a round. Processor time is that of the node or of this
 * process. With data, DIR or its sibling {@code models} holds the networks ({@code mobilenet_v2},
 * {@code mobilenet_v1_025}), and DIR, or {@code caltech20x50} in it, the JPEGs; without, drawn pictures go through the
 * built-in model. About three minutes for each model.
 */
final class IngestBenchmark implements Benchmark {
    private static final int ROUNDS = 3;
    private static final double WARM_UP = 20;
    private static final double GRID_SECONDS = 3;
    private static final double SECONDS = 12;
    private static final int DECODER_PASSES = 5;

    @Override
    public String name() {
        return "ingest";
    }

    @Override
    public List<ObjectNode> run(Optional<Path> data, Consumer<String> say) throws IOException {
        IngestPictures pictures =
                data.isPresent() ? IngestPictures.read(picturesIn(data.get())) : IngestPictures.drawn();
        Optional<Path> models = data.flatMap(IngestBenchmark::modelsNear);
        say.accept("data           " + pictures.summary());
        List<ObjectNode> rows = new ArrayList<>();
        RealNode.Builder builder = RealNode.builder().heap("1g");
        models.ifPresent(builder::models);
        try (RealNode node = builder.start()) {
            for (IngestModel model : IngestModel.in(models)) {
                rows.addAll(measure(node, model, pictures, say));
            }
        }
        return rows;
    }

    static Path picturesIn(Path data) {
        Path photographs = data.resolve("caltech20x50");
        return Files.isDirectory(photographs) ? photographs : data;
    }

    static Optional<Path> modelsNear(Path data) {
        return List.of(data.resolve("models"), data.toAbsolutePath().normalize().resolveSibling("models")).stream()
                .filter(Files::isDirectory)
                .findFirst();
    }

    private static List<ObjectNode> measure(
            RealNode running, IngestModel model, IngestPictures pictures, Consumer<String> say) throws IOException {
        IngestLoop loop = new IngestLoop(model, pictures.files());
        IngestNode node = new IngestNode(running.uri(), model, pictures);
        node.create();
        say.accept("model          " + model.id() + ": warming up, then the grid of the bare loop");
        node.run(WARM_UP);
        IngestLoop.Setting best = best(loop, say);
        ProcessHandle process = running.process().toHandle();
        IngestSpeed[] bare = new IngestSpeed[ROUNDS];
        IngestSpeed[] batched = new IngestSpeed[ROUNDS];
        IngestSpeed[] single = new IngestSpeed[ROUNDS];
        for (int round = 0; round < ROUNDS; round++) {
            bare[round] = IngestSpeed.of(ProcessHandle.current(), () -> loop.run(best, SECONDS));
            node.batching(true);
            batched[round] = IngestSpeed.of(process, () -> node.run(SECONDS));
            node.batching(false);
            single[round] = IngestSpeed.of(process, () -> node.run(SECONDS));
            node.batching(true);
            say.accept(String.format(
                    Locale.ROOT,
                    "               round %d: bare loop %.1f, node %.1f, without batches %.1f pictures/s",
                    round + 1,
                    bare[round].perSecond(),
                    batched[round].perSecond(),
                    single[round].perSecond()));
        }
        List<ObjectNode> rows = List.of(row(model, true, batched, bare), row(model, false, single, bare));
        rows.forEach(row -> {
            row.put("bare_loop_setting", best.toString());
            say.accept(line(row));
        });
        return rows;
    }

    private static IngestLoop.Setting best(IngestLoop loop, Consumer<String> say) throws IOException {
        IngestLoop.Decoder decoder = loop.fasterDecoder(DECODER_PASSES);
        Map<IngestLoop.Setting, Double> speeds = new HashMap<>();
        for (IngestLoop.Setting setting : IngestLoop.grid(decoder)) {
            double speed = IngestSpeed.of(ProcessHandle.current(), () -> loop.run(setting, GRID_SECONDS))
                    .perSecond();
            speeds.put(setting, speed);
            say.accept(String.format(Locale.ROOT, "               %s: %.1f pictures/s", setting, speed));
        }
        return speeds.entrySet().stream()
                .max(Comparator.comparingDouble(Map.Entry::getValue))
                .orElseThrow()
                .getKey();
    }

    /** @param speeds of each round, as {@code bare} */
    static ObjectNode row(IngestModel model, boolean batching, IngestSpeed[] speeds, IngestSpeed[] bare) {
        ObjectNode row = JsonNodeFactory.instance
                .objectNode()
                .put("name", "ingest")
                .put("model", model.id())
                .put("batching", batching);
        double[] ratios = new double[speeds.length];
        for (int i = 0; i < speeds.length; i++) {
            ratios[i] = speeds[i].perSecond() / bare[i].perSecond();
        }
        spread(speeds, IngestSpeed::perSecond).putInto(row, "images_per_second");
        spread(bare, IngestSpeed::perSecond).putInto(row, "bare_loop_images_per_second");
        spread(ratios).putInto(row, "ratio_to_bare_loop");
        spread(speeds, IngestSpeed::cpuMillis).putInto(row, "cpu_ms_per_image");
        spread(bare, IngestSpeed::cpuMillis).putInto(row, "bare_loop_cpu_ms_per_image");
        return row;
    }

    private static Spread spread(IngestSpeed[] rounds, ToDoubleFunction<IngestSpeed> figure) {
        return spread(Stream.of(rounds).mapToDouble(figure).toArray());
    }

    private static Spread spread(double[] rounds) {
        return new Spread(
                Spread.median(rounds),
                DoubleStream.of(rounds).min().orElseThrow(),
                DoubleStream.of(rounds).max().orElseThrow());
    }

    static String line(ObjectNode row) {
        return String.format(
                Locale.ROOT,
                "%-16s batches %-4s %8.1f pictures/s, bare loop %8.1f (%s), ratio %.2f (%.2f..%.2f); processor time "
                        + "%.2f ms a picture, bare loop %.2f",
                row.path("model").asText(),
                row.path("batching").asBoolean() ? "on" : "off",
                row.path("images_per_second").asDouble(),
                row.path("bare_loop_images_per_second").asDouble(),
                row.path("bare_loop_setting").asText(),
                row.path("ratio_to_bare_loop").asDouble(),
                row.path("ratio_to_bare_loop_spread").path(0).asDouble(),
                row.path("ratio_to_bare_loop_spread").path(1).asDouble(),
                row.path("cpu_ms_per_image").asDouble(),
                row.path("bare_loop_cpu_ms_per_image").asDouble());
    }
}
