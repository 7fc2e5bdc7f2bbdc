package io.lookalike.model;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.inference.Predictor;
import ai.djl.onnxruntime.engine.OrtNDManager;
import ai.djl.onnxruntime.engine.OrtSymbolBlock;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * One loaded network: a DJL model over one ONNX Runtime session.
 *
 * <p>The session is shared by all threads, which ONNX Runtime allows; DJL's predictors are not, so each call borrows one from
 * a queue that grows to as many as ever ran at once. Native memory of a call is freed before it returns, on every path. A call
 * costs what the network costs plus a copy of input and output.
 */
public final class OnnxModel {
    private static final int MAX_BATCH = 1 << 16;

    private final ModelInfo info;
    private final Model model;
    private final Elements input;
    private final Queue<Predictor<Pass, Tensor>> idle = new ConcurrentLinkedQueue<>();
    private final ReentrantReadWriteLock life = new ReentrantReadWriteLock();
    private boolean closed;
    /** Null where it need not be asked: in models that come with the plugin. */
    private volatile GraphMemory memory;

    private OnnxModel(ModelInfo info, Model model) {
        this.info = info;
        this.model = model;
        this.input =
                info.inputs().size() == 1 ? Elements.of(info.inputs().getFirst().type()) : null;
    }

    /** Makes a model of a session, which it owns from here on, also where this throws. */
    static OnnxModel of(String id, OrtSession session, Function<Signature, ModelInfo> describe) throws OrtException {
        Model model = null;
        boolean attached = false;
        try {
            ModelInfo info = describe.apply(Signature.of(session));
            model = Model.newInstance(id, Device.cpu(), Engines.NAME);
            model.setBlock(new OrtSymbolBlock(session, (OrtNDManager) model.getNDManager()));
            attached = true;
            return new OnnxModel(info, model);
        } catch (Throwable e) {
            if (model != null) {
                model.close();
            }
            if (attached == false) {
                session.close();
            }
            throw e;
        }
    }

    /** Asks it, before each run, for its memory. */
    void memory(GraphMemory estimate) {
        memory = estimate;
    }

    /** What was loaded. */
    public ModelInfo info() {
        return info;
    }

    /**
     * Runs one tensor through the graph. May be called from many threads at once.
     *
     * @param output name of the output to return
     * @param input the numbers in row-major order, rounded to the graph's input type where that is not float32; read only
     * @param shape one positive number per axis, the product being {@code input.length}
     * @return a tensor that the caller owns
     * @throws ModelException where the graph has no such output or more than one input, the shape does not fit, or the graph
     *     fails
     */
    public Tensor run(String output, float[] input, long[] shape) {
        checkOutputs(output);
        checkInput(input.length, shape);
        return run(new Pass(output, new float[][] {input}, shape));
    }

    /**
     * Runs several inputs through the graph as one batch, or as several where the graph takes a fixed number; where that is more
     * than there are, the last one fills it up, and what is made of those is left out.
     *
     * @param output name of the output to return
     * @param rows one input each, as {@link #run} takes it; read only
     * @param shape of one row, its first axis being 1
     * @return what the graph makes of each row, in order, with 1 as first axis
     * @throws ModelException as {@link #run}, or where the output has not one entry for each row
     */
    public List<Tensor> runAll(String output, float[][] rows, long[] shape) {
        checkOutputs(output);
        int batch = fixedBatch() == 0 ? fitting(rows.length, shape) : fixedBatch();
        long[] batchShape = shape.clone();
        batchShape[0] = batch;
        List<Tensor> results = new ArrayList<>(rows.length);
        for (int from = 0; from < rows.length; from += batch) {
            float[][] pass = new float[batch][];
            for (int i = 0; i < batch; i++) {
                pass[i] = rows[Math.min(from + i, rows.length - 1)];
            }
            checkInput((long) batch * pass[0].length, batchShape);
            split(run(new Pass(output, pass, batchShape)), batch, Math.min(batch, rows.length - from), results);
        }
        return results;
    }

    /** The number of inputs that the graph takes at once; 0 where it takes any. */
    public int fixedBatch() {
        long[] wanted = info.inputs().getFirst().shape();
        return wanted.length == 0 ? 0 : Math.clamp(wanted[0], 0, MAX_BATCH);
    }

    private void split(Tensor made, int batch, int wanted, List<Tensor> results) {
        long[] shape = made.shape().clone();
        if (batch == 1) {
            results.add(made);
            return;
        }
        if (shape.length == 0 || shape[0] != batch) {
            throw new ModelException("model [" + info.id() + "] makes an output of shape " + Arrays.toString(shape)
                    + " of [" + batch + "] pictures; its first axis must be their number");
        }
        shape[0] = 1;
        int each = made.data().length / batch;
        for (int i = 0; i < wanted; i++) {
            results.add(new Tensor(Arrays.copyOfRange(made.data(), i * each, (i + 1) * each), shape.clone()));
        }
    }

    private Tensor run(Pass pass) {
        life.readLock().lock();
        try {
            if (closed) {
                throw new ModelException("model [" + info.id() + "] is closed");
            }
            return predict(pass);
        } finally {
            life.readLock().unlock();
        }
    }

    /** Waits for running calls, then frees the session. */
    void close() {
        life.writeLock().lock();
        try {
            if (closed == false) {
                closed = true;
                for (Predictor<Pass, Tensor> each = idle.poll(); each != null; each = idle.poll()) {
                    each.close();
                }
                model.close();
            }
        } finally {
            life.writeLock().unlock();
        }
    }

    private Tensor predict(Pass pass) {
        Predictor<Pass, Tensor> predictor = null;
        boolean reusable = false;
        try {
            predictor = idle.poll();
            if (predictor == null) {
                predictor = model.newPredictor(new PassTranslator(input));
            }
            Tensor tensor = predictor.predict(pass);
            reusable = true;
            return tensor;
        } catch (Throwable e) { // nothing of a native library may leave as an Error
            throw new ModelException(
                    "cannot run model [" + info.id() + "] on an input of shape " + Arrays.toString(pass.shape()) + ": "
                            + Failures.reason(e),
                    e);
        } finally {
            if (reusable) {
                idle.add(predictor);
            } else if (predictor != null) {
                predictor.close();
            }
        }
    }

    private void checkOutputs(String output) {
        boolean known = false;
        for (TensorInfo each : info.outputs()) {
            if (Elements.of(each.type()) == null) {
                throw new ModelException("model [" + info.id() + "] has output [" + each.name() + "] of type ["
                        + each.type() + "]; every output must be a tensor of one of [" + Elements.names() + "]");
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
                    + wanted.type() + "]; it must be one of [" + Elements.inputNames() + "]");
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
        GraphMemory estimate = memory;
        if (estimate != null) {
            estimate.check(shape);
        }
    }

    /** How many rows go through the graph at once; one that takes too much is refused by itself. */
    private int fitting(int rows, long[] shape) {
        GraphMemory estimate = memory;
        return estimate == null ? rows : estimate.rows(rows, shape);
    }

    private static boolean fits(long[] wanted, long[] shape) {
        if (wanted.length == 0) {
            return true; // the graph does not say
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
