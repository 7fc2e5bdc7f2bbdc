package io.lookalike.demo;

import com.fasterxml.jackson.databind.JsonNode;
import io.lookalike.node.NodeFailed;
import io.lookalike.node.RealNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The program behind {@code bin/demo}: pictures, a node, an index, searches, and a page that shows what they found.
 *
 * <p>Takes about a minute on two cores with drawn pictures and the built-in model. Errors that the user can correct end
 * it with one line on standard error and exit code 1, or 2 for a wrong command line.
 */
public final class Demo {
    private static final String HEAP = "1g";
    private static final long SEED = 1;
    private static final int SKIPPED_SHOWN = 5;

    /** Exit code of a node that was told to stop, as it is on Ctrl-C. */
    private static final int SIGTERM = 143;

    private Demo() {}

    /** See {@code bin/demo --help}. */
    public static void main(String[] args) {
        System.setProperty("java.awt.headless", "true");
        System.exit(run(args));
    }

    private static int run(String... args) {
        DemoOptions options;
        try {
            options = DemoOptions.parse(args);
        } catch (UserError e) {
            System.err.println("demo: " + e.getMessage());
            return 2;
        }
        try {
            return demonstrate(options);
        } catch (UserError | NodeFailed | NodeClient.Refused e) {
            System.err.println("demo: " + e.getMessage());
        } catch (IOException e) {
            System.err.println("demo: cannot read or write: " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return 1;
    }

    private static int demonstrate(DemoOptions options) throws IOException, InterruptedException {
        try (WorkFolder folder = WorkFolder.claim(buildFolder())) {
            return demonstrate(options, folder.path());
        }
    }

    private static int demonstrate(DemoOptions options, Path folder) throws IOException, InterruptedException {
        PictureSet set = pictures(options);
        say("starting a node");
        try (RealNode node = start(options, folder);
                NodeClient client = new NodeClient(node.uri())) {
            say("  " + node.uri() + ", log " + node.logFile());
            String encoder = EncoderChoice.BUILT_IN;
            if (options.model().isPresent()) {
                encoder = EncoderChoice.OWN;
                say("creating encoder [" + encoder + "]");
                String model = EncoderChoice.modelId(options.model().get());
                JsonNode facts = client.send("GET", "/_lookalike/model/" + model, null);
                Consumer<String> tell = line -> say("  " + line);
                EncoderChoice.create(client, model, EncoderChoice.body(model, facts, tell), tell);
            }
            DemoRun run = new DemoRun(client, encoder, folder, Demo::say);
            Map<String, Double> rows = run.run(set);
            if (options.json().isPresent()) {
                DemoRun.write(options.json().get(), Environment.of(client, HEAP), rows);
            }
            if (options.once()) {
                return 0;
            }
            say(next(node.uri(), run.example()));
            int code = node.process().waitFor();
            if (code != SIGTERM) {
                System.err.println("demo: the node ended by itself with exit code [" + code + "]; see the log");
            }
            return 1;
        } catch (UncheckedIOException e) {
            throw new UserError(e.getMessage() + "; see the log in [" + folder + "]", e);
        }
    }

    private static PictureSet pictures(DemoOptions options) {
        long start = System.nanoTime();
        Optional<Path> images = options.images();
        say(images.isPresent() ? "reading pictures under " + images.get() : "drawing pictures");
        PictureSet set = images.isPresent() ? PictureSet.read(images.get()) : PictureSet.drawn(SEED);
        say(String.format(
                Locale.ROOT,
                "  %d pictures in %d classes, %.1f s",
                set.originals().size(),
                set.classes().size(),
                (System.nanoTime() - start) / 1e9));
        if (!set.skipped().isEmpty()) {
            say("  " + set.skipped().size() + " files skipped:");
            set.skipped().entrySet().stream()
                    .limit(SKIPPED_SHOWN)
                    .forEach(e -> say("    " + e.getKey() + ": " + e.getValue()));
            if (set.skipped().size() > SKIPPED_SHOWN) {
                say("    and " + (set.skipped().size() - SKIPPED_SHOWN) + " more");
            }
        }
        return set;
    }

    private static RealNode start(DemoOptions options, Path folder) throws IOException {
        Path log = folder.resolve("node.log");
        Files.deleteIfExists(log);
        RealNode.Builder builder =
                RealNode.builder().port(options.port()).heap(HEAP).output(log);
        if (options.model().isPresent()) {
            Path models = folder.resolve("models");
            EncoderChoice.copy(options.model().get(), models);
            builder.models(models);
        }
        return builder.start();
    }

    /** The build directory, derived from the location of this class. */
    private static Path buildFolder() throws IOException {
        try {
            Path classes = Path.of(Demo.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            return classes.toAbsolutePath().getParent();
        } catch (URISyntaxException e) {
            throw new IOException(e);
        }
    }

    private static String next(URI node, Path picture) {
        return String.format(Locale.ROOT, """

                The node is running; stop it with Ctrl-C. Try a search with a picture of your own in place of this one:

                curl -s -H 'Content-Type: application/json' '%s/%s/_search?filter_path=hits.hits._score,hits.hits._source&_source=name,kind' -d @- <<EOF
                {"query":{"hash_knn":{"field":"photo.vector","k":10,"query_image":"$(base64 -w0 '%s')"}}}
                EOF
                """, node, DemoRun.INDEX, picture);
    }

    private static void say(String line) {
        System.out.println(line);
    }
}
