package io.lookalike.node;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * An Elasticsearch node with the plugin installed, as a process of its own, on the loopback address.
 *
 * <p>The node's home is a temporary directory, filled with the jars that Maven resolved. The process ends when its
 * standard input, a pipe from this JVM, is closed, so it never outlives its starter. {@link #close} and the end of this
 * JVM stop it and remove the home; a given data directory is kept.
 *
 * <p>It needs about 5 seconds to start, 50 MB of disk, and the heap plus 500 MB of memory. Thread-safe; methods that
 * change the process are synchronized.
 */
public final class RealNode implements AutoCloseable {
    private static final Duration BOOT = Duration.ofMinutes(3);
    private static final Duration STOP = Duration.ofSeconds(30);
    private static final Duration LOCK = Duration.ofSeconds(10);

    private final Builder options;
    private final Path javaHome;
    private final Path temp;
    private final int port;
    private final Thread hook = new Thread(this::close, "stop-node");

    private NodeHome home;
    private Closeable claim;
    private Path data;
    private NodeLog log;
    private volatile Process process;
    private volatile boolean closed;

    private RealNode(Builder options) {
        this.options = options;
        for (String setting : List.of("http.port", "path.data", "path.home", "path.logs")) {
            if (options.settings.containsKey(setting)) {
                throw new NodeFailed("setting [" + setting + "] cannot be given as such; use --port, --data or --log");
            }
        }
        String platform = Requirements.platform(System.getProperty("os.name"), System.getProperty("os.arch"));
        javaHome = options.javaHome == null ? Target.javaHome() : options.javaHome;
        Requirements.java(javaHome);
        Requirements.heap(options.heap);
        temp = Target.temporary();
        Requirements.executable(temp);
        port = Requirements.port(options.port);
        NodeJars jars = NodeJars.read(Target.nodeClasspath());
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            prepare(jars, platform);
            launch();
            await();
        } catch (IOException e) {
            abandon();
            throw new NodeFailed("cannot start a node in [" + temp + "]: " + e, e);
        } catch (RuntimeException | Error e) {
            abandon();
            throw e;
        }
    }

    /** The options of a node on any free port, with the built plugin and a temporary data directory. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Runs a node in the foreground, as {@code bin/node} does.
     *
     * @param args see {@code bin/node --help}
     */
    public static void main(String[] args) {
        System.exit(new NodeCommand(System.out::println, System.err::println).run(args));
    }

    private synchronized void prepare(NodeJars jars, String platform) throws IOException {
        refuseIfClosed();
        StaleHomes.sweep(temp, StaleHomes::alive);
        Path root = Files.createTempDirectory(
                temp, StaleHomes.prefix(ProcessHandle.current().pid()));
        home = new NodeHome(root);
        claim = StaleHomes.claim(root);
        home.fill(jars, platform);
        data = makeData(options.data == null ? root.resolve("data") : options.data.toAbsolutePath());
        log = new NodeLog(
                options.log == null ? home.logs().resolve("node.log") : options.log.toAbsolutePath(), options.listener);
        if (options.models != null) {
            home.addModels(options.models);
        }
        if (plugin().isPresent()) {
            PluginInstallation.install(plugin().get(), home, options.progress);
        }
        for (Path zip : options.otherPlugins) {
            PluginInstallation.install(zip, home, options.progress);
        }
    }

    private static Path makeData(Path directory) {
        try {
            return Files.createDirectories(directory).toRealPath();
        } catch (IOException e) {
            throw new NodeFailed("cannot make the data directory [" + directory + "]; choose another", e);
        }
    }

    private synchronized void launch() throws IOException {
        refuseIfClosed();
        Requirements.unlocked(data, LOCK);
        Trees.delete(home.temp());
        Files.createDirectories(home.temp());
        RunAs user = RunAs.choose(data);
        user.handOver(home.root(), data, javaHome.resolve("bin/java"));
        Map<String, String> settings = NodeHome.defaults(data, home.logs(), port, options.settings.keySet());
        settings.putAll(options.settings);
        List<String> command = JavaCommand.build(javaHome, home, options.heap, options.jvmOptions);
        ProcessBuilder builder = new ProcessBuilder(RunAs.with(user.prefix(), command))
                .directory(home.root().toFile())
                .redirectErrorStream(true);
        // options for this JVM must not reach the node
        List.of("JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS").forEach(builder.environment()::remove);
        builder.environment().put("LIBFFI_TMPDIR", home.temp().toString());
        process = builder.start();
        log.follow(process.getInputStream());
        // the process object keeps it open; when it is closed, the node stops
        OutputStream arguments = process.getOutputStream();
        try {
            arguments.write(ServerArguments.serialise(home, settings));
            arguments.flush();
        } catch (IOException e) {
            throw died(e);
        }
    }

    private void await() {
        Health health = new Health(uri(), NodeHome.formsCluster(options.settings.keySet()));
        long deadline = System.nanoTime() + BOOT.toNanos();
        while (!health.answers()) {
            if (!process.isAlive()) {
                throw died(null);
            }
            if (System.nanoTime() - deadline > 0) {
                throw new NodeFailed("the node did not answer within [" + BOOT.toSeconds() + "] seconds; see the log ["
                        + keepLog() + "]");
            }
            Waiting.step();
        }
        health.settle();
    }

    /**
     * Explains why the process ended by itself.
     *
     * @throws NodeFailed if it was told to stop
     */
    NodeFailed died(IOException cause) {
        refuseIfClosed();
        stop(Duration.ofSeconds(1));
        String reasons = String.join("\n  ", log.reasons());
        return new NodeFailed(
                "the node's process ended with exit code [" + process.exitValue() + "]; the log is kept at ["
                        + keepLog() + "], and it says\n  " + reasons,
                cause);
    }

    private void refuseIfClosed() {
        if (closed) {
            throw new NodeFailed("the node was closed");
        }
    }

    /** Moves a log out of the home before that is removed. */
    private Path keepLog() {
        if (options.log != null) {
            return log.file();
        }
        Path kept =
                temp.resolve("lookalike-node-failed-" + ProcessHandle.current().pid() + ".log");
        try {
            Files.copy(log.file(), kept, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            return log.file();
        }
        return kept;
    }

    private void abandon() {
        try {
            close();
        } catch (RuntimeException e) {
            // the original failure matters more than a failed clean-up
        }
    }

    /** The zip of the installed plugin, if any. */
    Optional<Path> plugin() {
        if (!options.withPlugin) {
            return Optional.empty();
        }
        return Optional.of(options.plugin == null ? Target.zip() : options.plugin);
    }

    /** The output of the node, one file for all its restarts. */
    public Path logFile() {
        return log.file();
    }

    /** Such as {@code http://127.0.0.1:9200}. */
    public URI uri() {
        return URI.create("http://127.0.0.1:" + port);
    }

    public int port() {
        return port;
    }

    /** The Elasticsearch process itself, not a wrapper. */
    public Process process() {
        return process;
    }

    public Path home() {
        return home.root();
    }

    public Path data() {
        return data;
    }

    /** Kills the process with SIGKILL, as a crash would; home and data stay for {@link #restart}. */
    public synchronized void kill() {
        stop(Duration.ZERO);
    }

    /** Stops the process with SIGTERM; home and data stay for {@link #restart}. */
    public synchronized void stop() {
        stop(STOP);
    }

    /** Starts the node again on the same home, data and port, stopping it first if it runs. */
    public void restart() {
        try {
            synchronized (this) {
                stop(STOP);
                Requirements.port(port);
                launch();
            }
            await();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Stops the process and removes its files; further calls do nothing. */
    @Override
    public void close() {
        closed = true;
        synchronized (this) {
            stop(STOP);
            if (home != null) {
                try {
                    Trees.delete(home.root());
                    claim.close();
                } catch (IOException e) {
                    throw new NodeFailed("cannot remove the node's home [" + home.root() + "]", e);
                }
            }
        }
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // this JVM is shutting down, and the hook runs now
        }
    }

    private void stop(Duration patience) {
        if (process == null) {
            return;
        }
        // not Process.destroy, which also closes the pipes and so loses the last output
        ProcessHandle handle = process.toHandle();
        try {
            if (patience.isZero()
                    || !handle.destroy()
                    || !process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                handle.destroyForcibly();
                process.waitFor();
            }
            log.join();
        } catch (InterruptedException e) {
            handle.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    /** The options of a node. Not thread-safe. */
    public static final class Builder {
        private int port;
        private Path data;
        private String heap = "1g";
        private Path models;
        private Path plugin;
        private final List<Path> otherPlugins = new ArrayList<>();
        private boolean withPlugin = true;
        private Path javaHome;
        private Path log;
        private Consumer<String> listener = line -> {};
        private Consumer<String> progress = line -> {};
        private final Map<String, String> settings = new LinkedHashMap<>();
        private final List<String> jvmOptions = new ArrayList<>();

        private Builder() {}

        /** A copy, so that later changes of the builder do not affect a running node. */
        private Builder(Builder other) {
            port = other.port;
            data = other.data;
            heap = other.heap;
            models = other.models;
            plugin = other.plugin;
            otherPlugins.addAll(other.otherPlugins);
            withPlugin = other.withPlugin;
            javaHome = other.javaHome;
            log = other.log;
            listener = other.listener;
            progress = other.progress;
            settings.putAll(other.settings);
            jvmOptions.addAll(other.jvmOptions);
        }

        /** The port of the REST interface, 0 for any free one. */
        public Builder port(int port) {
            this.port = port;
            return this;
        }

        /** A directory for the indices, created if missing, kept when the node is closed. */
        public Builder data(Path directory) {
            data = directory;
            return this;
        }

        /** Minimum and maximum heap, such as {@code 512m} or {@code 1g}. */
        public Builder heap(String size) {
            heap = size;
            return this;
        }

        /** A directory that holds a directory per model; they are copied when the node is made. */
        public Builder models(Path directory) {
            models = directory;
            return this;
        }

        /** The plugin's zip, instead of the built one. */
        public Builder plugin(Path zip) {
            plugin = zip;
            return this;
        }

        /** Another plugin's zip beside it. */
        public Builder alsoPlugin(Path zip) {
            otherPlugins.add(zip);
            return this;
        }

        /** A node without this plugin. */
        public Builder withoutPlugin() {
            withPlugin = false;
            return this;
        }

        /** The JDK that runs the node, instead of the one that runs this program. */
        public Builder javaHome(Path home) {
            javaHome = home;
            return this;
        }

        /** A setting of Elasticsearch; it overrides the default here. */
        public Builder setting(String key, String value) {
            settings.put(key, value);
            return this;
        }

        Map<String, String> settings() {
            return settings;
        }

        /** An option of the node's JVM. */
        public Builder jvmOption(String option) {
            jvmOptions.add(option);
            return this;
        }

        /** Receives each line of the output, on a separate thread. */
        public Builder output(Consumer<String> listener) {
            this.listener = listener;
            return this;
        }

        /** A file to which the node's log is appended, kept when the node is closed. */
        public Builder output(Path file) {
            log = file;
            return this;
        }

        /** Receives progress messages before the start, and the entitlements of the plugin. */
        public Builder progress(Consumer<String> listener) {
            progress = listener;
            return this;
        }

        /**
         * Starts the node, and returns when it answers and the shards of existing data can be searched.
         *
         * @throws NodeFailed if it cannot, with the reason
         */
        public RealNode start() {
            return new RealNode(new Builder(this));
        }

        /** The same as {@link #start}. */
        public RealNode build() {
            return start();
        }
    }
}
