package io.lookalike.node;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.elasticsearch.bootstrap.ServerArgs;
import org.elasticsearch.common.io.stream.OutputStreamStreamOutput;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.KeyStoreWrapper;
import org.elasticsearch.common.settings.Settings;

/**
 * Writes the message that an Elasticsearch process expects on its standard input.
 *
 * <p>{@link #serialise} loads this class again, with only the node's jars: with Elasticsearch's test framework on the
 * class path, key stores can be created only inside of its tests. The class is public only for that.
 */
public final class ServerArguments implements BiFunction<Path, Map<String, String>, byte[]> {
    /**
     * Serialises the arguments of a node that stays in the foreground and logs to its standard output.
     *
     * @param settings all settings but the home: not the server but its launcher reads elasticsearch.yml
     */
    static byte[] serialise(NodeHome home, Map<String, String> settings) throws IOException {
        List<URL> jars = new ArrayList<>(home.serverJars());
        jars.add(ServerArguments.class.getProtectionDomain().getCodeSource().getLocation());
        Thread thread = Thread.currentThread();
        ClassLoader context = thread.getContextClassLoader();
        try (var loader = new URLClassLoader(jars.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
            thread.setContextClassLoader(loader);
            @SuppressWarnings("unchecked")
            var apart =
                    (BiFunction<Path, Map<String, String>, byte[]>) loader.loadClass(ServerArguments.class.getName())
                            .getConstructor()
                            .newInstance();
            return apart.apply(home.root(), settings);
        } catch (ReflectiveOperationException e) {
            throw new NodeFailed("cannot load the server's classes from [" + home.lib() + "]", e);
        } finally {
            thread.setContextClassLoader(context);
        }
    }

    @Override
    public byte[] apply(Path root, Map<String, String> settings) {
        // classes of Elasticsearch do not load before its logging is set up
        LogConfigurator.configureWithoutConfig(Settings.EMPTY);
        LogConfigurator.configureESLogging();
        NodeHome home = new NodeHome(root);
        Settings.Builder builder = Settings.builder();
        settings.forEach(builder::put);
        builder.put("path.home", root.toString());
        ServerArgs arguments = new ServerArgs(
                false, false, null, KeyStoreWrapper.create(), builder.build(), home.config(), home.logs());
        var bytes = new ByteArrayOutputStream();
        try (var out = new OutputStreamStreamOutput(bytes)) {
            arguments.writeTo(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
