package io.lookalike.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.demo.Measurement.Answers;
import io.lookalike.demo.Searches.Hit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/**
 * Indexes and searches on a running node: the steps of a user over HTTP, in order.
 *
 * <p>For one use and one thread. Creates the index {@link #INDEX} anew.
 */
final class DemoRun {
    static final String INDEX = "demo";

    private static final long SEED = 1;
    private static final int QUERIES = 100;
    private static final int WARM_UP = 10;

    private final NodeClient client;
    private final String encoder;
    private final Path folder;
    private final Consumer<String> say;

    /**
     * Prepares a run.
     *
     * @param encoder id of an encoder that the node has
     * @param folder where the page and the example picture are written
     * @param say takes each line of progress
     */
    DemoRun(NodeClient client, String encoder, Path folder, Consumer<String> say) {
        this.client = client;
        this.encoder = encoder;
        this.folder = folder;
        this.say = say;
    }

    /** Indexes and searches {@code set}; returns the figures. */
    Map<String, Double> run(PictureSet set) throws IOException {
        List<Integer> chosen = chosen(set.originals().size());
        List<Picture> all = new ArrayList<>(set.originals());
        say.accept("altering " + chosen.size() + " pictures in " + Alteration.values().length + " ways");
        all.addAll(copies(set, chosen));

        createIndex();
        say.accept("indexing " + all.size() + " pictures");
        BulkLoader.Outcome outcome = new BulkLoader(client::bulk, INDEX, all, progress(all.size())).load();
        say.accept(String.format(
                Locale.ROOT,
                "  %d indexed in %.1f s, %.1f a second",
                outcome.indexed(),
                outcome.seconds(),
                outcome.indexed() / outcome.seconds()));
        outcome.causes().forEach((cause, count) -> say.accept("  " + count + " refused: " + cause));
        List<Integer> queries = chosen.stream()
                .filter(i -> !outcome.refused().contains(set.originals().get(i).id()))
                .toList();
        if (queries.isEmpty()) {
            throw new UserError("the node took none of the query pictures; see the reasons above");
        }
        client.send("POST", "/" + INDEX + "/_refresh", null);

        say.accept("searching with " + queries.size() + " pictures");
        Measurement measurement = measure(set, all, queries);
        Map<String, Double> rows = measurement.rows(outcome.indexed() / outcome.seconds());
        List<ResultSheet.Group> groups = Report.groups(rows);
        String summary = String.format(
                Locale.ROOT,
                "%d pictures in %d classes, %d altered copies, %d queries, encoder [%s]",
                set.originals().size(),
                set.classes().size(),
                all.size() - set.originals().size(),
                queries.size(),
                encoder);
        Files.createDirectories(folder);
        Files.writeString(
                folder.resolve("results.html"),
                ResultSheet.html(
                        "Lookalike: what the searches found",
                        summary,
                        groups,
                        new SheetWriter(measurement).sections()));
        Files.write(
                example(),
                Pixels.jpeg(
                        Pixels.decode(
                                set.originals().get(queries.get(0)).content().bytes()),
                        0.92f));
        say.accept("\n" + summary);
        say.accept(Report.table(groups));
        if (set.classes().values().stream().anyMatch(size -> size <= Searches.K)) {
            say.accept("Some classes have fewer than 11 pictures: their precision@10 cannot reach 1.");
        }
        say.accept("Queries and matches: " + folder.resolve("results.html"));
        return rows;
    }

    /** A picture that can be sent as a query by hand. */
    Path example() {
        return folder.resolve("query.jpg");
    }

    static void write(Path file, ObjectNode environment, Map<String, Double> rows) throws IOException {
        ObjectNode json = NodeClient.object().put("name", "demo");
        json.set("environment", environment);
        ArrayNode list = json.putArray("rows");
        rows.forEach((name, value) -> list.addObject().put("name", name).put("value", value));
        Files.writeString(file, json.toPrettyString() + "\n");
    }

    private static List<Integer> chosen(int originals) {
        List<Integer> all = new ArrayList<>();
        for (int i = 0; i < originals; i++) {
            all.add(i);
        }
        Collections.shuffle(all, new Random(SEED));
        return List.copyOf(all.subList(0, Math.min(QUERIES, originals)));
    }

    private static List<Picture> copies(PictureSet set, List<Integer> chosen) throws IOException {
        List<Picture> copies = new ArrayList<>();
        for (int ordinal : chosen) {
            for (Alteration alteration : Alteration.values()) {
                copies.add(set.originals().get(ordinal).altered(alteration));
            }
        }
        return copies;
    }

    private IntConsumer progress(int total) {
        int[] next = {total / 4};
        return indexed -> {
            if (indexed >= next[0] && indexed < total) {
                say.accept("  " + indexed + " of " + total);
                next[0] += total / 4;
            }
        };
    }

    private void createIndex() {
        JsonNode answer = client.send("GET", "/_lookalike/encoder/" + encoder + "/_mapping?target_field=photo", null);
        ObjectNode body = NodeClient.object();
        body.putObject("settings")
                .put("number_of_shards", 1)
                .put("number_of_replicas", 0)
                .put("default_pipeline", INDEX);
        ObjectNode properties = body.putObject("mappings")
                .setAll((ObjectNode) answer.path("mappings"))
                .withObject("properties");
        for (String field : List.of("name", "class", "kind", "copy_of")) {
            properties.putObject(field).put("type", "keyword");
        }
        ObjectNode pipeline = NodeClient.object();
        pipeline.putArray("processors")
                .addObject()
                .putObject("image_embedding")
                .put("field", "image")
                .put("target_field", "photo")
                .put("encoder", encoder)
                .put("remove_source", true);
        client.send("PUT", "/_ingest/pipeline/" + INDEX, pipeline);
        client.send("PUT", "/" + INDEX, body);
    }

    private Measurement measure(PictureSet set, List<Picture> all, List<Integer> chosen) throws IOException {
        Map<String, Picture> byId = new LinkedHashMap<>();
        all.forEach(picture -> byId.put(picture.id(), picture));
        Searches searches = new Searches(client, INDEX, encoder);
        for (int ordinal : chosen.subList(0, Math.min(WARM_UP, chosen.size()))) {
            Picture query = set.originals().get(ordinal);
            searches.hashKnn(query.id(), query.content().bytes());
        }
        List<Answers> answers = new ArrayList<>();
        List<List<String>> histogram = new ArrayList<>();
        for (int ordinal : chosen) {
            Picture query = set.originals().get(ordinal);
            byte[] image = query.content().bytes();
            long start = System.nanoTime();
            List<Hit> hash = searches.hashKnn(query.id(), image);
            double millis = (System.nanoTime() - start) / 1e6;
            answers.add(new Answers(
                    query,
                    hash,
                    searches.exact(query.id(), image),
                    searches.stockKnn(query.id(), image),
                    searches.duplicates(query.id(), image),
                    millis));
            histogram.add(Arrays.stream(ColourHistogram.nearest(set.histograms(), ordinal, Searches.K))
                    .mapToObj(i -> set.originals().get(i).clazz())
                    .toList());
        }
        return new Measurement(byId, answers, searches.groups(), histogram);
    }
}
