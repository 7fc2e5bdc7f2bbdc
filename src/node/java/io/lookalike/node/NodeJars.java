package io.lookalike.node;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The jars of a node, sorted by where Elasticsearch looks for them.
 *
 * <p>The list is a class path resolved by Maven. Jars of the test framework are left out. Any other unknown jar goes to
 * the server, so the list must not hold the plugin's own jars.
 *
 * @param lib the server's module path
 * @param bridge the entitlement bridge, which is patched into java.base
 * @param transport the files of the module transport-netty4
 * @param transportModule the jar among them which holds the module's descriptor and policy
 * @param zstd the jar that holds the native zstd libraries; not for the class path
 */
record NodeJars(List<Path> lib, Path bridge, List<Path> transport, Path transportModule, Path zstd) {
    private static final Pattern SEPARATOR = Pattern.compile(Pattern.quote(File.pathSeparator) + "|\\R");
    private static final Pattern BRIDGE = Pattern.compile("elasticsearch-entitlement-bridge-\\d.*\\.jar");
    private static final Pattern TRANSPORT_MODULE = Pattern.compile("transport-netty4-\\d.*\\.jar");
    private static final Pattern TRANSPORT = Pattern.compile("(elasticsearch-ssl-config|netty-[a-z0-9-]+)-\\d.*\\.jar");
    private static final Pattern ZSTD = Pattern.compile("aircompressor-v3-\\d.*\\.jar");
    private static final Pattern NOT_OF_A_NODE = Pattern.compile(
            "(framework|lucene-test-framework|lucene-codecs|junit|randomizedtesting-runner|hamcrest).*");

    /** Reads the list in {@code file}: paths separated by the platform's path separator or by new lines. */
    static NodeJars read(Path file) {
        String list;
        try {
            list = Files.readString(file);
        } catch (IOException e) {
            throw new NodeFailed("no list of a node's jars at [" + file + "]; run `mvn package` first", e);
        }
        return sort(SEPARATOR
                .splitAsStream(list)
                .filter(entry -> !entry.isBlank())
                .map(entry -> Path.of(entry.strip()))
                .toList());
    }

    static NodeJars sort(List<Path> jars) {
        List<Path> lib = new ArrayList<>();
        List<Path> transport = new ArrayList<>();
        Path bridge = null;
        Path transportModule = null;
        Path zstd = null;
        for (Path jar : jars) {
            String name = jar.getFileName().toString();
            if (!name.endsWith(".jar") || NOT_OF_A_NODE.matcher(name).matches()) {
                continue;
            }
            if (BRIDGE.matcher(name).matches()) {
                bridge = jar;
            } else if (ZSTD.matcher(name).matches()) {
                zstd = jar;
            } else if (TRANSPORT_MODULE.matcher(name).matches()) {
                transportModule = jar;
                transport.add(jar);
            } else if (TRANSPORT.matcher(name).matches()) {
                transport.add(jar);
            } else {
                lib.add(jar);
            }
        }
        require(bridge, "org.elasticsearch:elasticsearch-entitlement-bridge");
        require(transportModule, "org.elasticsearch.plugin:transport-netty4");
        require(zstd, "io.airlift:aircompressor-v3");
        return new NodeJars(List.copyOf(lib), bridge, List.copyOf(transport), transportModule, zstd);
    }

    private static void require(Path jar, String artifact) {
        if (jar == null) {
            throw new NodeFailed("the list of a node's jars lacks [" + artifact + "]; run `mvn package` again");
        }
    }
}
