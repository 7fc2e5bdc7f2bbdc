package io.lookalike.inference;

import io.lookalike.encoder.CodeNetwork;
import io.lookalike.encoder.EncoderConfig;
import io.lookalike.hashing.PerceptualHash;
import io.lookalike.hashing.PictureDetail;
import io.lookalike.hashing.PictureQuality;
import io.lookalike.image.Background;
import io.lookalike.image.BoundedMemory;
import io.lookalike.image.ImageDecoder;
import io.lookalike.image.Picture;
import io.lookalike.image.PixelMemory;
import io.lookalike.image.Region;
import io.lookalike.image.Resample;
import io.lookalike.image.file.ImageLimits;
import io.lookalike.model.Tensor;
import java.io.ByteArrayOutputStream;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.elasticsearch.action.ActionListener;

/**
 * Encodes pictures: picture → pixels → perceptual hash and tensor → model → {@link Encoder}.
 *
 * <p>A picture costs one decoding and one inference. Decoding runs on the caller's thread. Inference runs in a batch
 * with pictures of other callers, which changes at most the last bits of a vector. Stateless.
 */
public final class PictureEncoding {
    /**
     * Limit for the decoded pixels in all boxes of one picture. Cutting, hashing and resizing takes about 12 ns a pixel
     * (Pillow: 8 ns).
     */
    private static final long MAX_BOX_PIXELS = 200_000_000;

    private PictureEncoding() {}

    /**
     * Decodes a picture on this thread, and queues it for the model; the thread that runs the batch calls the listener.
     *
     * @param what how messages name the picture, such as {@code field [image]}
     * @param ticket how long the picture may wait for memory and for the model
     * @param listener gets an {@link IllegalArgumentException} when the model or its vector is at fault
     * @throws IllegalArgumentException when the picture is at fault, or the encoder takes no pictures
     */
    public static void encode(
            Encoder encoder,
            String what,
            byte[] bytes,
            ImageLimits limits,
            Ticket ticket,
            ActionListener<Encoding> listener) {
        explain(encoder, what, bytes, limits, ticket, null, listener);
    }

    /**
     * The same; also reports the input of the model before it runs.
     *
     * @param fed gets the input; null when it is not wanted
     */
    public static void explain(
            Encoder encoder,
            String what,
            byte[] bytes,
            ImageLimits limits,
            Ticket ticket,
            Consumer<Map<String, Object>> fed,
            ActionListener<Encoding> listener) {
        encode(
                List.of(encoder),
                what,
                bytes,
                List.of(),
                limits,
                ticket,
                fed,
                listener.map(all -> all.getFirst().getFirst()));
    }

    /**
     * The same for boxes of a picture and several encoders. The picture is decoded once. The listener gets a list for
     * each encoder, with one encoding for each box.
     *
     * @param regions empty for the whole picture
     */
    public static void encode(
            List<Encoder> encoders,
            String what,
            byte[] bytes,
            List<Region> regions,
            ImageLimits limits,
            Ticket ticket,
            ActionListener<List<List<Encoding>>> listener) {
        encode(encoders, what, bytes, regions, limits, ticket, null, listener);
    }

    /** @param fed gets the input of the models; null when it is not wanted */
    private static void encode(
            List<Encoder> encoders,
            String what,
            byte[] bytes,
            List<Region> regions,
            ImageLimits limits,
            Ticket ticket,
            Consumer<Map<String, Object>> fed,
            ActionListener<List<List<Encoding>>> listener) {
        encoders.forEach(each -> each.requireModel(what));
        int boxesOrOne = Math.max(1, regions.size());
        OrderedAnswers<Encoding> made = new OrderedAnswers<>(
                encoders.size() * boxesOrOne,
                encoders.getFirst().networks().getFirst().context(),
                listener.map(all -> IntStream.range(0, encoders.size())
                        .mapToObj(e -> all.subList(e * boxesOrOne, (e + 1) * boxesOrOne))
                        .toList()));
        // one for each model: with two of them, the batch would wait for the next step of this thread
        IdentityHashMap<Batcher, BatchPlace> first = new IdentityHashMap<>();
        encoders.forEach(
                each -> first.computeIfAbsent(each.networks().getFirst(), m -> new BatchPlace(each, ticket, fed)));
        try {
            decode(encoders.getFirst(), what, bytes, limits, ticket, picture -> {
                List<int[]> boxes = regions.stream()
                        .map(region -> region.within(what, picture))
                        .toList();
                checkWork(
                        what,
                        picture,
                        boxes,
                        encoders.stream()
                                .mapToInt(each -> each.networks().size())
                                .sum());
                for (int e = 0; e < encoders.size(); e++) {
                    Encoder encoder = encoders.get(e);
                    picture.lay(encoder.config().background());
                    boolean[] vanished = vanished(encoder.config(), picture, boxes);
                    for (int i = 0; i < boxesOrOne; i++) {
                        BatchPlace announced = first.remove(encoder.networks().getFirst());
                        try (BatchPlace place = announced == null ? new BatchPlace(encoder, ticket, fed) : announced) {
                            Region region = boxes.isEmpty() ? null : regions.get(i);
                            int[] box = boxes.isEmpty() ? null : boxes.get(i);
                            place.take(what, picture, region, box, vanished[i], made.at(e * boxesOrOne + i));
                        }
                    }
                }
                return null;
            });
        } finally {
            first.values().forEach(BatchPlace::close);
        }
    }

