package io.lookalike.model;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.stream.Collectors;

/**
 * One loaded network: a session of ONNX Runtime, which is called directly because DJL's predictors cannot be stopped.
 *
 * <p>All threads share the session, which ONNX Runtime allows. They do not share the native memory of inputs: each call
 * borrows a converter from a queue, which grows to the highest number of concurrent calls. All other native memory of a
 * call is freed before it returns. A call costs the network plus a copy of input and output. If the session was
 * unloaded for other models ({@link SessionMemory}), the next call loads it again.
 */
public final class OnnxModel {
    private static final int MAX_BATCH = 1 << 16;

    /** Opens the session, also again after it was unloaded. */
    interface Source {
        OrtSession open() throws IOException, OrtException;
    }

    private final ModelInfo info;
    private final Source source;
    private final SessionMemory memory;
    private final ElementType input;
    private final Queue<TensorConverter> idle = new ConcurrentLinkedQueue<>();
    /** Null while it is unloaded; guarded by this, like the fields below. */
    private CompletableFuture<OrtSession> session;

    /** Calls that use the session. */
    private int running;

    private boolean closed;
    private volatile long usedAt = System.nanoTime();

    /** @param session from the same source; owned by this object */
    OnnxModel(ModelInfo info, OrtSession session, Source source, SessionMemory memory) {
        this.info = info;
        this.session = CompletableFuture.completedFuture(session);
        this.source = source;
        this.memory = memory;
        this.input = info.inputs().size() == 1
                ? ElementType.of(info.inputs().getFirst().type())
                : null;
    }

    /** The description of the loaded model. */
    public ModelInfo info() {
        return info;
    }

    /**
     * Runs one tensor through the graph. May be called from many threads at once.
     *
     * @param output name of the output to return
     * @param input the numbers in row-major order, converted to the graph's input type; not changed
     * @param shape one positive number per axis; the product is {@code input.length}
     * @return a tensor that the caller owns
     * @throws ModelException if the graph has no such output or more than one input, the shape does not fit, or the run
     *     fails
     */
    public Tensor run(String output, float[] input, long[] shape) {
        checkOutput(output);
        checkInput(input.length, shape);
        return run(new RunInput(List.of(output), new float[][] {input}, shape), new Stop());
    }

    /**
     * Runs several inputs as one batch, or as several batches if the graph has a fixed batch size. An incomplete batch
     * is filled up with the last input, and the results for these copies are dropped.
     *
     * @param outputs names of the outputs to return, at least one
     * @param rows one input each, as for {@link #run}; not changed
     * @param shape of one row; its first axis is 1
     * @param stop lets another thread stop the run
     * @return for each row, in order, the first output, with 1 as first axis; the others are its {@link Tensor#next}
     * @throws ModelException as {@link #run}, or if an output does not have one entry for each row
     * @throws StoppedException if it was stopped
     */
    public List<Tensor> runAll(List<String> outputs, float[][] rows, long[] shape, Stop stop) {
        outputs.forEach(this::checkOutput);
        int batch = fixedBatch() == 0 ? rows.length : fixedBatch();
        long[] batchShape = shape.clone();
        batchShape[0] = batch;
        List<Tensor> results = new ArrayList<>(rows.length);
        for (int from = 0; from < rows.length; from += batch) {
            float[][] padded = new float[batch][];
            for (int i = 0; i < batch; i++) {
                padded[i] = rows[Math.min(from + i, rows.length - 1)];
            }
            checkInput((long) batch * padded[0].length, batchShape);
            results.addAll(split(
                    run(new RunInput(outputs, padded, batchShape), stop), batch, Math.min(batch, rows.length - from)));
        }
        return results;
    }

    /** The fixed batch size of the graph; 0 if it is dynamic. */
    public int fixedBatch() {
        long[] wanted = info.inputs().getFirst().shape();
        return wanted.length == 0 ? 0 : Math.clamp(wanted[0], 0, MAX_BATCH);
    }

