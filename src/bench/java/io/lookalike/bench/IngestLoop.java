package io.lookalike.bench;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.lookalike.image.Preprocessing;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import javax.imageio.ImageIO;

/**
 * The baseline without Elasticsearch on the same cores: decode, resize, run ONNX Runtime, keep the vector.
 *
 * <p>Not thread-safe; its threads run only inside of {@link #run}.
 */
final class IngestLoop {
    /** How a file becomes a tensor. */
    enum Decoder {
        /** The plugin's decoder and its antialiasing resize. */
        PLUGIN {
            @Override
            float[] tensor(byte[] file, IngestModel model) {
                Preprocessing preprocessing = model.preprocessing();
                return preprocessing.tensor(Decoding.decode("it", file));
            }
        },
        /** ImageIO and Java2D, which always interpolates four pixels, so the resize differs from that of training. */
        IMAGEIO {
            @Override
            float[] tensor(byte[] file, IngestModel model) {
                int side = model.side();
                BufferedImage scaled = new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB);
                Graphics2D graphics = scaled.createGraphics();
                graphics.setRenderingHint(
                        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
                try {
                    graphics.drawImage(ImageIO.read(new ByteArrayInputStream(file)), 0, 0, side, side, null);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                } finally {
                    graphics.dispose();
                }
                int[] pixels = scaled.getRGB(0, 0, side, side, null, 0, side);
                float[] tensor = new float[3 * pixels.length];
                for (int i = 0; i < pixels.length; i++) {
                    tensor[i] = ((pixels[i] >> 16 & 0xff) - 128) / 128f;
                    tensor[pixels.length + i] = ((pixels[i] >> 8 & 0xff) - 128) / 128f;
                    tensor[2 * pixels.length + i] = ((pixels[i] & 0xff) - 128) / 128f;
                }
                return tensor;
            }
        };

        abstract float[] tensor(byte[] file, IngestModel model);
    }

    /**
     * One way to run the loop.
     *
     * @param batch pictures in one run of the network
     * @param workers threads that each decode and run
     * @param intra threads of ONNX Runtime that share one run
     */
    record Setting(Decoder decoder, int batch, int workers, int intra) {
        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "batch %d, %d %s, %d intra-op, decoder %s",
                    batch,
                    workers,
                    workers == 1 ? "loop" : "loops",
                    intra,
                    decoder.name().toLowerCase(Locale.ROOT));
        }
    }

    private static final int[] BATCHES = {1, 4, 8, 16};

    private final IngestModel model;
    private final List<byte[]> files;

    IngestLoop(IngestModel model, List<byte[]> files) {
        this.model = model;
        this.files = files;
    }

    /** All batch sizes on one thread, on two threads that share a run, and on two threads with separate runs. */
    static List<Setting> grid(Decoder decoder) {
        List<Setting> grid = new ArrayList<>();
        for (int batch : BATCHES) {
            grid.add(new Setting(decoder, batch, 1, 1));
            grid.add(new Setting(decoder, batch, 1, 2));
            grid.add(new Setting(decoder, batch, 2, 1));
        }
        return grid;
    }

    /** The decoder that takes less time for all files, of {@code passes} passes each, in turns. */
    Decoder fasterDecoder(int passes) {
        Map<Decoder, double[]> nanos = new EnumMap<>(Decoder.class);
        for (int pass = 0; pass < passes; pass++) {
            for (Decoder decoder : Decoder.values()) {
                long start = System.nanoTime();
                for (byte[] file : files.subList(0, Math.min(200, files.size()))) {
                    decoder.tensor(file, model);
                }
                nanos.computeIfAbsent(decoder, d -> new double[passes])[pass] = System.nanoTime() - start;
            }
        }
        return nanos.entrySet().stream()
                .min(Comparator.comparingDouble(each -> Spread.median(each.getValue())))
                .orElseThrow()
                .getKey();
    }

    /** Runs for about as many seconds; returns how many pictures were done. */
    int run(Setting setting, double seconds) throws IOException {
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(setting.intra);
            options.setInterOpNumThreads(1);
            options.addConfigEntry("session.intra_op.allow_spinning", "0");
            try (OrtSession session = OrtEnvironment.getEnvironment().createSession(model.bytes(), options)) {
                AtomicInteger next = new AtomicInteger();
                long end = System.nanoTime() + (long) (seconds * 1e9);
                try (ExecutorService threads = Executors.newFixedThreadPool(setting.workers)) {
                    CompletableFuture<?>[] workers = new CompletableFuture<?>[setting.workers];
                    for (int i = 0; i < workers.length; i++) {
                        workers[i] = CompletableFuture.runAsync(() -> work(session, setting, next, end), threads);
                    }
                    CompletableFuture.allOf(workers).join();
                }
                return next.get();
            }
        } catch (OrtException e) {
            throw new IOException(e);
        }
    }

    private void work(OrtSession session, Setting setting, AtomicInteger next, long end) {
        FloatBuffer buffer = buffer(setting.batch);
        do {
            int first = next.getAndAdd(setting.batch);
            buffer.clear();
            for (int i = 0; i < setting.batch; i++) {
                buffer.put(setting.decoder.tensor(files.get((first + i) % files.size()), model));
            }
            vectors(session, buffer.flip(), setting.batch);
        } while (System.nanoTime() < end);
    }

    private FloatBuffer buffer(int batch) {
        return ByteBuffer.allocateDirect(batch * 3 * model.side() * model.side() * Float.BYTES)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
    }

    private float[][] vectors(OrtSession session, FloatBuffer buffer, int batch) {
        long[] shape = {batch, 3, model.side(), model.side()};
        String input = session.getInputNames().iterator().next();
        try (OnnxTensor tensor = OnnxTensor.createTensor(OrtEnvironment.getEnvironment(), buffer, shape);
                OrtSession.Result result = session.run(Map.of(input, tensor), Set.of(model.output()))) {
            return (float[][]) result.get(0).getValue();
        } catch (OrtException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The vectors of the first files, for a check. */
    float[][] vectors(Decoder decoder, int count) throws IOException {
        FloatBuffer buffer = buffer(count);
        for (byte[] file : files.subList(0, count)) {
            buffer.put(decoder.tensor(file, model));
        }
        try (OrtSession session = OrtEnvironment.getEnvironment().createSession(model.bytes())) {
            return vectors(session, buffer.flip(), count);
        } catch (OrtException e) {
            throw new IOException(e);
        }
    }
}
