package io.lookalike.node;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.elasticsearch.Build;

/** {@code bin/node}: a node in the foreground, its warnings and errors shown. */
final class NodeCommand {
    private static final String LACKS =
            "This node is put together from Maven Central and lacks scripts (script_score, [if] in pipelines), "
                    + "Elasticsearch's own"
                    + " ingest processors (set, pipeline, …), the retrievers rrf and linear, analyzers of languages, "
                    + "_reindex and security.";

    private static final int SIGINT = 2;
    private static final int SIGTERM = 15;

    private final Consumer<String> out;
    private final Consumer<String> err;

    NodeCommand(Consumer<String> out, Consumer<String> err) {
        this.out = out;
        this.err = err;
    }

    /** Returns the exit code: 1 for a node that ended, 2 for wrong options. */
    int run(String... args) {
        RealNode.Builder builder = RealNode.builder();
        try {
            parse(builder, args);
        } catch (IllegalArgumentException e) {
            err.accept(e.getMessage() + "; see --help");
            return 2;
        }
        try (RealNode node = start(builder)) {
            out.accept(String.format(
                    Locale.ROOT,
                    "ready: %s (process %d, data %s, log %s)",
                    node.uri(),
                    node.process().pid(),
                    node.data(),
                    node.logFile()));
            out.accept(LACKS);
            node.plugin()
                    .ifPresent(zip -> out.accept("A full Elasticsearch "
                            + Build.current().version()
                            + " has them; there run: bin/elasticsearch-plugin install " + zip.toUri()));
            int code = node.process().waitFor();
            // a terminal sends Ctrl-C to both processes, in any order
            boolean stopped = code == 128 + SIGINT || code == 128 + SIGTERM;
            err.accept(stopped ? "stopped" : node.died(null).getMessage());
            return 1;
        } catch (NodeFailed e) {
            err.accept(e.getMessage());
            return 1;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 1;
        }
    }

    private RealNode start(RealNode.Builder builder) {
        out.accept("starting");
        return builder.progress(out).output(new Warnings(err)).start();
    }

    /**
     * Reads the options into {@code builder}.
     *
     * @throws IllegalArgumentException naming the option that is unknown or lacks its value
     */
    static void parse(RealNode.Builder builder, String... args) {
        builder.port(9200);
        for (int i = 0; i < args.length; i++) {
            String option = args[i];
            if (option.equals("--without-plugin")) {
                builder.withoutPlugin();
                continue;
            }
            if (option.startsWith("-E") && option.length() > 2) {
                set(builder, "-E", option.substring(2));
                continue;
            }
            if (!List.of("--port", "--data", "--heap", "--models", "-E", "--plugin", "--java-home", "--log")
                    .contains(option)) {
                throw new IllegalArgumentException("unknown option [" + option + "]");
            }
            if (++i == args.length) {
                throw new IllegalArgumentException("option [" + option + "] lacks its value");
            }
            set(builder, option, args[i]);
        }
    }

    private static void set(RealNode.Builder builder, String option, String value) {
        switch (option) {
            case "--port" -> builder.port(port(value));
            case "--data" -> builder.data(Path.of(value));
            case "--heap" -> builder.heap(value);
            case "--models" -> builder.models(Path.of(value));
            case "--plugin" -> builder.plugin(Path.of(value));
            case "--java-home" -> builder.javaHome(Path.of(value));
            case "--log" -> builder.output(Path.of(value));
            case "-E" -> {
                int equals = value.indexOf('=');
                if (equals < 1) {
                    throw new IllegalArgumentException("setting [" + value + "] must be [key=value]");
                }
                builder.setting(value.substring(0, equals), value.substring(equals + 1));
            }
            default -> throw new AssertionError(option);
        }
    }

    private static int port(String value) {
        try {
            int port = Integer.parseInt(value);
            if (port >= 0 && port <= 65535) {
                return port;
            }
        } catch (NumberFormatException e) {
            // reported below, like a number out of range
        }
        throw new IllegalArgumentException("[--port] must be a number from 0 to 65535; got [" + value + "]");
    }

    /** Passes on log messages of WARN and above, with their continuation lines. */
    static final class Warnings implements Consumer<String> {
        private final Consumer<String> sink;
        private boolean passing;

        Warnings(Consumer<String> sink) {
            this.sink = sink;
        }

        @Override
        public void accept(String line) {
            if (line.startsWith("[")) {
                passing = (line.contains("][WARN ") || line.contains("][ERROR]") || line.contains("][FATAL]"))
                        && !line.contains("module-info.class ignored in patch"); // logged for the bridge of every node
            }
            if (passing) {
                sink.accept(line);
            }
        }
    }
}