    private List<Tensor> split(Tensor made, int batch, int wanted) {
        long[] shape = made.shape().clone();
        if (batch == 1) {
            return List.of(made);
        }
        if (shape.length == 0 || shape[0] != batch) {
            throw new ModelException("model [" + info.id() + "] makes an output of shape " + Arrays.toString(shape)
                    + " of [" + batch + "] pictures; its first axis must be their number");
        }
        shape[0] = 1;
        int each = made.data().length / batch;
        List<Tensor> next = made.next() == null ? null : split(made.next(), batch, wanted);
        List<Tensor> results = new ArrayList<>(wanted);
        for (int i = 0; i < wanted; i++) {
            float[] row = Arrays.copyOfRange(made.data(), i * each, (i + 1) * each);
            results.add(new Tensor(row, shape.clone(), next == null ? null : next.get(i)));
        }
        return results;
    }

    private Tensor run(RunInput run, Stop stop) {
        CompletableFuture<OrtSession> present;
        CompletableFuture<OrtSession> opening = null;
        synchronized (this) {
            requireOpen();
            running++;
            if (session == null) {
                opening = new CompletableFuture<>();
                session = opening;
            }
            present = session;
        }
        try {
            if (opening != null) {
                reopen(opening);
            }
            OrtSession opened = await(present, stop);
            memory.begin(stop);
            try {
                return convertAndPredict(opened, run, stop);
            } finally {
                memory.end();
            }
        } finally {
            leave();
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new ModelException("model [" + info.id() + "] is closed");
        }
    }

    private void reopen(CompletableFuture<OrtSession> opening) {
        try {
            memory.opening(info.id(), info.bytes());
            opening.complete(source.open());
            memory.opened(this);
        } catch (Throwable e) { // a failing native library may throw anything
            synchronized (this) {
                session = null;
            }
            memory.closed(info.id());
            opening.completeExceptionally(e);
        }
    }

