package io.lookalike.model;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * The models of this node: those that an administrator put into directories, and those that come with the plugin.
 *
 * <p>A model is loaded when it is first asked for and stays until nobody has used it for long or others need its memory (see {@link
 * Residency}); a directory whose content changes meanwhile is not read again. Callers that want the same model while it loads wait for that one load; where it fails all of them are told,
 * and the next call tries again. Names beginning with {@code builtin-} belong to the plugin: such directories are not seen.
 * Thread-safe; a call for a loaded model costs a look into a hash map.
 */
public final class Models implements AutoCloseable {
    /** The models that come with the plugin. */
    static final List<String> BUILTIN = List.of("builtin-1", "builtin-2");

    static final int MAX_DIRECTORIES = 1000;

    /** The setting for {@link #maxMemory}. */
    public static final String MAX_MEMORY = "lookalike.model.max_memory";

    /**
     * Two and a half heaps and at least 2 GiB, but no more than half of what the heap leaves of the memory of the machine: files of
     * indices want the rest.
     */
    public static final long DEFAULT_MAX_MEMORY =
            defaultMaxMemory(Runtime.getRuntime().maxMemory(), ProcessMemory.physical());

    /** What may be copied of one output at once, as floats, beside what else is on the heap. */
    private static final long MAX_OUTPUT_BYTES = Runtime.getRuntime().maxMemory() / 32;

    /** Graphs are read one after the other, so that many large ones at once do not fill the heap. */
    private static final Object READING = new Object();

