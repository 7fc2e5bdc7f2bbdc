package io.lookalike.it.guard;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.elasticsearch.action.support.ActionFilter;
import org.elasticsearch.cluster.node.DiscoveryNodes;
import org.elasticsearch.common.io.stream.NamedWriteableRegistry;
import org.elasticsearch.common.settings.Setting;
import org.elasticsearch.common.settings.Setting.Property;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.common.util.concurrent.ThreadContext;
import org.elasticsearch.features.NodeFeature;
import org.elasticsearch.index.IndexModule;
import org.elasticsearch.ingest.Processor;
import org.elasticsearch.plugins.ActionPlugin;
import org.elasticsearch.plugins.IngestPlugin;
import org.elasticsearch.plugins.NetworkPlugin;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.rest.RestHandler;
import org.elasticsearch.rest.RestHeaderDefinition;
import org.elasticsearch.transport.TransportInterceptor;

/** Registers what stands for security in tests. */
@SuppressWarnings("deprecation") // nothing else intercepts what goes from node to node
public final class GuardPlugin extends Plugin implements ActionPlugin, IngestPlugin, NetworkPlugin {
    /**
     * Of each user, the patterns of the actions that it may do, such as {@code indices:data/read/*}; without any, all.
     */
    static final Setting.AffixSetting<List<String>> MAY = Setting.affixKeySetting(
            "guard.may.", "actions", key -> Setting.stringListSetting(key, Property.NodeScope, Property.Dynamic));

    /** Of each user, the names of indices and aliases that its requests may name; without any, all. */
    static final Setting.AffixSetting<List<String>> NAMES = Setting.affixKeySetting(
            "guard.names.", "indices", key -> Setting.stringListSetting(key, Property.NodeScope));

    private final Guard guard;

    public GuardPlugin(Settings settings) {
        guard = new Guard(settings);
    }

    @Override
    public Collection<?> createComponents(PluginServices services) {
        guard.use(services.threadPool().getThreadContext());
        services.clusterService().getClusterSettings().addAffixUpdateConsumer(MAY, guard::may, (user, patterns) -> {});
        return List.of();
    }

    @Override
    public List<Setting<?>> getSettings() {
        return List.of(MAY, NAMES);
    }

    @Override
    public Collection<RestHeaderDefinition> getRestHeaders() {
        return List.of(new RestHeaderDefinition(Guard.USER, false));
    }

    @Override
    public Collection<ActionFilter> getActionFilters() {
        return List.of(guard);
    }

    @Override
    public List<TransportInterceptor> getTransportInterceptors(NamedWriteableRegistry registry, ThreadContext context) {
        guard.use(context);
        return List.of(guard);
    }

    @Override
    public void onIndexModule(IndexModule module) {
        module.setReaderWrapper(index -> reader -> new GuardedReader(reader, guard));
    }

    @Override
    public Map<String, Processor.Factory> getProcessors(Processor.Parameters parameters) {
        return Map.of(
                OwnerProcessor.TYPE,
                (registry, tag, description, config, project) -> new OwnerProcessor(tag, description, guard));
    }

    @Override
    public Collection<RestHandler> getRestHandlers(
            RestHandlersServices services, Supplier<DiscoveryNodes> nodes, Predicate<NodeFeature> features) {
        return List.of(new RestGuardAction(guard));
    }
}