    private OrtSession await(CompletableFuture<OrtSession> opening, Stop stop) {
        try {
            return stop.await(opening);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof UnavailableException noRoom
                    ? new UnavailableException(noRoom.getMessage())
                    : new UnavailableException(
                            "cannot load model [" + info.id() + "] again: " + OnnxErrors.reason(e.getCause()),
                            e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ModelException(
                    "model [" + info.id() + "] was being loaded when the thread that waited was interrupted", e);
        }
    }

    /** When the last run ended, in {@link System#nanoTime}. */
    long usedAt() {
        return usedAt;
    }

    /** Unloads the session until the next call, unless a call is running; returns whether it did. */
    synchronized boolean park() {
        if (running > 0 || session == null) {
            return false;
        }
        freeSession();
        return true;
    }

    /** Frees the session, now or after the last running call. Does not wait, because a call may never end. */
    synchronized void close() {
        if (closed == false) {
            closed = true;
            freeUnlessRunning();
        }
    }

    private synchronized void leave() {
        running--;
        usedAt = System.nanoTime();
        freeUnlessRunning();
    }

    private void freeUnlessRunning() {
        if (closed && running == 0) {
            idle.clear();
            freeSession();
        }
    }

    private void freeSession() {
        CompletableFuture<OrtSession> freed = session;
        session = null;
        if (freed == null || freed.state() != Future.State.SUCCESS) {
            return;
        }
        try {
            freed.resultNow().close();
        } catch (OrtException e) {
            throw new ModelException("cannot close model [" + info.id() + "]: " + OnnxErrors.reason(e), e);
        }
    }

    private Tensor convertAndPredict(OrtSession opened, RunInput run, Stop stop) {
        TensorConverter converter = idle.poll();
        if (converter == null) {
            converter = new TensorConverter(input);
        }
        TensorConverter used = converter;
        try {
            return predict(opened, run, used, stop);
        } catch (StoppedException | UnavailableException e) {
            throw e;
        } catch (Throwable e) { // an Error of a native library must not reach callers
            if (stop.isNow()) {
                throw new StoppedException();
            }
            throw new ModelException(
                    "cannot run model [" + info.id() + "] on an input of shape " + Arrays.toString(run.shape()) + ": "
                            + OnnxErrors.reason(e),
                    e);
        } finally {
            idle.add(used);
        }
    }

    private Tensor predict(OrtSession opened, RunInput run, TensorConverter converter, Stop stop) throws Exception {
        try {
            return predict(opened, run, converter, stop, false);
        } catch (OrtException e) {
            if (OnnxErrors.isLackOfMemory(e) == false) {
                throw e;
            }
            return memory.repeat(this, stop, shrink -> predict(opened, run, converter, stop, shrink));
        }
    }

    private Tensor predict(OrtSession opened, RunInput run, TensorConverter converter, Stop stop, boolean shrink)
            throws OrtException {
        String in = info.inputs().getFirst().name();
        try (OrtSession.RunOptions options = new OrtSession.RunOptions();
                OnnxTensor tensor = converter.input(OrtEnvironment.getEnvironment(), run)) {
            if (shrink) {
                options.addRunConfigEntry("memory.enable_memory_arena_shrinkage", "cpu:0");
            }
            stop.begin(() -> terminate(options));
            try (OrtSession.Result made = opened.run(Map.of(in, tensor), Set.copyOf(run.outputs()), options)) {
                Tensor last = null;
                for (String output : run.outputs().reversed()) {
                    Tensor one = TensorConverter.output(output, made.get(output).orElseThrow());
                    last = new Tensor(one.data(), one.shape(), last);
                }
                return last;
            } finally {
                stop.end(); // the options may be closed now
            }
        }
    }

    private void terminate(OrtSession.RunOptions options) {
        try {
            options.setTerminate(true);
        } catch (OrtException e) {
            throw new IllegalStateException("model [" + info.id() + "] cannot be told to stop", e);
        }
    }

    private void checkOutput(String output) {
        boolean known = false;
        for (TensorInfo each : info.outputs()) {
            if (ElementType.of(each.type()) == null) {
                throw new ModelException("model [" + info.id() + "] has output [" + each.name() + "] of type ["
                        + each.type() + "]; every output must be a tensor of one of [" + ElementType.names() + "]");
            }
            known |= each.name().equals(output);
        }
        if (known == false) {
            throw new ModelException("model [" + info.id() + "] has no output [" + output + "]; its outputs are "
                    + names(info.outputs()));
        }
    }

    private void checkInput(long numbers, long[] shape) {
        if (info.inputs().size() != 1) {
            throw new ModelException("model [" + info.id() + "] has ["
                    + info.inputs().size() + "] inputs " + names(info.inputs()) + "; it must have one, the picture");
        }
        TensorInfo wanted = info.inputs().getFirst();
        if (input == null || input.isInput() == false) {
            throw new ModelException("model [" + info.id() + "] has input [" + wanted.name() + "] of type ["
                    + wanted.type() + "]; it must be one of [" + ElementType.inputNames() + "]");
        }
        long product = 1;
        for (long axis : shape) {
            if (axis < 1 || axis > Integer.MAX_VALUE || product > Integer.MAX_VALUE) {
                throw new ModelException(
                        "shape " + Arrays.toString(shape) + " must have positive numbers with a product below 2^31");
            }
            product *= axis;
        }
        if (product != numbers) {
            throw new ModelException(
                    "shape " + Arrays.toString(shape) + " holds [" + product + "] numbers; got [" + numbers + "]");
        }
        if (fits(wanted.shape(), shape) == false) {
            throw new ModelException("model [" + info.id() + "] takes input [" + wanted.name() + "] of shape "
                    + Arrays.toString(wanted.shape()) + "; got " + Arrays.toString(shape));
        }
    }

    private static boolean fits(long[] wanted, long[] shape) {
        if (wanted.length == 0) {
            return true; // the graph declares no shape
        }
        boolean fits = wanted.length == shape.length;
        for (int i = 0; fits && i < wanted.length; i++) {
            fits = wanted[i] < 0 || wanted[i] == shape[i];
        }
        return fits;
    }

    private static String names(List<TensorInfo> infos) {
        return infos.stream().map(TensorInfo::name).collect(Collectors.joining(", ", "[", "]"));
    }
}