    private static final String PLACE = "config/lookalike/models";
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,99}");

    private final Path directory;
    private final SessionSettings sessions;
    private final Path temporaryDirectory;
    private final Function<String, InputStream> resources;
    private final Map<String, CompletableFuture<OnnxModel>> loaded = new ConcurrentHashMap<>();
    private final Map<String, Described> described = new ConcurrentHashMap<>();
    private final Residency residency = new Residency(this::detach);
    private volatile long maxMemory = DEFAULT_MAX_MEMORY;
    private volatile boolean closed;

    /**
     * Loads nothing yet.
     *
     * @param directory holds one directory for each model, with {@code model.onnx} and perhaps {@code model.json} in it; need not
     *     exist
     * @param sessions how all of them are run
     * @param temporaryDirectory where native libraries are unpacked
     */
    public Models(Path directory, SessionSettings sessions, Path temporaryDirectory) {
        this(directory, sessions, temporaryDirectory, Models.class::getResourceAsStream);
    }

    /** The same without spinning and with an arena. */
    public Models(Path directory, int threads, Path temporaryDirectory) {
        this(directory, threads, temporaryDirectory, Models.class::getResourceAsStream);
    }

    Models(Path directory, int threads, Path temporaryDirectory, Function<String, InputStream> resources) {
        this(directory, new SessionSettings(threads, false, true), temporaryDirectory, resources);
    }

    private Models(
            Path directory,
            SessionSettings sessions,
            Path temporaryDirectory,
            Function<String, InputStream> resources) {
        this.directory = Objects.requireNonNull(directory);
        this.sessions = sessions;
        this.temporaryDirectory = Objects.requireNonNull(temporaryDirectory);
        this.resources = resources;
    }

    static long defaultMaxMemory(long heap, long physical) {
        long wanted = Math.max(2L << 30, heap / 2 * 5);
        return Math.max(256L << 20, Math.min(wanted, (physical - heap) / 2));
    }

    /** Sets what all models may take of native memory together, by estimate, for those that are loaded from now on. */
    public void maxMemory(long bytes) {
        maxMemory = bytes;
    }

    /**
     * The names of all models, sorted, without loading any.
     *
     * @throws ModelException where the directory cannot be read or holds more than 1,000 entries
     */
    public List<String> ids() {
        TreeSet<String> ids = new TreeSet<>();
        ids.addAll(BUILTIN);
        if (Files.isDirectory(directory) == false) {
            return List.copyOf(ids);
        }
        int seen = 0;
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                if (++seen > MAX_DIRECTORIES) {
                    throw new ModelException("[" + PLACE + "] holds more than [" + MAX_DIRECTORIES
                            + "] directories; take unused ones out");
                }
                String name = entry.getFileName().toString();
                if (isDirectoryId(name) && Files.isRegularFile(entry.resolve(ModelFiles.MODEL))) {
                    ids.add(name);
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            throw new ModelException("cannot list [" + PLACE + "]: " + Failures.reason(e), e);
        }
        return List.copyOf(ids);
    }

    /** Whether there is a model of this name, loadable or not; false for anything that is no name. */
    public boolean exists(String id) {
        return isBuiltin(id) || (isDirectoryId(id) && Files.isRegularFile(file(id)));
    }

    /**
     * What the files of a model say of it, which is not loaded for that. Costs a digest of the files once.
     *
     * @throws ModelException where there is none, or it would be refused before it is loaded
     */
    public ModelInfo describe(String id) {
        CompletableFuture<OnnxModel> present = id == null ? null : loaded.get(id);
        if (present != null && present.state() == Future.State.SUCCESS) {
            return present.resultNow().info();
        }
        checkId(id);
        if (isBuiltin(id)) {
            return info(id); // small, and there is no file
        }
        Described known;
        try {
            known = described(id, ModelFiles.list(directory.resolve(id)));
        } catch (IOException e) {
            throw new ModelException("cannot read model [" + id + "]: " + Failures.reason(e), e);
        } catch (ModelException e) {
            throw new ModelException("cannot load model [" + id + "]: " + Failures.reason(e), e);
        }
        if (known.failure != null) {
            throw new ModelException(known.failure);
        }
        return known.info;
    }

    private Described described(String id, ModelFiles files) throws IOException {
        Described known = described.get(id);
        if (known == null || !known.most != maxMemory || !known.files.sameAs(files)) {
            byte[] defaults = ModelFiles.defaults(directory.resolve(id));
            Read read = read(() -> OnnxFile.read(files.model()));
            known = new Described(
                    files,
                    info(id, files.sha256(), files.bytes(), read.signature, defaults),
                    read.memory,
                    maxMemory,
                    null);
            described.put(id, known);
        }
        return known;
    }

    /**
     * What was read of a directory when it was as it is noted here.
     *
     * @param most what it was held against
     * @param failure why it could not be loaded then; null where nobody tried or it could
     */
    private record Described(ModelFiles files, ModelInfo info, GraphMemory.Load memory, long most, String failure) {}

    /** What is kept of a graph. */
    private record Read(Signature signature, GraphMemory.Load memory) {}

    private interface Source {
        OnnxGraph graph() throws IOException;
    }

    /** Reads a graph and holds it against the limit, as far as it says what it takes. */
    private Read read(Source source) throws IOException {
        synchronized (READING) {
            OnnxGraph graph = source.graph();
            GraphMemory.Load memory = GraphMemory.load(graph);
            requireRoom(memory.bytes());
            Signature signature = Signature.of(graph);
            long[] shape =
                    signature.inputs().size() == 1 ? oneOf(signature.inputs().getFirst()) : null;
            if (shape != null) {
                GraphMemory.run(graph, shape, maxMemory - memory.bytes());
            }
            return new Read(signature, memory);
        }
    }

    /** The shape of one picture, where only the number of them is open. */
    private static long[] oneOf(TensorInfo input) {
        long[] shape = input.shape();
        for (int i = 0; i < shape.length; i++) {
            if (shape[i] < 0) {
                if (i > 0) {
                    return null;
                }
                shape[i] = 1;
            }
        }
        return shape.length == 0 ? null : shape;
    }

    private void requireRoom(long bytes) {
        if (bytes > maxMemory) {
            throw new ModelException("it takes about [" + bytes + "] bytes of memory to be loaded; at most ["
                    + maxMemory + "] are allowed, use a smaller model or raise [" + MAX_MEMORY + "]");
        }
    }

    /**
     * How many pictures one run may take, so that its memory fits: half as many until they do.
     *
     * @param output the output that is copied to the heap
     * @param shape of one picture, or of as many as the graph takes at once
     * @param most pictures, or those of the shape where it has more than one
     * @throws ModelException where not even one fits
     */
    public int fit(String id, String output, long[] shape, int most) {
        synchronized (READING) {
            try {
                OnnxGraph graph = isBuiltin(id)
                        ? OnnxFile.read(resource(id, ModelFiles.MODEL))
                        : OnnxFile.read(ModelFiles.list(directory.resolve(id)).model());
                long loaded = GraphMemory.load(graph).bytes();
                return fit(id, graph, output, shape, most, maxMemory - loaded);
            } catch (IOException e) {
                throw new ModelException("cannot read model [" + id + "]: " + Failures.reason(e), e);
            } catch (ModelException e) {
                throw new ModelException("cannot run model [" + id + "]: " + e.getMessage(), e);
            }
        }
    }

    private int fit(String id, OnnxGraph graph, String output, long[] shape, int most, long room) {
        for (int count = most; ; count /= 2) {
            long[] batch = shape.clone();
            batch[0] = Math.max(shape[0], count);
            try {
                GraphMemory.Run run = GraphMemory.run(graph, batch, room);
                requireOutput(output, run.outputs().getOrDefault(output, Extent.UNKNOWN));
                residency.run(id, run.bytes(), maxMemory);
                return count;
            } catch (ModelException e) {
                if (count <= 1) {
                    throw e;
                }
            }
        }
    }

    private static void requireOutput(String output, Extent made) {
        if (made.count() > MAX_OUTPUT_BYTES / Float.BYTES) {
            throw new ModelException("output [" + output + "] has [" + made.count() + "] numbers; at most ["
                    + MAX_OUTPUT_BYTES / Float.BYTES + "] fit into the heap beside all else, name another output");
        }
    }

    /**
     * Runs something with a model for the first time, and refuses the model where the process grows beyond the limit: no estimate
     * knows what an operator takes while it works. Within {@link #use}.
     */
    public <T> T trial(String id, Supplier<T> work) {
        AtomicLong growth = new AtomicLong();
        T made = ProcessMemory.watch(work, growth);
        if (growth.get() > maxMemory) {
            residency.unwanted(id);
            throw new ModelException("model [" + id + "] took [" + growth.get()
                    + "] bytes of memory when it was tried; at most [" + maxMemory
                    + "] are allowed, use a smaller model or raise ["
                    + MAX_MEMORY + "]");
        }
        return made;
    }

    /**
     * Uses a model, which is loaded if need be and not unloaded meanwhile.
     *
     * @param stop ends the wait for one that loads the model
     * @throws ModelException as {@link #get}
     * @throws ModelBusyException where there is no room for it now
     */
    public <T> T use(String id, Stop stop, Function<OnnxModel, T> work) {
        if (id == null) {
            return work.apply(get(null)); // says what is wrong
        }
        residency.enter(id);
        try {
            return work.apply(get(id, stop));
        } finally {
            residency.leave(id);
        }
    }

    /** Unloads models that nobody has used for so long; they are loaded again when somebody does. */
    public void unloadIdle(long nanos) {
        residency.unloadIdle(nanos);
    }

    /** What loaded models hold of native memory by estimate. */
    public long heldBytes() {
        return residency.bytes();
    }

    private Runnable detach(String id) {
        CompletableFuture<OnnxModel> present = loaded.remove(id);
        return () -> {
            if (present != null && present.state() == Future.State.SUCCESS) {
                present.resultNow().close();
            }
        };
    }

    /**
     * Describes a model, which is loaded for it.
     *
     * @throws ModelException as {@link #get}
     */
    public ModelInfo info(String id) {
        return get(id).info();
    }

    /**
     * The model of this name, loaded if need be. It may be unloaded at any time, and closed then; whoever runs it takes {@link #use}.
     *
     * @throws ModelException where there is none or it cannot be loaded
     */
    public OnnxModel get(String id) {
        return get(id, new Stop());
    }

    /**
     * The same, where another thread may end the wait for one that loads the model; loading itself is not ended.
     *
     * @throws StoppedException where it was stopped
     */
    public OnnxModel get(String id, Stop stop) {
        CompletableFuture<OnnxModel> present = id == null ? null : loaded.get(id);
        if (present != null) {
            return await(id, present, stop);
        }
        checkId(id);
        residency.enter(id);
        try {
            return first(id, stop);
        } finally {
            residency.leave(id);
        }
    }

    private OnnxModel first(String id, Stop stop) {
        CompletableFuture<OnnxModel> own = new CompletableFuture<>();
        CompletableFuture<OnnxModel> first = loaded.putIfAbsent(id, own);
        return first == null ? load(id, own) : await(id, first, stop);
    }

    /**
     * {@code model.json} as it lies beside a model now, unread; null where there is none. Unlike a graph it counts for who asks
     * next, so that a mistake in it is put right without starting the node again.
     *
     * @throws ModelException as {@link #get}, or where the file cannot be read
     */
    public byte[] defaults(String id) {
        ModelInfo info = info(id);
        if (isDirectoryId(id) == false) {
            return info.defaults();
        }
        try {
            return ModelFiles.defaults(directory.resolve(id));
        } catch (IOException e) {
            throw new ModelException(
                    "cannot read [" + ModelFiles.DEFAULTS + "] of model [" + id + "]: " + Failures.reason(e), e);
        }
    }

    /** Frees every model once its running calls are done; later calls are refused. */
    @Override
    public void close() {
        closed = true;
        for (CompletableFuture<OnnxModel> each : loaded.values()) {
            if (each.state() == Future.State.SUCCESS) { // what still loads is closed by whoever loads it
                each.resultNow().close();
            }
        }
        loaded.clear();
    }

    private OnnxModel load(String id, CompletableFuture<OnnxModel> own) {
        try {
            OnnxModel model = isBuiltin(id) ? loadBuiltin(id) : loadDirectory(id);
            own.complete(model);
            if (closed) {
                model.close();
            }
            return model;
        } catch (Throwable e) { // a native library that fails may throw anything
            ModelException failure = new ModelException("cannot load model [" + id + "]: " + Failures.reason(e), e);
            note(id, failure);
            loaded.remove(id, own);
            residency.failed(id);
            own.completeExceptionally(failure);
            throw failure;
        }
    }

    /** Keeps what only an attempt to load a model tells of it, for its description. */
    private void note(String id, ModelException failure) {
        Described known = described.get(id);
        if (known != null) {
            described.put(id, new Described(known.files, known.info, known.memory, known.most, failure.getMessage()));
        }
    }

    private static OnnxModel await(String id, CompletableFuture<OnnxModel> loading, Stop stop) {
        if (loading.state() == Future.State.SUCCESS) {
            return loading.resultNow();
        }
        CompletableFuture<OnnxModel> own = loading.copy();
        stop.begin(() -> own.completeExceptionally(new StoppedException()));
        try {
            return own.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof StoppedException) {
                throw new StoppedException();
            }
            throw new ModelException(e.getCause().getMessage(), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ModelException(
                    "model [" + id + "] was being loaded when the thread that waited was interrupted", e);
        } finally {
            stop.end();
        }
    }

    private OnnxModel loadDirectory(String id) throws IOException, OrtException {
        ModelFiles files = ModelFiles.list(directory.resolve(id));
        Described described = described(id, files);
        ModelInfo read = described.info;
        residency.load(id, described.memory.bytes(), maxMemory);
        OrtEnvironment environment = Engines.start(temporaryDirectory);
        OnnxModel model;
        try (OrtSession.SessionOptions options = sessions.options(described.memory.mayFold())) {
            OrtSession session = environment.createSession(files.model().toString(), options);
            model = OnnxModel.of(
                    id, session, signature -> info(id, read.sha256(), read.bytes(), signature, read.defaults()));
        }
        boolean unchanged = false;
        try {
            unchanged = files.unchanged();
        } finally {
            if (unchanged == false) {
                model.close();
            }
        }
        if (unchanged == false) {
            throw new ModelException("its files changed while they were read; try again");
        }
        return model;
    }

    private OnnxModel loadBuiltin(String id) throws IOException, OrtException {
        byte[] bytes = resource(id, ModelFiles.MODEL);
        byte[] defaults;
        try (InputStream json = resources.apply(id + "/" + ModelFiles.DEFAULTS)) {
            defaults = json == null ? null : ModelFiles.readDefaults(json);
        }
        residency.load(id, GraphMemory.load(OnnxFile.read(bytes)).bytes(), maxMemory);
        OrtEnvironment environment = Engines.start(temporaryDirectory);
        try (OrtSession.SessionOptions options = sessions.options(true)) {
            OrtSession session = environment.createSession(bytes, options);
            return OnnxModel.of(
                    id, session, signature -> info(id, ModelFiles.sha256(bytes), bytes.length, signature, defaults));
        }
    }

    private byte[] resource(String id, String name) throws IOException {
        try (InputStream in = resources.apply(id + "/" + name)) {
            if (in == null) {
                throw new ModelException("this build of the plugin does not hold it");
            }
            return in.readAllBytes();
        }
    }

    private static ModelInfo info(String id, String sha256, long bytes, Signature signature, byte[] defaults) {
        return new ModelInfo(
                id, sha256, bytes, signature.inputs(), signature.outputs(), signature.metadata(), defaults);
    }

    private void checkId(String id) {
        if (closed) {
            throw new ModelException("model [" + id + "] cannot be loaded: the node is stopping");
        }
        if (id == null || ID.matcher(id).matches() == false || id.contains("..")) {
            throw new ModelException(
                    "[" + id + "] is no name for a model; a name has at most [100] of A-Z, a-z, 0-9, [_], [.] and [-],"
                            + " begins with a letter or digit and has no [..]");
        }
        if (exists(id) == false) {
            throw new ModelException("no such model [" + id + "]; known models are [" + String.join(", ", ids())
                    + "]; put model.onnx into " + PLACE + "/" + id + "/ on every node");
        }
    }

    private static boolean isBuiltin(String id) {
        return id != null && BUILTIN.contains(id);
    }

    private static boolean isDirectoryId(String id) {
        return id != null
                && ID.matcher(id).matches()
                && id.contains("..") == false
                && id.startsWith("builtin-") == false;
    }

    private Path file(String id) {
        return directory.resolve(id).resolve(ModelFiles.MODEL);
    }
}
