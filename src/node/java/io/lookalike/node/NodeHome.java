package io.lookalike.node;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.MalformedURLException;
import java.net.URL;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import org.elasticsearch.io.ansi.AnsiConsoleLoader;

/**
 * A node's home directory in the layout of Elasticsearch's own distribution.
 *
 * <p>All jars are copied (46 MB), not linked, because the node may run as a user who cannot read the Maven repository.
 *
 * @param root the home directory
 */
record NodeHome(Path root) {
    private static final String TRANSPORT_FILES = "META-INF/es-plugins/transport-netty4/";

    Path lib() {
        return root.resolve("lib");
    }

    Path bridge() {
        return root.resolve("lib/entitlement-bridge");
    }

    Path modules() {
        return root.resolve("modules");
    }

    Path plugins() {
        return root.resolve("plugins");
    }

    Path config() {
        return root.resolve("config");
    }

    Path logs() {
        return root.resolve("logs");
    }

    Path temp() {
        return root.resolve("tmp");
    }

    /** The directory in which the plugin looks for models. */
    Path models() {
        return root.resolve("config/lookalike/models");
    }

    /**
     * Creates everything except the plugin.
     *
     * @param platform such as {@code linux-x64}
     */
    void fill(NodeJars jars, String platform) throws IOException {
        for (Path directory : List.of(bridge(), modules(), plugins(), logs(), temp(), models())) {
            Files.createDirectories(directory);
        }
        copy(jars.lib(), lib());
        copy(List.of(jars.bridge()), bridge());
        addTransport(jars);
        addZstd(jars.zstd(), platform);
        addOwnJars();
        addLogging();
    }

    /** The server's jars, against which a plugin's are checked for duplicate classes. */
    @SuppressWarnings("URLEqualsHashCode") // the check takes such a set; file URLs have no host to look up
    Set<URL> serverJars() throws IOException {
        Set<URL> urls = new LinkedHashSet<>();
        try (Stream<Path> jars = Files.list(lib())) {
            for (Path jar : jars.filter(Files::isRegularFile).sorted().toList()) {
                urls.add(jar.toUri().toURL());
            }
        } catch (MalformedURLException e) {
            throw new AssertionError(e);
        }
        return urls;
    }

    /** Copies each directory in {@code from} into the models directory. */
    void addModels(Path from) throws IOException {
        if (!Files.isDirectory(from)) {
            throw new NodeFailed("models [" + from + "] is not a directory; give one that holds a directory per model");
        }
        try (Stream<Path> models = Files.list(from)) {
            for (Path model : models.filter(Files::isDirectory).sorted().toList()) {
                Trees.copy(model, models().resolve(model.getFileName().toString()));
            }
        }
    }

    /** Sends all logging to standard output, which the starter writes into one file. */
    private void addLogging() throws IOException {
        Files.writeString(config().resolve("log4j2.properties"), """
                status = error
                appender.console.type = Console
                appender.console.name = console
                appender.console.layout.type = PatternLayout
                appender.console.layout.pattern = [%d{ISO8601}][%-5p][%-25c{1.}] %m%n%throwable
                rootLogger.level = info
                rootLogger.appenderRef.console.ref = console
                """);
    }

    /** The default settings of a node; callers may override them. */
    static Map<String, String> defaults(Path data, Path logs, int port, Set<String> given) {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("cluster.name", "lookalike");
        settings.put("node.name", "node-" + port);
        settings.put("path.data", data.toString());
        settings.put("path.logs", logs.toString());
        settings.put("network.host", "127.0.0.1");
        settings.put("http.port", Integer.toString(port));
        settings.put("transport.port", "0");
        // Elasticsearch refuses shards on a disk that is 90 % full, which is common on a developer's machine
        settings.put("cluster.routing.allocation.disk.threshold_enabled", "false");
        if (!formsCluster(given)) {
            settings.put("discovery.type", "single-node");
        }
        given.forEach(settings::remove);
        return settings;
    }

    /** Whether these settings already define how the node finds others. */
    static boolean formsCluster(Set<String> settings) {
        return settings.stream()
                .anyMatch(name -> name.startsWith("discovery.") || name.equals("cluster.initial_master_nodes"));
    }

    private static void copy(List<Path> jars, Path directory) throws IOException {
        for (Path jar : jars) {
            Files.copy(jar, directory.resolve(jar.getFileName().toString()));
        }
    }

    private void addTransport(NodeJars jars) throws IOException {
        Path module = Files.createDirectories(modules().resolve("transport-netty4"));
        copy(jars.transport(), module);
        try (FileSystem jar = FileSystems.newFileSystem(jars.transportModule());
                Stream<Path> files = Files.list(jar.getPath(TRANSPORT_FILES))) {
            for (Path file : files.toList()) {
                Files.copy(file, module.resolve(file.getFileName().toString()));
            }
        }
    }

    private void addZstd(Path jar, String platform) throws IOException {
        Path directory = Files.createDirectories(lib().resolve("platform/" + platform));
        String entry = "aircompressor/" + platform.replace("x64", "amd64") + "/libzstd.so";
        try (FileSystem files = FileSystems.newFileSystem(jar)) {
            Files.copy(files.getPath(entry), directory.resolve("libzstd.so"), StandardCopyOption.REPLACE_EXISTING);
        }
    }

    /** Builds two jars that are not on Maven Central from classes of this package. */
    private void addOwnJars() throws IOException {
        Manifest manifest = new Manifest();
        Attributes attributes = manifest.getMainAttributes();
        attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        attributes.put(new Attributes.Name("Agent-Class"), EntitlementAgent.class.getName());
        attributes.put(new Attributes.Name("Can-Retransform-Classes"), "true");
        jar(lib().resolve("entitlement-agent/entitlement-agent.jar"), manifest, EntitlementAgent.class);
        jar(lib().resolve("tools/ansi-console/ansi-console.jar"), null, AnsiConsoleLoader.class);
    }

    private static void jar(Path file, Manifest manifest, Class<?> content) throws IOException {
        Files.createDirectories(file.getParent());
        String entry = content.getName().replace('.', '/') + ".class";
        try (OutputStream out = Files.newOutputStream(file);
                JarOutputStream jar = manifest == null ? new JarOutputStream(out) : new JarOutputStream(out, manifest);
                InputStream bytes = content.getClassLoader().getResourceAsStream(entry)) {
            jar.putNextEntry(new JarEntry(entry));
            bytes.transferTo(jar);
            jar.closeEntry();
        }
    }
}
