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
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * The models of this node: those in the directories of the administrator, and the built-in ones.
 *
 * <p>A model is loaded on first use. It stays loaded until the node stops, or other models need its memory; then the
 * next run loads it again. Changes in the directory of a loaded model are not noticed. Concurrent callers share one
 * load; if it fails, all get the error, and the next call tries again. Names that begin with {@code builtin-} are
 * reserved: such directories are ignored. Thread-safe; a call for a loaded model costs a look-up in a hash map.
 */
public final class Models implements AutoCloseable {
    /** The models that come with the plugin. */
    static final List<String> BUILTIN = List.of("builtin-1", "builtin-2");

    static final int MAX_DIRECTORIES = 1000;

    /** The setting that limits native memory. */
    public static final String MAX_MEMORY = "lookalike.model.max_memory";

    public static final long DEFAULT_MAX_MEMORY = 2L << 30;

    /** How long a failure is reported again: its cause, such as a lack of memory, may have gone. */
    private static final long FAILURE_STANDS_NANOS = TimeUnit.MINUTES.toNanos(1);

    private static final String PLACE = "config/lookalike/models";
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,99}");

    private final Path directory;
    private final SessionSettings sessions;
    private final Path temporaryDirectory;
    private final Function<String, InputStream> resources;
    private final Map<String, CompletableFuture<OnnxModel>> loaded = new ConcurrentHashMap<>();
    private final SessionMemory memory;
    private final Map<String, Described> described = new ConcurrentHashMap<>();
    private final long maxMemory;
    private volatile boolean closed;

    /**
     * Loads nothing yet.
     *
     * @param directory holds one directory for each model, with {@code model.onnx} and optionally {@code model.json};
     *     need not exist
     * @param sessions how ONNX Runtime runs them
     * @param temporaryDirectory for unpacked native libraries
     * @param maxMemory bytes of native memory for all sessions and their runs. A process has one limit, that of the
     *     first instance that loads a model
     */
    public Models(Path directory, SessionSettings sessions, Path temporaryDirectory, long maxMemory) {
        this(directory, sessions, temporaryDirectory, maxMemory, Models.class::getResourceAsStream);
    }

    Models(
            Path directory,
            SessionSettings sessions,
            Path temporaryDirectory,
            long maxMemory,
            Function<String, InputStream> resources) {
        this.directory = Objects.requireNonNull(directory);
        this.sessions = sessions;
        this.temporaryDirectory = Objects.requireNonNull(temporaryDirectory);
        this.maxMemory = maxMemory;
        this.memory = new SessionMemory(maxMemory);
        this.resources = resources;
    }

    /** {@link #DEFAULT_MAX_MEMORY}, but at most half of the memory of the machine or container outside of the heap. */
    public static long defaultMaxMemory(long heap, long physical) {
        return Math.clamp((physical - heap) / 2, 128L << 20, DEFAULT_MAX_MEMORY);
    }

    /**
     * The sorted names of all models; loads none.
     *
     * @throws ModelException if the directory cannot be read or holds more than 1,000 entries
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
            throw new ModelException("cannot list [" + PLACE + "]: " + OnnxErrors.reason(e), e);
        }
        return List.copyOf(ids);
    }

    /** Whether a model of this name exists, loadable or not; false for invalid names. */
    public boolean exists(String id) {
        return isBuiltin(id) || (isDirectoryId(id) && Files.isRegularFile(file(id)));
    }

    /**
     * Describes a model from its files, without loading it. Costs a digest of the files once.
     *
     * @throws ModelException if there is none, or it is refused before loading
     */
    public ModelInfo describe(String id) {
        CompletableFuture<OnnxModel> present = id == null ? null : loaded.get(id);
        if (present != null && present.state() == Future.State.SUCCESS) {
            return present.resultNow().info();
        }
        checkId(id);
        if (isBuiltin(id)) {
            return info(id); // loads it: it is small and has no file
        }
        Described known;
        try {
            known = described(id, ModelFiles.list(directory.resolve(id)));
        } catch (IOException e) {
            throw new ModelException("cannot read model [" + id + "]: " + OnnxErrors.reason(e), e);
        } catch (ModelException e) {
            throw new ModelException("cannot load model [" + id + "]: " + OnnxErrors.reason(e), e);
        }
        if (known.failure != null && System.nanoTime() - known.failedAt < FAILURE_STANDS_NANOS) {
            throw new ModelException(known.failure);
        }
        return known.info;
    }

    private Described described(String id, ModelFiles files) throws IOException {
        Described known = described.get(id);
        if (known == null || !known.files.sameAs(files)) {
            OnnxFile.check(files.model());
            Signature signature = GraphCheck.check(files.model(), maxMemory);
            byte[] defaults = ModelFiles.defaults(directory.resolve(id));
            known = new Described(files, info(id, files.sha256(), files.bytes(), signature, defaults), null, 0);
            described.put(id, known);
        }
        return known;
    }

    /**
     * The result of reading a directory.
     *
     * @param files as they were then
     * @param failure why loading failed; null if it did not, or was not tried
     * @param failedAt time of the failure, in {@link System#nanoTime}
     */
    private record Described(ModelFiles files, ModelInfo info, String failure, long failedAt) {}

    /**
     * Loads and describes a model.
     *
     * @throws ModelException as {@link #get}
     */
    public ModelInfo info(String id) {
        return get(id).info();
    }

    /**
     * The model of this name, loaded if necessary.
     *
     * @throws ModelException if there is none or it cannot be loaded
     */
    public OnnxModel get(String id) {
        return get(id, new Stop());
    }

    /**
     * The same, but another thread may stop the wait for a load by a third thread. Loading itself cannot be stopped.
     *
     * @throws StoppedException if it was stopped
     */
    public OnnxModel get(String id, Stop stop) {
        CompletableFuture<OnnxModel> present = id == null ? null : loaded.get(id);
        if (present != null) {
            return await(id, present, stop);
        }
        checkId(id);
        CompletableFuture<OnnxModel> own = new CompletableFuture<>();
        CompletableFuture<OnnxModel> first = loaded.putIfAbsent(id, own);
        return first == null ? load(id, own) : await(id, first, stop);
    }

    /** Whether the administrator wrote a {@code model.json}; false for built-in models. */
    public boolean hasOwnDefaults(String id) {
        return isDirectoryId(id) && defaults(id) != null;
    }

    /**
     * The current raw {@code model.json} of a model; null if there is none. Unlike a graph it is read again each time,
     * so that a mistake can be corrected without a restart.
     *
     * @throws ModelException as {@link #get}, or if the file cannot be read
     */
    public byte[] defaults(String id) {
        ModelInfo info = info(id);
        if (isDirectoryId(id) == false) {
            return info.defaults();
        }
        try {
            return ModelFiles.defaults(directory.resolve(id));
        } catch (IOException | ModelException e) {
            throw new ModelException(
                    "cannot read [" + ModelFiles.DEFAULTS + "] of model [" + id + "]: " + OnnxErrors.reason(e), e);
        }
    }

    /** How often a model was unloaded to make room for others. */
    public long unloaded() {
        return memory.unloaded();
    }

    /** How many runs found no native memory and were repeated. */
    public long repeated() {
        return memory.repeated();
    }

    /** Frees every model once its running calls have ended; later calls are refused. */
    @Override
    public void close() {
        closed = true;
        for (CompletableFuture<OnnxModel> each : loaded.values()) {
            if (each.state() == Future.State.SUCCESS) { // a model that is still loading is closed by its loader
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
        } catch (UnavailableException e) {
            loaded.remove(id, own);
            own.completeExceptionally(e);
            throw e;
        } catch (Throwable e) { // a native library that fails may throw anything
            ModelException failure = new ModelException("cannot load model [" + id + "]: " + OnnxErrors.reason(e), e);
            note(id, failure);
            loaded.remove(id, own);
            own.completeExceptionally(failure);
            throw failure;
        }
    }

    /** Records the failure of a load for {@link #describe}. */
    private void note(String id, ModelException failure) {
        Described known = described.get(id);
        if (known != null) {
            described.put(id, new Described(known.files, known.info, failure.getMessage(), System.nanoTime()));
        }
    }

    private static OnnxModel await(String id, CompletableFuture<OnnxModel> loading, Stop stop) {
        try {
            return stop.await(loading);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof UnavailableException noRoom) {
                throw new UnavailableException(noRoom.getMessage());
            }
            throw new ModelException(e.getCause().getMessage(), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ModelException(
                    "model [" + id + "] was being loaded when the thread that waited was interrupted", e);
        }
    }

    private OnnxModel loadDirectory(String id) throws IOException, OrtException {
        ModelFiles files = ModelFiles.list(directory.resolve(id));
        ModelInfo read = described(id, files).info;
        return load(
                id,
                read.bytes(),
                () -> open(files),
                session -> read.metadata(),
                signature -> info(id, read.sha256(), read.bytes(), signature, read.defaults()));
    }

    private OrtSession open(ModelFiles files) throws IOException, OrtException {
        requireUnchanged(files); // load only files that were checked
        OrtEnvironment environment = OnnxRuntime.start(temporaryDirectory, maxMemory);
        OrtSession session;
        try (OrtSession.SessionOptions options = sessions.options()) {
            session = environment.createSession(files.model().toString(), options);
        }
        try {
            requireUnchanged(files);
            return session;
        } catch (Throwable e) {
            session.close();
            throw e;
        }
    }

    private static void requireUnchanged(ModelFiles files) throws IOException {
        if (files.unchanged() == false) {
            throw new ModelException(
                    "its files have changed since they were read; try again, and restart the node if it was loaded "
                            + "before that");
        }
    }

    private OnnxModel loadBuiltin(String id) throws IOException, OrtException {
        byte[] bytes = resource(id, ModelFiles.MODEL);
        if (bytes == null) {
            throw new ModelException("this build of the plugin does not hold it");
        }
        byte[] defaults = resource(id, ModelFiles.DEFAULTS);
        OnnxModel.Source source = () -> { // keeps the few bytes in memory
            OrtEnvironment environment = OnnxRuntime.start(temporaryDirectory, maxMemory);
            try (OrtSession.SessionOptions options = sessions.options()) {
                return environment.createSession(bytes, options);
            }
        };
        return load(
                id,
                bytes.length,
                source,
                session -> session.getMetadata().getCustomMetadata(),
                signature -> info(id, ModelFiles.sha256(bytes), bytes.length, signature, defaults));
    }

    private byte[] resource(String id, String name) throws IOException {
        try (InputStream in = resources.apply(id + "/" + name)) {
            return in == null ? null : in.readAllBytes();
        }
    }

    /** Reads the properties of a model. */
    private interface Properties {
        Map<String, String> of(OrtSession session) throws OrtException;
    }

    private OnnxModel load(
            String id,
            long bytes,
            OnnxModel.Source source,
            Properties properties,
            Function<Signature, ModelInfo> describe)
            throws IOException, OrtException {
        memory.opening(id, bytes);
        OrtSession session = null;
        OnnxModel model = null;
        try {
            session = source.open();
            model = new OnnxModel(
                    describe.apply(Signature.of(session, properties.of(session))), session, source, memory);
            memory.opened(model);
            return model;
        } finally {
            if (model == null) {
                memory.closed(id);
                if (session != null) {
                    session.close();
                }
            }
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
