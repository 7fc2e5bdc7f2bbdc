package io.lookalike.node;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.entitlement.runtime.policy.Policy;
import org.elasticsearch.entitlement.runtime.policy.PolicyUtils;
import org.elasticsearch.logging.internal.spi.LoggerFactory;
import org.elasticsearch.plugins.PluginDescriptor;
import org.elasticsearch.plugins.PluginsUtils;

/**
 * Installs a plugin's zip into a home with the checks of Elasticsearch's install tool: a readable descriptor, the right
 * version, no duplicate class, a readable policy.
 */
final class PluginInstallation {
    private PluginInstallation() {}

    /**
     * Unpacks {@code zip} into {@code plugins/<name>}.
     *
     * @param progress receives the name of the plugin and its entitlements
     */
    static void install(Path zip, NodeHome home, Consumer<String> progress) {
        if (!Files.isRegularFile(zip)) {
            throw new NodeFailed("no plugin at [" + zip + "]; run `mvn package` first");
        }
        configureLogging();
        try {
            Path unpacked = Files.createDirectories(home.root().resolve("installing"));
            unzip(zip, unpacked);
            PluginDescriptor descriptor = PluginDescriptor.readFromProperties(unpacked);
            PluginsUtils.verifyCompatibility(descriptor);
            PluginsUtils.preInstallJarHellCheck(
                    descriptor, unpacked, home.plugins(), home.modules(), home.serverJars());
            List<String> entitlements = entitlements(descriptor, unpacked);
            Path configuration = unpacked.resolve("config");
            if (Files.isDirectory(configuration)) {
                Trees.copy(configuration, home.config().resolve(descriptor.getName()));
                Trees.delete(configuration);
            }
            Files.move(unpacked, home.plugins().resolve(descriptor.getName()));
            progress.accept("installed [" + descriptor.getName() + " " + descriptor.getVersion() + "]"
                    + (entitlements.isEmpty() ? "" : ", which asks for the entitlements " + entitlements));
        } catch (NodeFailed e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            throw new NodeFailed("cannot install the plugin [" + zip + "]: " + messages(e), e);
        }
    }

    /**
     * Sets up logging, without which classes of Elasticsearch do not load; a test framework may have done it already.
     */
    private static synchronized void configureLogging() {
        if (LoggerFactory.provider() == null) {
            LogConfigurator.configureWithoutConfig(
                    Settings.builder().put("logger.level", "WARN").build());
            LogConfigurator.configureESLogging();
        }
    }

    private static String messages(Throwable failure) {
        StringBuilder messages = new StringBuilder(String.valueOf(failure.getMessage()));
        for (Throwable cause = failure.getCause(); cause != null; cause = cause.getCause()) {
            messages.append(": ").append(cause.getMessage());
        }
        return messages.toString();
    }

    private static List<String> entitlements(PluginDescriptor descriptor, Path directory) throws IOException {
        var plugin = new PolicyUtils.PluginData(directory, descriptor.getName(), descriptor.isModular(), true);
        Map<String, Policy> policies =
                PolicyUtils.createPluginPolicies(List.of(plugin), Map.of(), descriptor.getElasticsearchVersion());
        var descriptions = new TreeSet<String>();
        policies.values().forEach(policy -> descriptions.addAll(PolicyUtils.getEntitlementsDescriptions(policy)));
        return List.copyOf(descriptions);
    }

    /** Unpacks {@code zip}; refuses entries that point outside of {@code directory}. */
    static void unzip(Path zip, Path directory) throws IOException {
        try (InputStream in = Files.newInputStream(zip);
                ZipInputStream entries = new ZipInputStream(in)) {
            for (ZipEntry entry = entries.getNextEntry(); entry != null; entry = entries.getNextEntry()) {
                Path target = directory.resolve(entry.getName()).normalize();
                if (!target.startsWith(directory)) {
                    throw new NodeFailed("plugin [" + zip + "] has the entry [" + entry.getName()
                            + "], which would be written outside of the plugin's directory");
                }
                if (entry.isDirectory()) {
                    Files.createDirectories(target);
                } else {
                    Files.createDirectories(target.getParent());
                    Files.copy(entries, target);
                }
            }
        }
    }
}