    private static void checkWork(String what, Picture picture, List<int[]> boxes, int networks) {
        double decoded = (double) picture.width() * picture.height() / picture.fullWidth() / picture.fullHeight();
        long pixels = (long) (networks
                * decoded
                * boxes.stream().mapToLong(box -> (long) box[2] * box[3]).sum());
        if (pixels > MAX_BOX_PIXELS) {
            throw new IllegalArgumentException(
                    "the boxes of " + what + " have [" + pixels + "] pixels in all; at most [" + MAX_BOX_PIXELS
                            + "] are allowed, send fewer or smaller boxes, or a smaller picture");
        }
    }

    /** A reserved place in a batch of each network; closing gives it up unless it was taken. Not thread-safe. */
    private static final class BatchPlace implements AutoCloseable {
        private final Encoder encoder;
        private final Ticket ticket;
        private final BoundedMemory tensors;
        /** Gets the input of the models; null when it is not wanted. */
        private final Consumer<Map<String, Object>> fed;

        private boolean open = true;

        BatchPlace(Encoder encoder, Ticket ticket, Consumer<Map<String, Object>> fed) {
            this.encoder = encoder;
            this.ticket = ticket;
            this.fed = fed;
            this.tensors = encoder.memory().tensors(ticket.urgency());
            encoder.networks().forEach(Batcher::announce);
        }

        /**
         * Waits for tensor memory while it holds pixel memory, never the reverse, so no deadlock is possible: models
         * free tensors and wait for nothing.
         *
         * @param region null for the whole picture
         * @param box the part of the region within the picture
         */
        void take(
                String what,
                Picture whole,
                Region region,
                int[] box,
                boolean vanished,
                ActionListener<Encoding> listener) {
            EncoderConfig config = encoder.config();
            long held = Math.min(config.tensorBytes(), tensors.capacity()); // a single tensor may exceed the capacity
            tensors.acquire(held, 0, ticket);
            List<float[]> rows;
            Encoding known;
            try {
                Picture picture = box == null ? whole : Region.cut(whole, box);
                known = known(
                        encoder,
                        whole,
                        picture,
                        perceptual(config, picture),
                        region == null ? null : region.stored(box),
                        vanished);
                CodeNetwork codes = config.hash().network();
                rows = codes == null
                        ? List.of(config.image().tensor(picture))
                        : config.image().tensors(picture, codes.image());
                if (fed != null) {
                    fed.accept(Explanation.of(config, picture, rows));
                }
            } catch (Throwable t) {
                tensors.release(held, 0);
                throw t;
            }
            open = false;
            List<Batcher> networks = encoder.networks();
            AtomicInteger running = new AtomicInteger(networks.size());
            OrderedAnswers<Tensor> results =
                    new OrderedAnswers<>(networks.size(), networks.getFirst().context(), new ActionListener<>() {
                        @Override
                        public void onResponse(List<Tensor> made) {
                            Encoding encoding;
                            try {
                                encoding = encoder.ofModel(what, made, known);
                            } catch (Throwable t) {
                                listener.onFailure(Failures.tame(what, t));
                                return;
                            }
                            listener.onResponse(encoding);
                        }

                        @Override
                        public void onFailure(Exception e) {
                            listener.onFailure(e);
                        }
                    });
            for (int i = 0; i < networks.size(); i++) {
                networks.get(i).submit(rows.get(i), ticket, ActionListener.runBefore(results.at(i), () -> {
                    if (running.decrementAndGet() == 0) {
                        tensors.release(held, 0);
                    }
                }));
            }
        }

        @Override
        public void close() {
            if (open) {
                open = false;
                encoder.networks().forEach(Batcher::withdraw);
            }
        }
    }

    /** Frees the pixels before the model runs. */
    private static <T> T decode(
            Encoder encoder, String what, byte[] bytes, ImageLimits limits, Ticket ticket, Function<Picture, T> make) {
        try (PixelMemory.Reservation reserved = encoder.memory().pixels().reservation(ticket)) {
            long start = System.nanoTime();
            Picture picture = ImageDecoder.decode(
                    what, bytes, limits, encoder.config().background(), reserved, ticket::ensureWanted);
            long decoded = System.nanoTime();
            T made = make.apply(picture);
            if (picture.repaired()) {
                encoder.stats().repaired();
            }
            encoder.stats().took(EncodingStats.Stage.DECODE, decoded - start);
            encoder.stats().took(EncodingStats.Stage.PREPROCESS, System.nanoTime() - decoded);
            return made;
        }
    }

    /** The perceptual hash alone, without running the model. */
    public static Encoding perceptual(Encoder encoder, String what, byte[] bytes, ImageLimits limits, Ticket ticket) {
        checkPerceptual(encoder, what);
        return decode(
                encoder,
                what,
                bytes,
                limits,
                ticket,
                picture -> hashed(encoder, picture, perceptual(encoder.config(), picture)));
    }

    /**
     * The perceptual hashes of a picture under each symmetry, one after the other, in the order of
     * {@link io.lookalike.image.Symmetry#ALL}.
     */
    public static Encoding symmetries(Encoder encoder, String what, byte[] bytes, ImageLimits limits, Ticket ticket) {
        checkPerceptual(encoder, what);
        return decode(
                encoder,
                what,
                bytes,
                limits,
                ticket,
                picture -> hashed(encoder, picture, symmetries(encoder.config(), picture)));
    }

    private static void checkPerceptual(Encoder encoder, String what) {
        if (encoder.config().perceptual() == null) {
            throw new IllegalArgumentException("encoder [" + encoder.id() + "] makes no perceptual hash of " + what
                    + "; name an encoder with [perceptual], or give [query_hash]");
        }
    }

    private static Encoding hashed(Encoder encoder, Picture picture, byte[] perceptual) {
        return known(encoder, picture, picture, perceptual, null, vanished(encoder.config(), picture, List.of())[0]);
    }

    /**
     * What pixels tell, without a vector.
     *
     * @param part of the whole picture, or all of it
     * @param region of the part, as a document stores it; null for all of the picture
     */
    private static Encoding known(
            Encoder encoder,
            Picture whole,
            Picture part,
            byte[] perceptual,
            Map<String, Object> region,
            boolean vanished) {
        return Encoding.without(
                encoder.fingerprint(),
                perceptual,
                quality(encoder.config(), part),
                detail(encoder.config(), part),
                whole.fullWidth(),
                whole.fullHeight(),
                region,
                whole.format(),
                vanished);
    }

    private static byte[] perceptual(EncoderConfig config, Picture picture) {
        PerceptualHash hash = config.perceptual();
        return hash == null ? null : hash.hash(picture.grey(hash.width(), hash.height(), Resample.LANCZOS));
    }

    private static byte[] detail(EncoderConfig config, Picture picture) {
        return config.perceptual() == null
                ? null
                : PictureDetail.of(picture.grey(PictureDetail.SIDE, PictureDetail.SIDE, Resample.LANCZOS));
    }

    private static Integer quality(EncoderConfig config, Picture picture) {
        return config.perceptual() == null
                ? null
                : PictureQuality.of(picture.means(PictureQuality.SIDE, PictureQuality.SIDE));
    }

    /**
     * Finds the boxes that are empty over an encoder's background but not over the other one. Costs nothing for
     * pictures without transparency.
     *
     * @param boxes empty for the whole picture
     */
    private static boolean[] vanished(EncoderConfig config, Picture picture, List<int[]> boxes) {
        boolean[] vanished = new boolean[Math.max(1, boxes.size())];
        if (config.background() == Background.CONTRAST || !picture.dependsOnBackground()) {
            return vanished;
        }
        boolean any = false;
        for (int i = 0; i < vanished.length; i++) {
            vanished[i] = isEmpty(picture, boxes, i);
            any |= vanished[i];
        }
        if (any) {
            picture.lay(Background.CONTRAST);
            for (int i = 0; i < vanished.length; i++) {
                vanished[i] = vanished[i] && !isEmpty(picture, boxes, i);
            }
            picture.lay(config.background());
        }
        return vanished;
    }

    private static boolean isEmpty(Picture picture, List<int[]> boxes, int i) {
        Picture part = boxes.isEmpty() ? picture : Region.cut(picture, boxes.get(i));
        return PictureQuality.of(part.means(PictureQuality.SIDE, PictureQuality.SIDE)) < PictureQuality.LEAST;
    }

    private static byte[] symmetries(EncoderConfig config, Picture picture) {
        PerceptualHash hash = config.perceptual();
        ByteArrayOutputStream hashes = new ByteArrayOutputStream();
        for (int[] grey : picture.greys(hash.width(), hash.height(), Resample.LANCZOS)) {
            hashes.writeBytes(hash.hash(grey));
        }
        return hashes.toByteArray();
    }
}
